/* SPDX-License-Identifier: MIT */
/* A signature area: lines that are accepted are written back as the very same bytes. */
#include <string.h>

#include <base/arena.h>
#include <package/sigline.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sigline *lines = NULL;
	struct arena a;
	struct buf out;
	size_t n = 0;

	arena_init(&a, fuzz_ctx());
	buf_init(&out, fuzz_ctx());
	if (sigarea_parse(&lines, &n, &a, data, len, NULL) == OTA_OK) {
		FUZZ_ASSERT(n <= SIGLINES_MAX);
		for (size_t i = 0; i < n; i++)
			sigline_write(&out, &lines[i]);
		FUZZ_ASSERT(out.len <= len && (n == 0 || memcmp(out.p, data, out.len) == 0));
	}
	buf_fini(&out);
	arena_fini(&a);
	return 0;
}
