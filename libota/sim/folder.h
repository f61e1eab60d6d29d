/* SPDX-License-Identifier: MIT */
/*
 * The state folder of a simulated device: boot control, journal, slot metadata,
 * fuses, and `booted`, the loader's handoff. The folder is complete once
 * `booted` is there; until then whoever opens it makes it anew.
 */
#ifndef SIM_FOLDER_H
#define SIM_FOLDER_H

#include <ota/port.h>

struct folder {
	const ota_ctx *ctx;
	char *path;
	int fd; /* of the folder, locked; -1: closed */
	bool read_only;
};

/*
 * Open and lock, creating the folder 0700 unless read_only. device.state when
 * another process holds it.
 */
ota_status folder_open(
	struct folder *out, const ota_ctx *ctx, const char *path, bool read_only, ota_err *err);
void folder_close(struct folder *f);
/* The slot that runs. *found false: the folder is not complete. */
ota_status folder_booted(const struct folder *f, unsigned *slot, bool *found, ota_err *err);
/* Whole or not at all. */
ota_status folder_set_booted(const struct folder *f, unsigned slot, ota_err *err);
/* A flash region kept in file `name`; fresh: erased, whatever was there. */
ota_status folder_region(ota_flash **out, const struct folder *f, const char *name,
	const ota_geometry *g, bool fresh, ota_err *err);
/* A fuse row is a file as long as its value: it can only grow. */
ota_status folder_fuse_read(
	const struct folder *f, const char *name, uint32_t *value, ota_err *err);
ota_status folder_fuse_burn(const struct folder *f, const char *name, uint32_t value, ota_err *err);
/* Unburnt where there is none; what is burnt stays. */
ota_status folder_fuse_new(const struct folder *f, const char *name, ota_err *err);

#endif
