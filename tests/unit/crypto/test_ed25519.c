/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <cjson/cJSON.h>

#include <crypto/secret.h>
#include <crypto/verify.h>

#include <ota/text.h>

/* RFC 8032 section 7.1, test 1: the empty message. */
#define RFC_SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define RFC_PUB  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define RFC_SIG                                                                                    \
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"                         \
	"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"

static void hex(uint8_t *out, size_t len, const char *text)
{
	ck_assert(ota_unhex(out, len, text, strlen(text)));
}

START_TEST(rfc8032)
{
	uint8_t want[32], pub[32], sig[64], want_sig[64];
	ota_err err = OTA_ERR_INIT;
	uint8_t *seed = NULL;
	struct key key;

	hex(want, 32, RFC_PUB);
	hex(want_sig, 64, RFC_SIG);
	ck_ok(secret_alloc(&seed, 32, &err), &err);
	hex(seed, 32, RFC_SEED);
	ck_ok(ed25519_public(pub, seed, &err), &err);
	ck_assert_mem_eq(pub, want, 32);
	ck_ok(ed25519_sign(sig, seed, "", 0, &err), &err);
	ck_assert_mem_eq(sig, want_sig, 64);
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, pub, 32, &err), &err);
	ck_ok(verify_sig(t_ctx(), &key, sig, 64, "", 0, &err), &err);
	secret_free(seed);
}
END_TEST

/* Empty, short, long: whatever is not 64 bytes counts for nothing. */
START_TEST(signature_lengths)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t pub[32], sig[66] = {0};
	struct key key;

	hex(pub, 32, RFC_PUB);
	hex(sig, 64, RFC_SIG);
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, pub, 32, &err), &err);
	for (size_t len = 0; len <= sizeof(sig); len++) {
		ota_status st = verify_sig(t_ctx(), &key, sig, len, "", 0, &err);

		ck_assert_int_eq(st, len == 64 ? OTA_OK : OTA_UNTRUSTED);
		if (st)
			ck_id(err, OTA_E_SIG_BAD);
	}
}
END_TEST

START_TEST(every_bit_of_a_signature)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t pub[32], sig[64];
	struct key key;

	hex(pub, 32, RFC_PUB);
	hex(sig, 64, RFC_SIG);
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, pub, 32, &err), &err);
	for (size_t bit = 0; bit < 512; bit++) {
		sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
		ck_assert_int_eq(verify_sig(t_ctx(), &key, sig, 64, "", 0, &err), OTA_UNTRUSTED);
		sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}
END_TEST

/* A key value that nobody made is no key. */
START_TEST(no_key)
{
	struct key none = {KEY_NONE, 32, {0}};
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[64];

	hex(sig, 64, RFC_SIG);
	ck_assert_int_eq(verify_sig(t_ctx(), &none, sig, 64, "", 0, &err), OTA_UNTRUSTED);
	ck_assert_int_eq(key_init(&none, t_ctx(), KEY_NONE, sig, 32, &err), OTA_UNSUPPORTED);
	ck_id(err, OTA_E_ALG);
	ck_assert_int_eq(key_init(&none, t_ctx(), KEY_ED25519, sig, 31, &err), OTA_FORMAT);
	ck_id(err, OTA_E_KEYFILE);
}
END_TEST

/*
 * The 8 points of small order; 3B plus each of the 7 that are not zero, of
 * which the one of order two passes libsodium's own check up to 1.0.20; what
 * is not canonical; what is not on the curve. Computed with Python integers.
 */
static const char *const weak[] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"08e8461bace82b50af65402ff1cad3d2399afe459544096a7f106c54fc875d42",
	"9d7343a2d9e5d12de3965c79889ef8e2a8e08c6bc30c02fd47a891ff1a5c3a10",
	"528b312e93bc0c3705c89c20dcd85600e229ad3d6872b1c656d3873fbe62e6e2",
	"194b0a87b7973cfdfbfcdb98e813e9600861d99f715ed95e549611882e4e98ed",
	"e517b9e45317d4af509abfd00e352c2dc66501ba6abbf69580ef93ab0378a2bd",
	"508cbc5d261a2ed21c69a3867761071d571f73943cf3fd02b8576e00e5a3c5ef",
	"9b74ced16c43f3c8fa3763df2327a9ff1dd652c2978d4e39a92c78c0419d191d",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0200000000000000000000000000000000000000000000000000000000000000",
};

