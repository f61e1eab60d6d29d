/* SPDX-License-Identifier: MIT */
/* The struct behind ota_sim: an ota_port over files. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <ota/sim.h>

#include <sim/folder.h>
#include <model/layout.h>

/* A component of the slots: a file each. */
struct part {
	char *name;
	uint64_t least; /* bytes of its files */
	char *path[OTA_SLOTS_MAX];
	ota_flash *image[OTA_SLOTS_MAX]; /* NULL: not open yet */
};

struct ota_sim {
	ota_port port;
	const ota_ctx *ctx;
	const ota_devfile *d;
	ota_devfile *own; /* of a device folder: what d is */
	struct folder folder;
	bool whole; /* a device folder; else image files and a state folder */
	unsigned booted;
	struct part *part;
	size_t part_count;
	struct layout layout;
	ota_flash *bootctl, *journal, *meta[OTA_SLOTS_MAX];
};

/* A device folder */
#define WORLD_SLOTS   2U
#define WORLD_DEVFILE "device.json"

/* What opt says, or what is in its folder: parts, number of slots, d; the folder is locked. */
ota_status world_find(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err);
/* "DIR/a-rootfs.img"; freed with mem_free. */
ota_status world_image_path(char **out, const ota_ctx *ctx, const char *dir, unsigned slot,
	const char *component, ota_err *err);
/* A device folder that has its images and nothing else: make the rest, slot 0 running. */
ota_status world_new(
	ota_sim **out, const ota_ctx *ctx, const ota_devfile *d, const char *path, ota_err *err);

#endif
