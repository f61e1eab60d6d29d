/* SPDX-License-Identifier: MIT */
/* Writes otad (formats/otad.md). */
#include <diff/otad_make.h>

#include <base/num.h>
#include <crypto/hash.h>
#include <diff/diff.h>
#include <otad/state.h>
#include <patch/patch.h>

#include <string.h>

#define VERSION      1
#define WINDOW       ((size_t)8 << 20U) /* a larger image is cut into segments of it */
#define TINY_IMAGE   ((size_t)1 << 20U) /* up to here the profile is tiny where none is named */
#define SEGMENTS_MAX 16383U             /* what a section of a package holds, less the head */

struct maker {
	struct otad_job job;
	struct digest old_hash, new_hash;
	struct otad_view view;
	struct covers best;
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
		.best = {.ctx = ctx}};
	ota_status st;

	mk.job.window = window(im->new_len, opt != NULL ? opt->window : 0);
	st = choose_profile(&mk.job.profile, opt != NULL ? opt->profile : NULL, im->new_len, err);
	if (!st)
		st = hash_both(&mk, err);
	if (!st)
		st = otad_find(&mk.best, &mk.view, &mk.job, opt, err);
	if (!st)
		st = put_best(patch, &mk, err);
	mem_free(ctx, mk.best.at);
	return st;
}

static uint64_t applying(const char *name, uint64_t old_len, uint64_t new_len)
{
	enum otad_profile profile = OTAD_TINY;

	(void)old_len;
	return choose_profile(&profile, name, new_len, NULL) ? 0 : model_size(profile);
}

const struct diff_format otad_diff = {
	.name = "otad", .make = make, .memory = otad_find_memory, .applying = applying};
