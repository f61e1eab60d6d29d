/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

TCase *tcase_manifest_check(void);

#define H63  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define H128 H64 H64

/* One change each to the manifest that uses every field. */
static const struct {
	const char *from, *to;
	ota_id id;
	const char *says;
} rows[] = {
	{"{", "{", OTA_E_NONE, ""},
	/* one form */
	{"'allow_downgrade':true", "'allow_downgrade':false", OTA_E_MANIFEST, "default"},
	{"'format':'otap-manifest'", "'format':'otap-manifest','hash':'sha256'", OTA_E_MANIFEST,
		"default"},
	{"'effect':'defer'", "'effect':'require'", OTA_E_MANIFEST, "one form"},
	{"'codec':'bsdiff'", "'codec':'otad'", OTA_E_MANIFEST, "otad is the default"},
	{"'fallback':'fail'", "'fallback':'full'", OTA_E_MANIFEST, "default"},
	{"'delta_only':true", "'delta_only': true", OTA_E_CANON, ""},
	{"'x-ticket':'FW-991'", "'x-ticket':'FW-991'\n", OTA_E_CANON, ""},
	{"'product':'gw-100'", "'product':'gw-100','product':'gw-100'", OTA_E_JSON, ""},
	/* what is known */
	{"'format':'otap-manifest'", "'format':'otap-root'", OTA_E_MANIFEST, "otap-manifest"},
	{"'spec':'1.0'", "'spec':'1.1'", OTA_E_VERSION_FMT, "1.1"},
	{"'product':'gw-100'", "'produkt':'gw-100'", OTA_E_MANIFEST, "did you mean"},
	{"'product':'gw-100'", "'product':'GW-100'", OTA_E_MANIFEST, "product"},
	{"'version':'2.4.0'", "'version':'2.4'", OTA_E_MANIFEST, "SemVer"},
	{"'version':'>=2.0.0 <2.4.0 || =1.9.7'", "'version':'>=2.0'", OTA_E_MANIFEST, "range"},
	{"'security_counter':7", "'security_counter':0", OTA_E_MANIFEST, "security_counter"},
	{"'security_counter':7", "'security_counter':2147483648", OTA_E_NONE, ""},
	{"'security_counter':7", "'security_counter':2147483649", OTA_E_MANIFEST,
		"security_counter"},
	{"'counter_min':3", "'counter_min':2147483649", OTA_E_MANIFEST, "counter_min"},
	{"'created':'2026-01-01T00:00:00Z'", "'created':'2026-01-01T00:00:00+00:00'",
		OTA_E_MANIFEST, "time"},
	{"'severity':'security'", "'severity':'high'", OTA_E_MANIFEST, "severity"},
	{"{'channel':'stable','notes':'Fixes the parser.','severity':'security'}", "{}",
		OTA_E_MANIFEST, "default"},
	{"'slot':'single'", "'slot':'triple'", OTA_E_MANIFEST, "slot"},
	/* present: nothing in the package, and nothing beside it */
	{"'kind':'full','section':1", "'kind':'present','section':1", OTA_E_MANIFEST,
		"takes no section"},
	{"'kind':'full','section':1", "'cost':1,'kind':'present'", OTA_E_MANIFEST, "takes no cost"},
	{"'kind':'full','section':1", "'kind':'present','ram':1", OTA_E_MANIFEST, "takes no ram"},
	{"'kind':'full','section':1", "'kind':'present'", OTA_E_MANIFEST, "sections.1"},
	{"'kind':'full','section':1}", "'kind':'full','section':1},{'kind':'present'}",
		OTA_E_MANIFEST, "stands alone"},
	{"'kind':'full','section':1", "'kind':'full'", OTA_E_MANIFEST, "names its section"},
	/* hash lengths */
	{"'payload_hash':'" H64, "'payload_hash':'" H128, OTA_E_MANIFEST, "payload_hash"},
	{"'payload_hash':'" H64, "'payload_hash':'" H63, OTA_E_MANIFEST, "payload_hash"},
	{"'payload_hash':'0", "'payload_hash':'G", OTA_E_MANIFEST, "payload_hash"},
	{"'target':{'hash':'" H64, "'target':{'hash':'" H128, OTA_E_MANIFEST, "components.0"},
	{"'source':{'hash':'" H64, "'source':{'hash':'" H128, OTA_E_MANIFEST, "payloads.0"},
	{"'table_hash':'" H64, "'table_hash':'" H128, OTA_E_MANIFEST, "sections.0"},
	{"'format':'otap-manifest'", "'format':'otap-manifest','hash':'sha512'", OTA_E_MANIFEST,
		"128"},
	/* components */
	{"'name':'rootfs'", "'name':'boot'", OTA_E_MANIFEST, "V11"},
	{"'delta_only':true,", "", OTA_E_NONE, ""},
	{"'size':5000", "'size':0", OTA_E_MANIFEST, "size"},
	/* payloads */
	{"'kind':'full','section':1}", "'kind':'full','section':4}", OTA_E_MANIFEST,
		"section 4 does not exist"},
	{"'kind':'full','section':1}", "'kind':'full','section':256}", OTA_E_MANIFEST, "section"},
	{"'kind':'full','section':1}", "'kind':'full','section':2}", OTA_E_MANIFEST, "target.size"},
	{"'kind':'full','section':1}", "'kind':'full','section':1,'window':4096}", OTA_E_MANIFEST,
		"takes no window"},
	{"{'kind':'full','section':1}", "{'codec':'bsdiff','kind':'full','section':1}",
		OTA_E_MANIFEST, "takes no codec"},
	{"'size':5000", "'size':5001", OTA_E_MANIFEST, "target.size"},
	{"'size':1000000", "'size':1000001", OTA_E_MANIFEST, "target.size"},
	{"'section':3,'source':{'hash':'" H64 "','size':999}", "'section':3", OTA_E_MANIFEST,
		"names its source"},
	{"'cost':8,'kind'", "'codec':'bsdiff','cost':8,'kind'", OTA_E_MANIFEST, "does not go with"},
	{"'codec':'bsdiff',", "", OTA_E_MANIFEST, "does not go with"},
	{"'codec':'bsdiff'", "'codec':'vcdiff'", OTA_E_NONE, ""},
	{"'window':131072", "'window':131071", OTA_E_NONE, ""},
	{"'window':131072", "'window':500000", OTA_E_MANIFEST, "expected 3 chunks"},
	/* sections */
	{"'chunk_size':4096", "'chunk_size':2048", OTA_E_MANIFEST, "chunk_size"},
	{"'chunk_size':4096", "'chunk_size':4097", OTA_E_MANIFEST, "power of two"},
	{"'chunk_size':4096", "'chunk_size':33554432", OTA_E_MANIFEST, "chunk_size"},
	{"'chunks':2,", "'chunks':3,", OTA_E_MANIFEST, "expected 2 chunks"},
	{"'chunks':16,", "'chunks':15,", OTA_E_MANIFEST, "expected 16 chunks"},
	{"'chunks':1,", "'chunks':2,", OTA_E_MANIFEST, "expected 1 chunks"},
	{"'chunks':1,", "'chunks':0,", OTA_E_MANIFEST, "chunks"},
	{"'chunks':1,", "'chunks':16385,", OTA_E_MANIFEST, "chunks"},
	{"'raw_size':5000", "'raw_size':5000,'stored_size':4999", OTA_E_MANIFEST, "stored_size"},
	{"'raw_size':5000", "'raw_size':5000,'stored_size':5000", OTA_E_MANIFEST,
		"equals its default"},
	{"'stored_size':400000", "'stored_size':1000000", OTA_E_MANIFEST, "equals its default"},
	{",'stored_size':400000", "", OTA_E_NONE, ""},
	{"'stored_size':400000", "'stored_size':1000001", OTA_E_MANIFEST, "stored_size"},
	{"'stored_size':400000", "'stored_size':0", OTA_E_NONE, ""},
	{"'raw_size':60000", "'raw_size':70000", OTA_E_MANIFEST, "more bytes than its chunks"},
	{"'compression':'none','raw_size':60000", "'compression':'xz','raw_size':60000",
		OTA_E_MANIFEST, "without compression"},
	{"'compression':'xz'", "'compression':'lzma'", OTA_E_MANIFEST, "compression"},
	{"'raw_hashes':true,", "'raw_hashes':false,", OTA_E_MANIFEST, "default"},
	{"{'chunk_size':65536,'chunks':9,'compression':'none','raw_size':300000,"
	 "'table_hash':'" H64 "'}",
		"{'chunk_size':65536,'chunks':9,'compression':'none','raw_size':300000,"
		"'table_hash':'" H64 "'},"
		"{'chunk_size':65536,'chunks':9,'compression':'none','raw_size':300000,"
		"'table_hash':'" H64 "'}",
		OTA_E_MANIFEST, "sections.4"},
	/* features to come are unknown keys */
	{"'after_commit'", "'a-attachments':[],'after_commit'", OTA_E_MANIFEST, "unknown key"},
	{"'after_commit':'disable-previous'", "'after_commit':'erase'", OTA_E_MANIFEST,
		"after_commit"},
	{"'signatures':'compact'", "'signatures':'roomy'", OTA_E_MANIFEST, "default"},
};

