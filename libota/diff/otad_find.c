/* SPDX-License-Identifier: MIT */
/* Of several parses of the images, under the view that suits them, the one that costs least. */
#include <diff/otad_make.h>

#include <base/num.h>
#include <base/par.h>
#include <otad/model.h>

#define SMALL        ((size_t)1 << 20U) /* up to here every parse is tried */
#define THOROUGH     ((size_t)4 << 20U) /* and up to here those of several diagonals at all, */
#define THOROUGH_RAW ((size_t)8 << 20U) /* or here, where nothing is predicted: coding is quick */
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

struct finder {
	struct otad_job job;
	struct otad_view view;
	struct blocks blocks;
	struct covers best;
	uint64_t cost;   /* of the best */
	uint64_t memory; /* to find it with beside the images; 0: not limited */
	size_t windows;
	bool fast;
};

/* Several parses, each costed by a worker while the next is made. */
struct trials {
	struct finder *fi;
	const struct matcher *matcher;
	const struct tuning *tunings;
	size_t n;
};

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
	trial->covers.ctx = t->fi->job.ctx;
	return otad_parse(&trial->covers, t->matcher, &t->tunings[i], err);
}

static ota_status trial_work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	const struct trials *t = arg;
	struct trial *trial = slot;

	(void)i;
	return otad_cost(&trial->cost, &t->fi->job, &t->fi->view, &trial->covers, err);
}

static void trial_drop(void *arg, void *slot)
{
	const struct trials *t = arg;
	struct trial *trial = slot;

	mem_free(t->fi->job.ctx, trial->covers.at);
}

static void keep_cheaper(struct finder *fi, struct covers *covers, uint64_t cost)
{
	struct covers worse = fi->best;

	if (cost >= fi->cost)
		return;
	fi->cost = cost;
	fi->best = *covers;
	*covers = worse;
}

static ota_status try_all(struct trials *t, ota_err *err)
{
	static const struct par_ops ops = {
		sizeof(struct trial), trial_feed, trial_work, trial_drop};
	const ota_ctx *ctx = t->fi->job.ctx;
	struct par *par = NULL;
	ota_status st;

	st = par_new(&par, ctx, &ops, t, par_slots(ctx, model_size(t->fi->job.profile)), err);
	while (!st) {
		struct trial *trial;
		void *slot = NULL;

		st = par_next(par, &slot, err);
		trial = slot;
		if (st || trial == NULL)
			break;
		keep_cheaper(t->fi, &trial->covers, trial->cost);
	}
	par_free(par);
	return st;
}

static const struct tier *tier_of(const struct finder *fi)
{
	const struct tier *t = tiers;

	while (fi->blocks.new_.len > t->up_to)
		t++;
	return t;
}

static bool is_raw(const struct finder *fi)
{
	return fi->view.isa == OTAD_RAW && !fi->view.words;
}

static bool is_light(const struct finder *fi)
{
	return is_raw(fi) && fi->blocks.new_.len <= THOROUGH_RAW;
}

/* Of the parses of images with their references blanked: these have none. */
static size_t tries_raw(const struct finder *fi)
{
	if (!is_raw(fi))
		return 0;
	return is_light(fi) ? tiers[0].blanked : tier_of(fi)->blanked;
}

static uint64_t sample(const struct finder *fi)
{
	uint64_t size = fi->blocks.new_.len;

	return is_light(fi) ? size : max_u64(SAMPLE_VIEW, size / SAMPLE_PARSE);
}

/* What is known of the images by a parse, and more parses of them. */
static ota_status look_at(struct finder *fi, const struct matcher *m, ota_err *err)
{
	struct trials t = {fi, m, plain + 1, tier_of(fi)->plain - 1};
	struct trials raw = {fi, m, blanked, 0};
	ota_status st;

	st = otad_parse(&fi->best, m, &plain[0], err);
	if (!st)
		st = otad_choose(&fi->view, &fi->job, &fi->best, err);
	fi->job.sample = sample(fi);
	if (st || fi->fast)
		return st;
	st = otad_cost(&fi->cost, &fi->job, &fi->view, &fi->best, err);
	if (!st)
		st = try_all(&t, err);
	raw.n = m->windows == 1 ? tries_raw(fi) : 0;
	return st ? st : try_all(&raw, err);
}

static ota_status look_through(struct finder *fi, const struct matcher *m, ota_err *err)
{
	struct trials t = {fi, m, blanked, tier_of(fi)->blanked};

	return try_all(&t, err);
}

