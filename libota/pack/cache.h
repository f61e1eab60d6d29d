/* SPDX-License-Identifier: MIT */
/* Deltas that were made before: named by all that they come from. */
#ifndef PACK_CACHE_H
#define PACK_CACHE_H

#include <pack/delta.h>

#define CACHE_NAME_MAX (2U * DIGEST_MAX + 1U)

/* The hashes of both images, codec, profile, window, memory, ram, this otatool; in hex. */
ota_status cache_name(char out[CACHE_NAME_MAX], const struct delta_job *job, ota_err *err);
/* What is kept under the name, into dst; *found false: nothing is. */
ota_status cache_get(
	bool *found, ota_sink *dst, const struct delta_job *job, const char *name, ota_err *err);
ota_status cache_put(
	const struct delta_job *job, const char *name, const struct made_delta *d, ota_err *err);

#endif
