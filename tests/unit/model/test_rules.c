/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

#include <model/rules.h>

TCase *tcase_rules(void);

static const char *const names[] = {
	"feature.a", "feature.b", "feature.c", "feature.d", "feature.e", "feature.f"};

#define LEAVES 6

struct tree {
	struct rule nodes[64];
	size_t used, leaves;
	uint64_t seed;
};

static struct rule leaf(size_t i)
{
	return (struct rule){.kind = RULE_LEAF, .fact = names[i], .op = OP_HAS, .absent = -1};
}

/* A random tree of at most `budget` leaves in which every fact stands once. */
static void grow(struct tree *t, struct rule *r, unsigned depth, size_t budget)
{
	uint64_t pick = t_rand(&t->seed) % 4;

	if (depth == RULES_DEPTH_MAX || pick == 0 || (pick > 1 && budget < 2)) {
		*r = leaf(t->leaves++);
		return;
	}
	*r = (struct rule){.kind = pick == 1 ? RULE_NOT : pick == 2 ? RULE_ALL : RULE_ANY};
	r->count = pick == 1 ? 1 : 2;
	r->items = &t->nodes[t->used];
	t->used += r->count;
	for (size_t i = 0; i < r->count; i++)
		grow(t, &r->items[i], depth + 1,
			i == 0 && r->count == 2 ? budget / 2 : (budget + 1) / r->count);
}

/* Two-valued evaluation, written apart from the code under test. */
static bool plain(const struct rule *r, const bool *value)
{
	bool all = true, any = false;

	if (r->kind == RULE_LEAF)
		return value[strlen(r->fact) > 8 ? r->fact[8] - 'a' : 0];
	for (size_t i = 0; i < r->count; i++) {
		bool b = plain(&r->items[i], value);

		all = all && b;
		any = any || b;
	}
	return r->kind == RULE_NOT ? !any : r->kind == RULE_ALL ? all : any;
}

/*
 * The brute model: an unknown fact may be true or false. What comes out the
 * same for every choice is known; for facts that stand once that is Kleene.
 */
static enum truth brute(const struct rule *r, const enum truth *fact)
{
	bool seen[2] = {false, false};

	for (unsigned choice = 0; choice < 1U << LEAVES; choice++) {
		bool value[LEAVES], fits = true;

		for (unsigned i = 0; i < LEAVES; i++) {
			value[i] = choice >> i & 1U;
			fits = fits && (fact[i] == TRUTH_UNKNOWN ||
					       fact[i] == (value[i] ? TRUTH_TRUE : TRUTH_FALSE));
		}
		if (fits)
			seen[plain(r, value)] = true;
	}
	return seen[0] && seen[1] ? TRUTH_UNKNOWN : seen[1] ? TRUTH_TRUE : TRUTH_FALSE;
}

