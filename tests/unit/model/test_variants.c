/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

#include <model/facts.h>

TCase *tcase_variants(void);

#define SECTION                                                                                    \
	"{'chunk_size':4096,'chunks':2,'compression':'none','raw_size':5000,"                      \
	"'table_hash':'" H64 "'}"
#define TARGET      "'target':{'hash':'" H64 "','size':5000}"
#define LEAF(model) "{'fact':'hw.model','op':'eq','value':'" model "'}"

static const char base[] =
	"{'components':[{'name':'boot','payloads':[{'kind':'full','section':0}]," TARGET
	"},{'name':'rootfs','variants':["
	"{'payloads':[{'kind':'full','section':1}]," TARGET
	",'when':" LEAF("a") "},"
			     "{'payloads':[{'kind':'full','section':2}]," TARGET
			     ",'when':{'all':[" LEAF(
				     "b") ",{'fact':'feature.tpm','op':'has'}]}}]}],"
					  "'format':'otap-manifest','payload_hash':'" H64
					  "','product':'gw-100','sections':[" SECTION "," SECTION
					  "," SECTION
					  "],'security_counter':1,'spec':'1.0','version':'1.0.0'}";

static const struct {
	const char *from, *to;
	ota_id id;
	const char *says;
} rows[] = {
	{"{", "{", OTA_E_NONE, ""},
	{"'section':2", "'section':1", OTA_E_MANIFEST, "exactly one"},
	{"'section':2", "'section':3", OTA_E_MANIFEST, "section 3 does not exist"},
	{"'name':'rootfs','variants'", "'name':'boot','variants'", OTA_E_MANIFEST, "V11"},
	{"'name':'rootfs','variants'",
		"'name':'rootfs','payloads':[{'kind':'full','section':0}],'variants'",
		OTA_E_MANIFEST, "either variants"},
	{"'name':'rootfs','variants'", "'name':'rootfs'," TARGET ",'variants'", OTA_E_MANIFEST,
		"either variants"},
	{"," TARGET "},{'name'", "},{'name'", OTA_E_MANIFEST, "\"target\" is required"},
	{"'payloads':[{'kind':'full','section':0}],", "", OTA_E_MANIFEST,
		"\"payloads\" is required"},
	{"'payloads':[{'kind':'full','section':1}],", "", OTA_E_MANIFEST,
		"\"payloads\" is required"},
	{"," TARGET ",'when':" LEAF("a"), ",'when':" LEAF("a"), OTA_E_MANIFEST,
		"\"target\" is required"},
	{",'when':" LEAF("a"), "", OTA_E_MANIFEST, "\"when\" is required"},
	{"'when':" LEAF("a"), "'when':[" LEAF("a") "]", OTA_E_MANIFEST, "a rule is"},
	{"'when':" LEAF("a"), "'when':true", OTA_E_MANIFEST, "a rule is"},
	{"{'fact':'hw.model'", "{'effect':'defer','fact':'hw.model'", OTA_E_MANIFEST, "no effect"},
	{"{'fact':'hw.model'", "{'effect':'require','fact':'hw.model'", OTA_E_MANIFEST,
		"no effect"},
	{"{'fact':'hw.model'", "{'fact':'hw.modell'", OTA_E_MANIFEST, "hw.model"},
	{"{'kind':'full','section':2}", "{'kind':'present'}", OTA_E_MANIFEST, "sections.2"},
	{"'size':5000},'when':{'all'", "'size':5001},'when':{'all'", OTA_E_MANIFEST, "target.size"},
	{"'kind':'full','section':2", "'kind':'delta','section':2", OTA_E_MANIFEST, "source"},
	/* V1: the variants are one component to the steps */
	{"'spec':'1.0'",
		"'spec':'1.0','steps':[{'component':'boot','op':'write'},"
		"{'component':'boot','op':'verify'},{'component':'rootfs','op':'write'},"
		"{'component':'rootfs','op':'verify'},{'op':'switch-slot','tries':3},"
		"{'name':'a','op':'health-check','retries':2,'timeout':120},{'op':'commit'}]",
		OTA_E_NONE, ""},
};

