/* SPDX-License-Identifier: MIT */
/* A line of a device folder's history, as its table sees it. */
#ifndef SIM_HISTORY_H
#define SIM_HISTORY_H

#include <doc/schema.h>

struct history_line {
	unsigned what;       /* ota_sim_what */
	const char *slot;    /* "a"; NULL: none */
	const char *version; /* NULL: not known */
	const char *record;  /* of ota_err_line; NULL: none */
	uint64_t seq, floor;
};

extern const struct schema history_schema;

#endif
