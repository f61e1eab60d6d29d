/* SPDX-License-Identifier: MIT */
#include <sign/keyfile.h>

#include <string.h>

#include <base/text.h>

#define KDF_NAME    "argon2id13"
#define CIPHER_NAME "xchacha20poly1305"
#define BOX_MAX     (PAIR_SECRET_MAX + BOX_TAG_LEN)
#define BOX_B64_CAP (4 * BOX_MAX / 3 + 4 + 1)

static size_t box_len(const ota_key *key)
{
	return pair_secret_len(&key->key) + BOX_TAG_LEN;
}

/* ---- writing ---- */

static void put_header(struct buf *out, const ota_key *key, const struct keyfile_lock *lock,
	const uint8_t *salt, const uint8_t *nonce)
{
	buf_str(out, KEYTEXT_SECRET "\n");
	keytext_put(out, "scheme", ota_key_scheme(key));
	keytext_put(out, "key", ota_key_id(key));
	buf_str(out, "public: ");
	text_base64(out, key->key.raw, key->key.len);
	if (lock == NULL) {
		buf_str(out, "\nkdf: none\ncipher: none");
	} else {
		buf_printf(out, "\nkdf: " KDF_NAME " %llu %llu ", (unsigned long long)lock->passes,
			(unsigned long long)lock->mem_bytes);
		text_base64(out, salt, BOX_SALT_LEN);
		buf_str(out, "\ncipher: " CIPHER_NAME " ");
		text_base64(out, nonce, BOX_NONCE_LEN);
	}
	buf_str(out, "\n");
	keytext_put(out, "comment", ota_key_comment(key));
}

/* box: len + BOX_TAG_LEN bytes of guarded memory. */
static ota_status lock_secret(uint8_t *box, const uint8_t *secret, size_t len,
	const struct buf *header, const struct keyfile_lock *lock, const uint8_t *salt,
	const uint8_t *nonce, ota_err *err)
{
	uint8_t *key = NULL;
	ota_status st;

	st = secret_alloc(&key, BOX_KEY_LEN, err);
	if (!st)
		st = box_kdf(
			key, lock->pass, lock->pass_len, salt, lock->passes, lock->mem_bytes, err);
	if (!st)
		st = box_seal(box, secret, len, header->p, header->len, nonce, key, err);
	secret_free(key);
	return st;
}

static ota_status write_text(
	ota_sink *dst, const struct buf *header, const uint8_t *secret, size_t len, ota_err *err)
{
	uint8_t *b64 = NULL;
	ota_status st;

	st = secret_alloc(&b64, BOX_B64_CAP, err);
	if (st)
		return st;
	len = secret_base64(b64, BOX_B64_CAP, secret, len);
	st = ota_sink_write(dst, header->p, header->len, err);
	if (!st)
		st = ota_sink_write(dst, "secret: ", strlen("secret: "), err);
	if (!st)
		st = ota_sink_write(dst, b64, len, err);
	if (!st)
		st = ota_sink_write(dst, "\n", 1, err);
	secret_free(b64);
	return st;
}

ota_status keyfile_write(ota_sink *dst, const ota_key *key, const uint8_t *secret,
	const struct keyfile_lock *lock, ota_err *err)
{
	uint8_t salt[BOX_SALT_LEN], nonce[BOX_NONCE_LEN];
	size_t len = pair_secret_len(&key->key);
	uint8_t *box = NULL;
	struct buf header;
	ota_status st;

	secret_random(salt, sizeof(salt));
	secret_random(nonce, sizeof(nonce));
	buf_init(&header, key->ctx);
	put_header(&header, key, lock, salt, nonce);
	st = buf_status(&header, err);
	if (!st && lock == NULL)
		st = write_text(dst, &header, secret, len, err);
	if (st || lock == NULL)
		goto out;
	st = secret_alloc(&box, box_len(key), err);
	if (!st)
		st = lock_secret(box, secret, len, &header, lock, salt, nonce, err);
	if (!st)
		st = write_text(dst, &header, box, box_len(key), err);
out:
	secret_free(box);
	buf_fini(&header);
	return st;
}

/* ---- reading ---- */

/* The next word of a value, up to a single blank or the end. */
static struct keytext_value word(struct keytext_value *v)
{
	const char *blank = memchr(v->p, ' ', v->len);
	struct keytext_value w = {v->p, blank != NULL ? (size_t)(blank - v->p) : v->len};
	size_t skip = w.len + (blank != NULL ? 1 : 0);

	v->p += skip;
	v->len -= skip;
	return w;
}

static bool is(struct keytext_value v, const char *text)
{
	return v.len == strlen(text) && memcmp(v.p, text, v.len) == 0;
}

static bool bytes(uint8_t *out, size_t want, struct keytext_value v)
{
	size_t len = 0;

	return text_unbase64(out, want, &len, v.p, v.len) && len == want;
}

