/* SPDX-License-Identifier: MIT */
/* A canonical manifest: what is accepted is written back as the very same bytes. */
#include <string.h>

#include <base/buf.h>
#include <model/manifest.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	ota_manifest *m = NULL;
	struct buf out;

	if (manifest_read(&m, fuzz_ctx(), data, len, NULL, NULL) != OTA_OK)
		return 0;
	buf_init(&out, fuzz_ctx());
	FUZZ_ASSERT(manifest_write(&out, m, NULL) == OTA_OK);
	FUZZ_ASSERT(out.len == len && memcmp(out.p, data, len) == 0);
	buf_fini(&out);
	manifest_free(m);
	return 0;
}