START_TEST(one_change)
{
	ota_err err;

	m_read(M_FULL, rows[_i].from, rows[_i].to, &err);
	ck_id(err, rows[_i].id);
	ck_assert_msg(strstr(err.msg, rows[_i].says) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(critical)
{
	ota_err err;

	m_read(M_FULL, "'expires'", "'critical':['x-ticket'],'expires'", &err);
	ck_id(err, OTA_E_CRITICAL);
	/* A newer format's key: called newer, although it is unknown as well. */
	m_read(M_FULL, "'expires'", "'critical':['encryption'],'encryption':{},'expires'", &err);
	ck_id(err, OTA_E_CRITICAL);
}
END_TEST

START_TEST(section_twice)
{
	ota_err err;

	m_read(M_SMALL, "[{'kind':'full','section':0}]",
		"[{'kind':'full','section':0},{'kind':'full','section':0}]", &err);
	ck_id(err, OTA_E_MANIFEST);
	ck_assert_ptr_nonnull(strstr(err.msg, "found 2"));
}
END_TEST

START_TEST(no_full_payload)
{
	ota_err err;

	m_read(M_SMALL, "[{'kind':'full','section':0}]",
		"[{'kind':'delta','section':0,'source':{'hash':'" H64 "','size':1},'window':5000}]",
		&err);
	ck_id(err, OTA_E_MANIFEST);
	ck_assert_ptr_nonnull(strstr(err.msg, "V8"));
}
END_TEST

/* Every finding is in the report, with its place. */
START_TEST(all_findings)
{
	ota_report *rep = NULL;
	ota_manifest *m = NULL;
	ota_err err = OTA_ERR_INIT;
	size_t len;
	char *text = m_text(M_FULL, "'size':5000}", "'size':6000}", &len);
	char *at = strstr(text, "\"chunks\":16");

	memcpy(at, "\"chunks\":17", 11);
	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_assert_int_eq(
		manifest_read(&m, t_ctx(), (const uint8_t *)text, len, rep, &err), OTA_FORMAT);
	ck_assert_uint_eq(ota_report_failures(rep), 2);
	ck_assert_str_eq(ota_report_at(rep, 0)->subject, "components.0.payloads.0");
	ck_assert_str_eq(ota_report_at(rep, 1)->subject, "components.1.payloads.2");
	ck_assert_uint_eq(ota_report_at(rep, 0)->off, err.off);
	ck_assert_int_eq(text[err.off], '{');
	ck_assert_int_eq(ota_report_at(rep, 1)->id, OTA_E_MANIFEST);
	ota_report_free(rep);
	free(text);
}
END_TEST

TCase *tcase_manifest_check(void)
{
	TCase *tc = tcase_create("manifest_check");

	tcase_add_loop_test(tc, one_change, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, critical);
	tcase_add_test(tc, section_twice);
	tcase_add_test(tc, no_full_payload);
	tcase_add_test(tc, all_findings);
	return tc;
}
