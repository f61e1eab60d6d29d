/* SPDX-License-Identifier: MIT */
#include <codec/codec.h>

#include <base/num.h>

#include <string.h>

static const struct block_codec none_chunks = {.id = CODEC_NONE, .name = "none"};

static const struct block_codec *const rows[] = {&none_chunks, &xz_chunks, &zstd_chunks};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct block_codec *codec_by_name(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

const struct block_codec *codec_by_id(enum codec_id id)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i]->id == id)
			return rows[i];
	return NULL;
}

void *codec_alloc(const ota_ctx *ctx, size_t n, size_t size)
{
	uint64_t len;

	if (!mul_u64(&len, n, size) || len > SIZE_MAX)
		return NULL;
	return mem_alloc(ctx, size_of_u64(len));
}
