/* SPDX-License-Identifier: MIT */
/* The old image with its blocks expanded: each when it is read, the last few kept. */
#include <patch/deep.h>

#include <base/num.h>

#include <string.h>

#define SLOTS_MAX 64U
#define NOBODY    SIZE_MAX

struct slot {
	size_t block;
	uint64_t used; /* when, last */
};

struct deep_old {
	ota_source base;
	const ota_ctx *ctx;
	ota_source *old_;
	const struct deep_image *image;
	uint64_t largest, turn;
	size_t slots;
	struct slot slot[SLOTS_MAX];
	uint8_t *plain, *packed; /* all slots, and one block as it comes */
};

/* The first block that ends behind off; n: none. */
static size_t block_at(const struct deep_image *im, uint64_t off)
{
	size_t lo = 0, hi = im->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (im->blocks[mid].at + im->blocks[mid].plain <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static ota_status fill(struct deep_old *o, struct slot *slot, size_t index, ota_err *err)
{
	const struct deep_block *b = &o->image->blocks[index];
	uint8_t *plain = o->plain + (size_t)(slot - o->slot) * size_of_u64(o->largest);
	size_t made = 0, used = 0;
	ota_status st;

	slot->block = NOBODY;
	st = ota_source_pread(o->old_, o->packed, b->packed, b->packed_at, err);
	if (!st)
		st = repack_by_id(b->coder)->expand(
			o->ctx, plain, b->plain, &made, o->packed, b->packed, &used, err);
	if (!st && (made != b->plain || used != b->packed))
		st = ota_fail_at(err, OTA_E_PATCH, b->packed_at,
			"a block of the old image has another length than the patch says");
	if (!st)
		slot->block = index;
	return st;
}

static ota_status get(const uint8_t **out, struct deep_old *o, size_t index, ota_err *err)
{
	struct slot *oldest = &o->slot[0];
	ota_status st = OTA_OK;

	for (size_t i = 0; i < o->slots; i++) {
		if (o->slot[i].block == index) {
			oldest = &o->slot[i];
			break;
		}
		if (o->slot[i].used < oldest->used)
			oldest = &o->slot[i];
	}
	if (oldest->block != index)
		st = fill(o, oldest, index, err);
	oldest->used = ++o->turn;
	*out = o->plain + (size_t)(oldest - o->slot) * size_of_u64(o->largest);
	return st;
}

/* Up to len bytes from off on, *n of them: of one block, or of what lies between two. */
static ota_status read_some(
	struct deep_old *o, uint8_t *buf, size_t len, uint64_t off, size_t *n, ota_err *err)
{
	const struct deep_image *im = o->image;
	size_t i = block_at(im, off);
	const struct deep_block *b = &im->blocks[i], *before = i > 0 ? b - 1 : NULL;
	const uint8_t *plain = NULL;
	ota_status st;

	if (i == im->n || off < b->at) {
		uint64_t from = before != NULL ? before->at + before->plain : 0;
		uint64_t raw = before != NULL ? before->packed_at + before->packed : 0;

		*n = size_of_u64(min_u64(len, (i == im->n ? im->virtual : b->at) - off));
		return ota_source_pread(o->old_, buf, *n, raw + (off - from), err);
	}
	*n = size_of_u64(min_u64(len, b->at + b->plain - off));
	st = get(&plain, o, i, err);
	if (!st)
		memcpy(buf, plain + (off - b->at), *n);
	return st;
}

static ota_status old_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct deep_old *o = (struct deep_old *)s;
	uint8_t *p = buf;
	ota_status st = OTA_OK;
	size_t n = 0;

	if (off > o->image->virtual || len > o->image->virtual - off)
		return ota_fail(err, OTA_E_TRUNCATED, "the old image ends too early");
	for (; !st && len > 0; p += n, off += n, len -= n)
		st = read_some(o, p, len, off, &n, err);
	return st;
}

static ota_status old_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct deep_old *)s)->image->virtual;
	return OTA_OK;
}

static void old_close(ota_source *s)
{
	struct deep_old *o = (struct deep_old *)s;

	mem_free(o->ctx, o->packed);
	mem_free(o->ctx, o->plain);
	mem_free(o->ctx, o);
}

ota_status deep_old_source(ota_source **out, const ota_ctx *ctx, ota_source *old_,
	const struct deep_image *image, uint64_t largest, ota_err *err)
{
	static const ota_source_ops ops = {
		.size = sizeof(ops), .pread = old_pread, .length = old_length, .close = old_close};
	struct deep_old *o = NULL;
	ota_status st = MEM_NEW(&o, ctx, err);

	if (st)
		return st;
	o->base.ops = &ops;
	o->ctx = ctx;
	o->old_ = old_;
	o->image = image;
	o->largest = max_u64(largest, 1);
	o->slots = size_of_u64(max_u64(1, min_u64(SLOTS_MAX, DEEP_CACHE / o->largest)));
	for (size_t i = 0; i < o->slots; i++)
		o->slot[i].block = NOBODY;
	st = mem_new_bytes(&o->plain, ctx, o->slots * size_of_u64(o->largest), err);
	if (!st)
		st = mem_new_bytes(&o->packed, ctx, size_of_u64(o->largest), err);
	if (st)
		old_close(&o->base);
	else
		*out = &o->base;
	return st;
}
