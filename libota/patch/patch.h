/* SPDX-License-Identifier: MIT */
/* Patch readers: one row a format. */
#ifndef PATCH_PATCH_H
#define PATCH_PATCH_H

#include <ota/delta.h>

struct patch_run;

struct patch_format {
	const char *name;
	/* Does head (the first bytes, len of them) look like this format? */
	bool (*is)(const uint8_t *head, size_t len);
	ota_status (*probe)(ota_patch_info *out, ota_source *patch, ota_err *err);
	/* As ota_patch_parts; NULL: the patch is one frame. */
	ota_status (*parts)(const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part,
		void *arg, ota_err *err);
	/*
	 * Writes exactly the promised bytes into new_; reads old and patch by pread.
	 * limit.size before anything else when more than max_output are promised.
	 */
	ota_status (*apply)(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
		uint64_t max_output, ota_err *err);
	/*
	 * As a package carries it, where probe gave a window: the first piece is the head,
	 * each further one makes that many bytes of new and needs none before it. NULL
	 * where a patch is one piece. Digests in the patch are not looked at.
	 */
	ota_status (*begin)(struct patch_run **out, const ota_ctx *ctx, ota_sink *new_,
		ota_source *old_, const uint8_t *head, size_t len, ota_err *err);
	/* The bytes that piece number index behind the head has. */
	uint64_t (*piece_len)(const struct patch_run *run, uint32_t index);
	ota_status (*piece)(
		struct patch_run *run, uint32_t index, const uint8_t *p, size_t len, ota_err *err);
	void (*end)(struct patch_run *run);
};

/* The first bytes, *n of them: cap, or all *len that the patch has. */
ota_status patch_first(
	uint8_t *p, size_t cap, size_t *n, uint64_t *len, ota_source *patch, ota_err *err);

/* Which lie behind each other from *off on; *off moves behind the last. */
ota_status patch_parts(ota_patch_part_fn *part, void *arg, const ota_patch_part *parts, size_t n,
	uint64_t *off, ota_err *err);

const struct patch_format *patch_by_name(const char *name);

/* What applying holds at once when the old image has old_len bytes. */
uint64_t patch_ram(const ota_patch_info *info, uint64_t old_len);

extern const char *const otad_profiles[]; /* by enum otad_profile */
extern const struct patch_format bsdiff40_patch, deep_patch, otad_patch, vcdiff_patch, zstd_patch;

#endif
