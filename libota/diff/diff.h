/* SPDX-License-Identifier: MIT */
/* Patch writers: one row a format. */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include <ota/delta.h>

#include <diff/match.h>

/* Raise it when the bytes change that any format writes: caches of deltas go by it. */
#define DIFF_REVISION 8U

struct diff_format {
	const char *name;
	/* opt may be NULL. */
	ota_status (*make)(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
		const ota_diff_options *opt, ota_err *err);
	/* Working memory beyond the two images. */
	uint64_t (*memory)(uint64_t old_len, uint64_t new_len);
	/* Applying never takes less. profile is NULL where the codec has none. */
	uint64_t (*applying)(const char *profile, uint64_t old_len, uint64_t new_len);
};

const struct diff_format *diff_by_name(const char *name);

extern const struct diff_format bsdiff40_diff, deep_diff, otad_diff, vcdiff_diff, zstd_diff;

#endif
