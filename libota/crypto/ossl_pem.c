/* SPDX-License-Identifier: MIT */
#include <crypto/foreign.h>

#include <string.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <crypto/ossl_ctx.h>
#include <crypto/ossl_secret.h>
#include <crypto/ossl_work.h>

/* OWASP's number for PBKDF2 with HMAC-SHA-256. */
#define PBKDF2_ROUNDS 600000

/* ---- reading ---- */

struct asking {
	ota_ask_fn *ask;
	void *arg;
	ota_err *err;
	bool asked, failed;
};

static int passphrase(char *buf, int cap, int verify, void *arg)
{
	struct asking *a = arg;
	size_t len = 0;
	ota_status st;

	(void)verify;
	a->asked = true;
	if (a->ask == NULL)
		st = ota_fail(a->err, OTA_E_PASSPHRASE,
			"the file is encrypted and there is no passphrase");
	else
		st = a->ask(a->arg, "the file", (uint8_t *)buf, (size_t)cap, &len, a->err);
	a->failed = st != OTA_OK || len > (size_t)cap;
	return a->failed ? -1 : (int)len;
}

static EVP_PKEY *decode(
	OSSL_LIB_CTX *lib, int selection, const uint8_t *p, size_t len, struct asking *a)
{
	EVP_PKEY *pkey = NULL;
	OSSL_DECODER_CTX *d =
		OSSL_DECODER_CTX_new_for_pkey(&pkey, NULL, NULL, NULL, selection, lib, NULL);
	bool ok = d != NULL;

	ok = ok && OSSL_DECODER_CTX_set_pem_password_cb(d, passphrase, a) == 1;
	ok = ok && OSSL_DECODER_from_data(d, &p, &len) == 1;
	OSSL_DECODER_CTX_free(d);
	if (ok)
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

static EVP_PKEY *from_certificate(OSSL_LIB_CTX *lib, const uint8_t *p, size_t len)
{
	BIO *bio = BIO_new_mem_buf(p, (int)len);
	X509 *x = X509_new_ex(lib, NULL);
	EVP_PKEY *pkey = NULL;

	if (bio != NULL && x != NULL && PEM_read_bio_X509(bio, &x, NULL, NULL) == NULL) {
		const unsigned char *der = p;

		X509_free(x); /* the failed reading may have left anything in it */
		x = X509_new_ex(lib, NULL);
		if (x != NULL)
			d2i_X509(&x, &der, (long)len);
	}
	if (x != NULL)
		pkey = X509_get_pubkey(x);
	X509_free(x);
	BIO_free(bio);
	return pkey;
}

/* The scheme of a key: RSA's is a choice. NULL: none of ours. */
static const struct scheme *scheme_of(const EVP_PKEY *pkey, enum key_scheme scheme)
{
	const struct scheme *s = scheme_find(scheme);
	char group[32] = "";
	size_t n = 0;

	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return scheme_find(KEY_ED25519);
	if (EVP_PKEY_is_a(pkey, "RSA"))
		return s != NULL && strcmp(s->family, "rsa") == 0 ? s
								  : scheme_find(KEY_RSA_PSS_SHA256);
	if (!EVP_PKEY_is_a(pkey, "EC") ||
		EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n) != 1)
		return NULL;
	if (strcmp(group, "prime256v1") == 0)
		return scheme_find(KEY_ECDSA_P256);
	return strcmp(group, "secp384r1") == 0 ? scheme_find(KEY_ECDSA_P384) : NULL;
}

static ota_status take_ed25519(uint8_t **secret, struct key *pub, const ota_ctx *ctx,
	const EVP_PKEY *pkey, bool private, ota_err *err)
{
	uint8_t raw[ED25519_SEED_LEN];
	size_t len = sizeof(raw);
	ota_status st;

	if (!private) {
		if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1)
			return ossl_failed(err, OTA_E_KEYFILE, "say the public key");
		return key_init(pub, ctx, KEY_ED25519, raw, len, err);
	}
	st = secret_alloc(secret, ED25519_SEED_LEN, err);
	if (st)
		return st;
	if (EVP_PKEY_get_raw_private_key(pkey, *secret, &len) != 1)
		st = ossl_failed(err, OTA_E_KEYFILE, "say the secret of this key");
	else
		st = pair_public(pub, ctx, KEY_ED25519, *secret, len, err);
	if (st) {
		secret_free(*secret);
		*secret = NULL;
	}
	return st;
}

static ota_status take(uint8_t **secret, struct key *pub, const ota_ctx *ctx,
	enum key_scheme scheme, EVP_PKEY *pkey, bool private, ota_err *err)
{
	const struct scheme *s = scheme_of(pkey, scheme);

