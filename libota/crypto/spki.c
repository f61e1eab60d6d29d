/* SPDX-License-Identifier: MIT */
#include <crypto/spki.h>

#include <assert.h>
#include <string.h>

#include <base/rd.h>
#include <base/text.h>
#include <crypto/scheme.h>

#define PEM_LINE  48U /* bytes: 64 characters */
#define PEM_BEGIN "-----BEGIN PUBLIC KEY-----\n"
#define PEM_END   "-----END PUBLIC KEY-----\n"
#define DER_MAX   (33U + KEY_RAW_MAX + 5U)

struct frame {
	const char *family;
	size_t raw_len, head_len, tail_len;
	uint8_t head[33], tail[5];
};

/* clang-format off */
#define RSA_OID 0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0
#define RSA_E   2, 3, 1, 0, 1
#define EC_OID  6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1
static const struct frame frames[] = {
	{"ed25519", 32, 12, 0, {0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0}, {0}},
	{"p256", 65, 26, 0, {0x30, 0x59, 0x30, 0x13, EC_OID,
		6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 3, 0x42, 0}, {0}},
	{"p384", 97, 23, 0, {0x30, 0x76, 0x30, 0x10, EC_OID,
		6, 5, 0x2b, 0x81, 4, 0, 0x22, 3, 0x62, 0}, {0}},
	{"rsa", 384, 33, 5, {0x30, 0x82, 1, 0xa2, RSA_OID, 3, 0x82, 1, 0x8f, 0,
		0x30, 0x82, 1, 0x8a, 2, 0x82, 1, 0x81, 0}, {RSA_E}},
	{"rsa", 512, 33, 5, {0x30, 0x82, 2, 0x22, RSA_OID, 3, 0x82, 2, 0x0f, 0,
		0x30, 0x82, 2, 0x0a, 2, 0x82, 2, 1, 0}, {RSA_E}},
};
/* clang-format on */

static const struct frame *frame_of(const struct key *key)
{
	const char *family = scheme_find(key->scheme)->family;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		if (strcmp(frames[i].family, family) == 0 && frames[i].raw_len == key->len)
			return &frames[i];
	return NULL;
}

void spki_der(struct buf *out, const struct key *key)
{
	const struct frame *f = frame_of(key);

	assert(f != NULL);
	buf_put(out, f->head, f->head_len);
	buf_put(out, key->raw, key->len);
	buf_put(out, f->tail, f->tail_len);
}

void spki_pem(struct buf *out, const struct key *key)
{
	struct buf der;

	buf_init(&der, out->ctx);
	spki_der(&der, key);
	out->failed = out->failed || der.failed;
	buf_str(out, PEM_BEGIN);
	for (size_t i = 0; i < der.len; i += PEM_LINE) {
		text_base64(out, der.p + i, der.len - i < PEM_LINE ? der.len - i : PEM_LINE);
		buf_str(out, "\n");
	}
	buf_str(out, PEM_END);
	buf_fini(&der);
}

/* The base64 of all lines, without their ends; false: too long to be a key. */
static bool join_lines(char *out, size_t cap, size_t *n, struct rd *r, size_t stop)
{
	*n = 0;
	while (r->pos < stop) {
		uint8_t c = rd_u8(r);

		if (c == '\n')
			continue;
		if (*n == cap)
			return false;
		out[(*n)++] = (char)c;
	}
	return true;
}

static bool read_der(uint8_t der[static DER_MAX], size_t *der_len, const char *pem, size_t len)
{
	const size_t begin = strlen(PEM_BEGIN), end = strlen(PEM_END);
	char text[(DER_MAX + 2) / 3 * 4];
	size_t n = 0;
	struct rd r;

	rd_init(&r, pem, len);
	if (len < begin + end || memcmp(rd_bytes(&r, begin), PEM_BEGIN, begin) != 0)
		return false;
	return join_lines(text, sizeof(text), &n, &r, len - end) &&
	       text_unbase64(der, DER_MAX, der_len, text, n);
}

static bool fits(const struct frame *f, const uint8_t *der, size_t len)
{
	return len == f->head_len + f->raw_len + f->tail_len &&
	       memcmp(der, f->head, f->head_len) == 0 &&
	       memcmp(der + len - f->tail_len, f->tail, f->tail_len) == 0;
}

/* Written again it must be the same text, but for the last LF. */
static ota_status check_text(
	const struct key *key, const ota_ctx *ctx, const char *pem, size_t len, ota_err *err)
{
	struct buf again;
	ota_status st;

	buf_init(&again, ctx);
	spki_pem(&again, key);
	st = buf_status(&again, err);
	if (!st && (again.len < len || again.len > len + 1 || memcmp(again.p, pem, len) != 0))
		st = ota_fail(err, OTA_E_KEYFILE, "the PEM is not as openssl writes it");
	buf_fini(&again);
	return st;
}

ota_status spki_read(struct key *out, const ota_ctx *ctx, enum key_scheme scheme, const char *pem,
	size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(scheme);
	char line[sizeof(PEM_END) + 1024];
	uint8_t der[DER_MAX];
	size_t der_len = 0;
	struct key key;
	ota_status st;

	if (len >= sizeof(line) || len == 0)
		return ota_fail(err, OTA_E_KEYFILE, "this is no PEM of a public key");
	memcpy(line, pem, len);
	if (line[len - 1] != '\n')
		line[len++] = '\n';
	if (!read_der(der, &der_len, line, len))
		return ota_fail(err, OTA_E_KEYFILE, "this is no PEM of a public key");
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		const struct frame *f = &frames[i];

		if (strcmp(f->family, s->family) != 0 || !fits(f, der, der_len))
			continue;
		st = key_init(&key, ctx, scheme, der + f->head_len, f->raw_len, err);
		if (!st)
			st = check_text(&key, ctx, line, len, err);
		if (!st)
			*out = key;
		return st;
	}
	return ota_fail(err, OTA_E_KEYFILE, "the PEM holds no %s key", s->name);
}
