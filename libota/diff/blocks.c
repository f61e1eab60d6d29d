/* SPDX-License-Identifier: MIT */
#include <diff/blocks.h>

#include <base/bits.h>
#include <base/ctx.h>
#include <base/num.h>

#include <string.h>

#define BLOCK  ((size_t)4096)
#define WORTH  2U          /* one in so many blocks of new is in old, or it is not worth it */
#define SEAM   ((size_t)8) /* shorter pieces of a cover are left out */
#define ABSENT UINT64_MAX
#define MIX    UINT64_C(0x9E3779B97F4A7C15)

struct entry {
	uint64_t hash, at; /* block number; ABSENT: a free entry */
};

/* The blocks of old by what they hold, each once. */
struct table {
	struct entry *at;
	size_t mask;
};

static uint64_t hash_block(const uint8_t *p)
{
	uint64_t h = 0;

	for (size_t i = 0; i < BLOCK; i += 8) {
		h = (h ^ load_le64(p + i)) * MIX;
		h ^= h >> 29U;
	}
	return h;
}

/* The entry of a hash, or the free one where it belongs. */
static struct entry *entry_of(const struct table *t, uint64_t hash)
{
	size_t i = (size_t)(hash * MIX >> 20U) & t->mask;

	while (t->at[i].at != ABSENT && t->at[i].hash != hash)
		i = (i + 1) & t->mask;
	return &t->at[i];
}

static ota_status fill(struct table *t, const ota_ctx *ctx, const struct images *im, ota_err *err)
{
	size_t n = im->old_len / BLOCK, size = 64;
	ota_status st;

	while (size < 2 * n)
		size *= 2;
	st = mem_new_bytes(&t->at, ctx, size * sizeof(*t->at), err);
	if (st)
		return st;
	t->mask = size - 1;
	for (size_t i = 0; i < size; i++)
		t->at[i].at = ABSENT;
	for (size_t i = 0; i < n; i++) {
		uint64_t hash = hash_block(im->old_ + i * BLOCK);
		struct entry *e = entry_of(t, hash);

		if (e->at == ABSENT)
			*e = (struct entry){hash, i};
	}
	return ctx_poll(ctx, err);
}

static bool is_same(const struct images *im, uint64_t old_block, size_t new_block)
{
	return (old_block + 1) * BLOCK <= im->old_len &&
	       memcmp(im->old_ + old_block * BLOCK, im->new_ + new_block * BLOCK, BLOCK) == 0;
}

/* The block of old that a block of new is: behind that of the one before, in place, or any. */
static uint64_t same_as(const struct table *t, const struct images *im, uint64_t next, size_t block)
{
	const struct entry *e;

	if (is_same(im, next, block))
		return next;
	if (is_same(im, block, block))
		return block;
	e = entry_of(t, hash_block(im->new_ + block * BLOCK));
	return e->at != ABSENT && is_same(im, e->at, block) ? e->at : ABSENT;
}

/* Appends, to the last one where they are one stretch. */
static ota_status put_joined(struct covers *out, struct cover c, ota_err *err)
{
	struct cover *last = out->n > 0 ? &out->at[out->n - 1] : NULL;

	if (last != NULL && last->new_at + last->len == c.new_at &&
		last->old_at + last->len == c.old_at) {
		last->len += c.len;
		return OTA_OK;
	}
	return covers_put(out, c, err);
}

static ota_status add_span(
	struct spans *s, const ota_ctx *ctx, size_t from, size_t len, ota_err *err)
{
	struct span *last = s->n > 0 ? &s->at[s->n - 1] : NULL;
	ota_status st;

	if (last != NULL && last->from + last->len == from) {
		last->len += len;
		s->len += len;
		return OTA_OK;
	}
	st = mem_grow(&s->at, &s->cap, s->n, sizeof(*s->at), ctx, err);
	if (st)
		return st;
	s->at[s->n++] = (struct span){s->len, from, len};
	s->len += len;
	return OTA_OK;
}

static void mark(uint8_t *taken, uint64_t block)
{
	taken[block / 8] |= lo8(1U << (block & 7U));
}

static bool is_marked(const uint8_t *taken, uint64_t block)
{
	return (taken[block / 8] & (1U << (block & 7U))) != 0;
}

/* All of an image but the blocks that are marked. */
static ota_status leave(
	struct spans *s, const ota_ctx *ctx, const uint8_t *taken, size_t len, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t at = 0; !st && at < len; at += BLOCK)
		if (at + BLOCK > len || taken == NULL || !is_marked(taken, at / BLOCK))
			st = add_span(s, ctx, at, min_size(BLOCK, len - at), err);
	return st;
}

/* Of a block that is wanted elsewhere too, what now differs in its place is another edition. */
static void keep_editions(uint8_t *old_taken, const uint8_t *new_taken, const struct images *im)
{
	size_t n = min_size(im->old_len, im->new_len) / BLOCK;

	for (size_t i = 0; i < n; i++)
		if (!is_marked(new_taken, i))
			old_taken[i / 8] &= lo8(~(1U << (i & 7U)));
}

