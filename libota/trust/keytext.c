/* SPDX-License-Identifier: MIT */
#include <trust/keytext.h>

#include <string.h>

#include <base/kind.h>
#include <base/text.h>
#include <crypto/secret.h>

/* The next line without its LF; false at the end or without an LF. */
static bool next_line(struct keytext_value *out, struct keytext *kt)
{
	size_t start = kt->r.pos;

	while (rd_left(&kt->r) > 0) {
		if (rd_u8(&kt->r) == '\n') {
			out->p = (const char *)kt->p + start;
			out->len = kt->r.pos - start - 1;
			kt->line++;
			return true;
		}
	}
	return false;
}

static bool is(const struct keytext_value *v, const char *text)
{
	return v->len == strlen(text) && memcmp(v->p, text, v->len) == 0;
}

static ota_status check_magic(struct keytext *kt, const char *magic, ota_err *err)
{
	struct keytext_value v;

	bool line = next_line(&v, kt);

	if (line && is(&v, magic))
		return OTA_OK;
	if (line && is(&v, KEYTEXT_SECRET))
		return ota_fail(err, OTA_E_KEY_KIND, "this is the secret half; use NAME.pub");
	if (line && is(&v, KEYTEXT_PUBLIC))
		return ota_fail(err, OTA_E_KEY_KIND, "this is the public half; use NAME.key");
	return ota_fail(err, OTA_E_KEYFILE, "no key file but %s: its first line must be %s",
		kind_name(kt->p, kt->len), magic);
}

ota_status keytext_open(struct keytext *kt, ota_source *src, const char *magic, ota_err *err)
{
	struct keytext t = {0};
	ota_status st;

	st = secret_alloc(&t.p, KEYTEXT_MAX + 1, err);
	if (st)
		return st;
	st = ota_source_read(src, t.p, KEYTEXT_MAX + 1, &t.len, err);
	if (!st && t.len > KEYTEXT_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "longer than a key file's %u bytes: this is %s",
			KEYTEXT_MAX, kind_name(t.p, t.len));
	rd_init(&t.r, t.p, t.len);
	if (!st)
		st = check_magic(&t, magic, err);
	if (st)
		keytext_close(&t);
	else
		*kt = t;
	return st;
}

void keytext_close(struct keytext *kt)
{
	secret_free(kt->p);
	kt->p = NULL;
}

ota_status keytext_field(
	struct keytext_value *out, struct keytext *kt, const char *name, ota_err *err)
{
	size_t off = kt->r.pos, n = strlen(name);
	struct keytext_value v;

	if (!next_line(&v, kt))
		return ota_fail_at(err, OTA_E_KEYFILE, off,
			"the key file ends in line %u, expected `%s: …`", kt->line + 1, name);
	if (v.len <= n || memcmp(v.p, name, n) != 0 || v.p[n] != ':')
		return ota_fail_at(err, OTA_E_KEYFILE, off,
			"line %u of the key file is not `%s: …`", kt->line, name);
	v.p += n + 1;
	v.len -= n + 1;
	/* One form for "no value": no trailing blank. */
	if (v.len > 0 && (v.len < 2 || v.p[0] != ' '))
		return ota_fail_at(err, OTA_E_KEYFILE, off,
			"line %u of the key file needs one blank after `%s:`", kt->line, name);
	if (v.len > 0) {
		v.p++;
		v.len--;
	}
	*out = v;
	return OTA_OK;
}

ota_status keytext_end(struct keytext *kt, ota_err *err)
{
	if (rd_end(&kt->r))
		return OTA_OK;
	return ota_fail_at(err, OTA_E_KEYFILE, kt->r.pos,
		"the key file goes on after its last field, in line %u", kt->line + 1);
}

static ota_status parse_key(
	struct key *out, const ota_ctx *ctx, const struct keytext_public *pub, ota_err *err)
{
	enum key_scheme scheme;
	uint8_t raw[KEY_RAW_MAX];
	char name[33] = "";
	size_t len = 0;

	if (pub->scheme.len < sizeof(name))
		memcpy(name, pub->scheme.p, pub->scheme.len);
	scheme = key_scheme_by_name(name);
	/* Whole: a name does not end at a NUL that the file holds. */
	if (scheme == KEY_NONE || !is(&pub->scheme, name))
		return ota_fail(err, OTA_E_ALG,
			"key scheme `%s` is unknown, otatool-keys(5) lists them", name);
	if (!text_unbase64(raw, sizeof(raw), &len, pub->raw.p, pub->raw.len))
		return ota_fail(err, OTA_E_KEYFILE,
			"`public:` is not the base64 of at most %d bytes", KEY_RAW_MAX);
	return key_init(out, ctx, scheme, raw, len, err);
}

ota_status keytext_key(
	ota_key **out, const ota_ctx *ctx, const struct keytext_public *pub, ota_err *err)
{
	char comment[KEY_COMMENT_MAX + 1] = "";
	ota_key *k = NULL;
	struct key key;
	ota_status st;

	if (!key_comment_ok(pub->comment.p, pub->comment.len))
		return ota_fail(err, OTA_E_KEYFILE, "the key's comment is not " KEY_COMMENT_RULE);
	memcpy(comment, pub->comment.p, pub->comment.len);
	st = parse_key(&key, ctx, pub, err);
	if (st)
		return st;
	st = key_make(&k, ctx, &key, comment, err);
	if (st)
		return st;
	if (!is(&pub->id, k->id)) {
		st = ota_fail(err, OTA_E_KEYFILE,
			"`key:` is not the id of the public key in the file, which is %s", k->id);
		ota_key_free(k);
		return st;
	}
	*out = k;
	return OTA_OK;
}

void keytext_put(struct buf *out, const char *name, const char *value)
{
	buf_str(out, name);
	buf_str(out, *value != '\0' ? ": " : ":");
	buf_str(out, value);
	buf_str(out, "\n");
}
