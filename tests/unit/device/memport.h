/* SPDX-License-Identifier: MIT */
/*
 * A device in memory that counts its operations (programs, erases, fuse burns)
 * and loses power, or has a bad block, at any of them. Copying the struct is
 * copying the device, once mp_init ran on the copy.
 */
#ifndef MEMPORT_H
#define MEMPORT_H

#include <ota/device.h>

#include "unit.h"

#define MP_IMAGE      (64U << 10U)
#define MP_ERASE      4096U
#define MP_META       (16U << 10U)
#define MP_COMPONENTS 2
#define MP_REGIONS    (2 + 2 + 2 * MP_COMPONENTS)
#define MP_UNSYNCED   4096
#define MP_NEVER      UINT64_MAX

enum mp_cut {
	MP_BEFORE, /* nothing of the operation */
	MP_AFTER,  /* all of it */
	MP_HALF,   /* a prefix */
	MP_MIX,    /* a random mix of old and new bytes */
	MP_LOSE,   /* a random subset of what was not synced, this one too */
	MP_CUTS
};

enum mp_fault {
	MP_GOOD,
	MP_PROGRAM_ERROR,
	MP_ERASE_ERROR,
	MP_READ_ERROR,
	MP_PROGRAM_NOOP,
	MP_ERASE_NOOP,
	MP_PROGRAM_FLIP,
	MP_FAULTS
};

struct memport;

struct mp_region {
	ota_flash flash;
	struct memport *mp;
	uint8_t *bytes;
	size_t size;
};

struct mp_undo {
	unsigned region;
	size_t off, len;
	uint8_t *before;
};

struct memport {
	ota_port port;
	struct mp_region
		region[MP_REGIONS]; /* bootctl, journal, meta 0 1, images 0 1 a component */
	uint8_t bytes[4 * MP_ERASE + 2 * MP_META + 2 * MP_COMPONENTS * MP_IMAGE];
	unsigned components, booted;
	uint32_t program, fuse[2];
	uint8_t erased;
	/* power */
	uint64_t ops, cut_at, rng;
	enum mp_cut cut;
	bool dead;
	struct mp_undo undo[MP_UNSYNCED];
	unsigned undos;
	/* one bad block */
	enum mp_fault fault;
	unsigned bad_region;
	size_t bad_off;
	bool once, heals; /* the first access alone fails; an erase mends it */
	bool burn_error;
};

extern const char *const mp_component[MP_COMPONENTS];

/* A blank device. The struct is big: allocate it. */
struct memport *mp_new(uint32_t program, uint8_t erased, unsigned components);
void mp_free(struct memport *mp);
/* to becomes what from is: a snapshot, or its restoring. */
void mp_copy(struct memport *to, const struct memport *from);
/* Power comes back. */
void mp_reboot(struct memport *mp);
uint8_t *mp_image(struct memport *mp, unsigned slot, unsigned component);
struct mp_region *mp_meta(struct memport *mp, unsigned slot);

#endif
