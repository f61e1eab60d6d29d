/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

#include <model/rules.h>

TCase *tcase_manifest(void);

static ota_manifest *read_ok(const char *base)
{
	ota_manifest *m = NULL;
	ota_err err = OTA_ERR_INIT;
	size_t len;
	char *text = m_text(base, "{", "{", &len);

	ck_ok(manifest_read(&m, t_ctx(), (const uint8_t *)text, len, NULL, &err), &err);
	free(text);
	return m;
}

START_TEST(round_trip)
{
	static const char *const samples[] = {M_FULL, M_SMALL};

	for (unsigned i = 0; i < 2; i++) {
		ota_manifest *m = read_ok(samples[i]);
		ota_err err = OTA_ERR_INIT;
		size_t len;
		char *text = m_text(samples[i], "{", "{", &len);
		struct buf b;

		buf_init(&b, t_ctx());
		ck_ok(manifest_write(&b, m, &err), &err);
		ck_assert_uint_eq(b.len, len);
		ck_assert_mem_eq(b.p, text, len);
		buf_fini(&b);
		free(text);
		manifest_free(m);
	}
}
END_TEST

START_TEST(values)
{
	ota_manifest *m = read_ok(M_FULL);
	const struct manifest_component *rootfs = manifest_component(m, "rootfs");

	ck_assert_str_eq(m->product, "gw-100");
	ck_assert_uint_eq(m->security_counter, 7);
	ck_assert(m->allow_downgrade);
	ck_assert_int_eq(m->created, 1767225600);
	ck_assert_uint_eq(m->release->severity, 2);
	ck_assert_str_eq(m->build->source->uri, "git+https://example.com/fw.git");
	ck_assert_uint_eq(m->requires.counter_min, 3);
	ck_assert_uint_eq(m->component_count, 2);
	ck_assert_uint_eq(m->components[0].slot, SLOT_SINGLE);
	ck_assert_uint_eq(rootfs->payload_count, 3);
	ck_assert_str_eq(rootfs->payloads[0].codec, "bsdiff");
	ck_assert_ptr_null(rootfs->payloads[1].codec);
	ck_assert_uint_eq(rootfs->payloads[1].window, 131072);
	ck_assert_str_eq(rootfs->payloads[0].source->version, "2.3.0");
	ck_assert_uint_eq(rootfs->payloads[2].section, 2);
	ck_assert_uint_eq(m->rule_count, 5);
	ck_assert_uint_eq(m->step_count, 9);
	ck_assert(!m->steps_default);
	ck_assert_uint_eq(m->steps[5].tries, 5);
	ck_assert_uint_eq(m->steps[0].tries, STEP_NONE);
	ck_assert_uint_eq(m->signatures, 1);
	ck_assert_int_eq(manifest_hash_alg(m), HASH_SHA256);
	ck_assert_ptr_null(manifest_component(m, "nope"));
	manifest_free(m);
	manifest_free(NULL);
}
END_TEST

START_TEST(default_steps)
{
	static const unsigned ops[] = {STEP_WRITE, STEP_VERIFY, STEP_SWITCH_SLOT, STEP_REBOOT,
		STEP_HEALTH_CHECK, STEP_COMMIT};
	ota_manifest *m = read_ok(M_SMALL);

	ck_assert(m->steps_default);
	ck_assert_uint_eq(m->step_count, 6);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(m->steps[i].op, ops[i]);
	ck_assert_str_eq(m->steps[1].component, "rootfs");
	ck_assert_uint_eq(m->steps[2].tries, 3);
	ck_assert_str_eq(m->steps[4].name, "default");
	ck_assert_uint_eq(m->steps[4].timeout, 120);
	ck_assert_uint_eq(m->steps[4].retries, 2);
	manifest_free(m);
}
END_TEST

static const struct {
	const char *path, *value;
} paths[] = {
	{"product", "gw-100"},
	{"components.1.name", "rootfs"},
	{"components.1.payloads.0.codec", "bsdiff"},
	{"components.1.payloads.2", "{\"cost\":9,\"kind\":\"full\",\"ram\":300000,\"section\":2,"
				    "\"window\":0}"},
	{"components.0.target.size", "5000"},
	{"components.1.fallback", "full"},
	{"allow_downgrade", "true"},
	{"hash", "sha256"},
	{"created", "2026-01-01T00:00:00Z"},
	{"steps.5", "{\"op\":\"switch-slot\",\"tries\":5}"},
	{"rules.1.value", "3"},
	{"x-ticket", "FW-991"},
	{"x-list", "[1,{\"a\":true}]"},
};

