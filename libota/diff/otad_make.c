/* SPDX-License-Identifier: MIT */
/* Writes otad (formats/otad.md): of several parses the one that costs least is coded. */
#include <diff/otad_make.h>

#include <base/num.h>
#include <base/par.h>
#include <crypto/hash.h>
#include <diff/diff.h>
#include <otad/state.h>
#include <patch/patch.h>

#include <string.h>

#define VERSION      1
#define WINDOW       ((size_t)8 << 20U) /* a larger image is cut into segments of it */
#define TINY_IMAGE   ((size_t)1 << 20U) /* up to here the profile is tiny where none is named */
#define SEGMENTS_MAX 16383U             /* what a section of a package holds, less the head */
#define SMALL        ((size_t)1 << 20U) /* up to here every parse is tried */
#define THOROUGH     ((size_t)4 << 20U) /* and up to here those of several diagonals at all, */
#define THOROUGH_RAW                                                                               \
	((size_t)8 << 20U) /* or here, where nothing is predicted: it costs little to code */
#define SAMPLE_VIEW  ((size_t)1 << 20U) /* of new, coded to choose a view, */
#define SAMPLE_SMALL ((size_t)1 << 17U) /* or so much of a small image */
#define SAMPLE_FAST  ((size_t)1 << 18U) /* the same where time counts */
#define SAMPLE_PARSE 4U                 /* one byte in so many, coded to choose a parse */
#define WINDOWS_MAX  64U                /* that images are cut into where memory is capped */
#define PARSE_B_AT   21U                /* bytes of memory for each byte of new, all told */

/* For the images as they are, and with their references blanked: the first few for a large one. */
static const struct tuning plain[] = {{12, 4, 0, 0, 0, 0}, {6, 4, 0, 0, 0, 0}, {20, 4, 0, 0, 0, 0}};
static const struct tuning blanked[] = {{6, 6, 0, 0, 0, 0}, {16, 8, 0, 0, 0, 0},
	{12, 4, 0, 0, 0, 0}, {4, 8, 0, 0, 0, 0}, {0, 0, 3, 2, 160, 400}, {0, 0, 4, 2, 180, 640},
	{0, 0, 4, 2, 180, 480}, {0, 0, 4, 2, 240, 800}, {0, 0, 3, 2, 200, 560},
	{0, 0, 4, 2, 180, 800}};

static const struct tier {
	size_t up_to; /* bytes of new */
	size_t plain, blanked;
} tiers[] = {{SMALL, sizeof(plain) / sizeof(plain[0]), sizeof(blanked) / sizeof(blanked[0])},
	{THOROUGH, 3, 6}, {SIZE_MAX, 2, 2}};

struct maker {
	struct otad_job job;
	struct digest old_hash, new_hash;
	struct otad_view view;
	struct blocks blocks;
	struct covers best;
	uint64_t cost;   /* of the best */
	uint64_t memory; /* to make it with beside the images; 0: not limited */
	size_t windows;
	bool fast;
};

/* Several parses, each costed by a worker while the next is made. */
struct trials {
	struct maker *mk;
	const struct matcher *matcher;
	const struct tuning *tunings;
	size_t n;
};

void otad_put_number(struct buf *b, uint64_t v)
{
	uint8_t byte;

	for (; v >= 0x80; v >>= 7U) {
		byte = (uint8_t)((v & 0x7fU) | 0x80U);
		buf_put(b, &byte, 1);
	}
	byte = (uint8_t)(v & 0x7fU);
	buf_put(b, &byte, 1);
}

void otad_shape(struct otad_head *h, const struct otad_job *job, const struct otad_view *v,
	const struct covers *covers)
{
	uint64_t size = job->im->new_len;

	*h = (struct otad_head){
		.profile = (uint8_t)job->profile,
		.isa = (uint8_t)v->isa,
		.flags = v->words ? OTAD_FLAG_WORDS : 0,
		.old_size = job->im->old_len,
		.new_size = size,
		.window = job->window,
		.base = v->base,
		.ram = v->ram,
		.covers = u32_of_u64(covers->n),
		.segments = size == 0 ? 0 : u32_of_u64((size - 1) / job->window + 1),
	};
}

