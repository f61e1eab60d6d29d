/* SPDX-License-Identifier: MIT */
/* The parts of the otad writer. */
#ifndef DIFF_OTAD_MAKE_H
#define DIFF_OTAD_MAKE_H

#include <ota/delta.h>

#include <base/buf.h>
#include <diff/blocks.h>
#include <otad/otad.h>

/* How the images are looked at. */
struct otad_view {
	enum otad_isa isa;
	bool words;
	uint32_t base, ram;
};

struct otad_job {
	const ota_ctx *ctx;
	const struct images *im;
	enum otad_profile profile;
	uint64_t window;
	const struct blocks *rest; /* only this is coded to see what all of it costs, */
	uint64_t sample;           /* and no more bytes of it */
};

#define OTAD_RAMS  4
#define OTAD_BASES 8

/* What the head says but for digests and lengths. */
void otad_shape(struct otad_head *h, const struct otad_job *job, const struct otad_view *v,
	const struct covers *covers);
void otad_put_number(struct buf *b, uint64_t v);
ota_status otad_put_covers(struct buf *out, const struct otad_job *job, const struct otad_head *h,
	const struct covers *covers, ota_err *err);
/* Appends the segments to out and their lengths, as numbers, to table. */
ota_status otad_put_segments(struct buf *out, struct buf *table, const struct otad_job *job,
	const struct otad_head *h, const struct covers *covers, ota_err *err);
/* What covers and segments take: the sum, if the rest of new is within the sample; else about, from slices. */
ota_status otad_cost(uint64_t *cost, const struct otad_job *job, const struct otad_view *v,
	const struct covers *covers, ota_err *err);

/* Of one diagonal at a time (share > 0), or of several at once. */
struct tuning {
	unsigned gain, share, min, equal, miss, enter;
};

struct matcher {
	const ota_ctx *ctx;
	const struct blocks *blocks;
	const struct images *rest;
	const struct search *old_; /* of rest, where there is one window */
	size_t windows;            /* that rest is cut into, each sorted when its turn comes */
};

/* Covers of the images, by their rests. */
ota_status otad_parse(
	struct covers *out, const struct matcher *m, const struct tuning *t, ota_err *err);
/* What a window of so many is sorted in. */
uint64_t otad_window_memory(uint64_t old_len, size_t windows);

/*
 * The covers to code, and the view under which they cost least. best is the caller's to
 * free, after a failure too. Of opt, which may be NULL, fast and memory.
 */
ota_status otad_find(struct covers *best, struct otad_view *view, const struct otad_job *job,
	const ota_diff_options *opt, ota_err *err);
/* What that takes at least beside the images. */
uint64_t otad_find_memory(uint64_t old_len, uint64_t new_len);

/* The view under which the covers cost least. */
ota_status otad_choose(struct otad_view *best, const struct otad_job *job,
	const struct covers *covers, ota_err *err);
/* out: n bytes, those of p with what a reference says blanked. */
void otad_normalise(uint8_t *out, const uint8_t *p, size_t n, const struct otad_view *v);
/* Addresses that byte 0 may be loaded at: what pointers say, 0, what an ELF header says. */
ota_status otad_bases(uint32_t bases[OTAD_BASES], size_t *count, const ota_ctx *ctx,
	const uint8_t *p, size_t n, enum otad_isa isa, ota_err *err);
/* The MiB outside the image that most different words point into. */
ota_status otad_ram_vote(uint32_t ram[OTAD_RAMS], const ota_ctx *ctx, const uint8_t *p, size_t n,
	uint32_t base, ota_err *err);

#endif
