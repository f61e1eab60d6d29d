/* SPDX-License-Identifier: MIT */
/* Faults of other tools that need a test of their own: tests/LESSONS.md. */
#include <unit.h>

#include <forge/sample.h>
#include <package/header.h>

TCase *tcase_lessons(void);

static struct sample s;
static uint8_t *pkg;
static size_t pkg_len;
static ota_trust *trust;

static void setup(void)
{
	sample_init(&s);
	pkg = forge_signed(&pkg_len, t_ctx(), sample_yaml, s.files, 2);
	trust = forge_trust(t_ctx());
}

static void teardown(void)
{
	ota_trust_free(trust);
	free(pkg);
	sample_fini(&s);
}

/* RAUC, CVE-2020-25860: verified, then read again. Every byte is changed once in between. */
static unsigned write_after_change(size_t off, bool verify_first)
{
	ota_source *src = NULL, *old = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_sink *dst = NULL;
	const uint8_t *out;
	ota_pkg *p = NULL;
	ota_status st;
	size_t len;
	unsigned wrong = 0;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_source_memory(&old, t_ctx(), s.old_, SAMPLE_SIZE, &err), &err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pkg_open(&p, t_ctx(), src, trust, NULL, &err), &err);
	if (verify_first)
		ck_ok(ota_pkg_verify(p, NULL, NULL, &err), &err);
	pkg[off] ^= 0x10;
	st = ota_pkg_write(dst, p, "rootfs", off % 2 == 0 ? old : NULL, NULL, NULL, NULL, &err);
	pkg[off] ^= 0x10;
	ota_sink_memory_bytes(dst, &out, &len);
	if (st == OTA_OK && (len != SAMPLE_SIZE || memcmp(out, s.new_, len) != 0))
		wrong = 1;
	ota_pkg_free(p);
	ota_sink_close(dst);
	ota_source_close(old);
	ota_source_close(src);
	return wrong;
}

START_TEST(replaced_after_verification)
{
	unsigned wrong = 0;

	for (size_t off = 0; off < pkg_len; off += 17)
		wrong += write_after_change(off, off % 3 == 0);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* SWUpdate, 5219f2f4: what nobody signed is not interpreted, so it cannot even be malformed. */
START_TEST(nothing_is_parsed_before_a_signature_is_good)
{
	static const ota_id wants[] = {OTA_E_JSON, OTA_E_SIG_BAD, OTA_E_UNSIGNED};

	for (unsigned i = 0; i < 3; i++) {
		ota_err err = OTA_ERR_INIT;
		ota_source *src = NULL;
		ota_pkg *p = NULL;
		struct forge f;
		uint8_t *bent;
		size_t len;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		forge_json(&f, "{\"components\"", "{\"components\",,");
		f.sig.text[SAY_TIME] = i == 1 ? "1" : NULL;
		f.sigarea = i == 2 ? calloc(1, 1) : NULL;
		bent = forge_seal(&len, &f);
		ck_ok(ota_source_memory(&src, t_ctx(), bent, len, &err), &err);
		ck_assert_int_ne(ota_pkg_open(&p, t_ctx(), src, trust, NULL, &err), OTA_OK);
		ck_id(err, wants[i]);
		ota_source_close(src);
		free(bent);
		forge_fini(&f);
	}
}
END_TEST

TCase *tcase_lessons(void)
{
	TCase *tc = tcase_create("lessons");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, replaced_after_verification);
	tcase_add_test(tc, nothing_is_parsed_before_a_signature_is_good);
	return tc;
}
