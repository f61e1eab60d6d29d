/* SPDX-License-Identifier: MIT */
/* One delta: made, applied by the device's own applier in the memory it declares, compared. */
#ifndef PACK_DELTA_H
#define PACK_DELTA_H

#include <ota/pack.h>

#include <base/digest.h>

struct delta_job {
	const ota_ctx *ctx;
	ota_source *from, *image;
	const char *codec, *profile, *tmpdir;
	uint64_t image_size, memory, window;
	uint64_t ram; /* auto: of the device, for the delta and its chunks; 0: nothing is known */
	struct digest target;        /* of the image */
	const ota_cache *cache;      /* NULL: none */
	const struct digest *source; /* of from; for the cache alone */
};

struct made_delta {
	const ota_ctx *ctx;
	ota_spool *spool;
	ota_source *patch; /* of the spool */
	const char *codec; /* static */
	uint64_t size, ram;
	uint64_t read;   /* bytes of the old image, to apply it */
	uint64_t window; /* bytes of output that each piece but the first makes; 0: there is one */
	uint64_t *piece; /* their lengths: each becomes a chunk */
	uint32_t pieces;
	uint64_t piece_max;
	bool cached;     /* made before, proved now */
	ota_err trouble; /* of the cache; OTA_E_NONE: none */
};

/*
 * Out of the cache, else made and kept there. A cache that fails, or holds what
 * does not prove itself, is as none, and d->trouble says so.
 * pack.delta_proof when the patch does not reproduce the image, or takes more than it declares.
 */
ota_status delta_make(struct made_delta *out, const struct delta_job *job, ota_err *err);
/* The patch gives the image, within d->ram bytes of memory: pack.delta_proof if not. Sets d->read. */
ota_status delta_prove(const struct delta_job *job, struct made_delta *d, ota_err *err);
void delta_fini(struct made_delta *d);

#endif
