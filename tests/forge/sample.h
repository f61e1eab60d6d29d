/* SPDX-License-Identifier: MIT */
/* A small package that has a bit of everything: the one that tests bend and cut. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "forge.h"

#define SAMPLE_CHUNK (1U << 20U)            /* the first chunk of the image: zeros */
#define SAMPLE_SIZE  (SAMPLE_CHUNK + 8192U) /* of both images */

/* Product gw-100, version 2.4.0, counter 7; component rootfs: full xz, delta from old.img. */
extern const char sample_yaml[];

struct sample {
	uint8_t *old_, *new_;
	struct forge_file files[2]; /* old.img, new.img */
};

void sample_init(struct sample *s);
void sample_fini(struct sample *s);
/* Signed, about 5 KiB; malloc'd. */
uint8_t *sample_package(size_t *len, const ota_ctx *ctx);

#endif
