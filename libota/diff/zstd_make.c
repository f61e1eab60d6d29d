/* SPDX-License-Identifier: MIT */
/* Writes what zstd -d --patch-from applies. libzstd matches by itself. */
#include <diff/diff.h>

#include <codec/zstd_prefix.h>

static ota_status make(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
	const ota_diff_options *opt, ota_err *err)
{
	(void)opt;
	return zstd_prefix_encode(patch, ctx, im->old_, im->old_len, im->new_, im->new_len, err);
}

static uint64_t applying(const char *profile, uint64_t old_len, uint64_t new_len)
{
	(void)profile;
	return old_len + new_len;
}

const struct diff_format zstd_diff = {
	.name = "zstd", .make = make, .memory = zstd_prefix_encode_ram, .applying = applying};
