/* SPDX-License-Identifier: MIT */
/*
 * The simulator: an ota_port over image files. The update path above it is the
 * device's own. Host only.
 */
#ifndef OTA_SIM_H
#define OTA_SIM_H

#include <ota/device.h>

typedef struct ota_sim ota_sim;

typedef struct ota_sim_options {
	size_t size;
	const char *slot_path[OTA_SLOTS_MAX]; /* image files; [0], [1] needed but for folder */
	const char *state_dir;                /* NULL: slot_path[0] with ".state" appended */
	const char *component;                /* the component the images hold */
	uint64_t slot_size;                   /* for a slot file that is absent */
	bool read_only;                       /* look, change nothing */
	const char *folder; /* a device folder: everything above but slot_size is in it */
} ota_sim_options;

/*
 * Open, or provision at first use with slot 0 running. The file of the running
 * slot is opened read-only. device.state if another process holds the state, or
 * for a folder that is none of ota_sim_make. d NULL: the one in that folder.
 */
OTA_API OTA_MUST_CHECK ota_status ota_sim_open(ota_sim **out, const ota_ctx *ctx,
	const ota_devfile *d, const ota_sim_options *opt, ota_err *err);
OTA_API void ota_sim_close(ota_sim *sim);
OTA_API ota_port *ota_sim_port(ota_sim *sim);
OTA_API const char *ota_sim_state_dir(const ota_sim *sim);
OTA_API const ota_devfile *ota_sim_devfile(const ota_sim *sim);
/* The handoff: slot runs from now on; its file becomes read-only, the others writable. */
OTA_API OTA_MUST_CHECK ota_status ota_sim_set_booted(ota_sim *sim, unsigned slot, ota_err *err);

/* ---- device folders (formats/device.md section 7) ---- */

/*
 * Make a device at path, which is absent: complete, or absent still. Slot 0 runs
 * image[i], a source with a length, as component i of d, which came from a file.
 * usage.exists, resource.slot, usage.argument for a device without slots.
 */
OTA_API OTA_MUST_CHECK ota_status ota_sim_make(const ota_ctx *ctx, const ota_devfile *d,
	const char *path, ota_source *const *image, ota_err *err);
/*
 * Does a system run? Not while a command changes the device, so not after one
 * that was killed: power comes back with a boot.
 */
OTA_API bool ota_sim_is_on(const ota_sim *sim);
OTA_API OTA_MUST_CHECK ota_status ota_sim_set_on(ota_sim *sim, bool on, ota_err *err);

/* What happened to the device of a folder: a log for people, and nothing decides by it. */
typedef enum ota_sim_what {
	OTA_SIM_MADE,
	OTA_SIM_INSTALL, /* a package was written, or refused */
	OTA_SIM_CUT,     /* the last command did not come to its end */
	OTA_SIM_BOOT,
	OTA_SIM_COMMIT,
	OTA_SIM_ROLLBACK,
	OTA_SIM_HANG /* no answer to the health check */
} ota_sim_what;      /* append only */

typedef struct ota_sim_event {
	size_t size;
	ota_sim_what what;
	int slot;            /* -1: none */
	const char *version; /* of what is in it; NULL: not known */
	const char *record;  /* of ota_err_line: how it went; NULL: it is not known */
	uint64_t seq;        /* of boot control after it */
	uint32_t floor;      /* of the fuses */
} ota_sim_event;

/* "install", "power-cut"; static storage. */
OTA_API const char *ota_sim_what_name(ota_sim_what what);
OTA_API OTA_MUST_CHECK ota_status ota_sim_note(ota_sim *sim, const ota_sim_event *ev, ota_err *err);
/* From the first to the last; what fn gets is gone when it returns. */
typedef void ota_sim_event_fn(void *arg, const ota_sim_event *ev);
OTA_API OTA_MUST_CHECK ota_status ota_sim_history(
	const ota_sim *sim, ota_sim_event_fn *fn, void *arg, ota_err *err);

#endif
