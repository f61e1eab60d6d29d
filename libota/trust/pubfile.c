/* SPDX-License-Identifier: MIT */
#include <base/text.h>
#include <crypto/spki.h>
#include <trust/keytext.h>

ota_status ota_key_read(ota_key **out, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	struct keytext_public pub;
	struct keytext kt;
	ota_status st;

	st = keytext_open(&kt, src, KEYTEXT_PUBLIC, err);
	if (st)
		return st;
	st = keytext_field(&pub.scheme, &kt, "scheme", err);
	if (!st)
		st = keytext_field(&pub.id, &kt, "key", err);
	if (!st)
		st = keytext_field(&pub.comment, &kt, "comment", err);
	if (!st)
		st = keytext_field(&pub.raw, &kt, "public", err);
	if (!st)
		st = keytext_end(&kt, err);
	if (!st)
		st = keytext_key(out, ctx, &pub, err);
	keytext_close(&kt);
	return st;
}

ota_status ota_key_write(ota_sink *dst, const ota_key *key, ota_err *err)
{
	struct buf text;
	ota_status st;

	buf_init(&text, key->ctx);
	buf_str(&text, KEYTEXT_PUBLIC "\n");
	keytext_put(&text, "scheme", ota_key_scheme(key));
	keytext_put(&text, "key", key->id);
	keytext_put(&text, "comment", key->comment);
	buf_str(&text, "public: ");
	text_base64(&text, key->key.raw, key->key.len);
	buf_str(&text, "\n");
	st = buf_status(&text, err);
	if (!st)
		st = ota_sink_write(dst, text.p, text.len, err);
	buf_fini(&text);
	return st;
}

ota_status ota_key_export(ota_sink *dst, const ota_key *key, ota_err *err)
{
	struct buf text;
	ota_status st;

	buf_init(&text, key->ctx);
	spki_pem(&text, &key->key);
	st = buf_status(&text, err);
	if (!st)
		st = ota_sink_write(dst, text.p, text.len, err);
	buf_fini(&text);
	return st;
}
