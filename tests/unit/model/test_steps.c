/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

TCase *tcase_steps(void);

/* Each rule broken once, in what was signed and in what people write. */
static const struct {
	const char *steps; /* with ' for " */
	ota_id canon, source;
	const char *rule; /* stands in the message */
} rows[] = {
#define WRITE  "{'component':'rootfs','op':'write'},"
#define VERIFY "{'component':'rootfs','op':'verify'},"
#define SWITCH "{'op':'switch-slot','tries':4},"
#define HEALTH "{'name':'default','op':'health-check','retries':0,'timeout':9},"
#define COMMIT "{'op':'commit'}"
	{WRITE VERIFY SWITCH "{'op':'reboot'}," HEALTH COMMIT, OTA_E_NONE, OTA_E_NONE, ""},
	{WRITE VERIFY "{'op':'reboot'}," HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS,
		"V2: without switch-slot"},
	{"{'component':'rootfs','op':'patch'}," VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST,
		OTA_E_STEPS, "V1: patch takes a delta"},
	{VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{WRITE WRITE VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{WRITE "{'component':'rootfs','op':'patch'}," VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST,
		OTA_E_STEPS, "V1"},
	{WRITE SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{VERIFY WRITE SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{WRITE VERIFY VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{VERIFY WRITE VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{WRITE VERIFY SWITCH SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V2"},
	{WRITE SWITCH VERIFY HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V2"},
	{WRITE VERIFY SWITCH "{'name':'ota_a','op':'set-env','value':''}," HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_STEPS, "V3"},
	{VERIFY SWITCH WRITE HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V1"},
	{WRITE VERIFY SWITCH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V4"},
	{WRITE VERIFY HEALTH SWITCH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V4"},
	{WRITE VERIFY SWITCH HEALTH "{'op':'reboot'}", OTA_E_MANIFEST, OTA_E_STEPS, "V4"},
	{WRITE VERIFY SWITCH HEALTH COMMIT "," COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V4"},
	{WRITE VERIFY SWITCH COMMIT "," HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_STEPS, "V4"},
	{"{'hook':'pre.sh','on_error':'fail','op':'run-hook','timeout':1,'when':'pre'}," WRITE
			VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_ATTACHMENT, "V7"},
	{"{'component':'kernel','op':'write'}," WRITE VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST,
		OTA_E_COMPONENT, "kernel"},
	{WRITE VERIFY "{'op':'verify'}," SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_MISSING,
		"verify needs component"},
	{WRITE VERIFY SWITCH "{'op':'reboot','tries':3}," HEALTH COMMIT, OTA_E_MANIFEST,
		OTA_E_UNKNOWN_KEY, "reboot takes no tries"},
	{WRITE VERIFY SWITCH "{'hook':'a','op':'reboot'}," HEALTH COMMIT, OTA_E_MANIFEST,
		OTA_E_UNKNOWN_KEY, "reboot takes no hook"},
	{WRITE VERIFY "{'component':'rootfs','op':'switch-slot','tries':3}," HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_UNKNOWN_KEY, "switch-slot takes no component"},
	{WRITE VERIFY "{'op':'switch-slot','tries':0}," HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_RANGE,
		"tries"},
	{WRITE VERIFY "{'op':'switch-slot','tries':8}," HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_RANGE,
		"tries"},
	{WRITE VERIFY SWITCH "{'name':'a','op':'health-check','retries':0,'timeout':0}," COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "timeout"},
	{WRITE VERIFY SWITCH "{'name':'a','op':'health-check','retries':0,'timeout':3601}," COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "timeout"},
	{WRITE VERIFY SWITCH "{'name':'a','op':'health-check','retries':11,'timeout':1}," COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "retries"},
	{"{'name':'ota_a','op':'set-env','value':'~ !'}," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_NONE, OTA_E_NONE, ""},
	{"{'name':'path','op':'set-env','value':'x'}," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "ota_"},
	{"{'name':'ota_','op':'set-env','value':'x'}," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "ota_"},
	{"{'name':'ota_a.b','op':'set-env','value':'x'}," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "ota_"},
	{"{'name':'ota_a','op':'set-env','value':'\xc3\xa4'}," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "ASCII"},
	{"{'name':'ota_a','op':'set-env','value':'x\\n'}," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_RANGE, "ASCII"},
	{"{'name':'ota_a','op':'set-env','value':'x'},{'name':'ota_a','op':'set-env','value':'y'}"
	 "," WRITE VERIFY SWITCH HEALTH COMMIT,
		OTA_E_MANIFEST, OTA_E_DUPLICATE, "twice"},
	{"{'op':'jump'}," WRITE VERIFY SWITCH HEALTH COMMIT, OTA_E_MANIFEST, OTA_E_TYPE, "op"},
};

#define YAML_HEAD                                                                                  \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: p\nversion: 1.0.0\nsecurity_counter: 1\n"  \
	"components:\n- { name: rootfs, image: a.img, payloads: [ { kind: full } ] }\n"

/* JSON flow maps are YAML but for plain keys and numbers, which the reader takes as well. */
static ota_id from_yaml(const char *steps, ota_err *err)
{
	char yaml[8192];
	ota_manifest *m = NULL;

	snprintf(yaml, sizeof(yaml), YAML_HEAD "steps: [%s]\n", steps);
	for (char *p = strstr(yaml, "steps:"); *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	(void)!m_yaml(&m, yaml, NULL, err);
	manifest_free(m);
	return err->id;
}

START_TEST(rule)
{
	char steps[2048];
	ota_err err;

	snprintf(steps, sizeof(steps), "'spec':'1.0','steps':[%s]", rows[_i].steps);
	m_read(M_SMALL, "'spec':'1.0'", steps, &err);
	ck_id(err, rows[_i].canon);
	ck_assert_msg(strstr(err.msg, rows[_i].rule) != NULL, "%s", err.msg);
	from_yaml(rows[_i].steps, &err);
	ck_id(err, rows[_i].source);
	ck_assert_msg(strstr(err.msg, rows[_i].rule) != NULL, "%s", err.msg);
}
END_TEST

/* V6, and the caps on set-env. */
START_TEST(counts)
{
	char many[4096] = "", more[4096 + 64];
	ota_err err;

	for (unsigned i = 0; i < MANIFEST_ENV_MAX; i++)
		snprintf(many + strlen(many), 80, "{'name':'ota_%u','op':'set-env','value':'x'},",
			i);
	strcat(many, WRITE VERIFY SWITCH HEALTH COMMIT);
	ck_assert_int_eq(from_yaml(many, &err), OTA_E_NONE);
	snprintf(more, sizeof(more), "{'name':'ota_z','op':'set-env','value':'x'},%s", many);
	ck_assert_int_eq(from_yaml(more, &err), OTA_E_RANGE);
	many[0] = '\0';
	for (unsigned i = 0; i < MANIFEST_STEPS_MAX - 5; i++)
		strcat(many, "{'op':'reboot'},");
	strcat(many, WRITE VERIFY SWITCH HEALTH COMMIT);
	ck_assert_int_eq(from_yaml(many, &err), OTA_E_NONE);
	strcat(many, "," COMMIT);
	ck_assert_int_eq(from_yaml(many, &err), OTA_E_RANGE);
}
END_TEST

/* There is nothing to switch to. */
START_TEST(single_needs_no_switch)
{
	static const char yaml[] =
		"format: otap-manifest\nspec: \"1.0\"\nproduct: p\nversion: 1.0.0\n"
		"security_counter: 1\ncomponents:\n- { name: rootfs, slot: single, "
		"image: a.img, payloads: [ { kind: delta, from: b.img } ], delta_only: true }\n"
		"steps:\n- { op: patch, component: rootfs }\n"
		"- { op: verify, component: rootfs }\n- { op: health-check }\n- { op: commit }\n";
	ota_manifest *m = NULL;
	ota_err err;

	ck_ok(m_yaml(&m, yaml, NULL, &err), &err);
	ck_assert(manifest_patched(m, "rootfs"));
	ck_assert(!manifest_patched(m, "boot"));
	manifest_free(m);
}
END_TEST

/* One representation: the default sequence is never written out. */
START_TEST(explicit_default)
{
	ota_manifest *m = NULL;
	ota_err err;

	m_read(M_SMALL, "'spec':'1.0'",
		"'spec':'1.0','steps':[" WRITE VERIFY "{'op':'switch-slot','tries':3},"
		"{'op':'reboot'},{'name':'default','op':'health-check','retries':2,'timeout':120}"
		"," COMMIT "]",
		&err);
	ck_id(err, OTA_E_MANIFEST);
	ck_assert_ptr_nonnull(strstr(err.msg, "one form"));
	ck_assert_uint_ne(err.off, OTA_NO_OFF);
	ck_ok(m_yaml(&m,
		      YAML_HEAD "steps:\n- { op: write, component: rootfs }\n"
				"- { op: verify, component: rootfs }\n- { op: switch-slot }\n"
				"- { op: reboot }\n- { op: health-check }\n- { op: commit }\n",
		      NULL, &err),
		&err);
	ck_assert(m->steps_default);
	manifest_free(m);
	/* In what was signed nothing is left open. */
	m_read(M_SMALL, "'spec':'1.0'",
		"'spec':'1.0','steps':[" WRITE VERIFY SWITCH
		"{'name':'a','op':'health-check','retries':0}," COMMIT "]",
		&err);
	ck_id(err, OTA_E_MANIFEST);
	ck_assert_ptr_nonnull(strstr(err.msg, "health-check needs timeout"));
}
END_TEST

/* The default sequence of many components is longer than V6 lets anybody write. */
START_TEST(many_components)
{
	char yaml[8192] = YAML_HEAD;
	ota_manifest *m = NULL;
	ota_err err;

	for (unsigned i = 1; i < MANIFEST_COMPONENTS_MAX; i++)
		snprintf(yaml + strlen(yaml), 100,
			"- { name: c%u, image: a.img, payloads: [ { kind: full } ] }\n", i);
	ck_ok(m_yaml(&m, yaml, NULL, &err), &err);
	ck_assert_uint_eq(m->step_count, 2 * MANIFEST_COMPONENTS_MAX + 4);
	manifest_free(m);
	m = NULL;
	strcat(yaml, "- { name: z, image: a.img, payloads: [ { kind: full } ] }\n");
	ck_assert_int_eq(m_yaml(&m, yaml, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_RANGE);
}
END_TEST

TCase *tcase_steps(void)
{
	TCase *tc = tcase_create("steps");

	tcase_add_loop_test(tc, rule, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, counts);
	tcase_add_test(tc, single_needs_no_switch);
	tcase_add_test(tc, explicit_default);
	tcase_add_test(tc, many_components);
	return tc;
}
