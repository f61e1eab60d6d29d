/* SPDX-License-Identifier: MIT */
/* TUF documents on their way out. */
#ifndef SIGN_DOCUMENT_H
#define SIGN_DOCUMENT_H

#include <ota/author.h>

#include <trust/envelope.h>

/* `signatures` and `signed` as one line of JSON. */
ota_status document_write(ota_sink *dst, const ota_ctx *ctx, struct arena *a, struct doc *sigs,
	struct doc *body, ota_err *err);
/* By's signature over body, as a member of `signatures`. */
ota_status document_signature(struct doc **out, struct arena *a, const char *keyid,
	const struct buf *text, const ota_signer *by, ota_err *err);
/* A tree of its own, to be changed. */
ota_status document_copy(struct doc **out, struct arena *a, const struct doc *body, ota_err *err);

#endif
