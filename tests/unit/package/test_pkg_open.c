/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <forge/sample.h>
#include <ota/text.h>
#include <package/header.h>

static uint8_t *pkg;
static size_t pkg_len;
static ota_trust *trust;

static void setup(void)
{
	pkg = sample_package(&pkg_len, t_ctx());
	trust = forge_trust(t_ctx());
}

static void teardown(void)
{
	ota_trust_free(trust);
	free(pkg);
}

static ota_status open_at(
	ota_pkg **out, ota_source **src, const uint8_t *p, size_t len, ota_err *err)
{
	*out = NULL;
	ck_ok(ota_source_memory(src, t_ctx(), p, len, err), err);
	return ota_pkg_open(out, t_ctx(), *src, trust, NULL, err);
}

START_TEST(good)
{
	ota_err err = OTA_ERR_INIT;
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_report *rep = NULL;
	ota_source *src;
	ota_pkg *p;
	char id[65], value[64];
	size_t len;

	ck_ok(open_at(&p, &src, pkg, pkg_len, &err), &err);
	ck_assert(ota_pkg_authentic(p));
	ck_assert_uint_eq(ota_pkg_header(p)->file_len, pkg_len);
	ck_assert_uint_eq(ota_pkg_signer_count(p), 1);
	ck_assert_str_eq(ota_pkg_signer_at(p, 0), forge_keyid(t_ctx(), id));
	ck_assert_ptr_null(ota_pkg_signer_at(p, 1));
	ck_ok(ota_manifest_get(ota_pkg_manifest(p), "product", value, sizeof(value), &len, &err),
		&err);
	ck_assert_str_eq(value, "gw-100");
	ota_pkg_digest(p, &len);
	ck_assert_uint_eq(len, 32);
	ck_ok(ota_pkg_verify(p, NULL, NULL, &err), &err);
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_ok(ota_pkg_verify(p, &deep, rep, &err), &err);
	/* The delta comes first in the file and needs a source; the image decodes. */
	ck_assert_uint_eq(ota_report_count(rep), 4);
	ck_assert_uint_eq(ota_report_at(rep, 0)->step, OTA_STEP_TABLES);
	ck_assert_int_eq(ota_report_at(rep, 1)->outcome, OTA_SKIP);
	ck_assert_int_eq(ota_report_at(rep, 2)->outcome, OTA_PASS);
	ck_assert_uint_eq(ota_report_at(rep, 3)->step, OTA_STEP_CHUNKS);
	ota_report_free(rep);
	ota_pkg_free(p);
	ota_source_close(src);
}
END_TEST

/* The findings about steps are 1 … last, and only the last can have failed, for id. */
static void expect_steps(const ota_report *rep, uint32_t last, ota_id id)
{
	uint32_t step = 0;

	for (size_t i = 0; i < ota_report_count(rep); i++) {
		const ota_finding *f = ota_report_at(rep, i);

		if (f->about != OTA_ABOUT_STEP)
			continue;
		ck_assert_uint_eq(f->step, ++step);
		ck_assert_int_eq(f->id, step == last ? id : OTA_E_NONE);
		ck_assert_int_eq(f->outcome, step == last && id ? OTA_FAIL : OTA_PASS);
	}
	ck_assert_uint_eq(step, last);
}

START_TEST(steps_are_said)
{
	static const struct {
		size_t at; /* the byte that is damaged; 0: none */
		uint32_t last;
		ota_id id;
	} rows[] = {
		{0, OTA_STEP_SCOPE, OTA_E_NONE},
		{3, OTA_STEP_HEADER, OTA_E_MAGIC},
		{50, OTA_STEP_HEADER, OTA_E_CRC},
		{200, OTA_STEP_SIGNATURES, OTA_E_SIG_BAD},
	};
	ota_err err = OTA_ERR_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ota_report *rep = NULL;
		ota_source *src = NULL;
		ota_pkg *p = NULL;

		pkg[rows[i].at] ^= rows[i].at > 0;
		ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
		ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
		ck_assert_int_eq(ota_pkg_open(&p, t_ctx(), src, trust, rep, &err) != OTA_OK,
			rows[i].id != OTA_E_NONE);
		pkg[rows[i].at] ^= rows[i].at > 0;
		expect_steps(rep, rows[i].last, rows[i].id);
		ota_pkg_free(p);
		ota_source_close(src);
		ota_report_free(rep);
	}
}
END_TEST

START_TEST(no_trust_fails_closed)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	ota_pkg *p = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_assert_int_eq(ota_pkg_open(&p, t_ctx(), src, NULL, NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_NO_TRUST);
	ck_assert_ptr_null(p);
	ota_source_close(src);
}
END_TEST

