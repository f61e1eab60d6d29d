/* SPDX-License-Identifier: MIT */
#include <patch/deep.h>

#include <base/num.h>
#include <base/rd.h>

#include <string.h>

_Static_assert(sizeof(struct deep_block) == 32, "deep_ram counts 32 bytes a block");

#define SIZE_LIMIT (UINT64_C(1) << 48U)
#define BESIDE     ((uint64_t)256 << 10U)
#define RAM_MAX    (UINT64_C(1) << 36U)

/* LEB128 in its shortest form, at most eight bytes. */
static uint64_t number(struct rd *r, uint64_t max)
{
	uint64_t v = 0;
	uint8_t byte = 0x80;

	for (unsigned i = 0; i < 8 && (byte & 0x80U) != 0; i++) {
		byte = rd_u8(r);
		v |= (uint64_t)(byte & 0x7fU) << (7 * i);
		if (i > 0 && byte == 0)
			r->failed = true;
	}
	if ((byte & 0x80U) != 0 || v > max)
		r->failed = true;
	return r->failed ? 0 : v;
}

static ota_status broken(ota_err *err)
{
	return ota_fail(err, OTA_E_PATCH, "the head of the patch breaks a rule of deep");
}

ota_status deep_head_read(struct deep_head *h, const uint8_t *p, size_t len, ota_err *err)
{
	struct rd r;

	rd_init(&r, p, len);
	memset(h, 0, sizeof(*h));
	(void)rd_bytes(&r, 4);
	if (rd_u8(&r) != DEEP_VERSION && rd_ok(&r))
		return ota_fail(err, OTA_E_VERSION_FMT, "the patch is of a later deep");
	(void)rd_zeros(&r, 3);
	rd_copy(&r, h->old_hash, DEEP_DIGEST);
	rd_copy(&r, h->new_hash, DEEP_DIGEST);
	h->old_size = number(&r, SIZE_LIMIT);
	h->new_size = number(&r, SIZE_LIMIT);
	h->ram = number(&r, RAM_MAX);
	h->largest = number(&r, REPACK_BLOCK_MAX);
	h->old_blocks = number(&r, DEEP_BLOCKS_MAX);
	h->new_blocks = number(&r, DEEP_BLOCKS_MAX);
	h->coders = number(&r, DEEP_CODERS);
	h->recipe_len = number(&r, DEEP_RECIPE_MAX);
	h->fixed_len = r.pos;
	return rd_ok(&r) ? OTA_OK : broken(err);
}

uint64_t deep_ram(const struct deep_head *h)
{
	uint64_t cache = max_u64(DEEP_CACHE, h->largest);

	return (h->old_blocks + h->new_blocks) * sizeof(struct deep_block) + cache +
	       2 * h->largest + h->ram + h->recipe_len + BESIDE;
}

/* ---- the recipe ---- */

static void read_coder(struct deep_coder *c, struct rd *r, uint64_t largest)
{
	c->codec = rd_u8(r);
	rd_copy(r, c->how, REPACK_HOW);
	c->test_at = number(r, SIZE_LIMIT);
	c->test_len = number(r, largest);
	rd_copy(r, c->test, DEEP_DIGEST);
}

/* One block, behind the one before; false: it leaves the image. */
static bool add_block(struct deep_image *im, struct rd *r, const struct deep_block *like,
	uint64_t gap, bool packed, uint64_t largest)
{
	struct deep_block *b = &im->blocks[im->n];
	const struct deep_block *last = im->n > 0 ? b - 1 : NULL;

	*b = *like;
	b->packed = packed ? u32_of_u64(number(r, largest)) : 0;
	b->at = gap + (last != NULL ? last->at + last->plain : 0);
	b->packed_at = gap + (last != NULL ? last->packed_at + last->packed : 0);
	im->n++;
	im->virtual = b->at + b->plain;
	return rd_ok(r) && b->packed_at <= im->size && b->packed <= im->size - b->packed_at;
}

static ota_status read_runs(struct deep_image *im, struct rd *r, uint64_t count, uint64_t coders,
	const struct deep_head *h, bool packed, ota_err *err)
{
	bool fine = true;

	while (fine && im->n < count) {
		struct deep_block like = {0};
		uint64_t n = number(r, count - im->n), gap;

		gap = number(r, SIZE_LIMIT);
		like.coder = u32_of_u64(number(r, UINT8_MAX));
		like.plain = u32_of_u64(number(r, h->largest));
		fine = rd_ok(r) && n > 0 && like.plain > 0 &&
		       (packed ? repack_by_id(like.coder) != NULL : like.coder < coders);
		for (; fine && n > 0; n--)
			fine = add_block(im, r, &like, gap, packed, h->largest);
	}
	if (!fine || !rd_ok(r) || im->virtual > SIZE_LIMIT)
		return ota_fail(err, OTA_E_PATCH, "the patch lists blocks that cannot be");
	return OTA_OK;
}

static ota_status read_all(
	struct deep_recipe *out, const struct deep_head *h, struct rd *r, ota_err *err)
{
	struct deep_block *last;
	ota_status st;

	out->coders_n = size_of_u64(h->coders);
	for (size_t i = 0; i < out->coders_n; i++)
		read_coder(&out->coders[i], r, h->largest);
	st = read_runs(&out->old_, r, h->old_blocks, 0, h, true, err);
	if (!st)
		st = read_runs(&out->new_, r, h->new_blocks, h->coders, h, false, err);
	if (!st && !rd_end(r))
		st = broken(err);
	if (st)
		return st;
	last = out->old_.n > 0 ? &out->old_.blocks[out->old_.n - 1] : NULL;
	out->old_.virtual += out->old_.size - (last != NULL ? last->packed_at + last->packed : 0);
	return OTA_OK;
}

ota_status deep_recipe_read(struct deep_recipe *out, const struct deep_head *h, const ota_ctx *ctx,
	const uint8_t *p, ota_err *err)
{
	struct rd r;
	ota_status st;

	memset(out, 0, sizeof(*out));
	rd_init(&r, p, size_of_u64(h->recipe_len));
	/* A run of new says nothing of each block. */
	if (h->old_blocks > h->recipe_len)
		return broken(err);
	out->old_.size = h->old_size;
	out->new_.size = h->new_size;
	st = mem_new_bytes(&out->old_.blocks, ctx,
		size_of_u64(h->old_blocks + 1) * sizeof(struct deep_block), err);
	if (!st)
		st = mem_new_bytes(&out->new_.blocks, ctx,
			size_of_u64(h->new_blocks + 1) * sizeof(struct deep_block), err);
	return st ? st : read_all(out, h, &r, err);
}

void deep_recipe_free(struct deep_recipe *r, const ota_ctx *ctx)
{
	mem_free(ctx, r->old_.blocks);
	mem_free(ctx, r->new_.blocks);
}