START_TEST(kleene)
{
	struct tree t = {.seed = 7};
	unsigned told[3] = {0};

	for (unsigned round = 0; round < 300; round++) {
		struct rule root;

		t.used = t.leaves = 0;
		grow(&t, &root, 1, LEAVES);
		ck_assert_uint_le(t.leaves, LEAVES);
		for (unsigned k = 0; k < 20; k++) {
			enum truth fact[LEAVES];
			struct fact items[LEAVES];
			struct facts facts = {items, 0};
			enum truth got;

			for (unsigned i = 0; i < LEAVES; i++) {
				fact[i] = (enum truth)(t_rand(&t.seed) % 3);
				if (fact[i] != TRUTH_UNKNOWN)
					items[facts.count++] = (struct fact){.name = names[i],
						.type = FACT_BOOL,
						.b = fact[i] == TRUTH_TRUE};
			}
			got = rule_eval(&root, &facts);
			ck_assert_int_eq(got, brute(&root, fact));
			told[got]++;
		}
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_gt(told[i], 100);
}
END_TEST

START_TEST(truth_tables)
{
	static const enum truth f = TRUTH_FALSE, t = TRUTH_TRUE, u = TRUTH_UNKNOWN;
	const struct {
		enum truth a, b, all, any;
	} rows[] = {{f, f, f, f}, {f, t, f, t}, {f, u, f, u}, {t, f, f, t}, {t, t, t, t},
		{t, u, u, t}, {u, f, f, u}, {u, t, u, t}, {u, u, u, u}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule two[] = {leaf(0), leaf(1)},
			    not_a = {.kind = RULE_NOT, .items = two, .count = 1};
		struct rule all = {.kind = RULE_ALL, .items = two, .count = 2};
		struct rule any = {.kind = RULE_ANY, .items = two, .count = 2};
		struct fact items[2];
		struct facts facts = {items, 0};

		if (rows[i].a != u)
			items[facts.count++] = (struct fact){
				.name = names[0], .type = FACT_BOOL, .b = rows[i].a == t};
		if (rows[i].b != u)
			items[facts.count++] = (struct fact){
				.name = names[1], .type = FACT_BOOL, .b = rows[i].b == t};
		ck_assert_int_eq(rule_eval(&all, &facts), rows[i].all);
		ck_assert_int_eq(rule_eval(&any, &facts), rows[i].any);
		ck_assert_int_eq(rule_eval(&not_a, &facts), rows[i].a == u   ? u
							    : rows[i].a == t ? f
									     : t);
	}
}
END_TEST

/* ---- ops, through the text form ---- */

static const struct fact device[] = {
	{.name = "hw.model", .type = FACT_TEXT, .text = "gw-100"},
	{.name = "hw.revision", .type = FACT_NUMBER, .number = 3},
	{.name = "bootloader.version", .type = FACT_VERSION, .text = "1.2.0-rc.1"},
	{.name = "power.external", .type = FACT_BOOL, .b = true},
	{.name = "feature.tpm", .type = FACT_BOOL, .b = false},
	/* A port that states nonsense. */
	{.name = "ram.free", .type = FACT_TEXT, .text = "lots"},
	{.name = "os.version", .type = FACT_VERSION, .text = "bookworm"},
};

#define OK OTA_E_NONE

static const struct {
	const char *rules; /* with ' for " */
	ota_id id;
} verdicts[] = {
	{"{'fact':'hw.model','op':'eq','value':'gw-100'}", OK},
	{"{'fact':'hw.model','op':'eq','value':'gw-110'}", OTA_E_RULE},
	{"{'fact':'hw.model','op':'ne','value':'gw-110'}", OK},
	{"{'fact':'hw.model','op':'in','value':['a','gw-100']}", OK},
	{"{'fact':'hw.model','op':'in','value':['a','b']}", OTA_E_RULE},
	{"{'fact':'hw.revision','op':'ge','value':3}", OK},
	{"{'fact':'hw.revision','op':'ge','value':4}", OTA_E_RULE},
	{"{'fact':'hw.revision','op':'le','value':3}", OK},
	{"{'fact':'hw.revision','op':'le','value':2}", OTA_E_RULE},
	{"{'fact':'hw.revision','op':'in','value':[1,3]}", OK},
	{"{'fact':'bootloader.version','op':'range','value':'>=1.0.0 <1.2.0'}", OK},
	{"{'fact':'bootloader.version','op':'ge','value':'1.2.0'}", OTA_E_RULE},
	{"{'fact':'bootloader.version','op':'eq','value':'1.2.0-rc.1+x'}", OK},
	{"{'fact':'power.external','op':'eq','value':true}", OK},
	{"{'fact':'power.external','op':'has'}", OK},
	{"{'fact':'feature.tpm','op':'has'}", OTA_E_RULE},
	{"{'fact':'feature.none','op':'has'}", OTA_E_UNKNOWN_FACT},
	{"{'not':{'fact':'feature.none','op':'has'}}", OTA_E_UNKNOWN_FACT},
	{"{'effect':'defer','fact':'feature.none','op':'has'}", OTA_E_UNKNOWN_FACT},
	{"{'absent':true,'fact':'feature.none','op':'has'}", OK},
	{"{'absent':false,'fact':'feature.none','op':'has'}", OTA_E_RULE},
	{"{'absent':true,'fact':'feature.tpm','op':'has'}", OTA_E_RULE},
	{"{'fact':'ram.free','op':'ge','value':1}", OTA_E_UNKNOWN_FACT},
	{"{'fact':'os.version','op':'ge','value':'1.0.0'}", OTA_E_UNKNOWN_FACT},
	{"{'absent':true,'fact':'ram.free','op':'ge','value':1}", OTA_E_UNKNOWN_FACT},
	{"{'effect':'defer','fact':'feature.tpm','op':'has'}", OTA_E_DEFER},
	/* A refusal outranks a deferral wherever it stands, and the first of them counts. */
	{"{'effect':'defer','fact':'feature.tpm','op':'has'},"
	 "{'fact':'feature.tpm','op':'has'},{'fact':'feature.none','op':'has'}",
		OTA_E_RULE},
	{"{'all':[{'fact':'hw.revision','op':'ge','value':3},"
	 "{'any':[{'fact':'feature.none','op':'has'},{'fact':'power.external','op':'has'}]}]}",
		OK},
};

static ota_manifest *with_rules(const char *rules)
{
	ota_manifest *m = NULL;
	ota_err err = OTA_ERR_INIT;
	char list[1024];
	size_t len;
	char *text;

	snprintf(list, sizeof(list), "'rules':[%s],'sections'", rules);
	text = m_text(M_SMALL, "'sections'", list, &len);
	ck_ok(manifest_read(&m, t_ctx(), (const uint8_t *)text, len, NULL, &err), &err);
	free(text);
	return m;
}

START_TEST(verdict)
{
	struct facts facts = {(struct fact *)(uintptr_t)device, sizeof(device) / sizeof(device[0])};
	ota_manifest *m = with_rules(verdicts[_i].rules);
	ota_report *rep = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	st = rules_eval(m->rules, m->rule_count, &facts, rep, &err);
	ck_id(err, verdicts[_i].id);
	ck_assert_int_eq(st == OTA_OK, verdicts[_i].id == OK);
	ck_assert_uint_ge(ota_report_count(rep), m->rule_count);
	ck_assert_int_eq(ota_report_failures(rep) == 0, st == OTA_OK);
	ota_report_free(rep);
	manifest_free(m);
}
END_TEST

START_TEST(trace_names_each_leaf)
{
	struct facts facts = {(struct fact *)(uintptr_t)device, 2};
	ota_manifest *m = with_rules("{'any':[{'fact':'hw.revision','op':'ge','value':4},"
				     "{'not':{'fact':'feature.tpm','op':'has'}}]}");
	ota_report *rep = NULL;
	ota_err err = OTA_ERR_INIT;

	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_assert_int_eq(rules_eval(m->rules, m->rule_count, &facts, rep, &err), OTA_REFUSED);
	ck_assert_uint_eq(ota_report_count(rep), 4);
	ck_assert_str_eq(ota_report_at(rep, 0)->subject, "rules.0");
	ck_assert_str_eq(ota_report_at(rep, 1)->subject, "rules.0.any.0");
	ck_assert_str_eq(ota_report_at(rep, 1)->expected, "hw.revision ge 4");
	ck_assert_str_eq(ota_report_at(rep, 1)->found, "3: false");
	ck_assert_str_eq(ota_report_at(rep, 3)->subject, "rules.0.any.1.not.0");
	ck_assert_str_eq(ota_report_at(rep, 3)->found, "not stated: unknown");
	ota_report_free(rep);
	manifest_free(m);
}
END_TEST

/* ---- what the grammar refuses; each through YAML, where the id tells ---- */

static const struct {
	const char *rules;
	ota_id id;
} refused[] = {
	{"{}", OTA_E_TYPE},
	{"x", OTA_E_TYPE},
	{"[]", OTA_E_TYPE},
	{"{ fact: hw.modle, op: eq, value: a }", OTA_E_UNKNOWN_KEY},
	{"{ fact: [], op: eq, value: a }", OTA_E_UNKNOWN_KEY},
	{"{ fact: feature., op: has }", OTA_E_UNKNOWN_KEY},
	{"{ fact: hw.model, value: a }", OTA_E_MISSING},
	{"{ fact: hw.model, op: equals, value: a }", OTA_E_TYPE},
	{"{ fact: hw.model, op: ge, value: a }", OTA_E_TYPE},
	{"{ fact: hw.revision, op: range, value: 1 }", OTA_E_TYPE},
	{"{ fact: hw.revision, op: ge, value: many }", OTA_E_TYPE},
	{"{ fact: hw.revision, op: ge, value: \"3\" }", OTA_E_TYPE},
	{"{ fact: hw.revision, op: ge, value: 9007199254740992 }", OTA_E_TYPE},
	{"{ fact: hw.revision, op: ge, value: -1 }", OTA_E_TYPE},
	{"{ fact: hw.revision, op: ge }", OTA_E_MISSING},
	{"{ fact: power.external, op: eq, value: yes }", OTA_E_TYPE},
	{"{ fact: power.external, op: has, value: true }", OTA_E_TYPE},
	{"{ fact: os.version, op: ge, value: 1.0 }", OTA_E_TYPE},
	{"{ fact: os.version, op: range, value: \"~1.0.0\" }", OTA_E_TYPE},
	{"{ fact: hw.model, op: in, value: a }", OTA_E_TYPE},
	{"{ fact: hw.model, op: in, value: [] }", OTA_E_TYPE},
	{"{ fact: hw.model, op: in, value: [ [] ] }", OTA_E_TYPE},
	{"{ fact: hw.model, op: eq, value: a, absent: maybe }", OTA_E_TYPE},
	{"{ fact: hw.model, op: eq, value: a, effect: ignore }", OTA_E_TYPE},
	{"{ fact: hw.model, op: eq, value: a, efect: defer }", OTA_E_UNKNOWN_KEY},
	{"{ fact: hw.model, op: eq, value: a, all: [] }", OTA_E_UNKNOWN_KEY},
	{"{ all: [] }", OTA_E_TYPE},
	{"{ any: {} }", OTA_E_TYPE},
	{"{ all: [ { fact: power.external, op: has } ], any: [ { fact: power.external, op: has } ] "
	 "}",
		OTA_E_TYPE},
	{"{ all: [ { fact: power.external, op: has } ], value: 1 }", OTA_E_UNKNOWN_KEY},
	{"{ all: [ { fact: power.external, op: has, effect: defer } ] }", OTA_E_UNKNOWN_KEY},
	{"{ not: { not: { not: { not: { fact: power.external, op: has } } } } }", OTA_E_RANGE},
};

#define YAML_HEAD                                                                                  \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: p\nversion: 1.0.0\nsecurity_counter: 1\n"  \
	"components:\n- { name: a, image: a.img, payloads: [ { kind: full } ] }\n"

START_TEST(refuses)
{
	char text[1024];
	ota_manifest *m = NULL;
	ota_err err;

	snprintf(text, sizeof(text), YAML_HEAD "rules:\n- %s\n", refused[_i].rules);
	ck_assert_int_ne(m_yaml(&m, text, NULL, &err), OTA_OK);
	ck_id(err, refused[_i].id);
}
END_TEST

START_TEST(counts_leaves)
{
	char text[8192];
	ota_manifest *m = NULL;
	ota_err err;
	size_t base;

	strcpy(text,
		YAML_HEAD "rules:\n- not: { not: { not: { fact: power.external, op: has } } }\n");
	for (unsigned i = 1; i < RULES_LEAVES_MAX; i++)
		strcat(text, "- { fact: power.external, op: has }\n");
	ck_ok(m_yaml(&m, text, NULL, &err), &err);
	ck_assert_uint_eq(m->rule_count, RULES_LEAVES_MAX);
	manifest_free(m);
	base = strlen(text);
	strcat(text, "- { fact: power.external, op: has }\n");
	ck_assert_int_eq(m_yaml(&m, text, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_RANGE);
	text[base] = '\0';
	strcat(text, "- 3\n");
	ck_assert_int_eq(m_yaml(&m, text, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_TYPE);
}
END_TEST

TCase *tcase_rules(void)
{
	TCase *tc = tcase_create("rules");

	tcase_add_test(tc, kleene);
	tcase_add_test(tc, truth_tables);
	tcase_add_loop_test(tc, verdict, 0, sizeof(verdicts) / sizeof(verdicts[0]));
	tcase_add_test(tc, trace_names_each_leaf);
	tcase_add_loop_test(tc, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, counts_leaves);
	return tc;
}