START_TEST(by_path)
{
	ota_manifest *m = read_ok(M_FULL);
	ota_err err = OTA_ERR_INIT;
	char buf[256], small[4];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_ok(ota_manifest_get(m, paths[i].path, buf, sizeof(buf), &len, &err), &err);
		ck_assert_str_eq(buf, paths[i].value);
		ck_assert_uint_eq(len, strlen(paths[i].value));
	}
	ck_ok(ota_manifest_get(m, "product", small, sizeof(small), &len, &err), &err);
	ck_assert_str_eq(small, "gw-");
	ck_assert_uint_eq(len, 6);
	ck_ok(ota_manifest_get(m, "product", NULL, 0, &len, &err), &err);
	ck_assert_int_eq(ota_manifest_get(m, "prodct", buf, sizeof(buf), &len, &err), OTA_USAGE);
	ck_id(err, OTA_E_FIELD);
	ck_assert_int_eq(
		ota_manifest_get(m, "components.7", buf, sizeof(buf), &len, &err), OTA_USAGE);
	ck_assert_uint_eq(ota_manifest_count(m, "components"), 2);
	ck_assert_uint_eq(ota_manifest_count(m, "components.1.payloads"), 3);
	ck_assert_uint_eq(ota_manifest_count(m, "product"), 0);
	ck_assert_uint_eq(ota_manifest_count(m, "nope"), 0);
	manifest_free(m);
}
END_TEST

START_TEST(every_truncation)
{
	size_t len;
	char *text = m_text(M_FULL, "{", "{", &len);

	for (size_t n = 0; n < len; n++) {
		ota_manifest *m = NULL;
		ota_err err = OTA_ERR_INIT;
		uint8_t *cut = malloc(n > 0 ? n : 1);

		memcpy(cut, text, n);
		ck_assert_int_eq(manifest_read(&m, t_ctx(), cut, n, NULL, &err), OTA_FORMAT);
		ck_id(err, OTA_E_JSON);
		ck_assert_ptr_null(m);
		free(cut);
	}
	free(text);
}
END_TEST

/* One byte changed: either refused, or another manifest in its one form. Never a crash. */
START_TEST(every_byte_changed)
{
	size_t len;
	char *text = m_text(M_FULL, "{", "{", &len);
	unsigned taken = 0;

	for (size_t n = 0; n < len; n++) {
		ota_manifest *m = NULL;
		ota_err err = OTA_ERR_INIT;
		char was = text[n];
		struct buf b;

		text[n] = was == '0' ? '1' : '0';
		if (manifest_read(&m, t_ctx(), (const uint8_t *)text, len, NULL, &err) == OTA_OK) {
			taken++;
			buf_init(&b, t_ctx());
			ck_ok(manifest_write(&b, m, &err), &err);
			ck_assert_uint_eq(b.len, len);
			ck_assert_mem_eq(b.p, text, len);
			buf_fini(&b);
			manifest_free(m);
		}
		text[n] = was;
	}
	ck_assert_uint_gt(taken, 100);
	free(text);
}
END_TEST

static void sweep(const char *base)
{
	size_t len;
	char *text = m_text(base, "{", "{", &len);
	ota_status st = OTA_NOMEM;

	for (uint64_t n = 0; st != OTA_OK; n++) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_manifest *m = NULL;
		ota_err err = OTA_ERR_INIT;
		ota_report *rep = NULL;
		int64_t live;

		ck_assert_ptr_nonnull(ctx);
		ck_assert_int_eq(ota_report_new(&rep, ctx, NULL), OTA_OK);
		live = f.live;
		f.fail_at = f.count + n;
		st = manifest_read(&m, ctx, (const uint8_t *)text, len, rep, &err);
		ck_assert_msg(
			st == OTA_OK || st == OTA_NOMEM, "allocation %u: %s", (unsigned)n, err.msg);
		manifest_free(m);
		ck_assert_int_eq(f.live, live);
		ota_report_free(rep);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
	free(text);
}

START_TEST(no_memory)
{
	sweep(M_FULL);
	sweep(M_SMALL);
}
END_TEST

/* What the hooks give for their values is JSON, and the table's rows are all there. */
START_TEST(json_schema)
{
	for (enum schema_form form = SCHEMA_SOURCE; form <= SCHEMA_CANON; form++) {
		struct buf b;
		ota_err err = OTA_ERR_INIT;

		buf_init(&b, t_ctx());
		ck_ok(schema_export(&b, &manifest_schema, form, &err), &err);
		buf_put(&b, "", 1);
		ck_assert_ptr_nonnull(strstr((const char *)b.p, "security_counter"));
		ck_assert_int_eq(
			strstr((const char *)b.p, "payload_hash") != NULL, form == SCHEMA_CANON);
		ck_assert_int_eq(
			strstr((const char *)b.p, "\"image\"") != NULL, form == SCHEMA_SOURCE);
		buf_fini(&b);
	}
}
END_TEST

TCase *tcase_manifest(void)
{
	TCase *tc = tcase_create("manifest");

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, values);
	tcase_add_test(tc, default_steps);
	tcase_add_test(tc, by_path);
	tcase_add_test(tc, every_truncation);
	tcase_add_test(tc, every_byte_changed);
	tcase_add_test(tc, json_schema);
	tcase_add_test(tc, no_memory);
	return tc;
}
