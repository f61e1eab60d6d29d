/* SPDX-License-Identifier: MIT */
/* A simulated device at hand: what the verbs of apply-sim share. */
#ifndef CLI_WITH_SIM_H
#define CLI_WITH_SIM_H

#include "verbs.h"

struct sim {
	struct cli *c;
	ota_sim *sim;
	ota_dev *dev;
};

/* The device folder that the first operand names. */
ota_status sim_open(struct sim *out, struct cli *c, bool read_only, ota_err *err);
void sim_close(struct sim *s);

/* file: the image of each slot; NULL: it is not told. */
void sim_show_slots(const struct sim *s, const char *const *file);
void sim_show_floor(struct out *o, const ota_dev_state *dev);

#endif
