/* SPDX-License-Identifier: MIT */
/* Signatures that travel: made from a head, counted beside a package, attached to it. */
#include <unit.h>

#include <forge/sample.h>
#include <ota/sign.h>
#include <package/header.h>

static uint8_t *pkg;
static size_t pkg_len;
static ota_header h;
static ota_signer *signer;
static ota_trust *trust, *forger;

static void set_up(void)
{
	ota_signer_options opt = {.size = sizeof(opt), .allow_readable = true, .allow_test = true};
	ota_err err = OTA_ERR_INIT;

	pkg = sample_package(&pkg_len, t_ctx());
	ck_ok(header_parse(&h, pkg, pkg_len, &err), &err);
	/* Room for a second line: the sample is compact. */
	memset(pkg + h.sig_off, 0, h.sig_cap);
	ck_ok(ota_signer_open(&signer, t_ctx(), "keys/test.key", &opt, &err), &err);
	ck_ok(ota_trust_from_key(&trust, t_ctx(), ota_signer_key(signer), true, &err), &err);
	forger = forge_trust(t_ctx());
}

static void tear_down(void)
{
	ota_trust_free(forger);
	ota_trust_free(trust);
	ota_signer_close(signer);
	free(pkg);
}

static ota_source *memory(const void *p, size_t len)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, &err), &err);
	return src;
}

/* The detached file for the first len bytes of the package: a string to be freed. */
static char *detached(size_t len, const char *comment)
{
	ota_sign_options opt = {.size = sizeof(opt), .comment = comment};
	ota_source *src = memory(pkg, len);
	ota_err err = OTA_ERR_INIT;
	const uint8_t *p = NULL;
	ota_sink *sink = NULL;
	size_t n = 0;
	char *out;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_pkg_sign_detached(sink, t_ctx(), src, signer, &opt, NULL, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, &n);
	out = strndup((const char *)p, n);
	ota_sink_close(sink);
	ota_source_close(src);
	return out;
}

static ota_status open_with(const char *sigs, ota_report *rep, ota_err *err)
{
	ota_source *src = memory(pkg, pkg_len);
	ota_source *more = memory(sigs, strlen(sigs));
	ota_pkg *p = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	st = ota_pkg_open_with(&p, t_ctx(), src, trust, more, rep, err);
	if (!st)
		ck_assert_uint_eq(ota_pkg_signer_count(p), 1);
	ota_pkg_free(p);
	ota_source_close(more);
	ota_source_close(src);
	return st;
}

static ota_status attach(const char *sigs, const ota_trust *t, ota_attach_result *res, ota_err *err)
{
	ota_source *src = memory(pkg, pkg_len);
	ota_source *more = memory(sigs, strlen(sigs));
	const uint8_t *p = NULL;
	ota_sink *sink = NULL;
	size_t len = 0;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	ck_ok(ota_sink_memory(&sink, t_ctx(), err), err);
	st = ota_pkg_attach(sink, t_ctx(), src, more, t, res, NULL, err);
	ota_sink_memory_bytes(sink, &p, &len);
	if (!st) {
		ck_assert_uint_eq(len, pkg_len);
		memcpy(pkg, p, len);
	}
	ota_sink_close(sink);
	ota_source_close(more);
	ota_source_close(src);
	return st;
}

static char *joined(const char *a, const char *b)
{
	char *out = malloc(strlen(a) + strlen(b) + 1);

	memcpy(out, a, strlen(a));
	memcpy(out + strlen(a), b, strlen(b) + 1);
	return out;
}

