/* SPDX-License-Identifier: MIT */
/* A patch against a source: two bytes say how much of the rest is the source. */
#include <ota/delta.h>

#include "fuzz.h"

#define OUTPUT_MAX (1U << 20U)

static ota_status count(void *arg, const ota_patch_part *part, ota_err *err)
{
	(void)err;
	*(uint64_t *)arg += part->len;
	return OTA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	ota_patch_options opt = {.size = sizeof(opt), .max_output = OUTPUT_MAX};
	ota_patch_info info = {.size = sizeof(info)};
	ota_source *old, *patch;
	ota_sink *out = NULL;
	const uint8_t *p;
	size_t n, old_len;
	uint64_t sum = 0;
	ota_status st;

	if (len < 2)
		return 0;
	old_len = (size_t)data[0] << 8U | data[1];
	old_len = old_len < len - 2 ? old_len : len - 2;
	old = fuzz_source(data + 2, old_len);
	patch = fuzz_source(data + 2 + old_len, len - 2 - old_len);
	FUZZ_ASSERT(ota_sink_memory(&out, fuzz_ctx(), NULL) == OTA_OK);
	st = ota_patch_probe(&info, patch, NULL);
	if (!st && ota_patch_parts(fuzz_ctx(), patch, count, &sum, NULL) == OTA_OK)
		FUZZ_ASSERT(sum > 0);
	if (!st)
		st = ota_patch(out, fuzz_ctx(), old, patch, &opt, NULL);
	if (!st)
		st = ota_sink_commit(out, NULL);
	if (!st) {
		ota_sink_memory_bytes(out, &p, &n);
		FUZZ_ASSERT(n == info.new_size && n <= OUTPUT_MAX);
	}
	ota_sink_close(out);
	ota_source_close(patch);
	ota_source_close(old);
	return 0;
}
