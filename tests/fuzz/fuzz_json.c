/* SPDX-License-Identifier: MIT */
/* Strict JSON: what is accepted has one canonical form, which is accepted as such. */
#include <string.h>

#include <doc/doc.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena a, b;
	struct doc *d = NULL, *again = NULL;
	struct buf out;

	arena_init(&a, fuzz_ctx());
	arena_init(&b, fuzz_ctx());
	buf_init(&out, fuzz_ctx());
	if (json_read(&d, &a, data, len, NULL) == OTA_OK) {
		FUZZ_ASSERT(json_write(&out, d, NULL) == OTA_OK);
		FUZZ_ASSERT(json_read_canonical(&again, &b, out.p, out.len, NULL) == OTA_OK);
	}
	buf_fini(&out);
	arena_fini(&b);
	arena_fini(&a);
	return 0;
}
