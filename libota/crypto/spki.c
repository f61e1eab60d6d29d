/* SPDX-License-Identifier: MIT */
#include <crypto/spki.h>

#include <assert.h>
#include <string.h>

#include <base/text.h>
#include <crypto/scheme.h>

#define PEM_LINE 48U /* bytes: 64 characters */

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
	buf_str(out, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t i = 0; i < der.len; i += PEM_LINE) {
		text_base64(out, der.p + i, der.len - i < PEM_LINE ? der.len - i : PEM_LINE);
		buf_str(out, "\n");
	}
	buf_str(out, "-----END PUBLIC KEY-----\n");
	buf_fini(&der);
}
