/* SPDX-License-Identifier: MIT */
/* How much work an encrypted PKCS #8 file asks for, before any of it is done. */
#include <crypto/ossl_work.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define ROUNDS_MAX 10000000U   /* of PBKDF2: seconds */
#define SCRYPT_MAX (1U << 25U) /* N · r · p: 4 GiB of memory passed over */

static uint64_t number(const ASN1_INTEGER *i)
{
	uint64_t v = 0;

	return i != NULL && ASN1_INTEGER_get_uint64(&v, i) == 1 ? v : UINT64_MAX;
}

static bool small_pbkdf2(const ASN1_TYPE *param)
{
	PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), param);
	bool ok = p != NULL && number(p->iter) <= ROUNDS_MAX;

	PBKDF2PARAM_free(p);
	return ok;
}

static bool small_scrypt(const ASN1_TYPE *param)
{
	SCRYPT_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), param);
	uint64_t n = UINT64_MAX, r = UINT64_MAX, parallel = UINT64_MAX;

	if (p != NULL) {
		n = number(p->costParameter);
		r = number(p->blockSize);
		parallel = number(p->parallelizationParameter);
	}
	SCRYPT_PARAMS_free(p);
	return n <= SCRYPT_MAX && r <= SCRYPT_MAX / (n + 1) && parallel <= SCRYPT_MAX / (n * r + 1);
}

static bool small_pbes1(const ASN1_TYPE *param)
{
	PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), param);
	bool ok = p != NULL && number(p->iter) <= ROUNDS_MAX;

	PBEPARAM_free(p);
	return ok;
}

static bool small_pbes2(const ASN1_TYPE *param)
{
	PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), param);
	bool ok = false;

	if (p != NULL && OBJ_obj2nid(p->keyfunc->algorithm) == NID_id_pbkdf2)
		ok = small_pbkdf2(p->keyfunc->parameter);
	else if (p != NULL && OBJ_obj2nid(p->keyfunc->algorithm) == NID_id_scrypt)
		ok = small_scrypt(p->keyfunc->parameter);
	PBE2PARAM_free(p);
	return ok;
}

/* What cannot be read is not small: no work is begun for it. */
static bool is_small(const X509_SIG *box)
{
	const X509_ALGOR *alg = NULL;

	X509_SIG_get0(box, &alg, NULL);
	return OBJ_obj2nid(alg->algorithm) == NID_pbes2 ? small_pbes2(alg->parameter)
							: small_pbes1(alg->parameter);
}

/* Every block of PEM, or the whole as DER. */
static bool all_small(BIO *bio, const uint8_t *p, size_t len)
{
	const unsigned char *der = p;
	X509_SIG *box = d2i_X509_SIG(NULL, &der, (long)len);
	bool ok = true;

	if (box == NULL)
		box = PEM_read_bio_PKCS8(bio, NULL, NULL, NULL);
	for (; ok && box != NULL; box = PEM_read_bio_PKCS8(bio, NULL, NULL, NULL)) {
		ok = is_small(box);
		X509_SIG_free(box);
	}
	return ok;
}

ota_status ossl_work_check(const uint8_t *p, size_t len, ota_err *err)
{
	BIO *bio = BIO_new_mem_buf(p, (int)len);
	bool ok;

	if (bio == NULL)
		return ota_fail_nomem(err);
	ok = all_small(bio, p, len);
	BIO_free(bio);
	ERR_clear_error();
	if (ok)
		return OTA_OK;
	return ota_fail(err, OTA_E_LIMIT_KDF,
		"the file's encryption asks for more than %u rounds, or is unknown", ROUNDS_MAX);
}
