/* SPDX-License-Identifier: MIT */
/*
 * Percival's idea, with other walls. New is read along the current diagonal
 * (old offset − new offset). Where a byte differs, the longest exact matches of
 * what follows are weighed by what comes after them too, and the best becomes the
 * diagonal when it explains enough that the current one gets wrong. Equal runs
 * are stepped over at once, and a byte whose next eight occur nowhere in old is
 * not sought at all, so zeros, sparse images and unrelated data cost little more
 * than reading them: in bsdiff each byte of a long run costs a search as long as
 * the run. NEAR, AHEAD and WEIGHED were measured on firmware, a kernel and ELF.
 */
#include <diff/match.h>

#include <base/num.h>

#define NEAR     2             /* neighbours weighed on each side of the longest match */
#define NEAR_MAX ((size_t)64)  /* and how much of them is compared */
#define AHEAD    ((size_t)64)  /* how far beyond the exact part a match is weighed */
#define WEIGHED  ((size_t)128) /* the longest stretch that raises the bar */
#define POLL     ((size_t)1 << 16U)

struct parse {
	const ota_ctx *ctx;
	const struct images *im;
	const struct parse_a *in;
	size_t old_at, new_at; /* where the current match begins */
	size_t polled;
};

struct found {
	size_t old_at, new_at, len; /* the exact part */
	size_t reach, gain;         /* with what follows; bytes better than the current diagonal */
};

/* Equal bytes from new offset at along the current diagonal, at most max. */
static size_t equal_run(const struct parse *p, size_t at, size_t max)
{
	const struct images *im = p->im;
	size_t from = p->old_at + (at - p->new_at);

	if (from >= im->old_len)
		return 0;
	return bytes_common(im->old_ + from, im->new_ + at, min_size(max, im->old_len - from));
}

static size_t equal_count(const struct parse *p, size_t at, size_t len)
{
	const struct images *im = p->im;
	size_t from = p->old_at + (at - p->new_at);

	if (from >= im->old_len)
		return 0;
	return bytes_equal(im->old_ + from, im->new_ + at, min_size(len, im->old_len - from));
}

static ota_status poll(struct parse *p, size_t at, ota_err *err)
{
	if (at - p->polled < POLL)
		return OTA_OK;
	p->polled = at;
	ctx_progress(p->ctx, "match", at, p->im->new_len);
	return ctx_poll(p->ctx, err);
}

/* Fill in reach and gain of a match whose exact part is known. */
static void weigh(const struct parse *p, struct found *f)
{
	const uint8_t *o = p->im->old_ + f->old_at, *n = p->im->new_ + f->new_at;
	size_t max = min_size(p->im->old_len - f->old_at, p->im->new_len - f->new_at);
	size_t equal = f->len, best = f->len, have;
	int score = 0, top = 0;

	f->reach = f->len;
	max = min_size(max, f->len + AHEAD);
	for (size_t i = f->len; i < max; i++) {
		equal += o[i] == n[i];
		score += o[i] == n[i] ? 1 : -1;
		if (score > top) {
			top = score;
			best = equal;
			f->reach = i + 1;
		}
	}
	have = equal_count(p, f->new_at, f->reach);
	f->gain = best > have ? best - have : 0;
}

static size_t jump(const struct parse *p, const struct found *f)
{
	size_t on = p->old_at + (f->new_at - p->new_at);

	return f->old_at > on ? f->old_at - on : on - f->old_at;
}

/* The match at one place of the suffix array, of len exact bytes, if it beats *best. */
static void consider(const struct parse *p, struct found *best, size_t old_at, size_t len)
{
	struct found f = {.old_at = old_at, .new_at = best->new_at, .len = len};

	if (len < SEARCH_MIN)
		return;
	weigh(p, &f);
	if (f.gain > best->gain || (f.gain == best->gain && jump(p, &f) < jump(p, best)))
		*best = f;
}

