/* SPDX-License-Identifier: MIT */
/* Every bit, every length, every allocation of a small signed package. */
#include <unit.h>

#include <forge/sample.h>
#include <package/header.h>

static uint8_t *pkg;
static size_t pkg_len;
static ota_header h;
static ota_trust *trust;

static void setup(void)
{
	pkg = sample_package(&pkg_len, t_ctx());
	trust = forge_trust(t_ctx());
	ck_assert_int_eq(header_parse(&h, pkg, pkg_len, NULL), OTA_OK);
}

static void teardown(void)
{
	ota_trust_free(trust);
	free(pkg);
}

static ota_status judge(const ota_ctx *ctx, ota_source *src, bool deep, ota_err *err)
{
	ota_verify_options opt = {.size = sizeof(opt), .deep = deep};
	ota_pkg *p = NULL;
	ota_status st = ota_pkg_open(&p, ctx, src, trust, NULL, err);

	if (!st)
		st = ota_pkg_verify(p, &opt, NULL, err);
	ota_pkg_free(p);
	return st;
}

static ota_status judge_bytes(const uint8_t *p, size_t len, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, err), err);
	st = judge(t_ctx(), src, false, err);
	ota_source_close(src);
	return st;
}

/* May a flip at off be refused with that id? Only the reasons of its region. */
static bool fits(size_t off, ota_id id)
{
	if (off < 8)
		return id == OTA_E_MAGIC;
	if (off < 10)
		return id == OTA_E_VERSION_FMT;
	if (off < HEADER_LEN)
		return id == OTA_E_CRC;
	if (off < HEADER_LEN + h.manifest_len)
		return id == OTA_E_SIG_BAD;
	if (off < h.sig_off)
		return id == OTA_E_PAD;
	if (off < h.tab_off)
		return id == OTA_E_SIG_SPOILED || id == OTA_E_SIG_BAD || id == OTA_E_SIG_UNKNOWN;
	if (off < h.tab_off + h.tables_len)
		return id == OTA_E_HASH_TABLE;
	if (off < h.data_off)
		return id == OTA_E_PAD;
	return id == OTA_E_HASH_CHUNK ||
	       (id == OTA_E_PAD && off >= h.data_off + 162 && off < h.data_off + 168);
}

START_TEST(every_bit)
{
	ck_assert_uint_le(pkg_len, 16384);
	for (size_t bit = 0; bit < 8 * pkg_len; bit++) {
		ota_err err = OTA_ERR_INIT;
		uint8_t mask = (uint8_t)(1U << (bit & 7U));
		ota_status st;

		pkg[bit / 8] ^= mask;
		st = judge_bytes(pkg, pkg_len, &err);
		pkg[bit / 8] ^= mask;
		ck_assert_msg(st != OTA_OK && fits(bit / 8, err.id),
			"bit %zu of byte %zu: status %d, %s", bit & 7U, bit / 8, (int)st, err.msg);
	}
}
END_TEST

START_TEST(every_truncation)
{
	for (size_t n = 0; n < pkg_len; n++) {
		ota_err err = OTA_ERR_INIT;
		/* Exactly as long as it says, so that a sanitizer sees every read past the end. */
		uint8_t *cut = malloc(n > 0 ? n : 1);
		ota_source *pipe;

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, pkg, n);
		ck_assert_int_ne(judge_bytes(cut, n, &err), OTA_OK);
		ck_assert_msg(
			err.id == (n == 0 ? OTA_E_MAGIC : OTA_E_TRUNCATED), "%zu: %s", n, err.msg);
		pipe = forge_pipe(cut, n);
		ck_assert_int_ne(judge(t_ctx(), pipe, false, &err), OTA_OK);
		ck_assert_msg(err.id == (n == 0 ? OTA_E_MAGIC : OTA_E_TRUNCATED), "pipe %zu: %s", n,
			err.msg);
		ota_source_close(pipe);
		free(cut);
	}
}
END_TEST

START_TEST(every_extension)
{
	uint8_t *longer = calloc(1, pkg_len + 64);

	memcpy(longer, pkg, pkg_len);
	for (size_t n = 1; n <= 64; n++) {
		ota_err err = OTA_ERR_INIT;
		ota_source *pipe = forge_pipe(longer, pkg_len + n);

		ck_assert_int_eq(judge_bytes(longer, pkg_len + n, &err), OTA_FORMAT);
		ck_id(err, OTA_E_TRAILING);
		ck_assert_int_eq(judge(t_ctx(), pipe, false, &err), OTA_FORMAT);
		ck_id(err, OTA_E_TRAILING);
		ota_source_close(pipe);
	}
	free(longer);
}
END_TEST

/* Without memory there is no verdict, for good bytes and above all for bad ones. */
static void starve(uint8_t *p, bool good)
{
	for (uint64_t n = 0;; n++) {
		struct t_failing f = {.fail_at = n};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_source *src = forge_pipe(p, pkg_len);
		ota_status st = ctx != NULL ? judge(ctx, src, true, &err) : OTA_NOMEM;
		bool failed = f.count > n;

		ota_source_close(src);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
		if (!failed) {
			ck_assert_int_eq(st == OTA_OK, good);
			ck_assert_uint_gt(n, 20);
			return;
		}
		ck_assert_msg(st != OTA_OK, "allocation %llu failed, and yet: good",
			(unsigned long long)n);
		if (good)
			ck_assert_msg(st == OTA_NOMEM, "allocation %llu: %s", (unsigned long long)n,
				err.msg);
	}
}

START_TEST(every_allocation)
{
	starve(pkg, true);
	pkg[pkg_len - 1] ^= 1U;
	starve(pkg, false);
}
END_TEST

TCase *tcase_pkg_sweep(void)
{
	TCase *tc = tcase_create("pkg_sweep");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_bit);
	tcase_add_test(tc, every_truncation);
	tcase_add_test(tc, every_extension);
	tcase_add_test(tc, every_allocation);
	return tc;
}
