/* SPDX-License-Identifier: MIT */
/* A simulated device at hand: what the verbs of apply-sim share. */
#ifndef CLI_WITH_SIM_H
#define CLI_WITH_SIM_H

#include "with_io.h"
#include "with_trust.h"

struct sim {
	struct cli *c;
	ota_sim *sim;
	const ota_devfile *device;
	ota_dev *dev;
	ota_boot boot; /* the last one */
	bool was_on;   /* before sim_begin */
};

/* The device folder that the first operand names; slot_size as ota_sim_options has it. */
ota_status sim_open(
	struct sim *out, struct cli *c, bool read_only, uint64_t slot_size, ota_err *err);
void sim_close(struct sim *s);

/* ---- what is installed ---- */

struct sim_package {
	struct trust trust;
	struct io_file in;
	ota_pkg *pkg;
	char *product, *version;
};

/* Where it is, and who is trusted. */
ota_status sim_package_find(struct sim_package *out, struct cli *c, const struct trust_opts *o,
	const char *name, ota_err *err);
/* It is authentic. */
ota_status sim_package_open(struct sim_package *p, struct cli *c, ota_err *err);
void sim_package_close(struct sim_package *p);
ota_status sim_package_show(const struct sim_package *p, struct cli *c, ota_err *err);
/* The largest image in it. */
uint64_t sim_package_room(const struct sim_package *p);

struct sim_install_opts {
	struct opt_time at;
	bool reinstall, retry_failed;
};

extern const struct opt_group sim_install_group; /* --at, --reinstall, --retry-failed */
extern const char *const sim_healths[];          /* by ota_health */

/* ---- what the device does; each is a row of the table `steps` ---- */

void sim_step(const struct sim *s, const char *what, unsigned slot, const char *outcome);
/* The loader chooses a slot, and that system comes up: what it knew before is gone. */
ota_status sim_power_on(struct sim *s, const char *what, ota_err *err);
ota_status sim_install(struct sim *s, ota_pkg *pkg, const struct sim_install_opts *o,
	ota_install_result *res, ota_err *err);
/* The health check of the trial that runs is good, or bad: then health.failed. */
ota_status sim_commit(struct sim *s, ota_err *err);
ota_status sim_give_up(struct sim *s, ota_err *err);

/*
 * A line of the folder's history; why NULL: it went well. slot -1: of none, and
 * the package is the one at hand.
 */
ota_status sim_note(
	const struct sim *s, ota_sim_what what, int slot, const ota_err *why, ota_err *err);
/* A device folder is going to be changed; that it was cut before is noted. */
ota_status sim_begin(struct sim *s, ota_err *err);
/* sim_power_on, noted. */
ota_status sim_start(struct sim *s, ota_err *err);

/* ---- how it stands ---- */

/* What records and events name is the package of that slot. */
void sim_keep_digest(const struct sim *s, const ota_slot_state *slot);

/* file: the image of each slot; NULL: it is not told. */
void sim_show_slots(const struct sim *s, const char *const *file);
void sim_show_floor(struct out *o, const ota_dev_state *dev);

#endif
