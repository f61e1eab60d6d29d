/* SPDX-License-Identifier: MIT */
/* Every scheme: the pair made, proven, stored, unlocked; who verifies what; no memory. */
#include "unit.h"

#include <base/text.h>
#include <crypto/pair.h>
#include <crypto/scheme.h>
#include <crypto/verify.h>
#include <sign/keyfile.h>
#include <sign/signer.h>

/* Two primes each, from openssl genpkey. */
static const char rsa3072[] =
	"fff232831f224cac2fd9c726d7b5929c5951a3110dc2f9aa49943e5ac4bc00506afd1b0a5cbe40aaf0d0"
	"7d072bfee2f989e932071c5a8b86b511813c52e568dc24812a52a0de4a04470bee1290d9a8119be3bef9"
	"4be2b2b237505fb2eb4adf9ff1246330f70201cf3b348a158b31c773261ead4ba18c4bf0ccea4d3ea0c9"
	"83c183ae1ed980516028549b9ef275e556033f9a04e61253fb3773bcffe73eca2b3031a80936e16c1b28"
	"08e10b07ee0b45f45cd7e3a65ec1b5ca0d88fa2e98c118d1e16136957e0974e0d9ddab749bb62728b4ea"
	"ac5ea7657a5bfb06e3625b117e8ce4d1207acf10a3e1196897770c02bce5ab25c5470d0ea7cc1664932e"
	"21075edb32626f6ead716cdb2b7fa837a8d13ad55af208d8fdb3deb6ec5850cc64fed4882056a61cbfe4"
	"af72c05dd3a513801a84a98e5cbbf4904a7d122ca9ee59478b865365c1e46c7f507a486f0491a04db07c"
	"9a71178a2184df9976ef937356d8accdadade0a920d40119d24d18cca1e0ae8fb8654e88c5fb99bf240f"
	"dbda80a54e5f";
static const char rsa4096[] =
	"f8ce8abdf4eb7023c8ff3e33ac4fd76ed84cd1c66e0ec46daca1cfb9ca2f8691f6d50e6707cdd0e734a6"
	"1b1d248a105654434a519755cfa77a04283e2dc5fa0b6f1f8b0daa699dacf29e8cbc339b2002edda8165"
	"220035f8df6be3220601a3a3a514aa8c791caf12a3d21df5b1f09a2cae517405539218f7d58c2ebaf7a9"
	"c0f114344f029661284b67c1a9b4961541d5c688a32543cddde66406974a0ad671d69b4bd2eaab16c292"
	"0974160f23fcc5f9c993b2b6cd74aa1d68bf31f20caef8342ee7729faf45371561d1635fa5a9671001f0"
	"d3c9a8614a3bcbacf835bb83a6bb061c45d92e7a30e1e9f7486f3eb86d470d575cbe6d434a2de5cd84c2"
	"9cb53873dca967b5c6e13bf68d68b85bf8dc31796c7672a26dcd5913518c50b0e36494223dd47680e0cd"
	"e5cbc47c23a79aea633c11e3786ab56e87bf5bc9cddac3c2feea1aecc1c841346e61511535598d89f831"
	"245abd348f4f9b89734288a43aeb4853d70e73776822ec23c72cd265dbfaab8c94efe84059bd100f1ac0"
	"f77d2a457d959b0836e8a9b8912a4be98f2ba7544a2bec64345f84495feea32287e391ce9e0cb8b2ce72"
	"279347a132152e4649f6602ab5f499f8b552bc8f4f051221478ad5cac57dd9e5e667e9065ec3928e64a8"
	"8008f926db51bae77a1c62e7758c7c69266fcb7121d32e90d1bdc2564ad1be34598e00d1bf00fcaf52b6"
	"335f8248058f73ad";

#define MSG "otap-tbs-v1\ntype:package\n"

/* rsa3072 over MSG, PSS with SHA-256, computed with Python. */
static const char zero_first[] =
	"0019b3b7f7da78f4b1041697c2ba14ed7bee5c57a6893a73f9b36e8c53b1e590246133a74f537bee6de2"
	"70fcd7902a681ab6e24ba06e2cc9dbbd9389948e9e63a21da39d50b2410ed1fdd44bb77a227aa842866e"
	"c557dcb0ff3f91bad15699fbb36ed899913b25afb3d1b560fafc126c95954f26830bf6e5104035035289"
	"533bff47999fd6489dfecd9d52b9b062c365e58e2432736606f502ed8f0d243f0bd430a844ecd5c48f16"
	"8b52ae8547ac9969546b3968c08e220469f5d880408b70ca8102849bf003c72036acf74dba7e87061501"
	"7736b26b15257ad4ec01aae158756ce6416612c4bb2a2deb351d3479dea8c401b2982b7800a1db86f805"
	"1f955c50a9dfd0255ec85dd465a1eba574846af5ebc0fca587f46407ec0739dc8bbb282e9d0d867f6ef5"
	"7ad694303f37ebd88a41f63dd3261545344a7fcfba6688cfa856650cf1f74d9ff3a6754f73a2be10697d"
	"c068f97cfd2fc1bcc46b2f84947dc5bd71d61f5996a5d16b0306a84c1749889ff5acf0bb14e994b0b29a"
	"11432aeb7b17";

