/* SPDX-License-Identifier: MIT */
/* Writes BSDIFF40; patch/bsdiff40.h has the layout. */
#include <diff/diff.h>

#include <base/bits.h>
#include <base/ctx.h>
#include <base/num.h>
#include <codec/stream.h>
#include <diff/match.h>
#include <patch/bsdiff40.h>
#include <patch/patch.h>

#include <string.h>

#define SPAN ((size_t)16 << 10U)

/*
 * The lengths of the first two blocks stand before them, so the compressed
 * blocks wait in memory. A step tells where the next match begins: one is held back.
 */
struct maker {
	const ota_ctx *ctx;
	const struct images *im;
	ota_sink *mem[BSDIFF40_BLOCKS], *block[BSDIFF40_BLOCKS];
	struct match last;
	uint64_t total; /* of the finished blocks */
	uint8_t diff[SPAN];
};

/*
 * No one bar suits all: tables of pointers want a high one, code a low one. Both
 * are tried and the smaller patch is kept; sorting, the dear part, is done once.
 */
static const struct tuning {
	size_t gain, share;
} tunings[] = {{6, 4}, {6, 6}};

#define TUNINGS (sizeof(tunings) / sizeof(tunings[0]))

static void store_i64(uint8_t *p, uint64_t magnitude, bool negative)
{
	store_le64(p, magnitude | (negative ? UINT64_C(1) << 63U : 0));
}

static ota_status put_diff(struct maker *mk, const struct match *m, ota_err *err)
{
	const uint8_t *o = mk->im->old_ + m->old_off, *n = mk->im->new_ + m->new_off;
	ota_status st = OTA_OK;

	for (uint64_t done = 0; !st && done < m->len;) {
		size_t len = size_of_u64(min_u64(m->len - done, SPAN));

		for (size_t i = 0; i < len; i++)
			mk->diff[i] = (n[done + i] - o[done + i]) & 0xff;
		st = ota_sink_write(mk->block[BSDIFF40_DIFF], mk->diff, len, err);
		done += len;
	}
	return st;
}

/* The step of the match held back: its diff, the extra up to new_end, the seek to old_next. */
static ota_status put_step(struct maker *mk, uint64_t new_end, uint64_t old_next, ota_err *err)
{
	const struct match *m = &mk->last;
	uint64_t old_end = m->old_off + m->len, from = m->new_off + m->len;
	bool back = old_next < old_end;
	uint8_t raw[BSDIFF40_STEP];
	ota_status st;

	store_le64(raw, m->len);
	store_le64(raw + 8, new_end - from);
	store_i64(raw + 16, back ? old_end - old_next : old_next - old_end, back);
	st = ota_sink_write(mk->block[BSDIFF40_CONTROL], raw, sizeof(raw), err);
	if (!st)
		st = put_diff(mk, m, err);
	if (!st)
		st = ota_sink_write(mk->block[BSDIFF40_EXTRA], mk->im->new_ + from,
			size_of_u64(new_end - from), err);
	return st;
}

static ota_status take(void *arg, const struct match *m, ota_err *err)
{
	struct maker *mk = arg;
	ota_status st = OTA_OK;

	/* Nothing stands before a match at the very start. */
	if (mk->last.len != 0 || m->new_off != 0 || m->old_off != 0)
		st = put_step(mk, m->new_off, m->old_off, err);
	mk->last = *m;
	return st;
}

static void maker_free(struct maker *mk)
{
	if (mk == NULL)
		return;
	for (unsigned i = 0; i < BSDIFF40_BLOCKS; i++) {
		ota_sink_close(mk->block[i]);
		ota_sink_close(mk->mem[i]);
	}
	mem_free(mk->ctx, mk);
}

static ota_status maker_new(
	struct maker **out, const ota_ctx *ctx, const struct images *im, ota_err *err)
{
	struct maker *mk = NULL;
	ota_status st;

	st = MEM_NEW(&mk, ctx, err);
	if (st)
		return st;
	mk->ctx = ctx;
	mk->im = im;
	for (unsigned i = 0; !st && i < BSDIFF40_BLOCKS; i++) {
		st = ota_sink_memory(&mk->mem[i], ctx, err);
		if (!st)
			st = bz2_sink(&mk->block[i], ctx, mk->mem[i], im->new_len, err);
	}
	if (st) {
		maker_free(mk);
		return st;
	}
	*out = mk;
	return OTA_OK;
}

