/* SPDX-License-Identifier: MIT */
/* What every fuzz target shares. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdlib.h>

#include <ota/io.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* One context for all inputs, capped, so that a bomb is a finding and not a dead machine. */
static inline ota_ctx *fuzz_ctx(void)
{
	static ota_ctx *ctx;
	ota_config cfg = {.size = sizeof(cfg), .mem_max = UINT64_C(256) << 20U};

	if (ctx == NULL && ota_ctx_new(&ctx, &cfg, NULL) != OTA_OK)
		abort();
	return ctx;
}

static inline ota_source *fuzz_source(const uint8_t *data, size_t len)
{
	ota_source *src = NULL;

	if (ota_source_memory(&src, fuzz_ctx(), data, len, NULL) != OTA_OK)
		abort();
	return src;
}

#define FUZZ_ASSERT(x)                                                                             \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

#endif
