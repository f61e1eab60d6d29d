/* SPDX-License-Identifier: MIT */
/*
 * What an install does to the flash of a device with two slots, from the device
 * file alone: images, metadata, journal and boot control, over all power-ons up
 * to the one that finds nothing to do (formats/manifest.md section 6). The tests
 * hold it against the rehearsal.
 */
#ifndef MODEL_INSTALL_COST_H
#define MODEL_INSTALL_COST_H

#include <model/devfile.h>

struct install_cost {
	uint64_t read, programmed, erased, worn; /* bytes, bytes, blocks, erases of one block */
	uint64_t records;                        /* of the journal */
	uint64_t images, running;                /* bytes of the new ones, of the old ones */
};

/* Bytes of an image that is as large as its slot or smaller. */
struct install_image {
	uint64_t size;
	uint64_t programmed; /* in whole units: blocks of the erased value are not */
	uint64_t running;    /* of what runs in its place */
	uint64_t looked_at;  /* read of that to find a delta and to apply it */
};

struct install_end {
	uint64_t documents; /* bytes of HEADER, MANIFEST and SIGAREA */
	bool disables;      /* after_commit: disable-previous */
};

/* From all zero. The slot holds another image. */
void install_cost_write(
	struct install_cost *k, const ota_devfile *d, const struct install_image *image);
/* The slot holds it: kind present. */
void install_cost_present(struct install_cost *k, uint64_t size);
/* After all components. */
void install_cost_end(struct install_cost *k, const ota_devfile *d, const struct install_end *end);

#endif
