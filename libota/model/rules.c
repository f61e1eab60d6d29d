/* SPDX-License-Identifier: MIT */
#include <model/rules.h>

#include <stdio.h>
#include <string.h>

#include <model/semver.h>

#define PLACE_MAX 96

static enum truth truth_of(bool b)
{
	return b ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth truth_not(enum truth t)
{
	return t == TRUTH_UNKNOWN ? t : truth_of(t == TRUTH_FALSE);
}

/* <0, 0, >0 for two values of one type that has an order, and equality for all. */
static int value_cmp(const struct fact *a, const struct fact *b)
{
	switch (a->type) {
	case FACT_TEXT:
		return strcmp(a->text, b->text);
	case FACT_NUMBER:
		return (a->number > b->number) - (a->number < b->number);
	case FACT_BOOL:
		return a->b - b->b;
	case FACT_VERSION:
		return semver_cmp(a->text, b->text);
	}
	return 0;
}

static bool in_values(const struct rule *r, const struct fact *f)
{
	for (size_t i = 0; i < r->value_count; i++)
		if (value_cmp(f, &r->values[i]) == 0)
			return true;
	return false;
}

/* Facts come from the port of a device too: nothing about their type is taken on trust. */
static bool usable(const struct rule *r, const struct fact *f)
{
	enum fact_type type;

	return fact_type(&type, r->fact) && f->type == type &&
	       (type != FACT_VERSION || semver_ok(f->text));
}

static enum truth eval_leaf(const struct rule *r, const struct facts *facts)
{
	const struct fact *f = fact_find(facts, r->fact);

	if (f == NULL)
		return r->absent < 0 ? TRUTH_UNKNOWN : truth_of(r->absent > 0);
	if (!usable(r, f))
		return TRUTH_UNKNOWN;
	switch (r->op) {
	case OP_EQ:
	case OP_IN:
		return truth_of(in_values(r, f));
	case OP_NE:
		return truth_of(!in_values(r, f));
	case OP_GE:
		return truth_of(value_cmp(f, &r->values[0]) >= 0);
	case OP_LE:
		return truth_of(value_cmp(f, &r->values[0]) <= 0);
	case OP_RANGE:
		return truth_of(semver_in(f->text, r->values[0].text));
	case OP_HAS:
		return truth_of(f->b);
	}
	return TRUTH_UNKNOWN;
}

/* Any is all with true and false exchanged: one loop, `stop` decides at once. */
static enum truth eval_group(const struct rule *r, const struct facts *facts, enum truth stop)
{
	enum truth answer = truth_not(stop);

