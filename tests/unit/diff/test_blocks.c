/* SPDX-License-Identifier: MIT */
#include <diff/blocks.h>

#include <unit.h>

#define BLOCK 4096U
#define COUNT 24U

struct pair {
	uint8_t old_[COUNT * BLOCK], new_[COUNT * BLOCK + 100];
};

/* Blocks of new: the one of old in place, another one, zeros, or with a byte changed; and a tail. */
static struct images random_pair(struct pair *p, uint64_t seed)
{
	for (size_t i = 0; i < sizeof(p->old_); i++)
		p->old_[i] = (uint8_t)t_rand(&seed);
	memset(p->old_ + 3 * BLOCK, 0, (size_t)2 * BLOCK);
	for (size_t i = 0; i < COUNT; i++) {
		uint64_t how = t_rand(&seed) % 8, from = how == 7 ? t_rand(&seed) % COUNT : i;

		memcpy(p->new_ + i * BLOCK, p->old_ + from * BLOCK, BLOCK);
		if (how == 6)
			memset(p->new_ + i * BLOCK, 0, BLOCK);
		if (how < 2)
			p->new_[i * BLOCK + t_rand(&seed) % BLOCK] ^= 1;
	}
	memcpy(p->new_ + sizeof(p->old_), p->old_, 100);
	return (struct images){p->old_, p->new_, sizeof(p->old_), sizeof(p->new_)};
}

static void check_order(const struct covers *c, const struct images *im)
{
	uint64_t end = 0;

	for (size_t i = 0; i < c->n; i++) {
		ck_assert_uint_ge(c->at[i].new_at, end);
		ck_assert_uint_gt(c->at[i].len, 0);
		end = c->at[i].new_at + c->at[i].len;
		ck_assert_uint_le(end, im->new_len);
		ck_assert_uint_le(c->at[i].old_at + c->at[i].len, im->old_len);
	}
}

/* What is in common and the rest are all of new, once. */
static void check_parts(const struct blocks *b, const struct images *im)
{
	size_t same = 0;

	check_order(&b->same, im);
	for (size_t i = 0; i < b->same.n; i++) {
		const struct cover *c = &b->same.at[i];

		ck_assert_mem_eq(im->old_ + c->old_at, im->new_ + c->new_at, c->len);
		same += c->len;
	}
	ck_assert_uint_eq(same + b->new_.len, im->new_len);
}

/* As much of new as covers make right, byte for byte. */
static size_t right(const struct covers *c, const struct images *im)
{
	size_t sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += bytes_equal(
			im->old_ + c->at[i].old_at, im->new_ + c->at[i].new_at, c->at[i].len);
	return sum;
}

START_TEST(rests_and_back)
{
	struct covers some = {.ctx = t_ctx()}, all = {.ctx = t_ctx()};
	struct pair *p = malloc(sizeof(*p));
	struct images im = random_pair(p, (uint64_t)_i), rest;
	struct search old_;
	struct parse_a a = {&rest, &old_, 6, 4};
	ota_err err = OTA_ERR_INIT;
	struct blocks b;

	ck_ok(blocks_find(&b, t_ctx(), &im, 0, &err), &err);
	check_parts(&b, &im);
	ck_assert_uint_gt(b.same.n, 0);
	ck_ok(blocks_rest(&rest, &b, &im, &err), &err);
	ck_assert_uint_eq(rest.new_len, b.new_.len);
	for (size_t at = 0; at < rest.new_len; at++) {
		struct span s = blocks_new(&b, at, 1);

		if (s.len != 1 || im.new_[s.from] != rest.new_[at])
			ck_abort_msg("byte %zu of the rest", at);
	}
	ck_ok(search_init(&old_, t_ctx(), rest.old_, rest.old_len, &err), &err);
	ck_ok(parse_a(t_ctx(), &a, covers_take, &some, &err), &err);
	ck_ok(blocks_covers(&all, &b, &some, &err), &err);
	check_order(&all, &im);
	/* Of each block that differs one byte does, and those are found in what is left of old. */
	ck_assert_uint_ge(right(&all, &im) + 24 + 100, im.new_len);
	search_fini(&old_, t_ctx());
	blocks_rest_free(&rest, &b);
	blocks_fini(&b);
	mem_free(t_ctx(), some.at);
	mem_free(t_ctx(), all.at);
	free(p);
}
END_TEST

START_TEST(nothing_and_everything)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct images im = {p->old_, p->new_, sizeof(p->old_), sizeof(p->new_)}, rest;
	struct covers none = {.ctx = t_ctx()}, all = {.ctx = t_ctx()};
	ota_err err = OTA_ERR_INIT;
	struct blocks b;

	/* All zeros: one stretch, and the tail. */
	ck_ok(blocks_find(&b, t_ctx(), &im, 0, &err), &err);
	check_parts(&b, &im);
	ck_assert_uint_eq(b.same.n, 1);
	ck_assert_uint_eq(b.new_.len, 100);
	ck_assert_uint_eq(b.old_.len, 0);
	ck_ok(blocks_covers(&all, &b, &none, &err), &err);
	ck_assert_uint_eq(all.n, 1);
	mem_free(t_ctx(), all.at);
	blocks_fini(&b);
	/* Smaller than is worth it, or nothing in common: the images. */
	for (size_t least = 0; least < 2; least++) {
		memset(p->new_, least == 0 ? 1 : 0, sizeof(p->new_));
		ck_ok(blocks_find(&b, t_ctx(), &im, least * SIZE_MAX, &err), &err);
		ck_assert_uint_eq(b.same.n, 0);
		ck_ok(blocks_rest(&rest, &b, &im, &err), &err);
		ck_assert_ptr_eq(rest.old_, im.old_);
		ck_assert_uint_eq(b.new_.len, im.new_len);
		blocks_rest_free(&rest, &b);
		blocks_fini(&b);
	}
	im.old_len = im.new_len = 0;
	ck_ok(blocks_find(&b, t_ctx(), &im, 0, &err), &err);
	ck_assert_uint_eq(b.new_.len, 0);
	blocks_fini(&b);
	free(p);
}
END_TEST

TCase *tcase_blocks(void)
{
	TCase *tc = tcase_create("blocks");

	tcase_add_loop_test(tc, rests_and_back, 0, 40);
	tcase_add_test(tc, nothing_and_everything);
	return tc;
}
