/* SPDX-License-Identifier: MIT */
/* What an answer from elsewhere means. */
#include "unit.h"

#include <crypto/pair.h>
#include <sign/external.h>
#include <sign/signer.h>
#include <trust/keytext.h>

struct answer {
	const char *p;
	size_t len, says;
	ota_status st;
};

static ota_status reply(void *arg, const void *text, size_t len, uint8_t *out, size_t cap,
	size_t *out_len, ota_err *err)
{
	const struct answer *a = arg;

	ck_assert_uint_eq(cap, OTA_ANSWER_MAX);
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(text, "abc", 3);
	memcpy(out, a->p, a->len);
	*out_len = a->says;
	return a->st != OTA_OK ? ota_fail(err, OTA_E_CANCELLED, "no") : OTA_OK;
}

static const struct {
	const char *p;
	size_t len;
	const char *sig; /* NULL: signer.failed */
	size_t sig_len;
} answers[] = {
	{"AAEC", 4, "\0\1\2", 3},
	{" AA\r\nE\tC\n\n", 10, "\0\1\2", 3},
	{"AA==", 4, "\0", 1},
	/* Not base64: raw, as it stands. */
	{"\0\1\2", 3, "\0\1\2", 3},
	{"AAEC\0", 5, "AAEC\0", 5},
	{"AAE", 3, "AAE", 3},
	{"AA=A", 4, "AA=A", 4},
	{"\n", 1, "\n", 1},
	{"", 0, NULL, 0},
};

START_TEST(forms)
{
	struct answer a = {answers[_i].p, answers[_i].len, answers[_i].len, OTA_OK};
	struct external ext = {reply, &a};
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[SIG_MAX];
	size_t len = 0;
	ota_status st = external_sign(&ext, sig, &len, "abc", 3, &err);

	if (answers[_i].sig == NULL) {
		ck_assert_int_eq(st, OTA_IO);
		ck_id(err, OTA_E_SIGNER);
		return;
	}
	ck_ok(st, &err);
	ck_assert_uint_eq(len, answers[_i].sig_len);
	ck_assert_mem_eq(sig, answers[_i].sig, len);
}
END_TEST

/* n bytes, as raw or as digits of base64, and whether they fit. */
START_TEST(sizes)
{
	static const struct {
		char fill;
		size_t len;
		bool ok;
	} cases[] = {
		{1, SIG_MAX, true},
		{1, SIG_MAX + 1, false},
		{1, OTA_ANSWER_MAX, false},
		{'A', 680, true},
		{'A', 684, false},
		{'A', OTA_ANSWER_MAX, false},
	};
	char bytes[OTA_ANSWER_MAX];
	struct answer a = {bytes, cases[_i].len, cases[_i].len, OTA_OK};
	struct external ext = {reply, &a};
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[SIG_MAX];
	size_t len = 0;

	memset(bytes, cases[_i].fill, sizeof(bytes));
	ck_assert_int_eq(
		external_sign(&ext, sig, &len, "abc", 3, &err), cases[_i].ok ? OTA_OK : OTA_IO);
	if (!cases[_i].ok)
		ck_id(err, OTA_E_SIGNER);
}
END_TEST

START_TEST(fails)
{
	struct answer lies = {"", 0, OTA_ANSWER_MAX + 1, OTA_OK}, no = {"", 0, 0, OTA_IO};
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[SIG_MAX];
	size_t len = 0;

	ck_assert_int_eq(
		external_sign(&(struct external){reply, &lies}, sig, &len, "abc", 3, &err), OTA_IO);
	ck_id(err, OTA_E_SIGNER);
	ck_assert_int_ne(
		external_sign(&(struct external){reply, &no}, sig, &len, "abc", 3, &err), OTA_OK);
	ck_id(err, OTA_E_CANCELLED);
}
END_TEST

START_TEST(has_no_secret)
{
	static const uint8_t seed[ED25519_SEED_LEN] = {1};
	struct answer none = {"", 0, 0, OTA_OK};
	ota_err err = OTA_ERR_INIT;
	ota_signer *by = NULL;
	ota_sink *sink = NULL;
	ota_key *pub = NULL;
	struct key key;

	ck_ok(pair_public(&key, t_ctx(), KEY_ED25519, seed, sizeof(seed), &err), &err);
	ck_ok(key_make(&pub, t_ctx(), &key, NULL, &err), &err);
	ck_ok(ota_signer_external(&by, t_ctx(), pub, reply, &none, NULL, &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_assert_int_eq(ota_signer_export(sink, by, NULL, NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	ota_sink_close(sink);
	ota_signer_close(by);
	ota_key_free(pub);
}
END_TEST

TCase *tcase_external(void)
{
	TCase *tc = tcase_create("external");

	tcase_add_loop_test(tc, forms, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_loop_test(tc, sizes, 0, 6);
	tcase_add_test(tc, fails);
	tcase_add_test(tc, has_no_secret);
	return tc;
}
