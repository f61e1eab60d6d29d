/* SPDX-License-Identifier: MIT */
/*
 * One case: the real update path over simulated media under one plan, booted
 * again and again until it ends, and judged at every boot.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <sim/leg.h>
#include <sim/memo.h>

enum verdict {
	RUN_NEW,         /* the new images run, committed */
	RUN_OLD,         /* the old ones; the update was refused or cannot be written */
	RUN_ROLLED_BACK, /* the old ones; the new ones had their trial */
	RUN_STUCK,       /* whole images run, but the update never ends */
	RUN_BRICK        /* nothing starts, or something that is neither */
};

extern const char *const verdict_names[];

struct outcome {
	enum verdict verdict;
	bool bad; /* not what this plan may lead to */
	unsigned boots, trials;
	ota_id why; /* the device's last refusal; OTA_E_NONE: none */
	char text[200];
};

/*
 * m is a fork of s->start. memo is m's, or NULL: every power-on is run. A
 * verdict, however bad, is OTA_OK.
 */
ota_status run_case(struct outcome *out, const struct scene *s, struct media *m, struct memo *memo,
	const struct plan *plan, ota_err *err);

#endif