START_TEST(canonical)
{
	ota_err err;

	m_read(base, rows[_i].from, rows[_i].to, &err);
	ck_id(err, rows[_i].id);
	ck_assert_msg(strstr(err.msg, rows[_i].says) != NULL, "%s", err.msg);
}
END_TEST

static struct fact facts[] = {{.name = "hw.model", .type = FACT_TEXT, .text = "a"},
	{.name = "feature.tpm", .type = FACT_BOOL, .b = true}};

static ota_manifest *read_base(void)
{
	ota_manifest *m = NULL;
	ota_err err = OTA_ERR_INIT;
	size_t len;
	char *text = m_text(base, "{", "{", &len);

	ck_ok(manifest_read(&m, t_ctx(), (const uint8_t *)text, len, NULL, &err), &err);
	free(text);
	return m;
}

/* Which variant, by the model and the facts stated: its section, or 0 for incompatible.variant. */
static const struct {
	const char *model;
	size_t count;
	uint64_t section;
} choices[] = {
	{"a", 2, 1}, {"a", 1, 1}, /* all is false without the second fact */
	{"b", 2, 2}, {"b", 1, 0}, /* unknown */
	{"c", 2, 0},              /* none */
	{"a", 0, 0},              /* nothing is known */
};

START_TEST(resolve)
{
	struct facts f = {facts, choices[_i].count};
	ota_manifest *m = read_base();
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	facts[0].text = choices[_i].model;
	ck_assert_uint_eq(m->component_count, 3);
	st = manifest_resolve(m, &f, NULL, &err);
	if (choices[_i].section == 0) {
		ck_assert_int_eq(st, OTA_REFUSED);
		ck_id(err, OTA_E_VARIANT);
		ck_assert_uint_eq(m->component_count, 3);
	} else {
		ck_ok(st, &err);
		ck_assert_uint_eq(m->component_count, 2);
		ck_assert_uint_eq(m->components[1].payloads[0].section, choices[_i].section);
		ck_assert_uint_eq(m->components[1].variant_count, 0);
		ck_ok(manifest_resolve(m, &f, NULL, &err), &err);
	}
	manifest_free(m);
}
END_TEST

/* Two that hold are one too many. */
START_TEST(ambiguous)
{
	struct facts f = {facts, 2};
	ota_manifest *m = read_base();
	ota_err err = OTA_ERR_INIT;

	facts[0].text = "a";
	m->components[2].when = m->components[1].when;
	ck_assert_int_eq(manifest_resolve(m, &f, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_VARIANT);
	ck_assert_ptr_nonnull(strstr(err.msg, "2 do"));
	manifest_free(m);
}
END_TEST

/* 64 components and variants in all, 16 variants each. */
START_TEST(counts)
{
	static const char item[] = "    - { when: { fact: hw.revision, op: eq, value: 1 }, "
				   "image: a, payloads: [ { kind: full } ] }\n";
	for (unsigned k = 16; k <= 17; k++)
		for (unsigned n = 4; n <= 5; n++) {
			char yaml[16384] = "format: otap-manifest\nspec: \"1.0\"\nproduct: p\n"
					   "version: 1.0.0\nsecurity_counter: 1\ncomponents:\n";
			ota_manifest *m = NULL;
			ota_err err;

			for (unsigned c = 0; c < n; c++) {
				snprintf(yaml + strlen(yaml), 64, "  - name: c%u\n    variants:\n",
					c);
				for (unsigned v = 0; v < k; v++)
					strcat(yaml, item);
			}
			(void)!m_yaml(&m, yaml, NULL, &err);
			ck_id(err, k == 16 && n == 4 ? OTA_E_NONE : OTA_E_RANGE);
			manifest_free(m);
		}
}
END_TEST

TCase *tcase_variants(void)
{
	TCase *tc = tcase_create("variants");

	tcase_add_loop_test(tc, canonical, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, resolve, 0, sizeof(choices) / sizeof(choices[0]));
	tcase_add_test(tc, ambiguous);
	tcase_add_test(tc, counts);
	return tc;
}
