/* SPDX-License-Identifier: MIT */
/*
 * Compatibility rules in Kleene logic: a fact that is missing or of the wrong
 * type is UNKNOWN, and UNKNOWN at the top refuses (formats/manifest.md
 * section 5). Pure.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <doc/schema.h>
#include <model/facts.h>

#define RULES_LEAVES_MAX 64
#define RULES_DEPTH_MAX  4
#define RULES_VALUES_MAX 64

enum rule_kind { RULE_LEAF, RULE_ALL, RULE_ANY, RULE_NOT };
enum rule_op { OP_EQ, OP_NE, OP_IN, OP_GE, OP_LE, OP_RANGE, OP_HAS };
enum rule_effect { EFFECT_REQUIRE, EFFECT_DEFER };
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

struct rule {
	enum rule_kind kind;
	enum rule_effect effect; /* top level only */
	/* leaf */
	const char *fact;
	enum rule_op op;
	struct fact *values; /* one; several for in; none for has */
	size_t value_count;
	int absent; /* -1: not stated; else the truth that a missing fact gives */
	/* all, any, not */
	struct rule *items;
	size_t count;
};

extern const struct field_hook rules_hook; /* member: struct rule *; count at count_off */

/* One rule without an effect; member: struct rule *, NULL when absent. */
extern const struct field_hook when_hook;

/* "eq", …; "all", … for groups: as in the manifest. */
const char *rule_word(const struct rule *r);

enum truth rule_eval(const struct rule *r, const struct facts *facts);
/*
 * All top-level rules, each a finding in rep. incompatible.rule,
 * incompatible.unknown_fact or deferred.rule; refusals before deferrals.
 */
ota_status rules_eval(const struct rule *rules, size_t n, const struct facts *facts,
	ota_report *rep, ota_err *err);

#endif
