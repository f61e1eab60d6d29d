/* SPDX-License-Identifier: MIT */
#include <crypto/key.h>

#include <string.h>

#include <base/buf.h>
#include <crypto/hash.h>
#include <crypto/scheme.h>

static ota_status check_len(const struct scheme *s, size_t len, ota_err *err)
{
	bool rsa = s->hash != NULL && s->group == NULL;

	if (len == s->raw_len[0] || len == s->raw_len[1])
		return OTA_OK;
	if (rsa && len < s->raw_len[0])
		return ota_fail(err, OTA_E_KEY_WEAK,
			"the RSA key has %zu bits, expected %zu or %zu", 8 * len, 8 * s->raw_len[0],
			8 * s->raw_len[1]);
	return ota_fail(err, OTA_E_KEYFILE, "the %s key has %zu bytes, expected %zu", s->name, len,
		s->raw_len[1]);
}

ota_status key_init(struct key *out, const ota_ctx *ctx, enum key_scheme scheme, const uint8_t *raw,
	size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(scheme);
	ota_status st;

	if (s == NULL)
		return ota_fail(err, OTA_E_ALG, "key scheme %d is unknown", (int)scheme);
	st = check_len(s, len, err);
	if (!st)
		st = s->check(ctx, s, raw, len, err);
	if (st)
		return st;
	memset(out, 0, sizeof(*out));
	out->scheme = scheme;
	out->len = len;
	memcpy(out->raw, raw, len);
	return OTA_OK;
}

const char *key_scheme_name(enum key_scheme scheme)
{
	const struct scheme *s = scheme_find(scheme);

	return s != NULL ? s->name : NULL;
}

enum key_scheme key_scheme_by_name(const char *name)
{
	const struct scheme *s = scheme_by_name(name);

	return s != NULL ? s->id : KEY_NONE;
}

ota_status key_material(struct digest *out, const ota_ctx *ctx, const struct key *key, ota_err *err)
{
	static const char tag[] = "otap-material-v1";
	const struct scheme *s = scheme_find(key->scheme);
	struct buf text;
	ota_status st;

	if (s == NULL)
		return ota_fail(err, OTA_E_ALG, "key scheme %d is unknown", (int)key->scheme);
	buf_init(&text, ctx);
	buf_put(&text, tag, sizeof(tag)); /* both with their NUL: no field can run into the next */
	buf_put(&text, s->family, strlen(s->family) + 1);
	buf_put(&text, key->raw, key->len);
	st = buf_status(&text, err);
	if (!st)
		st = hash_bytes(out, ctx, HASH_SHA256, text.p, text.len, err);
	buf_fini(&text);
	return st;
}