static bool number(uint64_t *out, struct keytext_value v)
{
	return text_u64(out, v.p, v.len, UINT64_MAX);
}

/* How the secret is locked. A trailing word or blank fails in the last word's base64. */
static ota_status parse_lock(
	struct keyfile *kf, struct keytext_value kdf, struct keytext_value cipher, ota_err *err)
{
	bool ok;

	if (is(kdf, "none") && is(cipher, "none"))
		return OTA_OK;
	ok = is(word(&kdf), KDF_NAME);
	ok = ok && number(&kf->passes, word(&kdf));
	ok = ok && number(&kf->mem_bytes, word(&kdf));
	ok = ok && bytes(kf->salt, sizeof(kf->salt), kdf);
	if (!ok)
		return ota_fail(err, OTA_E_KEYFILE,
			"`kdf:` is not `" KDF_NAME
			" PASSES BYTES SALT`, or `none` with `cipher: none`");
	ok = is(word(&cipher), CIPHER_NAME);
	ok = ok && bytes(kf->nonce, sizeof(kf->nonce), cipher);
	if (!ok)
		return ota_fail(err, OTA_E_KEYFILE,
			"`cipher:` is not `" CIPHER_NAME " NONCE`, or `none` with `kdf: none`");
	kf->locked = true;
	return OTA_OK;
}

static ota_status parse(struct keyfile *kf, const ota_ctx *ctx, ota_err *err)
{
	struct keytext_value kdf = {"", 0}, cipher = {"", 0};
	struct keytext *kt = &kf->text;
	struct keytext_public pub;
	ota_status st;

	st = keytext_field(&pub.scheme, kt, "scheme", err);
	if (!st)
		st = keytext_field(&pub.id, kt, "key", err);
	if (!st)
		st = keytext_field(&pub.raw, kt, "public", err);
	if (!st)
		st = keytext_field(&kdf, kt, "kdf", err);
	if (!st)
		st = keytext_field(&cipher, kt, "cipher", err);
	if (!st)
		st = keytext_field(&pub.comment, kt, "comment", err);
	kf->ad_len = kt->r.pos;
	if (!st)
		st = keytext_field(&kf->secret, kt, "secret", err);
	if (!st)
		st = keytext_end(kt, err);
	if (!st)
		st = parse_lock(kf, kdf, cipher, err);
	if (!st)
		st = keytext_key(&kf->key, ctx, &pub, err);
	return st;
}

ota_status keyfile_open(struct keyfile *out, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	struct keyfile kf = {0};
	ota_status st;

	st = keytext_open(&kf.text, src, KEYTEXT_SECRET, err);
	if (st)
		return st;
	st = parse(&kf, ctx, err);
	if (st)
		keyfile_close(&kf);
	else
		*out = kf;
	return st;
}

void keyfile_close(struct keyfile *kf)
{
	ota_key_free(kf->key);
	keytext_close(&kf->text);
	kf->key = NULL;
}

static ota_status decode_secret(uint8_t *out, size_t len, const struct keyfile *kf, ota_err *err)
{
	if (secret_unbase64(out, len, kf->secret.p, kf->secret.len))
		return OTA_OK;
	return ota_fail(err, OTA_E_KEYFILE, "`secret:` is not the base64 of %zu bytes", len);
}

static ota_status open_box(uint8_t *secret, const struct keyfile *kf, const uint8_t *pass,
	size_t pass_len, ota_err *err)
{
	uint8_t *box = NULL, *key = NULL;
	size_t len = box_len(kf->key);
	ota_status st;

	st = secret_alloc(&box, len, err);
	if (!st)
		st = secret_alloc(&key, BOX_KEY_LEN, err);
	if (!st)
		st = decode_secret(box, len, kf, err);
	if (!st)
		st = box_kdf(key, pass, pass_len, kf->salt, kf->passes, kf->mem_bytes, err);
	if (!st)
		st = box_open(secret, box, len, kf->text.p, kf->ad_len, kf->nonce, key, err);
	secret_free(key);
	secret_free(box);
	return st;
}

ota_status keyfile_unlock(
	uint8_t **out, const struct keyfile *kf, const uint8_t *pass, size_t pass_len, ota_err *err)
{
	size_t len = pair_secret_len(&kf->key->key);
	uint8_t *secret = NULL;
	ota_status st;

	st = secret_alloc(&secret, len, err);
	if (!st && kf->locked)
		st = open_box(secret, kf, pass, pass_len, err);
	else if (!st)
		st = decode_secret(secret, len, kf, err);
	if (!st)
		st = pair_prove(kf->key->ctx, &kf->key->key, secret, err);
	if (st)
		secret_free(secret);
	else
		*out = secret;
	return st;
}
