/* SPDX-License-Identifier: MIT */
/* What may be signed: formats/trust.md section 4. */
#include <sign/policy.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/text.h>
#include <crypto/scheme.h>
#include <model/check.h>
#include <model/manifest.h>
#include <trust/keyid.h>
#include <trust/scope.h>

#define DAY       86400
#define RULES_MAX 64
#define DAYS_MAX  36525

struct strs {
	const char *const *v;
	size_t n;
};

struct rule_of {
	struct strs channels, schemes, attachments, builders;
	bool test_keys;
	uint64_t min_counter, days_min, days_max;
};

struct ota_sign_policy {
	struct arena arena;
	const char *name; /* of the file */
	const char *format, *spec;
	struct rule_of *rules;
	size_t rule_count;
};

#define AT(member) .off = offsetof(struct rule_of, member)
#define STRS(member)                                                                               \
	.type = F_STRS, .off = offsetof(struct rule_of, member.v),                                 \
	.count_off = offsetof(struct rule_of, member.n), .min = 1, .max = 32

/* clang-format off */
static const struct field rule_fields[] = {
	{.key = "channels", STRS(channels),
	 .help = "of `release.channel` that it is for, or the start of one and *; absent: every package"},
	{.key = "schemes", STRS(schemes),
	 .help = "key schemes that may sign; absent: all"},
	{.key = "test_keys", .type = F_BOOL, AT(test_keys),
	 .help = "whether a published TEST-ONLY key may sign"},
	{.key = "min_counter", .type = F_U64, .max = MANIFEST_COUNTER_MAX, AT(min_counter),
	 .help = "lowest security counter"},
	{.key = "expires_min_days", .type = F_U64, .min = 1, .max = DAYS_MAX, AT(days_min),
	 .help = "`expires` is set, and so many days away at least"},
	{.key = "expires_max_days", .type = F_U64, .min = 1, .max = DAYS_MAX, AT(days_max),
	 .help = "`expires` is set, and so many days away at most"},
	{.key = "attachments", STRS(attachments),
	 .help = "roles of attachments that must be there, such as sbom and provenance"},
	{.key = "builders", STRS(builders),
	 .help = "what `build.builder` may be, or the start of it and *"},
	{0}};
static const struct schema rule_schema = {
	.name = "rule", .size = sizeof(struct rule_of), .fields = rule_fields};

static const struct field policy_fields[] = {
	{.key = "format", .type = F_STR, .flags = FIELD_REQUIRED,
	 .off = offsetof(struct ota_sign_policy, format), .help = "\"otap-sign-policy\""},
	{.key = "spec", .type = F_STR, .flags = FIELD_REQUIRED,
	 .off = offsetof(struct ota_sign_policy, spec), .help = "version of this format: \"1.0\""},
	{.key = "rules", .type = F_LIST, .sub = &rule_schema, .flags = FIELD_REQUIRED,
	 .off = offsetof(struct ota_sign_policy, rules),
	 .count_off = offsetof(struct ota_sign_policy, rule_count), .min = 1, .max = RULES_MAX,
	 .help = "all that are for a package must hold; one must be for it"},
	{0}};
/* clang-format on */
const struct schema sign_policy_schema = {
	.name = "sign-policy", .size = sizeof(struct ota_sign_policy), .fields = policy_fields};

/* ---- reading ---- */

static bool is_role(const char *s)
{
	for (const char *const *r = attachment_roles; *r != NULL; r++)
		if (strcmp(*r, s) == 0)
			return true;
	return false;
}

static bool is_scheme(const char *s)
{
	return key_scheme_by_name(s) != KEY_NONE;
}

static void check_words(struct check *c, const struct doc *rule, const char *key,
	const struct strs *words, bool (*known)(const char *), size_t i)
{
	char place[48];

	snprintf(place, sizeof(place), "rules.%zu.%s", i, key);
	for (size_t k = 0; k < words->n; k++)
		if (!known(words->v[k]))
			check_find(c, OTA_E_TYPE, check_item(check_node(rule, key), k), place,
				"\"%.64s\" is unknown", words->v[k]);
}

static ota_status check_policy(
	struct check *c, const ota_sign_policy *p, const struct doc *root, ota_err *err)
{
	const struct doc *list = check_node(root, "rules");

	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule_of *r = &p->rules[i];
		const struct doc *at = check_item(list, i);

		check_words(c, at, "schemes", &r->schemes, is_scheme, i);
		check_words(c, at, "attachments", &r->attachments, is_role, i);
		if (r->days_max != 0 && r->days_min > r->days_max)
			check_find(c, OTA_E_RANGE, check_node(at, "expires_min_days"), "rules",
				"above expires_max_days: nothing could be signed");
	}
	return c->finds.st ? c->finds.st : ota_report_status(c->finds.rep, err);
}

static ota_status read_policy(
	ota_sign_policy *p, ota_source *yaml, const char *name, ota_report *rep, ota_err *err)
{
	struct check c = {.form = SCHEMA_SOURCE, .finds = {.name = name, .rep = rep, .err = err}};
	struct doc *root = NULL;
	ota_status st = yaml_read(&root, &p->arena, yaml, name, rep, err);

	if (st)
		return st;
	p->name = arena_strndup(&p->arena, name, strlen(name));
	if (p->name == NULL)
		return ota_fail_nomem(err);
	check_gate(&c, root, "otap-sign-policy");
	if (c.finds.st)
		return c.finds.st;
	st = schema_read(
		p, &sign_policy_schema, root, &p->arena, SCHEMA_SOURCE, name, NULL, rep, err);
	return st ? st : check_policy(&c, p, root, err);
}