/* hex NULL: bytes of 7. */
static const struct {
	enum key_scheme scheme;
	size_t secret_len, raw_len;
	const char *hex;
} rows[] = {
	{KEY_ED25519, 32, 32, NULL},
	{KEY_ECDSA_P256, 32, 65, NULL},
	{KEY_ECDSA_P384, 48, 97, NULL},
	{KEY_RSA_PSS_SHA256, 384, 384, rsa3072},
	{KEY_RSA_PSS_SHA512, 384, 384, rsa3072},
	{KEY_RSA_PSS_SHA256, 512, 512, rsa4096},
	{KEY_RSA_PSS_SHA512, 512, 512, rsa4096},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint8_t *secret_of(size_t i)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t *p = NULL;

	ck_ok(secret_alloc(&p, rows[i].secret_len, &err), &err);
	memset(p, 7, rows[i].secret_len);
	if (rows[i].hex != NULL)
		ck_assert(ota_unhex(p, rows[i].secret_len, rows[i].hex, 2 * rows[i].secret_len));
	return p;
}

static struct key public_of(size_t i, const uint8_t *secret)
{
	ota_err err = OTA_ERR_INIT;
	struct key key;

	ck_ok(pair_public(&key, t_ctx(), rows[i].scheme, secret, rows[i].secret_len, &err), &err);
	return key;
}

/* The secret is used, proven to be its own key's, and no other's. */
START_TEST(signs)
{
	uint8_t *secret = secret_of((size_t)_i);
	struct key key = public_of((size_t)_i, secret);
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[SIG_MAX];
	size_t len = 0;

	ck_assert_uint_eq(key.len, rows[_i].raw_len);
	ck_assert_uint_eq(pair_secret_len(&key), rows[_i].secret_len);
	ck_ok(pair_prove(t_ctx(), &key, secret, &err), &err);
	ck_ok(pair_sign(sig, &len, t_ctx(), &key, secret, MSG, strlen(MSG), &err), &err);
	ck_ok(verify_sig(t_ctx(), &key, sig, len, MSG, strlen(MSG), &err), &err);
	for (size_t cut = 0; cut <= strlen(MSG); cut++)
		ck_assert(cut == strlen(MSG) ||
			  verify_sig(t_ctx(), &key, sig, len, MSG, cut, NULL) == OTA_UNTRUSTED);
	for (size_t cut = 0; cut < len; cut += 3)
		ck_assert_int_eq(
			verify_sig(t_ctx(), &key, sig, cut, MSG, strlen(MSG), NULL), OTA_UNTRUSTED);
	for (size_t bit = 0; bit < 8 * len; bit += 7) {
		sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (verify_sig(t_ctx(), &key, sig, len, MSG, strlen(MSG), NULL) != OTA_UNTRUSTED)
			ck_abort_msg("bit %zu", bit);
		sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	secret_free(secret);
}
END_TEST

/* A signature of one scheme and key never verifies as that of another. */
START_TEST(every_pair_of_schemes)
{
	struct key keys[ROWS];
	uint8_t sigs[ROWS][SIG_MAX];
	ota_err err = OTA_ERR_INIT;
	size_t len[ROWS];

	for (size_t i = 0; i < ROWS; i++) {
		uint8_t *secret = secret_of(i);

		keys[i] = public_of(i, secret);
		ck_ok(pair_sign(
			      sigs[i], &len[i], t_ctx(), &keys[i], secret, MSG, strlen(MSG), &err),
			&err);
		secret_free(secret);
	}
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < ROWS; j++)
			ck_assert_int_eq(verify_sig(t_ctx(), &keys[j], sigs[i], len[i], MSG,
						 strlen(MSG), NULL),
				i == j ? OTA_OK : OTA_UNTRUSTED);
}
END_TEST