static void put_head(struct buf *b, const struct maker *mk, const struct otad_head *h,
	const struct buf *table, const struct buf *covers)
{
	const uint8_t kind[] = {VERSION, h->profile, h->isa, h->flags};

	buf_put(b, OTAD_MAGIC, 4);
	buf_put(b, kind, sizeof(kind));
	buf_put(b, mk->old_hash.b, sizeof(h->old_hash));
	buf_put(b, mk->new_hash.b, sizeof(h->new_hash));
	otad_put_number(b, h->old_size);
	otad_put_number(b, h->new_size);
	otad_put_number(b, h->window);
	otad_put_number(b, h->base);
	otad_put_number(b, h->ram);
	otad_put_number(b, h->covers);
	otad_put_number(b, table->len);
	otad_put_number(b, covers->len);
	buf_put(b, table->p, table->len);
	buf_put(b, covers->p, covers->len);
}

struct trial {
	struct covers covers;
	uint64_t cost;
};

static ota_status trial_feed(void *arg, void *slot, uint64_t i, bool *end, ota_err *err)
{
	const struct trials *t = arg;
	struct trial *trial = slot;

	*end = i == t->n;
	if (*end)
		return OTA_OK;
	trial->covers.ctx = t->mk->job.ctx;
	return otad_parse(&trial->covers, t->matcher, &t->tunings[i], err);
}

static ota_status trial_work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	const struct trials *t = arg;
	struct trial *trial = slot;

	(void)i;
	return otad_cost(&trial->cost, &t->mk->job, &t->mk->view, &trial->covers, err);
}

static void trial_drop(void *arg, void *slot)
{
	const struct trials *t = arg;
	struct trial *trial = slot;

	mem_free(t->mk->job.ctx, trial->covers.at);
}

static void keep_cheaper(struct maker *mk, struct covers *covers, uint64_t cost)
{
	struct covers worse = mk->best;

	if (cost >= mk->cost)
		return;
	mk->cost = cost;
	mk->best = *covers;
	*covers = worse;
}

static ota_status try_all(struct trials *t, ota_err *err)
{
	static const struct par_ops ops = {
		sizeof(struct trial), trial_feed, trial_work, trial_drop};
	const ota_ctx *ctx = t->mk->job.ctx;
	struct par *par = NULL;
	ota_status st;

	st = par_new(&par, ctx, &ops, t, par_slots(ctx, model_size(t->mk->job.profile)), err);
	while (!st) {
		struct trial *trial;
		void *slot = NULL;

		st = par_next(par, &slot, err);
		trial = slot;
		if (st || trial == NULL)
			break;
		keep_cheaper(t->mk, &trial->covers, trial->cost);
	}
	par_free(par);
	return st;
}

static const struct tier *tier_of(const struct maker *mk)
{
	const struct tier *t = tiers;

	while (mk->blocks.new_.len > t->up_to)
		t++;
	return t;
}

static bool is_raw(const struct maker *mk)
{
	return mk->view.isa == OTAD_RAW && !mk->view.words;
}

static bool is_light(const struct maker *mk)
{
	return is_raw(mk) && mk->blocks.new_.len <= THOROUGH_RAW;
}

/* Of the parses of images with their references blanked: these have none. */
static size_t tries_raw(const struct maker *mk)
{
	if (!is_raw(mk))
		return 0;
	return is_light(mk) ? tiers[0].blanked : tier_of(mk)->blanked;
}

static uint64_t sample(const struct maker *mk)
{
	uint64_t size = mk->blocks.new_.len;

	return is_light(mk) ? size : max_u64(SAMPLE_VIEW, size / SAMPLE_PARSE);
}

/* What is known of the images by a parse, and more parses of them. */
static ota_status look_at(struct maker *mk, const struct matcher *m, ota_err *err)
{
	struct trials t = {mk, m, plain + 1, tier_of(mk)->plain - 1};
	struct trials raw = {mk, m, blanked, 0};
	ota_status st;

	st = otad_parse(&mk->best, m, &plain[0], err);
	if (!st)
		st = otad_choose(&mk->view, &mk->job, &mk->best, err);
	mk->job.sample = sample(mk);
	if (st || mk->fast)
		return st;
	st = otad_cost(&mk->cost, &mk->job, &mk->view, &mk->best, err);
	if (!st)
		st = try_all(&t, err);
	raw.n = m->windows == 1 ? tries_raw(mk) : 0;
	return st ? st : try_all(&raw, err);
}

