/* SPDX-License-Identifier: MIT */
/*
 * What two images have in common in whole blocks is found by hash, in one pass. Only
 * their rests, what is left of each put together, are sorted and matched: a file system of which
 * a few files changed takes the time and the memory of those.
 */
#ifndef DIFF_BLOCKS_H
#define DIFF_BLOCKS_H

#include <diff/covers.h>
#include <diff/match.h>

/* A stretch of an image, and where it is in the rest. */
struct span {
	size_t at, from, len;
};

struct spans {
	struct span *at;
	size_t n, cap;
	size_t len; /* of the rest */
};

struct blocks {
	const ota_ctx *ctx;
	struct covers same; /* the blocks in common, in the order of new */
	struct spans old_, new_;
};

/* With few blocks in common, or less than least bytes of new, the rests are the images. */
ota_status blocks_find(
	struct blocks *b, const ota_ctx *ctx, const struct images *im, size_t least, ota_err *err);
void blocks_fini(struct blocks *b);
/* The rests of images of these sizes: copies if there is anything in common. */
ota_status blocks_rest(
	struct images *rest, const struct blocks *b, const struct images *im, ota_err *err);
void blocks_rest_free(struct images *rest, const struct blocks *b);
/* Appends covers of the images for those of their rests. */
ota_status blocks_covers(
	struct covers *out, const struct blocks *b, const struct covers *rest, ota_err *err);
/* The bytes of new that begin at a place of its rest, len of them or as many as are in one piece. */
struct span blocks_new(const struct blocks *b, size_t at, size_t len);

#endif
