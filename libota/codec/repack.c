/* SPDX-License-Identifier: MIT */
#include <codec/repack.h>

static const struct repack_codec *const rows[REPACK_END] = {[REPACK_DEFLATE] = &deflate_repack,
	[REPACK_ZLIB] = &zlib_repack,
	[REPACK_ZSTD] = &zstd_repack};

const struct repack_codec *repack_by_id(unsigned id)
{
	return id < REPACK_END ? rows[id] : NULL;
}
