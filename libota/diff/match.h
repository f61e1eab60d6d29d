/* SPDX-License-Identifier: MIT */
/* Between the matcher and the writers: which stretch of new resembles which of old. */
#ifndef DIFF_MATCH_H
#define DIFF_MATCH_H

#include <diff/search.h>

struct images {
	const uint8_t *old_, *new_;
	size_t old_len, new_len;
};

/*
 * len bytes, most of them equal. Matches come in the order of new_off and do not
 * overlap there; what no match covers is new.
 */
struct match {
	uint64_t old_off, new_off, len;
};

typedef ota_status match_fn(void *arg, const struct match *m, ota_err *err);

struct parse_a {
	const struct images *im;
	const struct search *old_;
	/*
	 * Another diagonal is taken when it explains more than gain bytes, and one in share of
	 * those it covers, that the current one gets wrong.
	 */
	size_t gain, share;
};

/* One diagonal at a time, extended while at least half of the bytes are equal. */
ota_status parse_a(
	const ota_ctx *ctx, const struct parse_a *in, match_fn *take, void *arg, ota_err *err);

struct parse_b {
	const struct images *im;
	const struct search *old_;
	size_t min; /* shorter matches start no diagonal */
	/* In 1/16 bit: an equal byte, a different one, a change of diagonal. */
	unsigned equal, miss, enter;
};

/* The cheapest way over several diagonals at once. Gives matches from the last to the first. */
ota_status parse_b(
	const ota_ctx *ctx, const struct parse_b *in, match_fn *take, void *arg, ota_err *err);

#endif
