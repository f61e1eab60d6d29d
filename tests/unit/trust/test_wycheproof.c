/* SPDX-License-Identifier: MIT */
/*
 * Google's vectors, through quorum_met: the one way from a signature line of a
 * package to a verdict. "acceptable" counts as invalid.
 */
#include "unit.h"

#include <cjson/cJSON.h>

#include <ota/text.h>
#include <trust/trust.h>

/* PSS_GOOD: of a file of PKCS #1 v1.5 the one wrong primitive that is ours, with our salt. */
#define PSS_TCID 258
enum expect { AS_SAID, NONE_GOOD, PSS_GOOD, KEY_REFUSED };

static const struct {
	const char *file;
	enum key_scheme scheme;
	enum expect expect;
	int good; /* how many pass */
} files[] = {
	{"ecdsa_secp256r1_sha256", KEY_ECDSA_P256, AS_SAID, 174},
	{"ecdsa_secp384r1_sha384", KEY_ECDSA_P384, AS_SAID, 194},
	{"rsa_pss_3072_sha256_mgf1_32", KEY_RSA_PSS_SHA256, AS_SAID, 63},
	{"rsa_pss_4096_sha256_mgf1_32", KEY_RSA_PSS_SHA256, AS_SAID, 63},
	{"rsa_pss_4096_sha512_mgf1_64", KEY_RSA_PSS_SHA512, AS_SAID, 132},
	/* Right signatures of another scheme, hash, encoding or padding. */
	{"ecdsa_secp384r1_sha256", KEY_ECDSA_P384, NONE_GOOD, 0},
	{"ecdsa_secp256r1_sha256_p1363", KEY_ECDSA_P256, NONE_GOOD, 0},
	{"rsa_pss_3072_sha256_mgf1_32", KEY_RSA_PSS_SHA512, NONE_GOOD, 0},
	{"rsa_pss_4096_sha512_mgf1_64", KEY_RSA_PSS_SHA256, NONE_GOOD, 0},
	{"rsa_signature_3072_sha256", KEY_RSA_PSS_SHA256, PSS_GOOD, 1},
	{"rsa_signature_4096_sha256", KEY_RSA_PSS_SHA256, PSS_GOOD, 1},
	{"rsa_pss_misc", KEY_RSA_PSS_SHA256, KEY_REFUSED, 0},
	{"rsa_signature_2048_sha256", KEY_RSA_PSS_SHA256, KEY_REFUSED, 0},
};

static uint8_t *hex_of(size_t *len, const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));
	uint8_t *p;

	ck_assert_ptr_nonnull(text);
	*len = strlen(text) / 2;
	p = malloc(*len + 1);
	ck_assert(ota_unhex(p, *len, text, 2 * *len));
	return p;
}

static ota_status load(
	ota_trust **out, ota_key **key, enum key_scheme scheme, const cJSON *group, ota_err *err)
{
	const cJSON *pk = cJSON_GetObjectItem(group, "publicKey");
	bool ec = cJSON_GetObjectItem(pk, "uncompressed") != NULL;
	size_t len = 0, skip = 0;
	uint8_t *raw = hex_of(&len, pk, ec ? "uncompressed" : "modulus");
	struct key k;
	ota_status st;

	if (!ec && raw[0] == 0)
		skip = 1;
	st = key_init(&k, t_ctx(), scheme, raw + skip, len - skip, err);
	if (!st)
		st = key_make(key, t_ctx(), &k, NULL, err);
	if (!st)
		st = ota_trust_from_key(out, t_ctx(), *key, false, err);
	free(raw);
	return st;
}

static bool accepted(const ota_trust *t, const ota_key *key, const cJSON *test)
{
	struct claim c = {.alg = ota_key_scheme(key), .keyid = ota_key_id(key)};
	uint8_t *msg = hex_of(&c.msg_len, test, "msg"), *sig = hex_of(&c.sig_len, test, "sig");
	struct role_set met = {0};
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	c.msg = msg;
	c.sig = sig;
	st = quorum_met(&met, t_ctx(), t, &c, 1, NULL, NULL, &err);
	if (st != OTA_OK)
		ck_id(err, OTA_E_SIG_BAD);
	free(sig);
	free(msg);
	return st == OTA_OK;
}

static bool should_pass(enum expect expect, const cJSON *test)
{
	const char *result = cJSON_GetStringValue(cJSON_GetObjectItem(test, "result"));

	if (expect == AS_SAID)
		return strcmp(result, "valid") == 0;
	return expect == PSS_GOOD && cJSON_GetObjectItem(test, "tcId")->valueint == PSS_TCID;
}

static int run_group(int i, const cJSON *group, int *seen)
{
	const char *e = cJSON_GetStringValue(
		cJSON_GetObjectItem(cJSON_GetObjectItem(group, "publicKey"), "publicExponent"));
	ota_err err = OTA_ERR_INIT;
	ota_trust *t = NULL;
	ota_key *key = NULL;
	const cJSON *test;
	int good = 0;

	*seen += cJSON_GetArraySize(cJSON_GetObjectItem(group, "tests"));
	/* A raw key cannot say another exponent; files that can are refused when imported. */
	if (e != NULL && strcmp(e, "010001") != 0)
		return 0;
	if (files[i].expect == KEY_REFUSED) {
		ck_assert_int_eq(load(&t, &key, files[i].scheme, group, &err), OTA_UNTRUSTED);
		ck_id(err, OTA_E_KEY_WEAK);
		return 0;
	}
	ck_ok(load(&t, &key, files[i].scheme, group, &err), &err);
	cJSON_ArrayForEach(test, cJSON_GetObjectItem(group, "tests"))
	{
		bool yes = accepted(t, key, test);

		ck_assert_msg(yes == should_pass(files[i].expect, test), "%s tcId %d",
			files[i].file, cJSON_GetObjectItem(test, "tcId")->valueint);
		good += yes;
	}
	ota_trust_free(t);
	ota_key_free(key);
	return good;
}

START_TEST(vectors)
{
	const char *dir = t_vectors();
	const cJSON *group;
	char path[512];
	size_t len = 0;
	uint8_t *text;
	cJSON *root;
	int seen = 0, good = 0;

	if (dir == NULL) {
		t_skip("wycheproof vectors");
		return;
	}
	snprintf(path, sizeof(path), "%s/wycheproof/%s_test.json", dir, files[_i].file);
	text = t_read_file(path, &len);
	ck_assert_ptr_nonnull(text);
	root = cJSON_ParseWithLength((const char *)text, len);
	ck_assert_ptr_nonnull(root);
	cJSON_ArrayForEach(group, cJSON_GetObjectItem(root, "testGroups"))
	{
		good += run_group(_i, group, &seen);
	}
	ck_assert_int_eq(seen, cJSON_GetObjectItem(root, "numberOfTests")->valueint);
	ck_assert_int_eq(good, files[_i].good);
	cJSON_Delete(root);
	free(text);
}
END_TEST

TCase *tcase_wycheproof(void)
{
	TCase *tc = tcase_create("wycheproof");

	tcase_add_loop_test(tc, vectors, 0, sizeof(files) / sizeof(files[0]));
	return tc;
}
