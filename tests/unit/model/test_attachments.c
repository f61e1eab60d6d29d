/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

TCase *tcase_attachments(void);

#define SECTION                                                                                    \
	"{'chunk_size':4096,'chunks':2,'compression':'none','raw_size':5000,"                      \
	"'table_hash':'" H64 "'}"
#define ELSEWHERE                                                                                  \
	"{'hash':'sha256:" H64 "','media_type':'application/vnd.in-toto+json',"                    \
	"'name':'prov.intoto.jsonl','role':'provenance','size':8123,'uri':'https://a/b'}"
#define STEPS                                                                                      \
	"'steps':[{'hook':'pre.sh','on_error':'fail','op':'run-hook','timeout':30,'when':'pre'},"  \
	"{'component':'rootfs','op':'write'},{'component':'rootfs','op':'verify'},"                \
	"{'op':'switch-slot','tries':3},"                                                          \
	"{'hook':'pre.sh','on_error':'continue','op':'run-hook','timeout':30,'when':'boot'},"      \
	"{'name':'default','op':'health-check','retries':2,'timeout':120},{'op':'commit'}]"

/* Sections 0 to 2: a hook, the image, an SBOM. */
static const char base[] =
	"{'attachments':[{'name':'pre.sh','role':'hook','section':0},"
	"{'media_type':'application/spdx+json','name':'sbom','role':'sbom','section':2}," ELSEWHERE
	"],'components':[{'name':'rootfs','payloads':[{'kind':'full','section':1}],'target':{"
	"'hash':'" H64 "','size':5000}}],'format':'otap-manifest','payload_hash':'" H64
	"','product':'gw-100','sections':[" SECTION "," SECTION "," SECTION
	"],'security_counter':1,'spec':'1.0'," STEPS ",'version':'1.0.0'}";

static const struct {
	const char *from, *to;
	ota_id id;
	const char *says;
} rows[] = {
	{"{", "{", OTA_E_NONE, ""},
	/* each section exactly once */
	{"'sbom','section':2", "'sbom','section':1", OTA_E_MANIFEST, "exactly one"},
	{"'sbom','section':2", "'sbom','section':0", OTA_E_MANIFEST, "exactly one"},
	{"'sbom','section':2", "'sbom','section':3", OTA_E_MANIFEST, "no such section"},
	{"'sbom','section':2", "'sbom','section':256", OTA_E_MANIFEST, "section"},
	/* here or elsewhere */
	{"'sbom','section':2", "'sbom'", OTA_E_MANIFEST, "either section or uri"},
	{"'sbom','section':2", "'sbom','section':2,'uri':'https://a'", OTA_E_MANIFEST,
		"either section or uri"},
	{"'sbom','section':2", "'sbom','section':2,'size':1", OTA_E_MANIFEST, "go with uri"},
	{"{'media_type':'application/spdx+json'", "{'hash':'sha256:" H64 "','media_type':'a/b'",
		OTA_E_MANIFEST, "go with uri"},
	{",'size':8123", "", OTA_E_MANIFEST, "needs hash and size"},
	{"'hash':'sha256:" H64 "',", "", OTA_E_MANIFEST, "needs hash and size"},
	{"sha256:" H64, "sha512:" H64, OTA_E_MANIFEST, "lowercase hex"},
	{"sha256:" H64, "md5:" H64, OTA_E_MANIFEST, "lowercase hex"},
	{"sha256:" H64, H64, OTA_E_MANIFEST, "lowercase hex"},
	{"'size':8123", "'size':0", OTA_E_MANIFEST, "size"},
	/* what a device reads is in the package */
	{"'role':'provenance'", "'role':'hook'", OTA_E_MANIFEST, "stand in the package"},
	{"'role':'provenance'", "'role':'boot-doc'", OTA_E_MANIFEST, "stand in the package"},
	/* names, roles, types */
	{"'name':'sbom'", "'name':'pre.sh'", OTA_E_MANIFEST, "V11"},
	{"'name':'sbom'", "'name':'../sbom'", OTA_E_MANIFEST, "name"},
	{"'role':'sbom'", "'role':'vex'", OTA_E_MANIFEST, "role"},
	{"'role':'sbom',", "", OTA_E_MANIFEST, "role"},
	{"application/spdx+json", "application", OTA_E_MANIFEST, "type/subtype"},
	{"application/spdx+json", "application/", OTA_E_MANIFEST, "type/subtype"},
	{"application/spdx+json", "a/b;q=1", OTA_E_MANIFEST, "type/subtype"},
	/* V7 */
	{"'role':'hook'", "'role':'other'", OTA_E_MANIFEST, "V7"},
	{"'hook':'pre.sh'", "'hook':'post.sh'", OTA_E_MANIFEST, "V7"},
	{"'hook':'pre.sh'", "'hook':'sbom'", OTA_E_MANIFEST, "V7"},
	{"{'hook':'pre.sh',", "{", OTA_E_MANIFEST, "needs hook"},
	{"'on_error':'fail',", "", OTA_E_MANIFEST, "needs on_error"},
	{"'timeout':30,'when':'pre'", "'timeout':30", OTA_E_MANIFEST, "needs when"},
	{"'timeout':30,'when':'pre'", "'when':'pre'", OTA_E_MANIFEST, "needs timeout"},
	{"'timeout':30,'when':'pre'", "'timeout':30,'tries':1,'when':'pre'", OTA_E_MANIFEST,
		"takes no tries"},
	{"'timeout':30,'when':'pre'", "'timeout':3601,'when':'pre'", OTA_E_MANIFEST, "timeout"},
	{"'when':'pre'", "'when':'now'", OTA_E_MANIFEST, "when"},
	{"'on_error':'fail'", "'on_error':'retry'", OTA_E_MANIFEST, "on_error"},
	/* a hook stands where it runs */
	{"'when':'pre'", "'when':'post'", OTA_E_MANIFEST, "after the last verify"},
	{"'when':'pre'", "'when':'boot'", OTA_E_MANIFEST, "after switch-slot"},
	{"'when':'boot'", "'when':'pre'", OTA_E_MANIFEST, "V3"},
	{"'when':'boot'", "'when':'post'", OTA_E_MANIFEST, "V3"},
	{"{'op':'switch-slot','tries':3}",
		"{'hook':'pre.sh','on_error':'fail','op':'run-hook','timeout':1,'when':'pre'},"
		"{'op':'switch-slot','tries':3}",
		OTA_E_MANIFEST, "before the first write"},
	{"{'op':'switch-slot','tries':3}",
		"{'hook':'pre.sh','on_error':'fail','op':'run-hook','timeout':1,'when':'post'},"
		"{'op':'switch-slot','tries':3}",
		OTA_E_NONE, ""},
	{"{'op':'commit'}", "{'op':'commit','when':'boot'}", OTA_E_MANIFEST, "takes no when"},
};

