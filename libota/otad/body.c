/* SPDX-License-Identifier: MIT */
/* The decoder: walk.h with a range decoder. */
#include "head.h"
#include "rc.h"
#include "state.h"

#define WALK_CODER           rc
#define WALK_CODE(c, p, bit) ((void)(bit), rc_bit((c), (p)))
#define WALK_SEEN(c, at)     ((void)(c), (void)(at), (uint8_t)0)
#define WALK_EXPECT(l, c)    0
#define WALK_SOUND(c)        rc_sound(c)
#include "walk.h"

struct otad {
	struct otad_head h;
	struct otad_io io;
	struct walk walk;
};

/* The same on every machine: a package signs what a patch takes. */
#define STATE_SIZE 2560U
_Static_assert(sizeof(struct otad) <= STATE_SIZE, "the state has room");

size_t otad_need(const struct otad_head *h)
{
	size_t walk = walk_size(h);

	return walk == 0 ? 0 : STATE_SIZE + walk;
}

static enum otad_status read_covers(
	const struct otad_head *h, const uint8_t *p, struct cover *cover, struct walk *w)
{
	struct rc r;

	walk_begin(w);
	rc_init(&r, p, h->cover_len);
	for (uint32_t i = 0; i < h->covers; i++) {
		struct cover *c = &cover[i];

		*c = (struct cover){0};
		walk_cover(&r, w, c);
		if (!rc_sound(&r) || c->len == 0 || c->len > h->new_size || c->len > h->old_size)
			return OTAD_MALFORMED;
		if (c->new_at > h->new_size - c->len || c->old_at > h->old_size - c->len)
			return OTAD_MALFORMED;
	}
	return rc_ended(&r) ? OTAD_OK : OTAD_MALFORMED;
}

enum otad_status otad_init(struct otad **out, const struct otad_head *h, const void *head,
	const struct otad_io *io, void *mem, size_t mem_len)
{
	const uint8_t *p = head;
	enum otad_status st;
	struct cover *cover;
	struct otad *d = mem;
	uint32_t *order;

	if (otad_need(h) == 0)
		return OTAD_LIMIT;
	if (mem_len < otad_need(h))
		return OTAD_MEMORY;
	st = head_table(h, head);
	if (st)
		return st;
	d->h = *h;
	d->io = *io;
	walk_init(&d->walk, &d->h, (uint8_t *)mem + STATE_SIZE, &cover, &order);
	d->walk.io = &d->io;
	if (h->covers > 0) {
		st = read_covers(h, p + h->fixed_len + h->table_len, cover, &d->walk);
		if (st)
			return st;
	}
	walk_covers(&d->walk, cover, h->covers, order);
	*out = d;
	return OTAD_OK;
}

uint64_t otad_covered(const struct otad *d)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < d->walk.covers; i++)
		sum += d->walk.cover[i].len;
	return sum;
}

enum otad_status otad_segment(struct otad *d, uint32_t index, const void *seg, size_t len)
{
	uint64_t from = index * d->h.window, end = from + d->h.window;
	enum otad_status st;
	struct rc r;

	if (index >= d->h.segments)
		return OTAD_MALFORMED;
	if (end > d->h.new_size)
		end = d->h.new_size;
	walk_reset(&d->walk, from);
	rc_init(&r, seg, len);
	st = walk_segment(&r, &d->walk, walk_find(&d->walk, from), end);
	if (st)
		return st;
	return rc_ended(&r) ? OTAD_OK : OTAD_MALFORMED;
}
