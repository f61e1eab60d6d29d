/* SPDX-License-Identifier: MIT */
/* The encoder of covers and segments: walk.h with a range encoder. */
#include <diff/otad_make.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/par.h>
#include <diff/otad_rc.h>
#include <otad/list.h>

#include <string.h>

#define WALK_CODER           rc_out
#define WALK_CODE(c, p, bit) rc_out_bit((c), (p), (bit))
#define WALK_SEEN(c, at)     ((c)->new_[at])
#define WALK_EXPECT(l, c)    expect((l), (c))
#define WALK_SOUND(c)        (!(c)->out->failed)
static unsigned bits_of(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

/* Bits to say so, about, in sevenths: one on the same diagonal leads to the next. */
static unsigned price(uint64_t which, uint64_t jump)
{
	uint64_t far = jump >> 63U ? 0 - jump : jump;

	return 14 * bits_of(which) + (far > 0 ? 10 : 0) + 7 * bits_of(far);
}

/* What is the least to say of where a cover is. */
static uint64_t expect(const struct list *l, const struct cover *c)
{
	unsigned best = price(0, c->old_at - l->old_end), dear;
	uint64_t which = 0;

	for (uint64_t k = 1; k <= DIAGONALS; k++) {
		dear = price(k, c->old_at - list_place(l, k));
		if (dear < best) {
			best = dear;
			which = k;
		}
	}
	return which;
}

#include <otad/walk.h>

#define SLICE ((uint64_t)4 << 10U)

static int read_old(void *arg, void *buf, size_t len, uint64_t off)
{
	const struct images *im = arg;

	memcpy(buf, im->old_ + off, len);
	return 0;
}

/* A walk over covers, in one piece of memory. */
static ota_status walk_new(struct walk **out, struct otad_io *io, const struct otad_job *job,
	const struct otad_head *h, const struct covers *covers, ota_err *err)
{
	struct walk *w = NULL;
	struct cover *unused;
	uint32_t *order;
	ota_status st;

	st = mem_new_bytes(&w, job->ctx, sizeof(*w) + walk_size(h), err);
	if (st)
		return st;
	walk_init(w, h, w + 1, &unused, &order);
	w->io = io;
	walk_covers(w, covers->at, h->covers, order);
	*out = w;
	return OTA_OK;
}

static void put_covers(struct buf *out, struct walk *w, const struct covers *covers)
{
	struct cover c;
	struct rc_out r;

	if (covers->n == 0)
		return;
	walk_begin(w);
	rc_out_init(&r, out);
	for (size_t i = 0; i < covers->n; i++) {
		c = covers->at[i];
		walk_cover(&r, w, &c);
	}
	rc_out_end(&r);
}

ota_status otad_put_covers(struct buf *out, const struct otad_job *job, const struct otad_head *h,
	const struct covers *covers, ota_err *err)
{
	struct walk *w = NULL;
	ota_status st;

	st = walk_new(&w, NULL, job, h, covers, err);
	if (st)
		return st;
	put_covers(out, w, covers);
	mem_free(job->ctx, w);
	return buf_status(out, err);
}

/* Callbacks cannot fail here, and a full buffer tells by itself. */
static void put_range(struct rc_out *r, struct walk *w, uint64_t from, uint64_t end)
{
	w->new_at = from;
	(void)walk_segment(r, w, walk_find(w, from), end);
}

/* ---- the segments, one a worker ---- */

struct coder {
	const struct otad_job *job;
	const struct otad_head *h;
	const struct covers *covers;
};

struct slot {
	struct buf out;
};

static ota_status segment_feed(void *arg, void *slot_, uint64_t i, bool *end, ota_err *err)
{
	const struct coder *c = arg;
	struct slot *slot = slot_;

	*end = i == c->h->segments;
	buf_fini(&slot->out);
	buf_init(&slot->out, c->job->ctx);
	ctx_progress(c->job->ctx, "code", i * c->h->window, c->h->new_size);
	return ctx_poll(c->job->ctx, err);
}

static ota_status segment_work(void *arg, void *slot_, uint64_t i, ota_err *err)
{
	const struct coder *c = arg;
	struct slot *slot = slot_;
	struct images im = *c->job->im;
	struct otad_io io = {.arg = &im, .read = read_old};
	uint64_t from = i * c->h->window;
	struct walk *w = NULL;
	struct rc_out r;
	ota_status st;

	st = walk_new(&w, &io, c->job, c->h, c->covers, err);
	if (st)
		return st;
	walk_reset(w, from);
	rc_out_init(&r, &slot->out);
	r.new_ = im.new_;
	put_range(&r, w, from, min_u64(from + c->h->window, c->h->new_size));
	rc_out_end(&r);
	mem_free(c->job->ctx, w);
	return buf_status(&slot->out, err);
}

static void segment_drop(void *arg, void *slot_)
{
	struct slot *slot = slot_;

	(void)arg;
	buf_fini(&slot->out);
}

ota_status otad_put_segments(struct buf *out, struct buf *table, const struct otad_job *job,
	const struct otad_head *h, const struct covers *covers, ota_err *err)
{
	static const struct par_ops ops = {
		sizeof(struct slot), segment_feed, segment_work, segment_drop};
	struct coder c = {job, h, covers};
	struct par *par = NULL;
	ota_status st;

	st = par_new(&par, job->ctx, &ops, &c, par_slots(job->ctx, walk_size(h)), err);
	while (!st) {
		void *slot_ = NULL;
		const struct slot *slot;

		st = par_next(par, &slot_, err);
		slot = slot_;
		if (st || slot == NULL)
			break;
		buf_put(out, slot->out.p, slot->out.len);
		otad_put_number(table, slot->out.len);
	}
	par_free(par);
	if (!st)
		st = buf_status(out, err);
	return st ? st : buf_status(table, err);
}

/* ---- and what they would take ---- */

/* Of what is not in old block by block: all, or as much as the sample, evenly spread. How much that was. */
static uint64_t put_sample(struct rc_out *r, struct walk *w, const struct otad_job *job)
{
	size_t size = job->rest->new_.len, step = 0, coded = 0;
	uint64_t slices = job->sample / SLICE;
	struct span s;

	if (size > job->sample)
		step = (size_t)((size - SLICE) / (slices - 1));
	for (size_t at = 0; at < size && (step == 0 || coded < job->sample);
		at += step > 0 ? step : s.len) {
		s = blocks_new(job->rest, at, step > 0 ? SLICE : size - at);
		put_range(r, w, s.from, s.from + s.len);
		coded += s.len;
	}
	return coded;
}

ota_status otad_cost(uint64_t *cost, const struct otad_job *job, const struct otad_view *v,
	const struct covers *covers, ota_err *err)
{
	struct images im = *job->im;
	struct otad_io io = {.arg = &im, .read = read_old};
	uint64_t size = job->rest->new_.len, coded;
	struct otad_head h;
	struct walk *w = NULL;
	struct buf list, body;
	struct rc_out r;
	ota_status st;

	otad_shape(&h, job, v, covers);
	st = walk_new(&w, &io, job, &h, covers, err);
	if (st)
		return st;
	buf_init(&list, job->ctx);
	buf_init(&body, job->ctx);
	put_covers(&list, w, covers);
	walk_reset(w, 0);
	rc_out_init(&r, &body);
	r.new_ = im.new_;
	coded = put_sample(&r, w, job);
	rc_out_end(&r);
	st = buf_status(&list, err);
	if (!st)
		st = buf_status(&body, err);
	*cost = list.len + (size > coded ? body.len * (size / SLICE) / (coded / SLICE) : body.len);
	buf_fini(&body);
	buf_fini(&list);
	mem_free(job->ctx, w);
	return st;
}
