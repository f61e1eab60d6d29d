/* SPDX-License-Identifier: MIT */
/* The rests of the images matched: at once, or window by window where memory is capped. */
#include <diff/otad_make.h>

#include <base/num.h>

#define SLACK_MIN ((size_t)64 << 10U) /* of old on each side of the window that new's stands for */

static ota_status parse_one(struct covers *out, const struct images *part,
	const struct search *old_, const struct tuning *t, ota_err *err)
{
	const struct parse_a a = {part, old_, t->gain, t->share};
	const struct parse_b b = {part, old_, t->min, t->equal, t->miss, t->enter};
	ota_status st;

	out->n = 0;
	if (t->share > 0)
		return parse_a(out->ctx, &a, covers_take, out, err);
	st = parse_b(out->ctx, &b, covers_take, out, err);
	covers_turn(out);
	return st;
}

static size_t old_window(size_t old_len, size_t windows)
{
	size_t part = old_len / windows + 1;

	return min_size(old_len, part + 2 * (part / 4 > SLACK_MIN ? part / 4 : SLACK_MIN));
}

/* Window i of new and what of old is about its place. */
static struct span cut(struct images *part, const struct matcher *m, size_t i)
{
	const struct images *all = m->rest;
	size_t len = all->new_len / m->windows + 1, at = min_size(i * len, all->new_len);
	size_t old_len = old_window(all->old_len, m->windows);
	size_t middle = (size_t)((uint64_t)i * (all->old_len / m->windows));
	size_t lead = (old_len - min_size(old_len, all->old_len / m->windows)) / 2;
	size_t from = min_size(middle - min_size(middle, lead), all->old_len - old_len);

	*part = (struct images){
		all->old_ + from, all->new_ + at, old_len, min_size(len, all->new_len - at)};
	return (struct span){at, from, part->new_len};
}

static ota_status parse_window(
	struct covers *out, const struct matcher *m, const struct tuning *t, size_t i, ota_err *err)
{
	struct covers some = {.ctx = m->ctx};
	struct search old_ = {0};
	struct images part;
	struct span place = cut(&part, m, i);
	ota_status st = search_init(&old_, m->ctx, part.old_, part.old_len, err);

	if (st)
		return st;
	st = parse_one(&some, &part, &old_, t, err);
	search_fini(&old_, m->ctx);
	for (size_t k = 0; !st && k < some.n; k++)
		st = covers_put(out,
			(struct cover){some.at[k].old_at + place.from, some.at[k].new_at + place.at,
				some.at[k].len},
			err);
	mem_free(m->ctx, some.at);
	return st;
}

static ota_status parse_rest(
	struct covers *out, const struct matcher *m, const struct tuning *t, ota_err *err)
{
	ota_status st = OTA_OK;

	if (m->windows == 1)
		return parse_one(out, m->rest, m->old_, t, err);
	for (size_t i = 0; !st && i < m->windows; i++)
		st = parse_window(out, m, t, i, err);
	return st;
}

ota_status otad_parse(
	struct covers *out, const struct matcher *m, const struct tuning *t, ota_err *err)
{
	struct covers some = {.ctx = m->ctx};
	ota_status st;

	if (m->windows == 1 && m->blocks->same.n == 0)
		return parse_rest(out, m, t, err);
	st = parse_rest(&some, m, t, err);
	if (!st)
		st = blocks_covers(out, m->blocks, &some, err);
	mem_free(m->ctx, some.at);
	return st;
}

uint64_t otad_window_memory(uint64_t old_len, size_t windows)
{
	return search_memory(old_window(size_of_u64(old_len), windows));
}
