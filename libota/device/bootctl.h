/* SPDX-License-Identifier: MIT */
/*
 * Boot control: which slot starts, in two copies (formats/device.md section 4).
 * It chooses, it does not authorise: fields marked hint decide nothing. How the
 * copies look is the kind's; what they say is one struct.
 */
#ifndef DEVICE_BOOTCTL_H
#define DEVICE_BOOTCTL_H

#include <ota/devfile.h>
#include <ota/package.h>

#include <device/record.h>

#define PRIORITY_MAX       15U
#define TRIES_MAX          7U
#define CHAIN_FAILURES_MAX 3U
#define BOOT_VERSION_LEN   32U
#define BOOT_WHY_LEN       80U

struct bootctl_slot {
	uint8_t priority, tries;
	bool successful, writing, verity_corrupt;
	uint8_t chain_failures;
	uint32_t counter;                   /* hint */
	uint8_t digest[OTA_DIGEST_MAX];     /* of the package; zero: not known */
	char version[BOOT_VERSION_LEN + 1]; /* hint */
	uint64_t installed_at;
};

struct bootctl {
	unsigned nslots, last_booted;
	bool trial, recovery;
	uint8_t recovery_tries;
	uint32_t counter_floor; /* hint */
	uint64_t time_floor;
	struct bootctl_slot slot[OTA_SLOTS_MAX];
};

struct bootctl_store;

struct bootctl_kind {
	bool floor_enforced; /* its loader asks for the counter floor: it is ours */
	/* Leaves valid, now and seq; two bad copies are no failure. */
	ota_status (*load)(struct bootctl_store *b, ota_err *err);
	/* Where one copy is bad: write it anew from the good one. */
	ota_status (*repair)(struct bootctl_store *b, ota_err *err);
	/*
	 * Into the copy that is not in force, which then is. expendable: where that cannot
	 * be written, into the other one.
	 */
	ota_status (*save)(
		struct bootctl_store *b, const struct bootctl *want, bool expendable, ota_err *err);
};

extern const struct bootctl_kind bootctl_otap, bootctl_uboot_env;

/* Where the copies of an environment are, and which is in force. */
struct env_store {
	uint64_t half_len;
	size_t len; /* of a copy */
	bool based; /* there is a good copy: what is not ours is kept from it */
	bool found; /* and it says ours */
	bool lone;  /* the other one does not */
	unsigned half;
	uint8_t serial;
};

struct bootctl_store {
	const struct bootctl_kind *kind;
	const ota_ctx *ctx;
	ota_flash *f;
	struct record_store rec; /* of otap */
	struct env_store env;    /* of uboot-env */
	struct bootctl now;
	uint64_t seq;
	bool valid; /* false: both copies are bad, or they contradict each other */
	bool spent; /* a loader counted starts of slots that are committed: write it anew */
	char why[BOOT_WHY_LEN]; /* what a copy lacks that is whole; "": nothing */
};

/* Two bad copies are no failure: valid says so. device.state if made for other slots. */
ota_status bootctl_load(struct bootctl_store *b, const ota_ctx *ctx, const ota_devfile *d,
	ota_port *port, ota_err *err);
/* bootctl.corrupt, and why. */
ota_status bootctl_lost(const struct bootctl_store *b, ota_err *err);
/* Write a bad copy anew from the good one. */
ota_status bootctl_repair(struct bootctl_store *b, ota_err *err);
/* Make want the state, in flash and in b. */
ota_status bootctl_save(struct bootctl_store *b, const struct bootctl *want, ota_err *err);
/* In both copies: a copy that goes bad must not bring the state before it back. */
ota_status bootctl_save_both(struct bootctl_store *b, const struct bootctl *want, ota_err *err);
/* May the loader try it? */
bool bootctl_bootable(const struct bootctl_slot *s);
/* A recovery's work is not done: a slot that it rebuilt is not committed yet. */
bool bootctl_recovering(const struct bootctl *b);

#endif