START_TEST(weak_keys)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t pub[32];
	struct key key;

	hex(pub, 32, weak[_i]);
	ck_assert_int_eq(key_init(&key, t_ctx(), KEY_ED25519, pub, 32, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_KEY_WEAK);
}
END_TEST

/* The same curve arithmetic says yes where it must: 3B, and fresh keys. */
START_TEST(sound_keys)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t pub[32];
	uint8_t *seed = NULL;
	struct key key;

	hex(pub, 32, "d4b4f5784868c3020403246717ec169ff79e26608ea126a1ab69ee77d1b16712");
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, pub, 32, &err), &err);
	ck_ok(secret_alloc(&seed, 32, &err), &err);
	for (int i = 0; i < 20; i++) {
		secret_random(seed, 32);
		ck_ok(ed25519_public(pub, seed, &err), &err);
		ck_ok(key_init(&key, t_ctx(), KEY_ED25519, pub, 32, &err), &err);
	}
	secret_free(seed);
}
END_TEST

static size_t unhex_json(uint8_t *out, size_t cap, const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));
	size_t len = strlen(text) / 2;

	ck_assert_uint_le(len, cap);
	ck_assert(ota_unhex(out, len, text, 2 * len));
	return len;
}

static void wycheproof_case(const struct key *key, const cJSON *t)
{
	const char *result = cJSON_GetStringValue(cJSON_GetObjectItem(t, "result"));
	uint8_t msg[4096], sig[256];
	size_t msg_len = unhex_json(msg, sizeof(msg), t, "msg");
	size_t sig_len = unhex_json(sig, sizeof(sig), t, "sig");
	bool good = verify_sig(t_ctx(), key, sig, sig_len, msg, msg_len, NULL) == OTA_OK;

	/* "acceptable" is not good enough. */
	ck_assert_msg(good == (strcmp(result, "valid") == 0), "tcId %d: %s",
		cJSON_GetObjectItem(t, "tcId")->valueint, result);
}

START_TEST(wycheproof)
{
	const char *dir = t_vectors();
	const cJSON *group, *t;
	char path[512];
	size_t len = 0;
	uint8_t *text;
	cJSON *root;
	int n = 0;

	if (dir == NULL) {
		t_skip("wycheproof ed25519");
		return;
	}
	snprintf(path, sizeof(path), "%s/wycheproof/ed25519_test.json", dir);
	text = t_read_file(path, &len);
	ck_assert_ptr_nonnull(text);
	root = cJSON_ParseWithLength((const char *)text, len);
	ck_assert_ptr_nonnull(root);
	cJSON_ArrayForEach(group, cJSON_GetObjectItem(root, "testGroups"))
	{
		const cJSON *pk = cJSON_GetObjectItem(group, "publicKey");
		ota_err err = OTA_ERR_INIT;
		uint8_t raw[32];
		struct key key;

		ck_assert_uint_eq(unhex_json(raw, 32, pk, "pk"), 32);
		ck_ok(key_init(&key, t_ctx(), KEY_ED25519, raw, 32, &err), &err);
		cJSON_ArrayForEach(t, cJSON_GetObjectItem(group, "tests"))
		{
			wycheproof_case(&key, t);
			n++;
		}
	}
	ck_assert_int_eq(n, cJSON_GetObjectItem(root, "numberOfTests")->valueint);
	cJSON_Delete(root);
	free(text);
}
END_TEST

TCase *tcase_ed25519(void)
{
	TCase *tc = tcase_create("ed25519");

	tcase_add_test(tc, rfc8032);
	tcase_add_test(tc, signature_lengths);
	tcase_add_test(tc, every_bit_of_a_signature);
	tcase_add_test(tc, no_key);
	tcase_add_loop_test(tc, weak_keys, 0, sizeof(weak) / sizeof(weak[0]));
	tcase_add_test(tc, sound_keys);
	tcase_add_test(tc, wycheproof);
	return tc;
}
