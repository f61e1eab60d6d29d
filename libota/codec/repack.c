/* SPDX-License-Identifier: MIT */
#include <codec/repack.h>

static const struct repack_codec *const rows[] = {[REPACK_DEFLATE] = &deflate_repack,
	[REPACK_ZLIB] = &zlib_repack,
	[REPACK_ZSTD] = &zstd_repack};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct repack_codec *repack_by_id(unsigned id)
{
	return id < ROWS ? rows[id] : NULL;
}
