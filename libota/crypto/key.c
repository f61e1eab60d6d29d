/* SPDX-License-Identifier: MIT */
#include <crypto/key.h>

#include <string.h>

#include <base/buf.h>
#include <crypto/hash.h>
#include <crypto/scheme.h>

ota_status key_init(struct key *out, const ota_ctx *ctx, enum key_scheme scheme, const uint8_t *raw,
	size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(scheme);

	(void)ctx; /* libsodium needs none; libcrypto's schemes will */
	if (s == NULL)
		return ota_fail(err, OTA_E_ALG, "key scheme %d is unknown", (int)scheme);
	if (len != s->raw_len)
		return ota_fail(err, OTA_E_KEYFILE, "the %s key has %zu bytes, expected %zu",
			s->name, len, s->raw_len);
	if (!s->key_ok(raw))
		return ota_fail(err, OTA_E_KEY_WEAK,
			"the %s key is no canonical point of prime order: anybody could forge "
			"signatures for it",
			s->name);
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
