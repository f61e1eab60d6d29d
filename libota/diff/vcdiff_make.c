/* SPDX-License-Identifier: MIT */
/* Writes VCDIFF (RFC 3284) for xdelta3 and for us. */
#include <diff/diff.h>
#include <diff/vcdiff_put.h>

#include <base/bits.h>
#include <base/ctx.h>
#include <base/num.h>
#include <codec/lzma_flow.h>

#include <string.h>

#define SPAN_MAX                                                                                   \
	(UINT64_C(1) << 30U) /* of the old image that a window reaches: xdelta3 has 32 bits */
#define KEY        8U        /* bytes of new that are looked for in what is new before them */
#define KEYS_LOG   16U
#define COPY_LEAST 4U /* shorter ones cost more than they say: measured on firmware */
#define THOROUGH   ((size_t)4 << 20U) /* up to here every parse is tried */
#define PARSE_B_AT 13U                /* bytes of memory for each byte of new */
#define PACK_MIN   16U                /* a section of fewer bytes is not worth a header */

/* By the memory that applying may take. */
static const struct profile {
	const char *name;
	uint32_t window, dict; /* dict 0: no secondary compression */
} profiles[] = {
	{"tiny", 64U << 10U, 0},
	{"std", 1U << 20U, 1U << 20U},
	{"max", 8U << 20U, 8U << 20U},
};
#define PROFILES    (sizeof(profiles) / sizeof(profiles[0]))
#define PROFILE_STD (&profiles[1])

/* Of one diagonal at a time (share > 0), or of several at once. The first for large images. */
static const struct tuning {
	unsigned gain, share;
} tunings[] = {{4, 8}, {6, 4}, {0, 0}};
#define TUNINGS (sizeof(tunings) / sizeof(tunings[0]))

struct matches {
	struct match *at;
	size_t n, cap;
};

struct maker {
	const ota_ctx *ctx;
	const struct images *im;
	const struct profile *profile;
	uint32_t dict;
	struct matches matches;
	struct vcdiff_put put;
	struct lzma_out *lzma[VCDIFF_SECTIONS];
	/* The window: of new, and of old what its copies reach. */
	size_t at, end, first;
	uint64_t lo, hi;
	uint32_t seen[1U << KEYS_LOG]; /* 1 + where in the window a key was last new */
	struct buf out, best;
};

static ota_status take(void *arg, const struct match *m, ota_err *err)
{
	struct maker *mk = arg;
	struct matches *l = &mk->matches;
	ota_status st = mem_grow(&l->at, &l->cap, l->n, sizeof(*l->at), mk->ctx, err);

	if (!st)
		l->at[l->n++] = *m;
	return st;
}

static ota_status parse(
	struct maker *mk, const struct search *old_, const struct tuning *t, ota_err *err)
{
	const struct parse_a a = {mk->im, old_, t->gain, t->share};
	const struct parse_b b = {mk->im, old_, 4, 1, 300, 480};
	struct matches *l = &mk->matches;
	ota_status st;

	l->n = 0;
	if (t->share > 0)
		return parse_a(mk->ctx, &a, take, mk, err);
	st = parse_b(mk->ctx, &b, take, mk, err);
	for (size_t i = 0; i < l->n / 2; i++) {
		struct match m = l->at[i];

		l->at[i] = l->at[l->n - 1 - i];
		l->at[l->n - 1 - i] = m;
	}
	return st;
}

/* The part of a match that lies in the window; false: none does. */
static bool clip(const struct maker *mk, struct match *m)
{
	uint64_t from = max_u64(m->new_off, mk->at), to = min_u64(m->new_off + m->len, mk->end);

	if (from >= to)
		return false;
	m->old_off += from - m->new_off;
	m->new_off = from;
	m->len = to - from;
	return true;
}

/* What of the old image the matches of the window reach, as far as addresses go. */
static void reach(struct maker *mk)
{
	mk->lo = mk->hi = 0;
	for (size_t i = mk->first; i < mk->matches.n; i++) {
		struct match m = mk->matches.at[i];
		uint64_t lo, hi;

		if (m.new_off >= mk->end)
			break;
		if (!clip(mk, &m))
			continue;
		lo = mk->hi == 0 ? m.old_off : min_u64(mk->lo, m.old_off);
		hi = max_u64(mk->hi, m.old_off + m.len);
		if (hi - lo > SPAN_MAX)
			continue;
		mk->lo = lo;
		mk->hi = hi;
	}
}

