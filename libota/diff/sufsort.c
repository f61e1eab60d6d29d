/* SPDX-License-Identifier: MIT */
/*
 * libdivsufsort allocates its two bucket tables (about 0.5 MiB) by itself; the
 * array, which is what grows with the image, is ours and counted.
 */
#include <diff/sufsort.h>

#include <base/num.h>

#include <assert.h>
#include <divsufsort.h>
#include <divsufsort64.h>

static ota_status sort_narrow(
	int32_t **out, const ota_ctx *ctx, const uint8_t *p, size_t len, ota_err *err)
{
	int32_t *sa = NULL;
	ota_status st;

	assert(len <= SUFSORT_NARROW_MAX);
	st = mem_new_bytes(&sa, ctx, (len + 1) * sizeof(*sa), err);
	if (st)
		return st;
	if (divsufsort(p, sa, (saidx_t)len) != 0) {
		mem_free(ctx, sa);
		return ota_fail_nomem(err);
	}
	*out = sa;
	return OTA_OK;
}

static ota_status sort_wide(
	int64_t **out, const ota_ctx *ctx, const uint8_t *p, size_t len, ota_err *err)
{
	int64_t *sa = NULL;
	ota_status st;

	assert(len < SIZE_MAX / sizeof(*sa));
	st = mem_new_bytes(&sa, ctx, (len + 1) * sizeof(*sa), err);
	if (st)
		return st;
	if (divsufsort64(p, sa, (saidx64_t)len) != 0) {
		mem_free(ctx, sa);
		return ota_fail_nomem(err);
	}
	*out = sa;
	return OTA_OK;
}

ota_status sufsort_init(struct sufsort *sa, const ota_ctx *ctx, const uint8_t *p, size_t len,
	bool wide, ota_err *err)
{
	int32_t *four = NULL;
	int64_t *eight = NULL;
	ota_status st;

	if (wide)
		st = sort_wide(&eight, ctx, p, len, err);
	else
		st = sort_narrow(&four, ctx, p, len, err);
	if (st)
		return st;
	sa->narrow = four;
	sa->wide = eight;
	return OTA_OK;
}

void sufsort_fini(struct sufsort *sa, const ota_ctx *ctx)
{
	/* One of the two is NULL; the array is ours, const only for its readers. */
	mem_free(ctx, (void *)sa->narrow);
	mem_free(ctx, (void *)sa->wide);
}
