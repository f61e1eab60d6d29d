/* SPDX-License-Identifier: MIT */
#include <trust/keyid.h>

#include <string.h>

#include <base/text.h>
#include <crypto/hash.h>
#include <crypto/scheme.h>
#include <crypto/spki.h>
#include <trust/testkeys.h>

void key_put_public(struct buf *out, const struct key *key)
{
	char hex[2 * KEY_RAW_MAX + 1];

	if (key->scheme == KEY_ED25519) {
		ota_hex(hex, key->raw, key->len);
		buf_str(out, hex);
	} else {
		spki_pem(out, key);
	}
}

ota_status keyid_of(
	char id[OTA_KEYID_HEX + 1], const ota_ctx *ctx, const struct key *key, ota_err *err)
{
	const struct scheme *s = scheme_find(key->scheme);
	char digits[2 * DIGEST_MAX + 1];
	struct digest d;
	struct buf json;
	ota_status st;

	/* No character of hex, PEM or our names is escaped: this is the OLPC form as it stands. */
	buf_init(&json, ctx);
	buf_printf(&json, "{\"keytype\":\"%s\",\"keyval\":{\"public\":\"", s->keytype);
	key_put_public(&json, key);
	buf_printf(&json, "\"},\"scheme\":\"%s\"}", s->name);
	st = buf_status(&json, err);
	if (!st)
		st = hash_bytes(&d, ctx, HASH_SHA256, json.p, json.len, err);
	buf_fini(&json);
	if (st)
		return st;
	digest_hex(digits, &d);
	memcpy(id, digits, OTA_KEYID_HEX + 1);
	return OTA_OK;
}

ota_status key_fill(
	ota_key *k, const ota_ctx *ctx, const struct key *key, const char *comment, ota_err *err)
{
	size_t len = comment != NULL ? strlen(comment) : 0;
	ota_status st;

	if (len > 0 && !key_comment_ok(comment, len))
		return ota_fail(err, OTA_E_KEYFILE, "the key's comment is not " KEY_COMMENT_RULE);
	k->ctx = ctx;
	k->key = *key;
	if (len > 0)
		memcpy(k->comment, comment, len);
	st = key_material(&k->material, ctx, key, err);
	if (!st)
		st = keyid_of(k->id, ctx, key, err);
	return st;
}

ota_status key_make(
	ota_key **out, const ota_ctx *ctx, const struct key *key, const char *comment, ota_err *err)
{
	ota_key *k = NULL;
	ota_status st = MEM_NEW(&k, ctx, err);

	if (!st)
		st = key_fill(k, ctx, key, comment, err);
	if (st)
		ota_key_free(k);
	else
		*out = k;
	return st;
}

bool key_comment_ok(const char *comment, size_t len)
{
	bool blank = true;

	if (len > KEY_COMMENT_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool space = comment[i] == ' ';

		if (comment[i] < ' ' || comment[i] > '~')
			return false;
		if (space && blank)
			return false;
		blank = space;
	}
	return len == 0 || !blank;
}

void ota_key_free(ota_key *key)
{
	if (key != NULL)
		mem_free(key->ctx, key);
}

const char *ota_key_scheme(const ota_key *key)
{
	return key_scheme_name(key->key.scheme);
}

const char *ota_key_id(const ota_key *key)
{
	return key->id;
}

const char *ota_key_comment(const ota_key *key)
{
	return key->comment;
}

bool ota_key_is_test(const ota_key *key)
{
	return testkey_is(&key->material);
}