static ota_status look_through(struct maker *mk, const struct matcher *m, ota_err *err)
{
	struct trials t = {mk, m, blanked, tier_of(mk)->blanked};

	return try_all(&t, err);
}

typedef ota_status look_fn(struct maker *mk, const struct matcher *m, ota_err *err);

/* With old sorted, where it is not sorted window by window. */
static ota_status look(struct maker *mk, const struct images *rest, look_fn *with, ota_err *err)
{
	struct search old_ = {0};
	struct matcher m = {mk->job.ctx, &mk->blocks, rest, &old_, mk->windows};
	ota_status st;

	if (mk->windows > 1)
		return with(mk, &m, err);
	st = search_init(&old_, mk->job.ctx, rest->old_, rest->old_len, err);
	if (st)
		return st;
	if (!mk->fast && rest->new_len <= THOROUGH)
		st = search_remember(&old_, mk->job.ctx, rest->new_len, err);
	if (!st)
		st = with(mk, &m, err);
	search_fini(&old_, mk->job.ctx);
	return st;
}

static ota_status blank(
	uint8_t **out, const struct maker *mk, const uint8_t *p, size_t len, ota_err *err)
{
	ota_status st = mem_new_bytes(out, mk->job.ctx, len + 1, err);

	if (!st)
		otad_normalise(*out, p, len, &mk->view);
	return st;
}

/* The rests of the images with their references blanked: where each is shows what it refers to. */
static ota_status find_through(struct maker *mk, ota_err *err)
{
	const struct images *im = mk->job.im;
	struct images all = *im, rest = {0};
	uint8_t *o = NULL, *n = NULL;
	bool cut = mk->blocks.same.n > 0;
	ota_status st;

	st = blank(&o, mk, im->old_, im->old_len, err);
	if (!st)
		st = blank(&n, mk, im->new_, im->new_len, err);
	all.old_ = o;
	all.new_ = n;
	if (!st)
		st = blocks_rest(&rest, &mk->blocks, &all, err);
	if (cut || st) {
		mem_free(mk->job.ctx, n);
		mem_free(mk->job.ctx, o);
	}
	if (st)
		return st;
	st = look(mk, &rest, look_through, err);
	mem_free(mk->job.ctx, (void *)(uintptr_t)rest.new_);
	mem_free(mk->job.ctx, (void *)(uintptr_t)rest.old_);
	return st;
}

/* The model of the largest profile, patches growing, blocks by their hashes. */
static uint64_t memory_beside(uint64_t old_len, uint64_t new_len)
{
	return model_size(OTAD_MAX) + ((uint64_t)4 << 20U) + (old_len + new_len) / 64;
}

/* The images blanked, sorted, parsed. */
static uint64_t memory_whole(uint64_t old_len, uint64_t new_len)
{
	uint64_t lanes = new_len <= THOROUGH_RAW ? PARSE_B_AT * new_len : 0;

	return memory_beside(old_len, new_len) + search_memory(old_len) + old_len + 7 * new_len +
	       lanes;
}

/* Their rests cut out, and sorted window by window. */
static uint64_t memory_cut(uint64_t old_len, uint64_t new_len, size_t windows)
{
	return memory_beside(old_len, new_len) + old_len + new_len +
	       otad_window_memory(old_len, windows);
}

static uint64_t memory(uint64_t old_len, uint64_t new_len)
{
	return min_u64(memory_whole(old_len, new_len), memory_cut(old_len, new_len, WINDOWS_MAX));
}

/* As few as there is memory for. */
static size_t windows(const struct maker *mk)
{
	const struct images *im = mk->job.im;
	uint64_t old_len = mk->blocks.old_.len, new_len = mk->blocks.new_.len, whole;
	size_t n = 2;

	whole = memory_whole(old_len, new_len);
	if (mk->blocks.same.n > 0)
		whole += im->old_len + im->new_len;
	if (mk->memory == 0 || whole <= mk->memory)
		return 1;
	while (n < WINDOWS_MAX && memory_cut(old_len, new_len, n) > mk->memory)
		n++;
	return n;
}

