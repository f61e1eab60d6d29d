/* SPDX-License-Identifier: MIT */
/* The parts of the deep writer: what is found in an image, and how it becomes a virtual one. */
#ifndef DIFF_DEEP_PLAN_H
#define DIFF_DEEP_PLAN_H

#include <base/buf.h>
#include <patch/deep.h>

#define DEEP_NO_CODER UINT32_MAX

/* A compressed block of an image. */
struct deep_found {
	uint64_t off;
	uint32_t packed, plain; /* plain: at most */
	uint32_t codec;         /* a repack_id */
	uint32_t coder;         /* that reproduces it, or DEEP_NO_CODER: not known */
};

struct deep_finds {
	const ota_ctx *ctx;
	const uint8_t *p;
	size_t len;
	struct deep_found *at;
	size_t n, cap;
};

/* In the order of the image, none over another. */
ota_status deep_find(struct deep_finds *f, ota_err *err);
ota_status deep_add(struct deep_finds *f, const struct deep_found *found, ota_err *err);

struct deep_coders {
	struct deep_coder at[DEEP_CODERS];
	size_t n;
};

/* The ways in which the largest blocks were compressed. */
ota_status deep_learn(struct deep_coders *coders, struct deep_finds *f, ota_err *err);
/*
 * Appends the virtual image to out, and its blocks to image. Of new those that a coder
 * reproduces; of old (packed) those of a codec that one has.
 */
ota_status deep_expand(struct buf *out, struct buf *blocks, const struct deep_coders *coders,
	const struct deep_finds *f, bool packed, ota_err *err);

#endif
