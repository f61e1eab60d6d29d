/* SPDX-License-Identifier: MIT */
/* Steps 1 – 3 of formats/otap.md section 6, but for judging the signatures. */
#ifndef PACKAGE_HEAD_H
#define PACKAGE_HEAD_H

#include <base/arena.h>
#include <package/input.h>
#include <package/sigline.h>

#define SLICE_LEN 64U

/* Where signature lines come from, as findings say it. */
#define SIG_AREA     "signature area"
#define SIG_DETACHED "detached file"

struct slice {
	uint32_t sig_len;     /* bytes of signature lines, without NULs behind them */
	uint8_t sections[32]; /* bit i % 8 of byte i / 8: section i is there */
};

/* Where the parts stand in this very file: a package, its head, or a slice of it. */
struct place {
	uint64_t base; /* of HEADER */
	uint64_t sig_off, sig_len;
	uint64_t tab_off, tab_len;
	uint64_t data_off, end;
};

struct head {
	const ota_ctx *ctx;
	ota_header h;
	bool sliced;
	struct slice slice;
	struct place at; /* a slice: from tab_len on, since slice_place */
	uint8_t *bytes;  /* HEADER and MANIFEST: what is signed */
	size_t len;
	struct digest d;
	struct arena arena;
	struct sigline *sigs;
	size_t sig_count;
	size_t sig_used; /* bytes of the area before its NULs */
	ota_err sig_err; /* why the area is spoiled; id OTA_E_NONE: it is not */
	ota_step step;   /* of section 6: begun */
};

/* On failure too, head_fini must be called. A spoiled area is a finding and has no lines. */
ota_status head_read(
	struct head *out, const ota_ctx *ctx, struct input *in, ota_report *rep, ota_err *err);
void head_fini(struct head *head);
/* Told by length: what is read from a pipe is no head. */
ota_form head_form(const struct head *head, const struct input *in);

#endif