ota_status ota_sign_policy_read(ota_sign_policy **out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, ota_report *rep, ota_err *err)
{
	ota_sign_policy *p = NULL;
	ota_status st = MEM_NEW(&p, ctx, err);

	if (st)
		return st;
	arena_init(&p->arena, ctx);
	st = read_policy(p, yaml, name, rep, err);
	if (st)
		ota_sign_policy_free(p);
	else
		*out = p;
	return st;
}

void ota_sign_policy_free(ota_sign_policy *policy)
{
	const ota_ctx *ctx;

	if (policy == NULL)
		return;
	ctx = policy->arena.ctx;
	arena_fini(&policy->arena);
	mem_free(ctx, policy);
}

/* ---- judging ---- */

struct judge {
	struct check c;
	const ota_manifest *m;
	const ota_key *key;
	int64_t at;
	size_t rule;
};

static void breach(struct judge *j, const char *key, const char *fmt, ...) OTA_PRINTF(3, 4);
static void breach(struct judge *j, const char *key, const char *fmt, ...)
{
	char place[48];
	va_list ap;

	snprintf(place, sizeof(place), "rules.%zu.%s", j->rule, key);
	va_start(ap, fmt);
	check_vfind(&j->c, OTA_E_SIGN_POLICY, NULL, place, fmt, ap);
	va_end(ap);
}

/* Without patterns everything fits. */
static bool fits(const struct strs *patterns, const char *s)
{
	for (size_t i = 0; s != NULL && i < patterns->n; i++)
		if (scope_pattern_has(patterns->v[i], s))
			return true;
	return patterns->n == 0;
}

static void judge_key(struct judge *j, const struct rule_of *r)
{
	bool listed = r->schemes.n == 0;

	for (size_t i = 0; i < r->schemes.n; i++)
		listed = listed || strcmp(r->schemes.v[i], ota_key_scheme(j->key)) == 0;
	if (!listed)
		breach(j, "schemes", "a key of scheme %s must not sign this",
			ota_key_scheme(j->key));
	if (!r->test_keys && ota_key_is_test(j->key))
		breach(j, "test_keys", "a published TEST-ONLY key must not sign this");
}

static void judge_expiry(struct judge *j, const struct rule_of *r)
{
	int64_t left;

	if (r->days_min == 0 && r->days_max == 0)
		return;
	if (j->m->expires == OTA_TIME_NONE) {
		breach(j, "expires", "the manifest has no `expires`");
		return;
	}
	left = j->m->expires - j->at;
	if (r->days_min != 0 && left < (int64_t)r->days_min * DAY)
		breach(j, "expires_min_days", "it expires in less than %" PRIu64 " days",
			r->days_min);
	else if (r->days_max != 0 && left > (int64_t)r->days_max * DAY)
		breach(j, "expires_max_days", "it expires in more than %" PRIu64 " days",
			r->days_max);
}

static bool has_attachment(const ota_manifest *m, const char *role)
{
	for (size_t i = 0; i < m->attachment_count; i++)
		if (strcmp(attachment_roles[m->attachments[i].role], role) == 0)
			return true;
	return false;
}

static void judge_origin(struct judge *j, const struct rule_of *r)
{
	const char *builder = j->m->build != NULL ? j->m->build->builder : NULL;

	for (size_t i = 0; i < r->attachments.n; i++)
		if (!has_attachment(j->m, r->attachments.v[i]))
			breach(j, "attachments", "no attachment of role %s", r->attachments.v[i]);
	if (!fits(&r->builders, builder))
		breach(j, "builders", "build.builder is %.128s", builder ? builder : "not named");
}

static void judge_rule(struct judge *j, const struct rule_of *r)
{
	judge_key(j, r);
	if (j->m->security_counter < r->min_counter)
		breach(j, "min_counter", "security counter %" PRIu64 " is below %" PRIu64,
			j->m->security_counter, r->min_counter);
	judge_expiry(j, r);
	judge_origin(j, r);
}

ota_status ota_sign_policy_check(const ota_sign_policy *policy, const ota_manifest *m,
	const ota_key *key, int64_t at, ota_report *rep, ota_err *err)
{
	struct judge j = {
		.c = {.form = SCHEMA_SOURCE,
			.finds = {.name = policy->name, .rep = rep, .err = err}},
		.m = m,
		.key = key,
		.at = at,
	};
	const char *channel = m->release != NULL ? m->release->channel : NULL;
	bool covered = false;

	for (; j.rule < policy->rule_count; j.rule++) {
		const struct rule_of *r = &policy->rules[j.rule];

		if (!fits(&r->channels, channel))
			continue;
		covered = true;
		judge_rule(&j, r);
	}
	if (!covered)
		check_find(&j.c, OTA_E_SIGN_POLICY, NULL, "rules", "no rule is for channel %.64s",
			channel != NULL ? channel : "(none)");
	return j.c.finds.st ? j.c.finds.st : ota_report_status(rep, err);
}
