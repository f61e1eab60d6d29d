/* SPDX-License-Identifier: MIT */
/*
 * A patch between images whose compressed blocks are expanded (formats/deep.md). What reader
 * and writer share; the images with their blocks expanded are called virtual.
 */
#ifndef PATCH_DEEP_H
#define PATCH_DEEP_H

#include <base/mem.h>
#include <codec/repack.h>

#define DEEP_MAGIC      "OTDP"
#define DEEP_VERSION    1
#define DEEP_FIXED      40U
#define DEEP_FIXED_MAX  (DEEP_FIXED + 8U * 8U)
#define DEEP_DIGEST     16U
#define DEEP_CODERS     16U
#define DEEP_BLOCKS_MAX (1U << 22U)
#define DEEP_RECIPE_MAX (1U << 26U)
#define DEEP_CACHE      (8U << 20U) /* expanded blocks of old at hand, at least one */

struct deep_block {
	uint64_t at, packed_at; /* in the virtual image, and in the image itself */
	uint32_t plain, packed; /* packed 0: not known, of new */
	uint32_t coder;         /* of old: a repack_id; of new: an index */
};

struct deep_coder {
	uint8_t codec;
	uint8_t how[REPACK_HOW];
	/* The self-test: these bytes of virtual old compressed have that digest. */
	uint64_t test_at, test_len;
	uint8_t test[DEEP_DIGEST];
};

struct deep_image {
	struct deep_block *blocks;
	size_t n;
	uint64_t size;    /* of the image */
	uint64_t virtual; /* of the virtual one; of new: behind its last block */
};

struct deep_head {
	uint8_t old_hash[DEEP_DIGEST], new_hash[DEEP_DIGEST];
	uint64_t old_size, new_size;
	uint64_t ram;     /* that coders take */
	uint64_t largest; /* block, packed or plain */
	uint64_t old_blocks, new_blocks, coders, recipe_len;
	size_t fixed_len;
};

struct deep_recipe {
	struct deep_image old_, new_;
	struct deep_coder coders[DEEP_CODERS];
	size_t coders_n;
};

ota_status deep_head_read(struct deep_head *h, const uint8_t *p, size_t len, ota_err *err);
/* p: the recipe_len bytes behind the fixed part. Checked, within what h says. */
ota_status deep_recipe_read(struct deep_recipe *out, const struct deep_head *h, const ota_ctx *ctx,
	const uint8_t *p, ota_err *err);
void deep_recipe_free(struct deep_recipe *r, const ota_ctx *ctx);
uint64_t deep_ram(const struct deep_head *h);

/* Virtual old, by pread. old_ and image are borrowed. */
ota_status deep_old_source(ota_source **out, const ota_ctx *ctx, ota_source *old_,
	const struct deep_image *image, uint64_t largest, ota_err *err);
/*
 * Takes virtual new, writes new. All borrowed; commit refuses what is not whole, or has not the
 * digest of h, and leaves dst to the caller.
 */
ota_status deep_new_sink(ota_sink **out, const ota_ctx *ctx, ota_sink *dst,
	const struct deep_head *h, const struct deep_recipe *r, ota_err *err);
/* The digest of what compressing len bytes gives. */
ota_status deep_test(uint8_t out[static DEEP_DIGEST], const ota_ctx *ctx,
	const struct deep_coder *coder, const uint8_t *p, size_t len, ota_err *err);

#endif
