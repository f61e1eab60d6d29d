/* SPDX-License-Identifier: MIT */
/* Matches in the order of new, growing. */
#ifndef DIFF_COVERS_H
#define DIFF_COVERS_H

#include <base/mem.h>
#include <diff/match.h>
#include <otad/cover.h>

struct covers {
	const ota_ctx *ctx;
	struct cover *at;
	size_t n, cap;
};

/* limit.count beyond what a patch may have. */
ota_status covers_put(struct covers *c, struct cover one, ota_err *err);
/* A match_fn: arg is the covers. */
ota_status covers_take(void *arg, const struct match *m, ota_err *err);
/* The last first. */
void covers_turn(struct covers *c);

#endif
