/* SPDX-License-Identifier: MIT */
/* Writes a deep patch (formats/deep.md), or an otad one where nothing can be expanded. */
#include <diff/deep_plan.h>

#include <diff/diff.h>
#include <diff/otad_make.h>

#include <base/num.h>
#include <crypto/hash.h>

#include <string.h>

#define TEST_MAX ((uint64_t)1 << 20U)

struct maker {
	const ota_ctx *ctx;
	const struct images *im;
	struct deep_coders coders;
	struct deep_head h;
	struct buf old_, new_; /* virtual */
	struct buf old_blocks, new_blocks;
};

static size_t count(const struct buf *blocks)
{
	return blocks->len / sizeof(struct deep_block);
}

static const struct deep_block *block(const struct buf *blocks, size_t i)
{
	return (const struct deep_block *)(const void *)blocks->p + i;
}

/* ---- writing ---- */

static bool alike(
	const struct deep_block *a, uint64_t gap_a, const struct deep_block *b, uint64_t gap_b)
{
	return gap_a == gap_b && a->coder == b->coder && a->plain == b->plain;
}

static uint64_t gap(const struct buf *blocks, size_t i)
{
	const struct deep_block *b = block(blocks, i), *before = b - 1;

	return i == 0 ? b->at : b->at - before->at - before->plain;
}

static void put_runs(struct buf *out, const struct buf *blocks, bool packed)
{
	size_t n = count(blocks), end;

	for (size_t i = 0; i < n; i = end) {
		const struct deep_block *b = block(blocks, i);

		end = i + 1;
		while (end < n && alike(b, gap(blocks, i), block(blocks, end), gap(blocks, end)))
			end++;
		otad_put_number(out, end - i);
		otad_put_number(out, gap(blocks, i));
		otad_put_number(out, b->coder);
		otad_put_number(out, b->plain);
		for (size_t k = i; packed && k < end; k++)
			otad_put_number(out, block(blocks, k)->packed);
	}
}

/* Bytes of virtual old as many as a block has, which the coder's self-test compresses. */
static ota_status set_test(struct maker *mk, uint32_t index, ota_err *err)
{
	struct deep_coder *c = &mk->coders.at[index];
	size_t n = count(&mk->old_blocks);

	c->test_at = n > 0 ? block(&mk->old_blocks, n / 2)->at : 0;
	c->test_len = 0;
	for (size_t i = 0; i < count(&mk->new_blocks); i++)
		if (block(&mk->new_blocks, i)->coder == index)
			c->test_len = max_u64(c->test_len, block(&mk->new_blocks, i)->plain);
	c->test_len = min_u64(min_u64(c->test_len, TEST_MAX), mk->old_.len - c->test_at);
	return deep_test(
		c->test, mk->ctx, c, mk->old_.p + c->test_at, size_of_u64(c->test_len), err);
}

static ota_status put_coders(struct buf *out, struct maker *mk, ota_err *err)
{
	ota_status st = OTA_OK;

	for (uint32_t i = 0; !st && i < mk->coders.n; i++) {
		const struct deep_coder *c = &mk->coders.at[i];

		st = set_test(mk, i, err);
		buf_put(out, &c->codec, 1);
		buf_put(out, c->how, REPACK_HOW);
		otad_put_number(out, c->test_at);
		otad_put_number(out, c->test_len);
		buf_put(out, c->test, DEEP_DIGEST);
		mk->h.ram = max_u64(mk->h.ram, repack_by_id(c->codec)->ram(c->how, mk->h.largest));
	}
	return st;
}

static ota_status put_head(struct buf *out, const struct maker *mk, ota_err *err)
{
	static const uint8_t version[4] = {DEEP_VERSION};
	const struct images *im = mk->im;
	struct digest old_hash, new_hash;
	ota_status st;

	st = hash_bytes(&old_hash, mk->ctx, HASH_SHA256, im->old_, im->old_len, err);
	if (!st)
		st = hash_bytes(&new_hash, mk->ctx, HASH_SHA256, im->new_, im->new_len, err);
	if (st)
		return st;
	buf_put(out, DEEP_MAGIC, 4);
	buf_put(out, version, sizeof(version));
	buf_put(out, old_hash.b, DEEP_DIGEST);
	buf_put(out, new_hash.b, DEEP_DIGEST);
	otad_put_number(out, im->old_len);
	otad_put_number(out, im->new_len);
	otad_put_number(out, mk->h.ram);
	otad_put_number(out, mk->h.largest);
	otad_put_number(out, count(&mk->old_blocks));
	otad_put_number(out, count(&mk->new_blocks));
	otad_put_number(out, mk->coders.n);
	otad_put_number(out, mk->h.recipe_len);
	return buf_status(out, err);
}