/* Fill in b->same and which blocks it takes. */
static ota_status match_blocks(struct blocks *b, const struct images *im, uint8_t *old_taken,
	uint8_t *new_taken, ota_err *err)
{
	struct table t = {0};
	uint64_t next = 0, at;
	ota_status st = fill(&t, b->ctx, im, err);

	for (size_t i = 0; !st && (i + 1) * BLOCK <= im->new_len; i++) {
		at = same_as(&t, im, next, i);
		if (at == ABSENT)
			continue;
		mark(old_taken, at);
		mark(new_taken, i);
		next = at + 1;
		st = put_joined(&b->same, (struct cover){at * BLOCK, i * BLOCK, BLOCK}, err);
	}
	keep_editions(old_taken, new_taken, im);
	mem_free(b->ctx, t.at);
	return st;
}

static uint64_t covered(const struct covers *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->at[i].len;
	return sum;
}

ota_status blocks_find(
	struct blocks *b, const ota_ctx *ctx, const struct images *im, size_t least, ota_err *err)
{
	uint8_t *old_taken = NULL, *new_taken = NULL;
	ota_status st = OTA_OK;

	*b = (struct blocks){.ctx = ctx, .same = {.ctx = ctx}};
	if (im->new_len >= least) {
		st = mem_new_bytes(&old_taken, ctx, im->old_len / BLOCK / 8 + 1, err);
		if (!st)
			st = mem_new_bytes(&new_taken, ctx, im->new_len / BLOCK / 8 + 1, err);
		if (!st)
			st = match_blocks(b, im, old_taken, new_taken, err);
		if (covered(&b->same) < im->new_len / WORTH)
			b->same.n = 0;
	}
	if (!st)
		st = leave(&b->old_, ctx, b->same.n > 0 ? old_taken : NULL, im->old_len, err);
	if (!st)
		st = leave(&b->new_, ctx, b->same.n > 0 ? new_taken : NULL, im->new_len, err);
	mem_free(ctx, new_taken);
	mem_free(ctx, old_taken);
	return st;
}

void blocks_fini(struct blocks *b)
{
	mem_free(b->ctx, b->new_.at);
	mem_free(b->ctx, b->old_.at);
	mem_free(b->ctx, b->same.at);
}

/* ---- the rests ---- */

static ota_status gather(
	uint8_t **out, const ota_ctx *ctx, const struct spans *s, const uint8_t *p, ota_err *err)
{
	uint8_t *rest = NULL;
	ota_status st = mem_new_bytes(&rest, ctx, s->len + 1, err);

	if (st)
		return st;
	for (size_t i = 0; i < s->n; i++)
		memcpy(rest + s->at[i].at, p + s->at[i].from, s->at[i].len);
	*out = rest;
	return OTA_OK;
}

ota_status blocks_rest(
	struct images *rest, const struct blocks *b, const struct images *im, ota_err *err)
{
	uint8_t *o = NULL, *n = NULL;
	ota_status st;

	*rest = *im;
	if (b->same.n == 0)
		return OTA_OK;
	st = gather(&o, b->ctx, &b->old_, im->old_, err);
	if (!st)
		st = gather(&n, b->ctx, &b->new_, im->new_, err);
	if (st) {
		mem_free(b->ctx, o);
		return st;
	}
	*rest = (struct images){o, n, b->old_.len, b->new_.len};
	return OTA_OK;
}

void blocks_rest_free(struct images *rest, const struct blocks *b)
{
	if (b->same.n == 0)
		return;
	mem_free(b->ctx, (void *)(uintptr_t)rest->old_);
	mem_free(b->ctx, (void *)(uintptr_t)rest->new_);
}

/* The span that holds a place of the rest. */
static const struct span *span_at(const struct spans *s, size_t at)
{
	size_t lo = 0, hi = s->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->at[mid].at <= at)
			lo = mid;
		else
			hi = mid;
	}
	return &s->at[lo];
}

struct span blocks_new(const struct blocks *b, size_t at, size_t len)
{
	const struct span *s = span_at(&b->new_, at);
	size_t skip = at - s->at;

	return (struct span){at, s->from + skip, min_size(len, s->len - skip)};
}

/* The blocks in common before new offset end, from *i on. */
static ota_status put_same(
	struct covers *out, const struct blocks *b, size_t *i, uint64_t end, ota_err *err)
{
	ota_status st = OTA_OK;

	for (; !st && *i < b->same.n && b->same.at[*i].new_at < end; ++*i)
		st = put_joined(out, b->same.at[*i], err);
	return st;
}

/* One of the rests, in as many pieces as it has there. */
static ota_status put_pieces(struct covers *out, const struct blocks *b, size_t *same,
	const struct cover *rest, ota_err *err)
{
	ota_status st = OTA_OK;
	size_t len;

	for (uint64_t done = 0; !st && done < rest->len; done += len) {
		size_t old_at = (size_t)(rest->old_at + done);
		const struct span *o = span_at(&b->old_, old_at);
		struct span n =
			blocks_new(b, (size_t)(rest->new_at + done), (size_t)(rest->len - done));

		old_at -= o->at;
		len = min_size(n.len, o->len - old_at);
		st = put_same(out, b, same, n.from, err);
		if (!st && (len >= SEAM || len == rest->len))
			st = put_joined(out, (struct cover){o->from + old_at, n.from, len}, err);
	}
	return st;
}

ota_status blocks_covers(
	struct covers *out, const struct blocks *b, const struct covers *rest, ota_err *err)
{
	ota_status st = OTA_OK;
	size_t same = 0;

	out->n = 0;
	for (size_t i = 0; !st && i < rest->n; i++)
		st = put_pieces(out, b, &same, &rest->at[i], err);
	return st ? st : put_same(out, b, &same, UINT64_MAX, err);
}