START_TEST(canonical)
{
	ota_err err;

	m_read(base, rows[_i].from, rows[_i].to, &err);
	ck_id(err, rows[_i].id);
	ck_assert_msg(strstr(err.msg, rows[_i].says) != NULL, "%s", err.msg);
}
END_TEST

#define YAML                                                                                       \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: p\nversion: 1.0.0\nsecurity_counter: 1\n"  \
	"components:\n- { name: rootfs, image: a.img, payloads: [ { kind: full } ] }\n"            \
	"attachments:\n"

static const struct {
	const char *items;
	ota_id id;
} yamls[] = {
	{"- { name: sbom.json, role: sbom, file: b.json }\n", OTA_E_NONE},
	{"- { name: a, role: other, uri: 'https://a', hash: 'sha256:" H64 "', size: 5 }\n",
		OTA_E_NONE},
	{"- { name: a, role: sbom }\n", OTA_E_ATTACHMENT},
	{"- { name: a, role: sbom, file: a, uri: b }\n", OTA_E_ATTACHMENT},
	{"- { name: a, role: sbom, file: a, size: 1 }\n", OTA_E_ATTACHMENT},
	{"- { name: a, role: sbom, file: a, section: 1 }\n", OTA_E_UNKNOWN_KEY},
	{"- { name: a, role: sbom, file: a }\n- { name: a, role: hook, file: b }\n",
		OTA_E_DUPLICATE},
	{" []\n", OTA_E_RANGE},
};

START_TEST(source)
{
	char text[2048];
	ota_manifest *m = NULL;
	ota_err err;

	snprintf(text, sizeof(text), YAML "%s", yamls[_i].items);
	(void)!m_yaml(&m, text, NULL, &err);
	ck_id(err, yamls[_i].id);
	manifest_free(m);
}
END_TEST

/* What a step leaves open gets its default, as all steps do. */
START_TEST(hook_defaults)
{
	ota_manifest *m = NULL;
	ota_err err;

	ck_ok(m_yaml(&m,
		      YAML "- { name: pre.sh, role: hook, file: a }\nsteps:\n"
			   "- { op: run-hook, hook: pre.sh, when: pre }\n"
			   "- { op: write, component: rootfs }\n"
			   "- { op: verify, component: rootfs }\n- { op: switch-slot }\n"
			   "- { op: health-check }\n- { op: commit }\n",
		      NULL, &err),
		&err);
	ck_assert_uint_eq(m->steps[0].timeout, STEP_TIMEOUT);
	ck_assert_uint_eq(m->steps[0].on_error, HOOK_FAIL);
	manifest_free(m);
}
END_TEST

/* At most 32. */
START_TEST(count)
{
	char text[8192] = YAML;
	ota_manifest *m = NULL;
	ota_err err;

	for (unsigned i = 0; i < MANIFEST_ATTACH_MAX; i++)
		snprintf(text + strlen(text), 64, "- { name: a%u, role: other, file: a }\n", i);
	ck_ok(m_yaml(&m, text, NULL, &err), &err);
	manifest_free(m);
	m = NULL;
	strcat(text, "- { name: z, role: other, file: a }\n");
	ck_assert_int_eq(m_yaml(&m, text, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_RANGE);
}
END_TEST

TCase *tcase_attachments(void)
{
	TCase *tc = tcase_create("attachments");

	tcase_add_loop_test(tc, canonical, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, source, 0, sizeof(yamls) / sizeof(yamls[0]));
	tcase_add_test(tc, hook_defaults);
	tcase_add_test(tc, count);
	return tc;
}
