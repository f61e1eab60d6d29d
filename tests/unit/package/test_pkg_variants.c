/* SPDX-License-Identifier: MIT */
/* Packages with variants. Forged ones: tests/forge/. */
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
	tcase_add_test(tc, nothing_is_written_unchosen);
	return tc;
}
