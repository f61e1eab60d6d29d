/* SPDX-License-Identifier: MIT */
#include <codec/zstd_mem.h>

#include <codec/codec.h>

static void *alloc_cb(void *opaque, size_t size)
{
	const ota_ctx **ctx = opaque;

	return codec_alloc(*ctx, 1, size);
}

static void free_cb(void *opaque, void *p)
{
	const ota_ctx **ctx = opaque;

	mem_free(*ctx, p);
}

ZSTD_customMem zstd_mem(const ota_ctx **ctx)
{
	return (ZSTD_customMem){alloc_cb, free_cb, ctx};
}