START_TEST(head_signed_here_counts_there)
{
	char *sigs = detached(h.data_off, "at the key");
	char *whole = detached(pkg_len, "at the key"), *both;
	ota_report *rep = NULL;
	ota_err err = OTA_ERR_INIT;

	ck_assert_str_eq(sigs, whole);
	ck_assert_uint_eq(strcspn(sigs, " "), 64);
	ck_assert_int_eq(open_with("", NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_UNSIGNED);
	ck_ok(open_with(sigs, NULL, &err), &err);
	/* A line for another package, before and behind, is no matter. */
	sigs[0] = sigs[0] == '0' ? '1' : '0';
	free(whole);
	whole = detached(pkg_len, NULL);
	ck_assert_int_eq(open_with(sigs, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_UNSIGNED);
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	both = joined(sigs, whole);
	ck_ok(open_with(both, rep, &err), &err);
	free(both);
	ota_report_free(rep);
	free(whole);
	free(sigs);
}
END_TEST

START_TEST(spoiled_file_is_ignored_and_said)
{
	static const char *const tails[] = {"x\n", "\n", "abc otap-sig-v1\n", "no end"};
	char *good = detached(h.data_off, NULL);
	ota_err err;

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char *spoiled = joined(good, tails[i]);
		ota_report *rep = NULL;

		ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
		ck_assert_int_eq(open_with(spoiled, rep, &err), OTA_UNTRUSTED);
		ck_id(err, OTA_E_SIG_SPOILED);
		ck_assert_uint_eq(ota_report_count(rep), 4);
		ck_assert_int_eq(ota_report_at(rep, 0)->id, OTA_E_SIGLINE);
		ota_report_free(rep);
		free(spoiled);
	}
	free(good);
}
END_TEST

/* What spoils one source must not take the others with it. */
START_TEST(spoiled_source_beside_a_good_one)
{
	char *good = detached(h.data_off, NULL);
	ota_attach_result res = {.size = sizeof(res)};
	ota_err err;

	pkg[h.sig_off] = 'x';
	ck_ok(open_with(good, NULL, &err), &err);
	ck_assert_int_eq(open_with("", NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_SPOILED);
	ck_assert_int_eq(attach(good, trust, &res, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_SPOILED);
	memset(pkg + h.sig_off, 0, h.sig_cap);
	ck_ok(attach(good, trust, &res, &err), &err);
	ck_ok(open_with("spoiled\n", NULL, &err), &err);
	free(good);
}
END_TEST

START_TEST(attached_lines)
{
	char *good = detached(h.data_off, NULL), *other = detached(h.data_off, "anew");
	char *twice = joined(good, good);
	ota_attach_result res = {.size = sizeof(res)};
	ota_err err;

	ck_assert_int_eq(attach("", trust, &res, &err), OTA_REFUSED);
	ck_id(err, OTA_E_NO_LINE);
	ck_assert_int_eq(attach(good, forger, &res, &err), OTA_REFUSED);
	ck_id(err, OTA_E_NO_LINE);
	ck_assert_int_eq(attach("x\n", trust, &res, &err), OTA_FORMAT);
	ck_id(err, OTA_E_SIGLINE);
	ck_ok(attach(twice, trust, &res, &err), &err);
	ck_assert_uint_eq(res.added, 1);
	ck_assert_uint_eq(res.there, 1);
	ck_ok(open_with("", NULL, &err), &err);
	/* Again: nothing changes. Another line of that key: no. */
	ck_ok(attach(good, trust, &res, &err), &err);
	ck_assert_uint_eq(res.added, 0);
	ck_assert_int_eq(attach(other, trust, &res, &err), OTA_USAGE);
	ck_id(err, OTA_E_SIGNED);
	free(twice);
	free(other);
	free(good);
}
END_TEST

START_TEST(attached_line_that_does_not_verify)
{
	char *bad = detached(h.data_off, "one");
	ota_attach_result res = {.size = sizeof(res)};
	ota_err err;

	memcpy(strstr(bad, "one"), "two", 3);
	ck_assert_int_eq(attach(bad, trust, &res, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_BAD);
	ck_assert_int_eq(open_with(bad, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_BAD);
	free(bad);
	bad = detached(h.data_off, NULL);
	memcpy(strstr(bad, "ed25519"), "ed25518", 7);
	ck_assert_int_eq(attach(bad, trust, &res, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_BAD);
	free(bad);
}
END_TEST

START_TEST(no_room_for_a_second)
{
	char *good = detached(h.data_off, NULL);
	ota_attach_result res = {.size = sizeof(res)};
	ota_err err;

	forge_sign(pkg, t_ctx());
	ck_assert_int_eq(attach(good, trust, &res, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_COUNT);
	free(good);
}
END_TEST

START_TEST(head_is_not_edited)
{
	ota_source *src = memory(pkg, h.data_off);
	ota_err err = OTA_ERR_INIT;
	ota_sink *sink = NULL;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_assert_int_eq(ota_pkg_sign(sink, t_ctx(), src, signer, NULL, NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_FORM);
	ota_sink_close(sink);
	ota_source_close(src);
}
END_TEST

TCase *tcase_detached(void)
{
	TCase *tc = tcase_create("detached");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, head_signed_here_counts_there);
	tcase_add_test(tc, spoiled_file_is_ignored_and_said);
	tcase_add_test(tc, spoiled_source_beside_a_good_one);
	tcase_add_test(tc, attached_lines);
	tcase_add_test(tc, attached_line_that_does_not_verify);
	tcase_add_test(tc, no_room_for_a_second);
	tcase_add_test(tc, head_is_not_edited);
	return tc;
}