/* New bytes, but for what was new before in this window. */
static void put_new(struct maker *mk, size_t at, size_t end)
{
	const uint8_t *n = mk->im->new_;
	uint64_t source = mk->hi - mk->lo;
	size_t from = at;

	while (at + KEY <= end) {
		uint64_t hash = load_le64(n + at) * UINT64_C(0x9E3779B97F4A7C15);
		uint32_t *slot = &mk->seen[hash >> (64U - KEYS_LOG)];
		size_t before = mk->at + *slot - 1, len = 0;

		if (*slot != 0)
			len = bytes_common(n + before, n + at, end - at);
		*slot = u32_of_u64(at - mk->at + 1);
		if (len < KEY) {
			at++;
			continue;
		}
		vcdiff_put_add(&mk->put, n + from, at - from);
		vcdiff_put_copy(&mk->put, source + before - mk->at, source + at - mk->at, len);
		at += len;
		from = at;
	}
	vcdiff_put_add(&mk->put, n + from, end - from);
}

/* The next stretch of equal bytes worth a copy at or after *at; its length, 0: none. */
static size_t next_copy(const struct maker *mk, const struct match *m, size_t *at)
{
	const uint8_t *o = mk->im->old_ + m->old_off, *n = mk->im->new_ + m->new_off;
	size_t max = size_of_u64(m->len);

	while (*at < max) {
		size_t len = bytes_common(o + *at, n + *at, max - *at);

		if (len >= COPY_LEAST)
			return len;
		*at += len + 1;
	}
	return 0;
}

static void put_window(struct maker *mk)
{
	uint64_t source = mk->hi - mk->lo;
	size_t at = mk->at, len;

	memset(mk->seen, 0, sizeof(mk->seen));
	for (size_t i = mk->first; i < mk->matches.n; i++) {
		struct match m = mk->matches.at[i];

		if (m.new_off >= mk->end)
			break;
		if (!clip(mk, &m) || m.old_off < mk->lo || m.old_off + m.len > mk->hi)
			continue;
		for (size_t in = 0; in < m.len; in += len) {
			len = next_copy(mk, &m, &in);
			if (len == 0)
				break;
			put_new(mk, at, m.new_off + in);
			at = m.new_off + in;
			vcdiff_put_copy(
				&mk->put, m.old_off + in - mk->lo, source + at - mk->at, len);
			at += len;
		}
	}
	put_new(mk, at, mk->end);
}

/*
 * Into packed, as part of the stream of this section of all windows. Where the stream would
 * only begin and does not help, it is left for a later window to begin.
 */
static ota_status pack(
	struct maker *mk, unsigned i, struct buf *packed, bool *smaller, ota_err *err)
{
	const struct buf *raw = &mk->put.part[i];
	bool fresh = mk->lzma[i] == NULL;
	ota_status st = OTA_OK;

	*smaller = false;
	if (mk->dict == 0 || raw->len < PACK_MIN)
		return OTA_OK;
	if (fresh)
		st = lzma_out_new(&mk->lzma[i], mk->ctx, mk->dict, err);
	if (!st) {
		vcdiff_put_number(packed, raw->len);
		st = lzma_out_piece(mk->lzma[i], packed, raw->p, raw->len, err);
	}
	*smaller = !fresh || packed->len < raw->len;
	if (!*smaller) {
		lzma_out_free(mk->lzma[i]);
		mk->lzma[i] = NULL;
	}
	return st;
}

static void put_frame(struct maker *mk, const struct buf part[VCDIFF_SECTIONS], unsigned packed)
{
	size_t len = mk->end - mk->at;
	uint32_t adler = vcdiff_adler(VCDIFF_ADLER_START, mk->im->new_ + mk->at, len);
	const uint8_t sum[] = {lo8(adler >> 24U), lo8(adler >> 16U), lo8(adler >> 8U), lo8(adler)};
	const uint8_t flags = VCDIFF_ADLER32 | (mk->hi > mk->lo ? VCDIFF_SOURCE : 0);
	const uint8_t which = lo8(packed);
	struct buf head;

	buf_init(&head, mk->ctx);
	vcdiff_put_number(&head, len);
	buf_put(&head, &which, 1);
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		vcdiff_put_number(&head, part[i].len);
	buf_put(&head, sum, sizeof(sum));

	buf_put(&mk->out, &flags, 1);
	if (mk->hi > mk->lo) {
		vcdiff_put_number(&mk->out, mk->hi - mk->lo);
		vcdiff_put_number(&mk->out, mk->lo);
	}
	vcdiff_put_number(&mk->out,
		head.len + part[VCDIFF_DATA].len + part[VCDIFF_INST].len + part[VCDIFF_ADDR].len);
	buf_put(&mk->out, head.p, head.len);
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		buf_put(&mk->out, part[i].p, part[i].len);
	mk->out.failed |= head.failed;
	buf_fini(&head);
}

static void next_window(struct maker *mk)
{
	const struct matches *l = &mk->matches;

	mk->at = mk->end;
	mk->end += min_size(mk->profile->window, mk->im->new_len - mk->at);
	while (mk->first < l->n && l->at[mk->first].new_off + l->at[mk->first].len <= mk->at)
		mk->first++;
	reach(mk);
	vcdiff_put_clear(&mk->put);
}

