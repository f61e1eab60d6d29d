/* SPDX-License-Identifier: MIT */
/*
 * A run without a fault as SVG: a lane for each region that is written, its
 * operations over the time of the flash, or one after the other where the device
 * file does not say how long they take. What falls into one column is one: at
 * most half of the columns begin something, in the four lanes of the device's
 * state and, taken together, in those of the images, which are written one after
 * the other. So the file has less than 512 KiB, whatever the update.
 */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "rehearsal.h"

#define TIMELINE_COLUMNS 1024U
#define TIMELINE_LANES   96U
#define TIMELINE_BOOTS   40U

struct lane {
	char *region;
	uint64_t erases, programs, bytes, judged;
	uint8_t *column; /* bits: what happens there */
};

struct timeline {
	const char *health;
	ota_campaign_info info;
	struct lane lane[TIMELINE_LANES];
	size_t lane_count;
	unsigned boot[TIMELINE_BOOTS]; /* column where each begins */
	size_t boot_count;
	struct timeline_mark {
		const struct found *found;
		size_t lane;
		unsigned column;
	} mark[REHEARSAL_FOUND];
	size_t mark_count;
	bool oom;
};

/* What a campaign did, after its cases were run; found ones of r are marked. */
ota_status timeline_draw(struct timeline *t, ota_campaign *c, const struct rehearsal *r,
	const char *health, ota_err *err);
ota_status timeline_write(
	const struct timeline *t, const struct rehearsal *r, ota_sink *sink, ota_err *err);
void timeline_fini(struct timeline *t);

#endif
