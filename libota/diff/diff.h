/* SPDX-License-Identifier: MIT */
/* Patch writers: one row a format. */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include <ota/delta.h>

struct diff_format {
	const char *name;
	ota_status (*make)(ota_sink *patch, const ota_ctx *ctx, const uint8_t *old_, size_t old_len,
		const uint8_t *new_, size_t new_len, ota_err *err);
	/* Working memory beyond the two images. */
	uint64_t (*memory)(uint64_t old_len, uint64_t new_len);
};

const struct diff_format *diff_by_name(const char *name);

extern const struct diff_format bsdiff40_diff;

#endif