	for (size_t i = 0; i < r->count; i++) {
		enum truth t = rule_eval(&r->items[i], facts);

		if (t == stop)
			return stop;
		if (t == TRUTH_UNKNOWN)
			answer = t;
	}
	return answer;
}

/* Recursion is bounded: the reader refuses more than RULES_DEPTH_MAX levels. */
enum truth rule_eval(const struct rule *r, const struct facts *facts)
{
	switch (r->kind) {
	case RULE_LEAF:
		return eval_leaf(r, facts);
	case RULE_ALL:
		return eval_group(r, facts, TRUTH_FALSE);
	case RULE_ANY:
		return eval_group(r, facts, TRUTH_TRUE);
	case RULE_NOT:
		return truth_not(rule_eval(&r->items[0], facts));
	}
	return TRUTH_UNKNOWN;
}

/* ---- the trace ---- */

static const char *truth_name(enum truth t)
{
	static const char *const names[] = {"false", "true", "unknown"};

	return names[t];
}

static void show_expected(char *out, size_t cap, const struct rule *r)
{
	char value[FACT_SHOW_MAX] = "";

	if (r->kind != RULE_LEAF) {
		snprintf(out, cap, "%s of %zu", rule_word(r), r->count);
		return;
	}
	if (r->value_count > 0)
		fact_show(value, &r->values[0]);
	snprintf(out, cap, "%s %s%s%s%s", r->fact, rule_word(r), r->value_count > 0 ? " " : "",
		value, r->value_count > 1 ? ", …" : "");
}

/* The first of its leaves that makes r what it is. */
static const struct rule *decisive(const struct rule *r, const struct facts *facts)
{
	while (r->kind != RULE_LEAF) {
		enum truth want = rule_eval(r, facts);
		size_t i = 0;

		want = r->kind == RULE_NOT ? truth_not(want) : want;
		while (i + 1 < r->count && rule_eval(&r->items[i], facts) != want)
			i++;
		r = &r->items[i];
	}
	return r;
}

static void show_found(char *out, size_t cap, const struct rule *r, const struct facts *facts)
{
	const struct rule *leaf = decisive(r, facts);
	const struct fact *f = fact_find(facts, leaf->fact);
	const char *truth = truth_name(rule_eval(r, facts));
	char value[FACT_SHOW_MAX] = "not stated";

	if (f != NULL)
		fact_show(value, f);
	if (r == leaf)
		snprintf(out, cap, "%s: %s", value, truth);
	else
		snprintf(out, cap, "%s %s: %s", leaf->fact, value, truth);
}

struct line {
	char place[PLACE_MAX], expected[2 * FACT_SHOW_MAX], found[2 * FACT_SHOW_MAX];
};

static void add_line(
	struct line *l, const char *place, const struct rule *r, const struct facts *facts)
{
	snprintf(l->place, sizeof(l->place), "%s", place);
	show_expected(l->expected, sizeof(l->expected), r);
	show_found(l->found, sizeof(l->found), r, facts);
}

static void report(ota_report *rep, const struct line *l, ota_outcome outcome, ota_id id)
{
	ota_finding f = {.size = sizeof(f),
		.outcome = outcome,
		.id = id,
		.off = OTA_NO_OFF,
		.subject = l->place,
		.expected = l->expected,
		.found = l->found};

	ota_report_add(rep, &f);
}

static void trace_items(
	ota_report *rep, const char *place, const struct rule *r, const struct facts *facts)
{
	struct line l = {"", "", ""};
	char below[PLACE_MAX];

	for (size_t i = 0; i < r->count; i++) {
		snprintf(below, sizeof(below), "%.64s.%s.%zu", place, rule_word(r), i);
		add_line(&l, below, &r->items[i], facts);
		report(rep, &l, OTA_NOTE, OTA_E_NONE);
		trace_items(rep, below, &r->items[i], facts);
	}
}

static ota_id verdict(const struct rule *r, enum truth t)
{
	if (t == TRUTH_TRUE)
		return OTA_E_NONE;
	/* Also where the rule only defers: what is unknown now stays unknown. */
	if (t == TRUTH_UNKNOWN)
		return OTA_E_UNKNOWN_FACT;
	return r->effect == EFFECT_DEFER ? OTA_E_DEFER : OTA_E_RULE;
}

ota_status rules_eval(const struct rule *rules, size_t n, const struct facts *facts,
	ota_report *rep, ota_err *err)
{
	struct line worst = {"", "", ""};
	ota_id id = OTA_E_NONE;
	char place[PLACE_MAX];

	for (size_t i = 0; i < n; i++) {
		ota_id v = verdict(&rules[i], rule_eval(&rules[i], facts));
		struct line l = {"", "", ""};

		snprintf(place, sizeof(place), "rules.%zu", i);
		add_line(&l, place, &rules[i], facts);
		report(rep, &l, v == OTA_E_NONE ? OTA_PASS : OTA_FAIL, v);
		trace_items(rep, place, &rules[i], facts);
		if (v != OTA_E_NONE && (id == OTA_E_NONE || (id == OTA_E_DEFER && v != id))) {
			id = v;
			worst = l;
		}
	}
	if (id == OTA_E_NONE)
		return OTA_OK;
	return ota_fail(
		err, id, "%s: expected %s; found %s", worst.place, worst.expected, worst.found);
}