static ota_status make_window(struct maker *mk, ota_err *err)
{
	struct buf packed[VCDIFF_SECTIONS], part[VCDIFF_SECTIONS];
	unsigned which = 0;
	bool smaller;
	ota_status st;

	st = ctx_poll(mk->ctx, err);
	if (st)
		return st;
	next_window(mk);
	put_window(mk);
	st = vcdiff_put_end(&mk->put, err);
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++) {
		buf_init(&packed[i], mk->ctx);
		smaller = false;
		if (!st)
			st = pack(mk, i, &packed[i], &smaller, err);
		part[i] = smaller ? packed[i] : mk->put.part[i];
		which |= smaller ? 1U << i : 0;
	}
	if (!st) {
		put_frame(mk, part, which);
		st = buf_status(&mk->out, err);
	}
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		buf_fini(&packed[i]);
	return st;
}

static ota_status make_windows(struct maker *mk, ota_err *err)
{
	const uint8_t head[] = {mk->dict != 0 ? VCDIFF_SECONDARY : 0, VCDIFF_LZMA};
	ota_status st = OTA_OK;

	buf_clear(&mk->out);
	buf_put(&mk->out, VCDIFF_MAGIC, 4);
	buf_put(&mk->out, head, mk->dict != 0 ? 2 : 1);
	mk->first = 0;
	mk->end = 0;
	do { /* no patch is without a window */
		st = make_window(mk, err);
	} while (!st && mk->end < mk->im->new_len);
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++) {
		lzma_out_free(mk->lzma[i]);
		mk->lzma[i] = NULL;
	}
	return st ? st : buf_status(&mk->out, err);
}

static ota_status make_best(struct maker *mk, ota_err *err)
{
	const struct images *im = mk->im;
	size_t tries = im->new_len <= THOROUGH ? TUNINGS : 1;
	struct search old_ = {0};
	ota_status st;

	st = search_init(&old_, mk->ctx, im->old_, im->old_len, err);
	if (st)
		return st;
	for (size_t i = 0; !st && i < tries; i++) {
		st = parse(mk, &old_, &tunings[i], err);
		if (!st)
			st = make_windows(mk, err);
		if (!st && (mk->best.len == 0 || mk->out.len < mk->best.len)) {
			struct buf swap = mk->best;

			mk->best = mk->out;
			mk->out = swap;
		}
	}
	search_fini(&old_, mk->ctx);
	return st;
}

static ota_status profile_by_name(const struct profile **out, const char *name, ota_err *err)
{
	*out = PROFILE_STD;
	if (name == NULL)
		return OTA_OK;
	for (size_t i = 0; i < PROFILES; i++) {
		if (strcmp(name, profiles[i].name) == 0) {
			*out = &profiles[i];
			return OTA_OK;
		}
	}
	return ota_fail(
		err, OTA_E_OPTION, "there is no profile \"%s\"; wanted tiny, std or max", name);
}

/* No more than there is to say. */
static uint32_t dictionary(const struct profile *p, uint64_t new_len)
{
	uint32_t dict = 4096;

	while (dict < p->dict && dict < new_len)
		dict *= 2;
	return p->dict == 0 ? 0 : dict;
}

static ota_status make(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
	const ota_diff_options *opt, ota_err *err)
{
	struct maker *mk = NULL;
	ota_status st;

	st = MEM_NEW(&mk, ctx, err);
	if (st)
		return st;
	mk->ctx = ctx;
	mk->im = im;
	vcdiff_put_init(&mk->put, ctx);
	buf_init(&mk->out, ctx);
	buf_init(&mk->best, ctx);
	st = profile_by_name(&mk->profile, opt != NULL ? opt->profile : NULL, err);
	if (!st) {
		mk->dict = dictionary(mk->profile, im->new_len);
		st = make_best(mk, err);
	}
	if (!st)
		st = ota_sink_write(patch, mk->best.p, mk->best.len, err);
	buf_fini(&mk->best);
	buf_fini(&mk->out);
	vcdiff_put_fini(&mk->put);
	mem_free(ctx, mk->matches.at);
	mem_free(ctx, mk);
	return st;
}

/* Sorting, or parsing and two patches that grow by doubling; the sections of a window; LZMA. */
static uint64_t memory(uint64_t old_len, uint64_t new_len)
{
	const struct profile *most = &profiles[PROFILES - 1];
	uint64_t lanes = new_len <= THOROUGH ? PARSE_B_AT * new_len : 0;

	return search_memory(old_len) + lanes + 8 * new_len + 8 * min_u64(new_len, most->window) +
	       VCDIFF_SECTIONS * lzma_out_ram(dictionary(most, new_len)) + sizeof(struct maker) +
	       ((uint64_t)1 << 20U);
}

static uint64_t applying(const char *name, uint64_t old_len, uint64_t new_len)
{
	const struct profile *p = PROFILE_STD;

	(void)old_len;
	return profile_by_name(&p, name, NULL) ? 0 : min_u64(p->window, new_len);
}

const struct diff_format vcdiff_diff = {
	.name = "vcdiff", .make = make, .memory = memory, .applying = applying};