static void find_largest(uint64_t *largest, const struct buf *blocks)
{
	for (size_t i = 0; i < count(blocks); i++) {
		*largest = max_u64(*largest, block(blocks, i)->plain);
		*largest = max_u64(*largest, block(blocks, i)->packed);
	}
}

static ota_status put_all(ota_sink *patch, struct maker *mk, ota_err *err)
{
	struct buf head, recipe;
	ota_status st;

	buf_init(&head, mk->ctx);
	buf_init(&recipe, mk->ctx);
	find_largest(&mk->h.largest, &mk->old_blocks);
	find_largest(&mk->h.largest, &mk->new_blocks);
	st = put_coders(&recipe, mk, err);
	put_runs(&recipe, &mk->old_blocks, true);
	put_runs(&recipe, &mk->new_blocks, false);
	mk->h.recipe_len = recipe.len;
	if (!st)
		st = put_head(&head, mk, err);
	if (!st)
		st = buf_status(&recipe, err);
	if (!st)
		st = ota_sink_write(patch, head.p, head.len, err);
	if (!st)
		st = ota_sink_write(patch, recipe.p, recipe.len, err);
	buf_fini(&recipe);
	buf_fini(&head);
	return st;
}

/* ---- the images ---- */

static ota_status expand_one(
	struct maker *mk, const uint8_t *p, size_t len, bool is_old, ota_err *err)
{
	struct deep_finds f = {.ctx = mk->ctx, .p = p, .len = len};
	ota_status st;

	st = deep_find(&f, err);
	if (!st && !is_old)
		st = deep_learn(&mk->coders, &f, err);
	if (!st && mk->coders.n > 0)
		st = is_old ? deep_expand(&mk->old_, &mk->old_blocks, &mk->coders, &f, true, err)
			    : deep_expand(&mk->new_, &mk->new_blocks, &mk->coders, &f, false, err);
	mem_free(mk->ctx, f.at);
	return st;
}

static uint64_t memory(uint64_t old_len, uint64_t new_len)
{
	return otad_diff.memory(old_len, new_len);
}

/* What is left of opt->memory for the virtual images; false: not enough. */
static bool fits(ota_diff_options *inner, const struct maker *mk)
{
	uint64_t virtual = mk->old_.len + mk->new_.len;
	uint64_t images = mk->im->old_len + mk->im->new_len;

	if (inner->memory == 0)
		return true;
	if (inner->memory < images + virtual + memory(mk->old_.len, mk->new_.len))
		return false;
	inner->memory -= images;
	return true;
}

static ota_status make_inner(
	ota_sink *patch, struct maker *mk, const ota_diff_options *opt, ota_err *err)
{
	struct images im = {mk->old_.p, mk->new_.p, mk->old_.len, mk->new_.len};
	ota_diff_options inner = {.size = sizeof(inner)};
	ota_status st;

	if (opt != NULL)
		inner = *opt;
	if (count(&mk->new_blocks) == 0 || !fits(&inner, mk))
		return otad_diff.make(patch, mk->ctx, mk->im, opt, err);
	st = put_all(patch, mk, err);
	return st ? st : otad_diff.make(patch, mk->ctx, &im, &inner, err);
}

static ota_status make(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
	const ota_diff_options *opt, ota_err *err)
{
	struct maker mk = {.ctx = ctx, .im = im};
	ota_status st;

	buf_init(&mk.old_, ctx);
	buf_init(&mk.new_, ctx);
	buf_init(&mk.old_blocks, ctx);
	buf_init(&mk.new_blocks, ctx);
	st = expand_one(&mk, im->new_, im->new_len, false, err);
	if (!st)
		st = expand_one(&mk, im->old_, im->old_len, true, err);
	if (!st)
		st = make_inner(patch, &mk, opt, err);
	buf_fini(&mk.new_blocks);
	buf_fini(&mk.old_blocks);
	buf_fini(&mk.new_);
	buf_fini(&mk.old_);
	return st;
}

static uint64_t applying(const char *profile, uint64_t old_len, uint64_t new_len)
{
	return DEEP_CACHE + otad_diff.applying(profile, old_len, new_len);
}

const struct diff_format deep_diff = {
	.name = "deep", .make = make, .memory = memory, .applying = applying};