	if (s == NULL)
		return ota_fail(err, OTA_E_ALG,
			"the key is of another kind: Ed25519, ECDSA on P-256 or P-384, or RSA is "
			"wanted");
	if (scheme != KEY_NONE && s->id != scheme)
		return ota_fail(err, OTA_E_ARGUMENT, "this is a key of %s", s->name);
	if (s->id == KEY_ED25519)
		return take_ed25519(secret, pub, ctx, pkey, private, err);
	return ossl_take(private ? secret : NULL, pub, ctx, s, pkey, err);
}

ota_status foreign_read(uint8_t **secret, struct key *pub, const ota_ctx *ctx,
	enum key_scheme scheme, const uint8_t *p, size_t len, ota_ask_fn *ask, void *arg,
	ota_err *err)
{
	struct asking a = {.ask = ask, .arg = arg, .err = err};
	OSSL_LIB_CTX *lib = NULL;
	EVP_PKEY *pkey = NULL;
	bool private;
	ota_status st = ossl_work_check(p, len, err);

	if (!st)
		st = ossl_ctx(&lib, ctx, err);
	if (st)
		return st;
	*secret = NULL;
	ERR_clear_error();
	pkey = decode(lib, EVP_PKEY_KEYPAIR, p, len, &a);
	private = pkey != NULL;
	if (pkey == NULL && !a.asked)
		pkey = decode(lib, EVP_PKEY_PUBLIC_KEY, p, len, &a);
	if (pkey == NULL && !a.asked)
		pkey = from_certificate(lib, p, len);
	if (pkey != NULL)
		st = take(secret, pub, ctx, scheme, pkey, private, err);
	else if (a.failed)
		st = err != NULL ? ota_id_find(err->id)->status : OTA_IO;
	else if (a.asked)
		st = ossl_failed(err, OTA_E_PASSPHRASE_BAD, "open the file with this passphrase");
	else
		st = ossl_failed(err, OTA_E_KEYFILE, "read a key or certificate, PEM or DER, here");
	ERR_clear_error();
	EVP_PKEY_free(pkey);
	return st;
}

/* ---- writing ---- */

static EVP_PKEY *ed25519_pkey(OSSL_LIB_CTX *lib, const uint8_t *secret)
{
	return EVP_PKEY_new_raw_private_key_ex(lib, "ED25519", NULL, secret, ED25519_SEED_LEN);
}

static bool put_locked(
	BIO *bio, OSSL_LIB_CTX *lib, PKCS8_PRIV_KEY_INFO *p8, const uint8_t *pass, size_t pass_len)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(lib, "AES-256-CBC", NULL);
	X509_SIG *box = NULL;
	bool ok = cipher != NULL;

	if (ok)
		box = PKCS8_encrypt_ex(-1, cipher, (const char *)pass, (int)pass_len, NULL, 0,
			PBKDF2_ROUNDS, p8, lib, NULL);
	ok = box != NULL && PEM_write_bio_PKCS8(bio, box) == 1;
	X509_SIG_free(box);
	EVP_CIPHER_free(cipher);
	return ok;
}

/* libcrypto clears what such a BIO held, and a PKCS8_PRIV_KEY_INFO, when it frees them. */
static bool put_pkcs8(
	BIO *bio, OSSL_LIB_CTX *lib, const EVP_PKEY *pkey, const uint8_t *pass, size_t pass_len)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(pkey);
	bool ok = bio != NULL && p8 != NULL;

	if (ok && pass != NULL)
		ok = put_locked(bio, lib, p8, pass, pass_len);
	else
		ok = ok && PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, p8) == 1;
	PKCS8_PRIV_KEY_INFO_free(p8);
	return ok;
}

ota_status foreign_write(uint8_t **pem, size_t *pem_len, const ota_ctx *ctx, const struct key *pub,
	const uint8_t *secret, const uint8_t *pass, size_t pass_len, ota_err *err)
{
	OSSL_LIB_CTX *lib = NULL;
	EVP_PKEY *pkey = NULL;
	uint8_t *out = NULL;
	BIO *bio = NULL;
	char *text = NULL;
	long len = 0;
	ota_status st = ossl_ctx(&lib, ctx, err);

	if (st)
		return st;
	ERR_clear_error();
	if (pub->scheme == KEY_ED25519)
		pkey = ed25519_pkey(lib, secret);
	else
		st = ossl_secret(&pkey, ctx, pub, secret, err);
	if (st)
		return st;
	bio = BIO_new(BIO_s_secmem());
	if (pkey == NULL || !put_pkcs8(bio, lib, pkey, pass, pass_len))
		st = ossl_failed(err, OTA_E_CRYPTO, "write the key");
	if (!st) {
		len = BIO_get_mem_data(bio, &text);
		st = secret_alloc(&out, (size_t)len, err);
	}
	if (!st) {
		memcpy(out, text, (size_t)len);
		*pem = out;
		*pem_len = (size_t)len;
	}
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return st;
}
