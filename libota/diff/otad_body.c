/* SPDX-License-Identifier: MIT */
/* The encoder of covers and segments: walk.h with a range encoder. */
#include <diff/otad_make.h>

#include <base/ctx.h>
#include <base/num.h>
#include <diff/otad_rc.h>

#include <string.h>

#define WALK_CODER           rc_out
#define WALK_CODE(c, p, bit) rc_out_bit((c), (p), (bit))
#define WALK_SEEN(c, at)     ((c)->new_[at])
#define WALK_SOUND(c)        (!(c)->out->failed)
#include <otad/walk.h>

static int read_old(void *arg, void *buf, size_t len, uint64_t off)
{
	const struct images *im = arg;

	memcpy(buf, im->old_ + off, len);
	return 0;
}

void otad_put_covers(struct buf *out, const struct covers *covers)
{
	struct diagonals d = {.n = 0};
	struct cover last = {0}, c;
	struct numbers m = {0};
	struct rc_out r;

	if (covers->n == 0)
		return;
	rc_out_init(&r, out);
	numbers_init(&m);
	for (size_t i = 0; i < covers->n; i++) {
		c = covers->at[i];
		walk_cover(&r, &m, &d, &last, &c);
		last = c;
	}
	rc_out_end(&r);
}

static void put_segment(struct buf *out, struct walk *w, const struct images *im, uint32_t index)
{
	uint64_t from = index * w->h->window, end = min_u64(from + w->h->window, w->h->new_size);
	struct rc_out r;

	walk_reset(w, from);
	rc_out_init(&r, out);
	r.new_ = im->new_;
	/* Callbacks cannot fail here, and a full buffer tells by itself. */
	(void)walk_segment(&r, w, walk_find(w, from), end);
	rc_out_end(&r);
}

ota_status otad_put_segments(struct buf *out, struct buf *table, const struct otad_job *job,
	const struct otad_head *h, const struct covers *covers, uint32_t first, uint32_t n,
	ota_err *err)
{
	struct images im = *job->im;
	struct otad_io io = {.arg = &im, .read = read_old};
	struct walk *w = NULL;
	struct cover *unused;
	uint32_t *order;
	ota_status st;

	st = mem_new_bytes(&w, job->ctx, sizeof(*w) + walk_size(h), err);
	if (st)
		return st;
	walk_init(w, h, w + 1, &unused, &order);
	w->io = &io;
	walk_covers(w, covers->at, h->covers, order);
	for (uint32_t i = 0; !st && i < n && i < h->segments; i++) {
		size_t before = out->len;

		put_segment(out, w, &im, first + i);
		otad_put_number(table, out->len - before);
		st = buf_status(out, err);
		if (!st)
			st = buf_status(table, err);
		if (!st)
			st = ctx_poll(job->ctx, err);
	}
	mem_free(job->ctx, w);
	return st;
}