/* Finish the blocks and give the encoders' memory back. */
static ota_status finish(struct maker *mk, ota_err *err)
{
	ota_status st = OTA_OK;
	const uint8_t *p;
	size_t len;

	for (unsigned i = 0; !st && i < BSDIFF40_BLOCKS; i++) {
		st = ota_sink_commit(mk->block[i], err);
		if (!st)
			st = ota_sink_commit(mk->mem[i], err);
		if (st)
			return st;
		ota_sink_close(mk->block[i]);
		mk->block[i] = NULL;
		ota_sink_memory_bytes(mk->mem[i], &p, &len);
		mk->total += len;
	}
	return st;
}

static ota_status make_blocks(
	struct maker **out, const ota_ctx *ctx, const struct parse_a *in, ota_err *err)
{
	struct maker *mk = NULL;
	ota_status st;

	st = maker_new(&mk, ctx, in->im, err);
	if (st)
		return st;
	st = parse_a(ctx, in, take, mk, err);
	if (!st && in->im->new_len > 0)
		st = put_step(mk, in->im->new_len, mk->last.old_off + mk->last.len, err);
	if (!st)
		st = finish(mk, err);
	if (st) {
		maker_free(mk);
		return st;
	}
	*out = mk;
	return OTA_OK;
}

static ota_status make_best(
	struct maker **out, const ota_ctx *ctx, const struct images *im, ota_err *err)
{
	struct maker *best = NULL, *mk = NULL, *worse;
	struct search old_ = {0};
	ota_status st;

	st = search_init(&old_, ctx, im->old_, im->old_len, err);
	if (st)
		return st;
	for (size_t i = 0; !st && i < TUNINGS; i++) {
		struct parse_a in = {im, &old_, tunings[i].gain, tunings[i].share};

		st = ctx_poll(ctx, err);
		if (!st)
			st = make_blocks(&mk, ctx, &in, err);
		if (st)
			break;
		worse = best == NULL || mk->total < best->total ? best : mk;
		best = worse == mk ? best : mk;
		maker_free(worse);
	}
	search_fini(&old_, ctx);
	if (st) {
		maker_free(best);
		return st;
	}
	*out = best;
	return OTA_OK;
}

static ota_status put_patch(ota_sink *patch, const struct maker *mk, ota_err *err)
{
	const uint8_t *p[BSDIFF40_BLOCKS];
	size_t len[BSDIFF40_BLOCKS];
	uint8_t head[BSDIFF40_HEAD] = BSDIFF40_MAGIC;
	ota_status st;

	for (unsigned i = 0; i < BSDIFF40_BLOCKS; i++)
		ota_sink_memory_bytes(mk->mem[i], &p[i], &len[i]);
	store_le64(head + 8, len[BSDIFF40_CONTROL]);
	store_le64(head + 16, len[BSDIFF40_DIFF]);
	store_le64(head + 24, mk->im->new_len);
	st = ota_sink_write(patch, head, sizeof(head), err);
	for (unsigned i = 0; !st && i < BSDIFF40_BLOCKS; i++)
		st = ota_sink_write(patch, p[i], len[i], err);
	return st;
}

static ota_status make(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
	const ota_diff_options *opt, ota_err *err)
{
	struct maker *mk = NULL;
	ota_status st;

	(void)opt;
	st = make_best(&mk, ctx, im, err);
	if (!st)
		st = put_patch(patch, mk, err);
	maker_free(mk);
	return st;
}

/* Two sets of blocks, each grown by doubling: at worst 2 + 3 times what is incompressible. */
static uint64_t memory(uint64_t old_len, uint64_t new_len)
{
	return search_memory(old_len) + 5 * (new_len + new_len / 64) +
	       BSDIFF40_BLOCKS * (uint64_t)BZ2_ENCODE_RAM + (1U << 20U);
}

static uint64_t applying(const char *profile, uint64_t old_len, uint64_t new_len)
{
	(void)profile;
	(void)old_len;
	(void)new_len;
	return BSDIFF40_BLOCKS * (uint64_t)BZ2_DECODE_RAM;
}

const struct diff_format bsdiff40_diff = {
	.name = "bsdiff", .make = make, .memory = memory, .applying = applying};