/* The best match of what begins at new offset at: the longest or one of its neighbours. */
static void best_at(const struct parse *p, struct found *best, size_t at)
{
	const struct images *im = p->im;
	const struct search *s = p->in->old_;
	size_t left = im->new_len - at, rank = 0, len, end;

	*best = (struct found){.new_at = at};
	len = search_at(s, &rank, im->new_, im->new_len, at);
	if (len < SEARCH_MIN)
		return;
	consider(p, best, sufsort_at(&s->sa, rank), len);
	end = min_size(rank + NEAR + 1, im->old_len);
	for (size_t i = rank - min_size(rank, NEAR); i < end; i++) {
		size_t from = sufsort_at(&s->sa, i);
		size_t max = min_size(min_size(left, im->old_len - from), NEAR_MAX);

		if (i != rank)
			consider(p, best, from, bytes_common(im->old_ + from, im->new_ + at, max));
	}
}

/* The next better diagonal at or after new offset at; f->len = 0 at the end. */
static ota_status find_next(struct parse *p, size_t at, struct found *f, ota_err *err)
{
	const struct images *im = p->im;
	ota_status st;

	for (;; at++) {
		at += equal_run(p, at, im->new_len - at);
		if (im->new_len - at < SEARCH_MIN)
			break;
		st = poll(p, at, err);
		if (st)
			return st;
		if (!search_maybe(p->in->old_, im->new_ + at))
			continue;
		best_at(p, f, at);
		if (f->gain > p->in->gain + min_size(f->reach, WEIGHED) / p->in->share)
			return OTA_OK;
	}
	f->len = 0;
	return OTA_OK;
}

/* How far the current match goes, at most to new offset end. */
static size_t extend_forward(const struct parse *p, size_t end)
{
	const uint8_t *o = p->im->old_ + p->old_at, *n = p->im->new_ + p->new_at;
	size_t max = min_size(end - p->new_at, p->im->old_len - p->old_at);
	int64_t score = 0, best = 0;
	size_t len = 0;

	for (size_t i = 0; i < max; i++) {
		score += o[i] == n[i] ? 1 : -1;
		if (score > best) {
			best = score;
			len = i + 1;
		}
	}
	return len;
}

/* How far before its start the found match begins, at most back to the current one. */
static size_t extend_backward(const struct parse *p, const struct found *f)
{
	const uint8_t *o = p->im->old_ + f->old_at, *n = p->im->new_ + f->new_at;
	size_t max = min_size(f->new_at - p->new_at, f->old_at);
	int64_t score = 0, best = 0;
	size_t len = 0;

	for (size_t i = 1; i <= max; i++) {
		score += *(o - i) == *(n - i) ? 1 : -1;
		if (score > best) {
			best = score;
			len = i;
		}
	}
	return len;
}

/* Of overlap bytes that both matches claim, how many the current one explains better. */
static size_t split(
	const struct parse *p, const struct found *f, size_t fore, size_t back, size_t overlap)
{
	const uint8_t *n = p->im->new_ + p->new_at + fore - overlap;
	const uint8_t *a = p->im->old_ + p->old_at + fore - overlap;
	const uint8_t *b = p->im->old_ + f->old_at - back;
	int64_t score = 0, best = 0;
	size_t keep = 0;

	for (size_t i = 0; i < overlap; i++) {
		score += (n[i] == a[i]) - (n[i] == b[i]);
		if (score > best) {
			best = score;
			keep = i + 1;
		}
	}
	return keep;
}

static ota_status give(const struct parse *p, size_t len, match_fn *take, void *arg, ota_err *err)
{
	struct match m = {p->old_at, p->new_at, len};

	return len == 0 ? OTA_OK : take(arg, &m, err);
}

ota_status parse_a(
	const ota_ctx *ctx, const struct parse_a *in, match_fn *take, void *arg, ota_err *err)
{
	struct parse p = {.ctx = ctx, .im = in->im, .in = in};
	size_t at = 0, fore, back, overlap, keep;
	struct found f;
	ota_status st;

	for (;;) {
		st = find_next(&p, at, &f, err);
		if (st)
			return st;
		if (f.len == 0)
			return give(&p, extend_forward(&p, in->im->new_len), take, arg, err);
		fore = extend_forward(&p, f.new_at);
		back = extend_backward(&p, &f);
		if (p.new_at + fore + back > f.new_at) {
			overlap = p.new_at + fore + back - f.new_at;
			keep = split(&p, &f, fore, back, overlap);
			fore -= overlap - keep;
			back -= keep;
		}
		st = give(&p, fore, take, arg, err);
		if (st)
			return st;
		at = f.new_at + f.len;
		p.old_at = f.old_at - back;
		p.new_at = f.new_at - back;
	}
}
