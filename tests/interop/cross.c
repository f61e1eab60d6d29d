/* SPDX-License-Identifier: MIT */
/*
 * cross KEY URI PEM COUNT: one key as a key file, on a token and with libcrypto alone; each signs
 * COUNT texts, and what one signs the others verify. The PIN is in $PIN. Says how many held.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <crypto/scheme.h>
#include <crypto/verify.h>
#include <sign/signer.h>

struct crowd {
	ota_ctx *ctx;
	ota_signer *file, *token;
	EVP_PKEY *pkey;
	const struct key *key;
	size_t shortest, longest;
};

static ota_status pin(
	void *arg, const char *what, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	const char *p = getenv("PIN");

	(void)arg;
	(void)what;
	if (!p || strlen(p) > cap)
		return ota_fail(err, OTA_E_PASSPHRASE, "no PIN");
	*len = strlen(p);
	memcpy(buf, p, *len);
	return OTA_OK;
}

/* ---- libcrypto, as its manual says ---- */

static int pad(EVP_PKEY_CTX *c)
{
	return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static const EVP_MD *digest_of(const struct crowd *c)
{
	const struct scheme *s = scheme_find(c->key->scheme);

	return s->hash ? EVP_get_digestbyname(s->hash) : NULL;
}

static bool is_rsa(const struct crowd *c)
{
	return EVP_PKEY_get_base_id(c->pkey) == EVP_PKEY_RSA;
}

static bool their_sign(const struct crowd *c, uint8_t *sig, size_t *len, const char *text)
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	bool ok = EVP_DigestSignInit(m, &p, digest_of(c), NULL, c->pkey) == 1;

	ok = ok && (!is_rsa(c) || pad(p));
	*len = SIG_MAX;
	ok = ok && EVP_DigestSign(m, sig, len, (const uint8_t *)text, strlen(text)) == 1;
	EVP_MD_CTX_free(m);
	return ok;
}

static bool their_verify(const struct crowd *c, const uint8_t *sig, size_t len, const char *text)
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	bool ok = EVP_DigestVerifyInit(m, &p, digest_of(c), NULL, c->pkey) == 1;

	ok = ok && (!is_rsa(c) || pad(p));
	ok = ok && EVP_DigestVerify(m, sig, len, (const uint8_t *)text, strlen(text)) == 1;
	EVP_MD_CTX_free(m);
	return ok;
}

/* ---- all three ---- */

static bool our_verify(const struct crowd *c, const uint8_t *sig, size_t len, const char *text)
{
	return verify_sig(c->ctx, c->key, sig, len, text, strlen(text), NULL) == OTA_OK;
}

static bool both_verify(struct crowd *c, const uint8_t *sig, size_t len, const char *text)
{
	c->shortest = c->shortest && c->shortest < len ? c->shortest : len;
	c->longest = c->longest > len ? c->longest : len;
	return our_verify(c, sig, len, text) && their_verify(c, sig, len, text);
}

static bool round_of(struct crowd *c, unsigned i)
{
	uint8_t sig[SIG_MAX];
	char text[64];
	size_t len = 0;

	snprintf(text, sizeof(text), "otap-tbs-v1\ncase %u\n", i);
	if (signer_sign(c->file, sig, &len, text, strlen(text), NULL))
		return false;
	if (!both_verify(c, sig, len, text))
		return false;
	if (signer_sign(c->token, sig, &len, text, strlen(text), NULL))
		return false;
	if (!both_verify(c, sig, len, text))
		return false;
	if (!their_sign(c, sig, &len, text) || !both_verify(c, sig, len, text))
		return false;
	sig[len / 2] ^= (uint8_t)(1U << i % 8);
	return !our_verify(c, sig, len, text) && !their_verify(c, sig, len, text);
}

static ota_status join(struct crowd *c, char **argv, ota_err *err)
{
	const ota_signer_options file = {.size = sizeof(file)};
	ota_signer_options token = {.size = sizeof(token), .ask = pin};
	FILE *f = fopen(argv[3], "r");
	ota_status st;

	c->pkey = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	if (!c->pkey)
		return ota_fail(err, OTA_E_KEYFILE, "%s is no key", argv[3]);
	st = ota_signer_open(&c->file, c->ctx, argv[1], &file, err);
	if (st)
		return st;
	token.pub = ota_signer_key(c->file);
	c->key = &token.pub->key;
	return ota_signer_open(&c->token, c->ctx, argv[2], &token, err);
}

static int compare(struct crowd *c, char **argv, unsigned n)
{
	ota_err err = OTA_ERR_INIT;
	unsigned held = 0;

	if (join(c, argv, &err)) {
		fprintf(stderr, "cross: %s\n", err.msg);
		return 2;
	}
	while (held < n && round_of(c, held))
		held++;
	printf("%s: %u of %u held, %zu to %zu bytes\n", key_scheme_name(c->key->scheme), 3 * held,
		3 * n, c->shortest, c->longest);
	return held == n ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct crowd c = {.ctx = NULL};
	unsigned n = argc == 5 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
	ota_status st = ota_ctx_new(&c.ctx, NULL, NULL);
	int rc = 2;

	if (!st && n > 0)
		rc = compare(&c, argv, n);
	ota_signer_close(c.token);
	ota_signer_close(c.file);
	EVP_PKEY_free(c.pkey);
	ota_ctx_free(c.ctx);
	return rc;
}
