/* SPDX-License-Identifier: MIT */
/* libzstd's allocations, counted by a context. */
#ifndef CODEC_ZSTD_MEM_H
#define CODEC_ZSTD_MEM_H

#ifndef ZSTD_STATIC_LINKING_ONLY
#define ZSTD_STATIC_LINKING_ONLY /* custom allocator, frame header, estimates */
#endif

#include <ota/io.h>

#include <zstd.h>

/* *ctx lives as long as what is allocated. */
ZSTD_customMem zstd_mem(const ota_ctx **ctx);

#endif
