/* SPDX-License-Identifier: MIT */
/* Steps 1 – 3 of formats/otap.md section 6, but for judging the signatures. */
#ifndef PACKAGE_HEAD_H
#define PACKAGE_HEAD_H

#include <base/arena.h>
#include <package/input.h>
#include <package/sigline.h>

struct head {
	const ota_ctx *ctx;
	ota_header h;
	uint8_t *bytes; /* HEADER and MANIFEST: what is signed */
	size_t len;
	struct digest d;
	struct arena arena;
	struct sigline *sigs;
	size_t sig_count;
	ota_err sig_err; /* why the area is spoiled; id OTA_E_NONE: it is not */
};

/* On failure too, head_fini must be called. A spoiled area is a finding and has no lines. */
ota_status head_read(
	struct head *out, const ota_ctx *ctx, struct input *in, ota_report *rep, ota_err *err);
void head_fini(struct head *head);

#endif