/* Of RSA the leading zero bytes belong to the signature. This one, of 256, has one. */
START_TEST(leading_zeros)
{
	uint8_t *secret = secret_of(3);
	struct key key = public_of(3, secret);
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[384];

	ck_assert(ota_unhex(sig, sizeof(sig), zero_first, 2 * sizeof(sig)));
	ck_assert_uint_eq(sig[0], 0);
	ck_ok(verify_sig(t_ctx(), &key, sig, sizeof(sig), MSG, strlen(MSG), &err), &err);
	ck_assert_int_eq(
		verify_sig(t_ctx(), &key, sig + 1, sizeof(sig) - 1, MSG, strlen(MSG), &err),
		OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_BAD);
	secret_free(secret);
}
END_TEST

/* What is no secret: zero, the order and more; no primes, equal ones, another key's. */
START_TEST(no_secret)
{
	static const struct {
		size_t row, at, n; /* n bytes from at become `to` */
		uint8_t to;
		ota_id id;
	} bad[] = {
		{1, 0, 32, 0, OTA_E_KEYFILE},
		{1, 0, 32, 0xff, OTA_E_KEYFILE},
		{2, 0, 48, 0, OTA_E_KEYFILE},
		{2, 0, 48, 0xff, OTA_E_KEYFILE},
		{3, 0, 384, 0, OTA_E_KEYFILE},
		{3, 0, 192, 0, OTA_E_KEYFILE},
		{3, 192, 192, 0, OTA_E_KEYFILE},
		{3, 191, 1, 0, OTA_E_KEY_WEAK},
		{3, 0, 384, 0xff, OTA_E_KEYFILE},
		{0, 0, 1, 8, OTA_E_KEY_MISMATCH},
		{1, 0, 1, 8, OTA_E_KEY_MISMATCH},
		{2, 47, 1, 8, OTA_E_KEY_MISMATCH},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t *secret = secret_of(bad[i].row);
		struct key key = public_of(bad[i].row, secret);
		ota_err err = OTA_ERR_INIT;

		memset(secret + bad[i].at, bad[i].to, bad[i].n);
		ck_assert_int_ne(pair_prove(t_ctx(), &key, secret, &err), OTA_OK);
		ck_id(err, bad[i].id);
		secret_free(secret);
	}
}
END_TEST

static void store_and_unlock(const ota_key *k, const uint8_t *secret, bool locked)
{
	struct keyfile_lock lock = {(const uint8_t *)"pw", 2, 1, 8192};
	ota_err err = OTA_ERR_INIT;
	struct keyfile kf = {0};
	uint8_t *again = NULL;
	const uint8_t *p = NULL;
	ota_source *src = NULL;
	ota_sink *sink = NULL;
	size_t len = 0;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(keyfile_write(sink, k, secret, locked ? &lock : NULL, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, &len);
	ck_ok(ota_source_memory(&src, t_ctx(), p, len, &err), &err);
	ck_ok(keyfile_open(&kf, t_ctx(), src, &err), &err);
	ck_assert_str_eq(ota_key_id(kf.key), ota_key_id(k));
	ck_assert_int_eq(kf.locked, locked);
	if (locked) {
		ck_assert_int_eq(
			keyfile_unlock(&again, &kf, (const uint8_t *)"px", 2, &err), OTA_REFUSED);
		ck_id(err, OTA_E_PASSPHRASE_BAD);
	}
	ck_ok(keyfile_unlock(&again, &kf, (const uint8_t *)"pw", 2, &err), &err);
	ck_assert_mem_eq(again, secret, pair_secret_len(&k->key));
	secret_free(again);
	keyfile_close(&kf);
	ota_source_close(src);
	ota_sink_close(sink);
}

/* A pair fresh from pair_make, through its file, with a passphrase and without. */
START_TEST(made_and_stored)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t *secret = NULL;
	ota_key *k = NULL;
	struct key key;

	ck_ok(pair_make(&secret, &key, t_ctx(), rows[_i].scheme, 3072, &err), &err);
	ck_ok(key_make(&k, t_ctx(), &key, "lab", &err), &err);
	store_and_unlock(k, secret, false);
	store_and_unlock(k, secret, true);
	secret_free(secret);
	ota_key_free(k);
}
END_TEST

TCase *tcase_pairs(void)
{
	TCase *tc = tcase_create("pairs");

	tcase_set_timeout(tc, 30); /* for primes luck is needed */

	tcase_add_loop_test(tc, signs, 0, ROWS);
	tcase_add_test(tc, every_pair_of_schemes);
	tcase_add_test(tc, leading_zeros);
	tcase_add_test(tc, no_secret);
	tcase_add_loop_test(tc, made_and_stored, 0, 4);
	return tc;
}
