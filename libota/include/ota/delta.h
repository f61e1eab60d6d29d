/* SPDX-License-Identifier: MIT */
/*
 * Deltas: making and applying patches between two byte strings. One row per
 * codec in the tables patch/patch.c (device) and diff/diff.c (host).
 * Codecs today: "bsdiff" (BSDIFF40, compatible both ways with bsdiff(1)), "vcdiff"
 * (RFC 3284, with xdelta3), "zstd" (with zstd --patch-from) and "otad" (ours: firmware
 * references predicted, far smaller). "auto" makes all of them and keeps the smallest.
 */
#ifndef OTA_DELTA_H
#define OTA_DELTA_H

#include <ota/io.h>

typedef struct ota_patch_info {
	size_t size;
	const char *codec; /* static storage */
	uint64_t patch_size, new_size;
	uint64_t ram;   /* bytes the applier holds at once */
	bool holds_old; /* and the whole old image beside them */
	/* Of a patch that is applied in pieces, as a package carries it; else 0. */
	uint64_t window;    /* bytes of new that each piece but the last makes */
	uint64_t head_size; /* of the first piece, which makes none */
	uint64_t piece_ram; /* to apply them, beside the piece at hand */
	uint64_t old_size;  /* 0: the patch does not say */
	/* How otad was made and what code it looks for; else NULL. Static storage. */
	const char *profile, *isa;
} ota_patch_info;

typedef struct ota_diff_options {
	size_t size;
	const char *codec; /* NULL: the default, "otad" */
	uint64_t memory;   /* cap on working memory in bytes; 0: none */
	/*
	 * otad, vcdiff: how much memory applying may take: "tiny", "std", "max"; NULL: otad tiny
	 * up to 1 MiB of new, else std.
	 */
	const char *profile;
	/* otad: bytes of output that each segment makes; 0: 8 MiB, or all of less. */
	uint64_t window;
	bool fast; /* otad: match once, and be content with what that gives */
} ota_diff_options;

/* Both images are seekable. Same bytes whatever ctx->jobs. The caller commits. */
OTA_API OTA_MUST_CHECK ota_status ota_diff(ota_sink *patch, const ota_ctx *ctx, ota_source *old_,
	ota_source *new_, const ota_diff_options *opt, ota_err *err);
/* What a patch is, from its head alone. unsupported.codec when it is no patch. */
OTA_API OTA_MUST_CHECK ota_status ota_patch_probe(
	ota_patch_info *out, ota_source *patch, ota_err *err);

/* What the bytes of a patch are for. */
typedef struct ota_patch_part {
	size_t size;
	const char *what;  /* "covers", "extra", "segment"; static storage */
	uint64_t off, len; /* off: OTA_NO_OFF where they lie in several places */
	uint64_t makes;    /* bytes of new; of covers: those that lie on old ones; 0: not known */
	uint64_t count;    /* of covers; else 0 */
} ota_patch_part;

typedef ota_status ota_patch_part_fn(void *arg, const ota_patch_part *part, ota_err *err);
/* Every part in turn; their lengths add up to a patch that is whole. Of otad it reads the covers. */
OTA_API OTA_MUST_CHECK ota_status ota_patch_parts(
	const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part, void *arg, ota_err *err);

#define OTA_PATCH_HEAD 1088
/* unsupported.codec, which says what it is, unless the first bytes are those of a patch. */
OTA_API OTA_MUST_CHECK ota_status ota_patch_check_head(const void *head, size_t len, ota_err *err);

typedef struct ota_patch_options {
	size_t size;
	uint64_t max_output; /* refuse a patch that promises more; 0: no cap */
} ota_patch_options;

/* old and patch are seekable. Bounded memory. The caller commits new_. */
OTA_API OTA_MUST_CHECK ota_status ota_patch(ota_sink *new_, const ota_ctx *ctx, ota_source *old_,
	ota_source *patch, const ota_patch_options *opt, ota_err *err);

/* The codec names, NULL past the end; static storage. */
OTA_API const char *ota_codec_at(size_t index);

#endif
