/* SPDX-License-Identifier: MIT */
/* Packages with variants, and correctly signed bad ones. */
#include <unit.h>

#include <forge/sample.h>

TCase *tcase_pkg_variants(void);

static const char yaml[] =
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"
	"security_counter: 7\nsignatures: compact\ncomponents:\n  - name: rootfs\n    variants:\n"
	"      - when: { fact: hw.model, op: eq, value: a }\n        image: a.img\n"
	"        payloads: [ { kind: full, compression: none } ]\n"
	"      - when: { fact: hw.model, op: eq, value: b }\n        image: b.img\n"
	"        payloads: [ { kind: full, compression: none } ]\n";

static const struct {
	const char *from, *to;
	ota_id want;
} rows[] = {
	{"\"format\"", "\"format\"", OTA_E_NONE},
	/* The image of one under the rule of the other: each variant has its own target. */
	{"\"section\":0", "\"section\":9", OTA_E_MANIFEST},
	{"\"size\":4},\"when\"", "\"size\":5},\"when\"", OTA_E_MANIFEST},
	{",\"when\":{\"fact\":\"hw.model\",\"op\":\"eq\",\"value\":\"a\"}", "", OTA_E_MANIFEST},
	{"\"op\":\"eq\",\"value\":\"a\"", "\"op\":\"ge\",\"value\":\"a\"", OTA_E_MANIFEST},
	{"{\"fact\":\"hw.model\",\"op\":\"eq\",\"value\":\"a\"}",
		"{\"effect\":\"defer\",\"fact\":\"hw.model\",\"op\":\"eq\",\"value\":\"a\"}",
		OTA_E_MANIFEST},
	{"\"name\":\"rootfs\",", "\"name\":\"rootfs\",\"slot\":\"single\",", OTA_E_SCOPE},
};

static uint8_t *pkg;
static size_t pkg_len;
static ota_trust *trust;

static void setup(void)
{
	static const struct forge_file files[] = {{"a.img", "aaaa", 4}, {"b.img", "bbbb", 4}};

	pkg = forge_signed(&pkg_len, t_ctx(), yaml, files, 2);
	trust = forge_trust(t_ctx());
}

static void teardown(void)
{
	ota_trust_free(trust);
	free(pkg);
}

static void judge(struct forge *f, ota_id want)
{
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_pkg *p = NULL;
	size_t len;
	uint8_t *bent = forge_seal(&len, f);

	ck_ok(ota_source_memory(&src, t_ctx(), bent, len, &err), &err);
	if (ota_pkg_open(&p, t_ctx(), src, trust, NULL, &err) == OTA_OK)
		(void)!ota_pkg_verify(p, &deep, NULL, &err);
	ck_id(err, want);
	ota_pkg_free(p);
	ota_source_close(src);
	free(bent);
}

START_TEST(forged)
{
	struct forge f;

	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json(&f, rows[_i].from, rows[_i].to);
	judge(&f, rows[_i].want);
	forge_fini(&f);
}
END_TEST

/* The image of one variant under the rule of another. */
START_TEST(swapped)
{
	struct forge f;

	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json(&f, "\"section\":0", "\"section\":2");
	forge_json(&f, "\"section\":1", "\"section\":0");
	forge_json(&f, "\"section\":2", "\"section\":1");
	judge(&f, OTA_E_HASH_TARGET);
	forge_fini(&f);
}
END_TEST

START_TEST(nothing_is_written_unchosen)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *dst = NULL;
	ota_pkg *p = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pkg_open(&p, t_ctx(), src, trust, NULL, &err), &err);
	ck_assert_int_eq(
		ota_pkg_write(dst, p, "rootfs", NULL, NULL, NULL, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_VARIANT);
	ota_pkg_free(p);
	ota_sink_close(dst);
	ota_source_close(src);
}
END_TEST

TCase *tcase_pkg_variants(void)
{
	TCase *tc = tcase_create("pkg_variants");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, forged, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, swapped);
	tcase_add_test(tc, nothing_is_written_unchosen);
	return tc;
}
