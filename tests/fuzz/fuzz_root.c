/* SPDX-License-Identifier: MIT */
/* Roots and stop documents: what is accepted can be edited, and the result is accepted. */
#include <ota/author.h>

#include <trust/root.h>
#include <trust/stop.h>

#include "fuzz.h"

static void edit(const ota_root *r)
{
	const ota_root_edit e = {.size = sizeof(e), .op = OTA_ROOT_EXPIRES, .time = 2000000000};
	ota_root *next = NULL;
	ota_sink *dst = NULL;
	ota_err err = OTA_ERR_INIT;

	FUZZ_ASSERT(ota_sink_memory(&dst, fuzz_ctx(), NULL) == OTA_OK);
	if (ota_root_write(&next, dst, fuzz_ctx(), r, &e, 1, &err) == OTA_OK) {
		FUZZ_ASSERT(ota_root_version(next) == ota_root_version(r) + 1);
		FUZZ_ASSERT(ota_root_follow(r, next, NULL, NULL) != OTA_OK);
	} else {
		/* The last version, or the largest document. */
		FUZZ_ASSERT(err.id == OTA_E_ROOT || err.id == OTA_E_LIMIT ||
			    err.id == OTA_E_LIMIT_COUNT);
	}
	ota_root_free(next);
	ota_sink_close(dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	ota_stop *stop = NULL;
	ota_root *root = NULL;
	ota_source *src = fuzz_source(data, len);

	if (ota_root_read(&root, fuzz_ctx(), src, NULL) == OTA_OK) {
		(void)!ota_root_follow(NULL, root, NULL, NULL);
		edit(root);
	}
	ota_root_free(root);
	ota_source_close(src);
	src = fuzz_source(data, len);
	if (ota_stop_read(&stop, fuzz_ctx(), src, NULL) == OTA_OK)
		FUZZ_ASSERT(stop->revoked_count > 0);
	ota_stop_free(stop);
	ota_source_close(src);
	return 0;
}