typedef ota_status look_fn(struct finder *fi, const struct matcher *m, ota_err *err);

/* With old sorted, where it is not sorted window by window. */
static ota_status look(struct finder *fi, const struct images *rest, look_fn *with, ota_err *err)
{
	struct search old_ = {0};
	struct matcher m = {fi->job.ctx, &fi->blocks, rest, &old_, fi->windows};
	ota_status st;

	if (fi->windows > 1)
		return with(fi, &m, err);
	st = search_init(&old_, fi->job.ctx, rest->old_, rest->old_len, err);
	if (st)
		return st;
	if (!fi->fast && rest->new_len <= THOROUGH)
		st = search_remember(&old_, fi->job.ctx, rest->new_len, err);
	if (!st)
		st = with(fi, &m, err);
	search_fini(&old_, fi->job.ctx);
	return st;
}

static ota_status blank(
	uint8_t **out, const struct finder *fi, const uint8_t *p, size_t len, ota_err *err)
{
	ota_status st = mem_new_bytes(out, fi->job.ctx, len + 1, err);

	if (!st)
		otad_normalise(*out, p, len, &fi->view);
	return st;
}

/* The rests of the images with their references blanked: where each is shows what it refers to. */
static ota_status find_through(struct finder *fi, ota_err *err)
{
	const struct images *im = fi->job.im;
	struct images all = *im, rest = {0};
	uint8_t *o = NULL, *n = NULL;
	bool cut = fi->blocks.same.n > 0;
	ota_status st;

	st = blank(&o, fi, im->old_, im->old_len, err);
	if (!st)
		st = blank(&n, fi, im->new_, im->new_len, err);
	all.old_ = o;
	all.new_ = n;
	if (!st)
		st = blocks_rest(&rest, &fi->blocks, &all, err);
	if (cut || st) {
		mem_free(fi->job.ctx, n);
		mem_free(fi->job.ctx, o);
	}
	if (st)
		return st;
	st = look(fi, &rest, look_through, err);
	mem_free(fi->job.ctx, (void *)(uintptr_t)rest.new_);
	mem_free(fi->job.ctx, (void *)(uintptr_t)rest.old_);
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

uint64_t otad_find_memory(uint64_t old_len, uint64_t new_len)
{
	return min_u64(memory_whole(old_len, new_len), memory_cut(old_len, new_len, WINDOWS_MAX));
}

/* As few as there is memory for. */
static size_t windows(const struct finder *fi)
{
	const struct images *im = fi->job.im;
	uint64_t old_len = fi->blocks.old_.len, new_len = fi->blocks.new_.len, whole;
	size_t n = 2;

	whole = memory_whole(old_len, new_len);
	if (fi->blocks.same.n > 0)
		whole += im->old_len + im->new_len;
	if (fi->memory == 0 || whole <= fi->memory)
		return 1;
	while (n < WINDOWS_MAX && memory_cut(old_len, new_len, n) > fi->memory)
		n++;
	return n;
}

static ota_status find_best(struct finder *fi, ota_err *err)
{
	struct images rest;
	ota_status st;

	st = blocks_find(&fi->blocks, fi->job.ctx, fi->job.im, THOROUGH, err);
	if (!st)
		st = blocks_rest(&rest, &fi->blocks, fi->job.im, err);
	if (st)
		return st;
	fi->job.rest = &fi->blocks;
	fi->windows = windows(fi);
	st = look(fi, &rest, look_at, err);
	blocks_rest_free(&rest, &fi->blocks);
	if (st || fi->fast || fi->windows > 1 || is_raw(fi))
		return st;
	return find_through(fi, err);
}

ota_status otad_find(struct covers *best, struct otad_view *view, const struct otad_job *job,
	const ota_diff_options *opt, ota_err *err)
{
	struct finder fi = {.job = *job, .blocks = {.ctx = job->ctx}, .best = {.ctx = job->ctx}};
	uint64_t images = job->im->old_len + job->im->new_len;
	ota_status st;

	fi.fast = opt != NULL && opt->fast;
	if (opt != NULL && opt->memory > 0)
		fi.memory = max_u64(opt->memory, images + 1) - images;
	fi.job.sample = job->im->new_len <= SMALL ? SAMPLE_SMALL
			: fi.fast                 ? SAMPLE_FAST
						  : SAMPLE_VIEW;
	st = find_best(&fi, err);
	*best = fi.best;
	*view = fi.view;
	blocks_fini(&fi.blocks);
	return st;
}
