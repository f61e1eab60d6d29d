/* SPDX-License-Identifier: MIT */
/*
 * Key files as text: a magic line, then `name: value` lines in a fixed order,
 * each ending in LF, nothing else (formats/trust.md section 1). Public and
 * secret key files are both read here, in guarded memory: a secret key given
 * by mistake for a public one must not stay behind either.
 */
#ifndef TRUST_KEYTEXT_H
#define TRUST_KEYTEXT_H

#include <base/buf.h>
#include <base/rd.h>
#include <trust/keyid.h>

#define KEYTEXT_MAX    65536U
#define KEYTEXT_PUBLIC "otap-public-key-v1"
#define KEYTEXT_SECRET "otap-secret-key-v1"

struct keytext {
	uint8_t *p; /* guarded */
	size_t len;
	struct rd r;
	unsigned line; /* the last one read, from 1 */
};

/* A value: borrowed, not terminated; "" for a line that is only `name:`. */
struct keytext_value {
	const char *p;
	size_t len;
};

/*
 * Read src to its end and check the magic line. usage.key_kind when it is the
 * other half, malformed.key when it is neither. Close with keytext_close.
 */
ota_status keytext_open(struct keytext *kt, ota_source *src, const char *magic, ota_err *err);
void keytext_close(struct keytext *kt);
/* The next line must be this field. */
ota_status keytext_field(
	struct keytext_value *out, struct keytext *kt, const char *name, ota_err *err);
ota_status keytext_end(struct keytext *kt, ota_err *err);
/* The four fields that describe the public half; id must be its id. */
struct keytext_public {
	struct keytext_value scheme, id, comment, raw;
};
ota_status keytext_key(
	ota_key **out, const ota_ctx *ctx, const struct keytext_public *pub, ota_err *err);
/* One `name: value` line; a value of "" leaves `name:`. */
void keytext_put(struct buf *out, const char *name, const char *value);

#endif