START_TEST(unsigned_is_refused)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	ota_header h;
	ota_pkg *p;

	ck_ok(header_parse(&h, pkg, pkg_len, &err), &err);
	memset(pkg + h.sig_off, 0, h.sig_cap);
	ck_assert_int_eq(open_at(&p, &src, pkg, pkg_len, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_UNSIGNED);
	/* The other handle opens, verifies, and says for ever what it is. */
	ck_ok(ota_pkg_open_unauthenticated(&p, t_ctx(), src, NULL, &err), &err);
	ck_assert(!ota_pkg_authentic(p));
	ck_assert_uint_eq(ota_pkg_signer_count(p), 0);
	ck_ok(ota_pkg_verify(p, NULL, NULL, &err), &err);
	ota_pkg_free(p);
	ota_source_close(src);
}
END_TEST

START_TEST(spoiled_area_counts_for_nothing)
{
	ota_err err = OTA_ERR_INIT;
	ota_report *rep;
	ota_source *src;
	ota_header h;
	ota_peek *peek;
	ota_pkg *p = NULL;

	ck_ok(header_parse(&h, pkg, pkg_len, &err), &err);
	pkg[h.tab_off - 1] = 'x';
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_assert_int_ne(ota_pkg_open(&p, t_ctx(), src, trust, rep, &err), OTA_OK);
	ck_id(err, OTA_E_SIG_SPOILED);
	ck_assert_uint_eq(ota_report_count(rep), 4);
	ck_assert_int_eq(ota_report_at(rep, 0)->id, OTA_E_SIGLINE);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	ck_assert(!ota_peek_sigarea_ok(peek));
	ck_assert_uint_eq(ota_peek_sig_count(peek), 0);
	ota_peek_free(peek);
	ota_report_free(rep);
	ota_source_close(src);
}
END_TEST

START_TEST(peek_shows)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	ota_peek *peek;
	char id[65];
	size_t len;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	ck_assert(ota_peek_sigarea_ok(peek));
	ck_assert_uint_eq(ota_peek_sig_count(peek), 1);
	ck_assert_str_eq(ota_peek_sig_at(peek, 0)->alg, "ed25519");
	ck_assert_str_eq(ota_peek_sig_at(peek, 0)->keyid, forge_keyid(t_ctx(), id));
	ck_assert_str_eq(ota_peek_sig_at(peek, 0)->comment, "");
	ck_assert_ptr_null(ota_peek_sig_at(peek, 1));
	ck_assert_ptr_nonnull(ota_peek_manifest(peek));
	ck_assert_uint_eq(ota_peek_header(peek)->file_len, pkg_len);
	ota_peek_digest(peek, &len);
	ck_assert_uint_eq(len, 32);
	ck_assert_mem_eq(ota_peek_manifest_bytes(peek, &len), pkg + HEADER_LEN, len);
	ota_peek_free(peek);
	ota_source_close(src);
}
END_TEST

/* One forward pass from a pipe, and what a pipe cannot do is said. */
START_TEST(from_a_pipe)
{
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = forge_pipe(pkg, pkg_len);
	ota_pkg *p = NULL;

	ck_ok(ota_pkg_open(&p, t_ctx(), src, trust, NULL, &err), &err);
	ck_ok(ota_pkg_verify(p, &deep, NULL, &err), &err);
	ck_assert_int_ne(ota_pkg_verify(p, &deep, NULL, &err), OTA_OK);
	ck_id(err, OTA_E_SEEK);
	ota_pkg_free(p);
	ota_source_close(src);
}
END_TEST

START_TEST(expiry)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	ota_pkg *p;
	struct forge f;
	uint8_t *bent;
	size_t len;

	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json(&f, "\"format\"", "\"expires\":\"2027-01-01T00:00:00Z\",\"format\"");
	bent = forge_seal(&len, &f);
	ck_ok(open_at(&p, &src, bent, len, &err), &err);
	ck_ok(ota_pkg_check_time(p, OTA_TIME_NONE, &err), &err);
	ck_ok(ota_pkg_check_time(p, 1798761599, &err), &err);
	ck_assert_int_eq(ota_pkg_check_time(p, 1798761600, &err), OTA_REFUSED);
	ck_id(err, OTA_E_EXPIRED);
	ota_pkg_free(p);
	ota_source_close(src);
	free(bent);
	forge_fini(&f);
}
END_TEST

TCase *tcase_pkg_open(void)
{
	TCase *tc = tcase_create("pkg_open");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, good);
	tcase_add_test(tc, steps_are_said);
	tcase_add_test(tc, no_trust_fails_closed);
	tcase_add_test(tc, unsigned_is_refused);
	tcase_add_test(tc, spoiled_area_counts_for_nothing);
	tcase_add_test(tc, peek_shows);
	tcase_add_test(tc, from_a_pipe);
	tcase_add_test(tc, expiry);
	return tc;
}
