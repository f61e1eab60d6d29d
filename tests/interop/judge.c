/* SPDX-License-Identifier: MIT */
/*
 * Answers for a model in another language. A line of stdin is a JSON object,
 * a line of stdout the answer: {"a":…,"b":…}: -1, 0 or 1, the order of two
 * versions; {"range":…,"version":…}: in or out; {"facts":…,"rules":…}: ok or the
 * error id; bad where the library does not read what it is asked about.
 */
#include <stdio.h>
#include <string.h>

#include <ota/err.h>

#include <doc/schema.h>
#include <model/devfile.h>
#include <model/rules.h>
#include <model/semver.h>

struct question {
	struct facts facts;
	struct rule *rules;
	size_t rule_count;
};

static const struct field fields[] = {{.key = "facts",
					      .type = F_HOOK,
					      .hook = &facts_hook,
					      .off = offsetof(struct question, facts)},
	{.key = "rules",
		.type = F_HOOK,
		.hook = &rules_hook,
		.off = offsetof(struct question, rules),
		.count_off = offsetof(struct question, rule_count)},
	{0}};
static const struct schema schema = {
	.name = "question", .size = sizeof(struct question), .fields = fields};

static const char *order(const char *a, const char *b)
{
	int c;

	if (!semver_ok(a) || !semver_ok(b))
		return "bad";
	c = semver_cmp(a, b);
	return c < 0 ? "-1" : c > 0 ? "1" : "0";
}

static const char *range(const char *version, const char *r)
{
	if (!semver_ok(version) || !semver_range_ok(r))
		return "bad";
	return semver_in(version, r) ? "in" : "out";
}

static const char *rules(const struct doc *d, struct arena *a)
{
	struct question q = {.rules = NULL};
	ota_err err = OTA_ERR_INIT;

	if (schema_read(&q, &schema, d, a, SCHEMA_CANON, "question", NULL, NULL, NULL) != OTA_OK)
		return "bad";
	if (rules_eval(q.rules, q.rule_count, &q.facts, NULL, &err) == OTA_OK)
		return "ok";
	return ota_id_find(err.id)->name;
}

static const char *answer(const struct doc *d, struct arena *a)
{
	const struct doc *left = doc_get(d, "a"), *version = doc_get(d, "version");

	if (left != NULL)
		return order(left->s, doc_get(d, "b")->s);
	if (version != NULL)
		return range(version->s, doc_get(d, "range")->s);
	return rules(d, a);
}

int main(void)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1};
	static char line[1U << 16U];
	ota_ctx *ctx = NULL;

	if (ota_ctx_new(&ctx, &cfg, NULL) != OTA_OK)
		return 4;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct doc *d = NULL;
		struct arena a;

		line[strcspn(line, "\n")] = '\0';
		arena_init(&a, ctx);
		if (json_read_canonical(&d, &a, (const uint8_t *)line, strlen(line), NULL) !=
			OTA_OK)
			puts("not a question");
		else
			puts(answer(d, &a));
		arena_fini(&a);
	}
	ota_ctx_free(ctx);
	return 0;
}
