/* SPDX-License-Identifier: MIT */
/* Which key of the token it is: PKCS #11 3.0, section 2.3 for what points look like. */
#include <crypto/p11_session.h>

#include <string.h>

#include <crypto/scheme.h>

#define TEMPLATE_MAX 8
#define FOUND_MAX    2 /* one, or several */

struct value {
	size_t len;
	uint8_t b[1024];
};

/* CKA_EC_PARAMS of the curves there are; Ed25519 has two names. */
static const struct curve {
	enum key_scheme scheme;
	size_t len;
	uint8_t params[16];
} curves[] = {
	{KEY_ECDSA_P256, 10, {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}},
	{KEY_ECDSA_P384, 7, {6, 5, 0x2b, 0x81, 4, 0, 0x22}},
	{KEY_ED25519, 5, {6, 3, 0x2b, 0x65, 0x70}},
	{KEY_ED25519, 14, {0x13, 12, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'}},
};

static bool get(
	struct value *out, const struct token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_ATTRIBUTE a = {type, out->b, sizeof(out->b)};

	out->len = 0;
	if (t->f->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK ||
		a.ulValueLen > sizeof(out->b))
		return false;
	out->len = a.ulValueLen;
	return true;
}

/* Up to FOUND_MAX: a module may give them one by one. */
static ota_status search(CK_OBJECT_HANDLE found[static FOUND_MAX], CK_ULONG *n,
	const struct token *t, CK_ATTRIBUTE *attrs, CK_ULONG count, ota_err *err)
{
	CK_RV rv = t->f->C_FindObjectsInit(t->session, attrs, count);
	CK_ULONG more = 1;

	*n = 0;
	while (rv == CKR_OK && more > 0 && *n < FOUND_MAX) {
		rv = t->f->C_FindObjects(t->session, found + *n, FOUND_MAX - *n, &more);
		*n += rv == CKR_OK ? more : 0;
	}
	if (rv != CKR_OK || *n > FOUND_MAX)
		return p11_failed(err, t, "be searched", rv);
	t->f->C_FindObjectsFinal(t->session);
	return OTA_OK;
}

static ota_status find_private(struct token *t, ota_err *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE attrs[TEMPLATE_MAX] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_OBJECT_HANDLE found[FOUND_MAX];
	CK_ULONG count = 0, used = 1, n = 0;
	CK_ATTRIBUTE *asked = p11_kit_uri_get_attributes(t->uri, &count);
	ota_status st;

	for (CK_ULONG i = 0; i < count && used < TEMPLATE_MAX; i++)
		if (asked[i].type != CKA_CLASS)
			attrs[used++] = asked[i];
	st = search(found, &n, t, attrs, used, err);
	if (!st && n == 0)
		st = ota_fail(err, OTA_E_TOKEN_KEY,
			"token %s has no private key that the URI matches", t->label);
	if (!st && n > 1)
		st = ota_fail(err, OTA_E_TOKEN_KEY,
			"token %s has several private keys that the URI matches: name one with "
			"object= or id=",
			t->label);
	if (!st)
		t->object = found[0];
	return st;
}

/* The public key object that goes with the private one; none: OTA_OK and *out stays. */
static ota_status find_public(CK_OBJECT_HANDLE *out, const struct token *t, ota_err *err)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE found[FOUND_MAX];
	CK_ULONG n = 0;
	struct value id;
	CK_ATTRIBUTE attrs[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_ID, id.b, 0}};
	ota_status st;

	if (!get(&id, t, t->object, CKA_ID) || id.len == 0)
		return OTA_OK;
	attrs[1].ulValueLen = id.len;
	st = search(found, &n, t, attrs, 2, err);
	if (!st && n == 1)
		*out = found[0];
	return st;
}

/* ---- its scheme ---- */

static ota_status elliptic(enum key_scheme *out, const struct token *t, ota_err *err)
{
	struct value params;

	if (get(&params, t, t->object, CKA_EC_PARAMS)) {
		for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
			if (params.len == curves[i].len &&
				memcmp(params.b, curves[i].params, params.len) == 0) {
				*out = curves[i].scheme;
				return OTA_OK;
			}
	}
	return ota_fail(err, OTA_E_ALG, "the key of token %s is on none of P-256, P-384, Ed25519",
		t->label);
}

static bool is_rsa(enum key_scheme scheme)
{
	return scheme == KEY_RSA_PSS_SHA256 || scheme == KEY_RSA_PSS_SHA512;
}

