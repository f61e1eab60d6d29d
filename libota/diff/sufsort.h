/* SPDX-License-Identifier: MIT */
/* The suffix array of the old image. */
#ifndef DIFF_SUFSORT_H
#define DIFF_SUFSORT_H

#include <base/ctx.h>

/* Entries are 4 bytes up to 2 GiB − 1, 8 beyond. */
struct sufsort {
	const int32_t *narrow;
	const int64_t *wide;
};

#define SUFSORT_NARROW_MAX ((uint64_t)INT32_MAX)

/* wide may be asked for at any length. */
ota_status sufsort_init(struct sufsort *sa, const ota_ctx *ctx, const uint8_t *p, size_t len,
	bool wide, ota_err *err);
void sufsort_fini(struct sufsort *sa, const ota_ctx *ctx);

/* Where the i-th suffix in order begins. */
static inline size_t sufsort_at(const struct sufsort *sa, size_t i)
{
	return sa->narrow != NULL ? (size_t)sa->narrow[i] : (size_t)sa->wide[i];
}

#endif