static ota_status find_best(struct maker *mk, ota_err *err)
{
	struct images rest;
	ota_status st;

	st = blocks_find(&mk->blocks, mk->job.ctx, mk->job.im, THOROUGH, err);
	if (!st)
		st = blocks_rest(&rest, &mk->blocks, mk->job.im, err);
	if (st)
		return st;
	mk->job.rest = &mk->blocks;
	mk->windows = windows(mk);
	st = look(mk, &rest, look_at, err);
	blocks_rest_free(&rest, &mk->blocks);
	if (st || mk->fast || mk->windows > 1 || is_raw(mk))
		return st;
	return find_through(mk, err);
}

static ota_status put_best(ota_sink *patch, struct maker *mk, ota_err *err)
{
	const ota_ctx *ctx = mk->job.ctx;
	struct buf covers, table, body, head;
	struct otad_head h;
	ota_status st;

	buf_init(&covers, ctx);
	buf_init(&table, ctx);
	buf_init(&body, ctx);
	buf_init(&head, ctx);
	otad_shape(&h, &mk->job, &mk->view, &mk->best);
	st = otad_put_covers(&covers, &mk->job, &h, &mk->best, err);
	if (!st)
		st = otad_put_segments(&body, &table, &mk->job, &h, &mk->best, err);
	if (!st) {
		put_head(&head, mk, &h, &table, &covers);
		st = buf_status(&head, err);
	}
	if (!st)
		st = ota_sink_write(patch, head.p, head.len, err);
	if (!st)
		st = ota_sink_write(patch, body.p, body.len, err);
	buf_fini(&head);
	buf_fini(&body);
	buf_fini(&table);
	buf_fini(&covers);
	return st;
}

static ota_status hash_both(struct maker *mk, ota_err *err)
{
	const struct images *im = mk->job.im;
	ota_status st;

	st = hash_bytes(&mk->old_hash, mk->job.ctx, HASH_SHA256, im->old_, im->old_len, err);
	return st ? st
		  : hash_bytes(&mk->new_hash, mk->job.ctx, HASH_SHA256, im->new_, im->new_len, err);
}

/* What is small runs where memory is: nothing else is known of the device. */
static ota_status choose_profile(
	enum otad_profile *out, const char *name, uint64_t new_len, ota_err *err)
{
	*out = new_len <= TINY_IMAGE ? OTAD_TINY : OTAD_STD;
	if (name == NULL)
		return OTA_OK;
	for (unsigned i = 0; i < OTAD_PROFILES; i++) {
		if (strcmp(name, otad_profiles[i]) == 0) {
			*out = (enum otad_profile)i;
			return OTA_OK;
		}
	}
	return ota_fail(
		err, OTA_E_OPTION, "there is no profile \"%s\"; wanted tiny, std or max", name);
}

/* Of what is asked for, as much as the format has room for. */
static uint64_t window(uint64_t size, uint64_t asked)
{
	uint64_t w = asked > 0 ? asked : WINDOW;

	while (size > 0 && (size - 1) / w >= SEGMENTS_MAX)
		w *= 2;
	return min_u64(size, w);
}

static ota_status make(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
	const ota_diff_options *opt, ota_err *err)
{
	struct maker mk = {.job =
				   {
					   .ctx = ctx,
					   .im = im,
				   },
		.blocks = {.ctx = ctx},
		.best = {.ctx = ctx}};
	ota_status st;

	mk.fast = opt != NULL && opt->fast;
	if (opt != NULL && opt->memory > 0)
		mk.memory = max_u64(opt->memory, im->old_len + im->new_len + 1) - im->old_len -
			    im->new_len;
	mk.job.sample = im->new_len <= SMALL ? SAMPLE_SMALL : mk.fast ? SAMPLE_FAST : SAMPLE_VIEW;
	mk.job.window = window(im->new_len, opt != NULL ? opt->window : 0);
	st = choose_profile(&mk.job.profile, opt != NULL ? opt->profile : NULL, im->new_len, err);
	if (!st)
		st = hash_both(&mk, err);
	if (!st)
		st = find_best(&mk, err);
	if (!st)
		st = put_best(patch, &mk, err);
	mem_free(ctx, mk.best.at);
	blocks_fini(&mk.blocks);
	return st;
}

static uint64_t applying(const char *name, uint64_t old_len, uint64_t new_len)
{
	enum otad_profile profile = OTAD_TINY;

	(void)old_len;
	return choose_profile(&profile, name, new_len, NULL) ? 0 : model_size(profile);
}

const struct diff_format otad_diff = {
	.name = "otad", .make = make, .memory = memory, .applying = applying};