static ota_status find_scheme(
	enum key_scheme *out, const struct token *t, enum key_scheme want, ota_err *err)
{
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE a = {CKA_KEY_TYPE, &type, sizeof(type)};
	CK_RV rv = t->f->C_GetAttributeValue(t->session, t->object, &a, 1);
	ota_status st = OTA_OK;

	if (rv != CKR_OK)
		return p11_failed(err, t, "tell the kind of its key", rv);
	if (type == CKK_RSA)
		*out = is_rsa(want) ? want : KEY_RSA_PSS_SHA256;
	else if (type == CKK_EC || type == CKK_EC_EDWARDS)
		st = elliptic(out, t, err);
	else
		st = ota_fail(
			err, OTA_E_ALG, "the key of token %s is of a kind unknown here", t->label);
	if (!st && want != KEY_NONE && want != *out)
		st = ota_fail(err, OTA_E_ALG, "the key of token %s is one of %s, not %s", t->label,
			key_scheme_name(*out), key_scheme_name(want));
	return st;
}

/* ---- its public half ---- */

/* A point stands in a DER OCTET STRING, or bare as older modules have it. */
static void unwrap(struct value *v, const struct scheme *s)
{
	const size_t len = s->raw_len[0];

	if (v->len != len + 2 || v->b[0] != 4 || v->b[1] != len)
		return;
	memmove(v->b, v->b + 2, len);
	v->len = len;
}

static bool get_point(
	struct value *out, const struct token *t, CK_OBJECT_HANDLE public, const struct scheme *s)
{
	if (!get(out, t, t->object, CKA_EC_POINT) &&
		(public == 0 || !get(out, t, public, CKA_EC_POINT)))
		return false;
	unwrap(out, s);
	return true;
}

/* A big number without zeros in front. */
static bool get_number(struct value *out, const struct token *t, CK_ATTRIBUTE_TYPE type)
{
	size_t zeros = 0;

	if (!get(out, t, t->object, type))
		return false;
	while (zeros < out->len && out->b[zeros] == 0)
		zeros++;
	out->len -= zeros;
	memmove(out->b, out->b + zeros, out->len);
	return true;
}

static ota_status check_exponent(const struct token *t, ota_err *err)
{
	static const uint8_t f4[] = {1, 0, 1};
	struct value e;

	if (!get_number(&e, t, CKA_PUBLIC_EXPONENT) ||
		(e.len == sizeof(f4) && memcmp(e.b, f4, sizeof(f4)) == 0))
		return OTA_OK;
	return ota_fail(
		err, OTA_E_KEY_WEAK, "the public exponent of an RSA key is 65537, not this one's");
}

static ota_status read_public(
	struct token *t, enum key_scheme scheme, const struct key *known, ota_err *err)
{
	const struct scheme *s = scheme_find(scheme);
	CK_OBJECT_HANDLE public = 0;
	struct value raw;
	ota_status st = OTA_OK;
	bool told;

	if (is_rsa(scheme)) {
		told = get_number(&raw, t, CKA_MODULUS);
		st = check_exponent(t, err);
	} else {
		st = find_public(&public, t, err);
		told = !st && get_point(&raw, t, public, s);
	}
	if (st)
		return st;
	if (told)
		return key_init(&t->pub, t->ctx, scheme, raw.b, raw.len, err);
	if (known == NULL)
		return ota_fail(err, OTA_E_TOKEN_KEY,
			"token %s does not tell the public half of its key: name it with --public",
			t->label);
	t->pub = *known;
	return OTA_OK;
}

ota_status p11_find_key(struct token *t, const struct token_options *opt, ota_err *err)
{
	const struct key *known = opt->pub;
	enum key_scheme scheme = KEY_NONE;
	CK_BBOOL each = CK_FALSE;
	CK_ATTRIBUTE a = {CKA_ALWAYS_AUTHENTICATE, &each, sizeof(each)};
	ota_status st = find_private(t, err);

	if (!st)
		st = find_scheme(&scheme, t, known != NULL ? known->scheme : opt->scheme, err);
	if (!st)
		st = read_public(t, scheme, known, err);
	if (!st && known != NULL &&
		(known->len != t->pub.len || memcmp(known->raw, t->pub.raw, known->len) != 0))
		st = ota_fail(err, OTA_E_KEY_MISMATCH,
			"the key of token %s is another than the public half named", t->label);
	/* A module that does not know the attribute does not ask for it. */
	if (!st && t->f->C_GetAttributeValue(t->session, t->object, &a, 1) == CKR_OK)
		t->each = each == CK_TRUE;
	return st;
}
