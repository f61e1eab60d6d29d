/* SPDX-License-Identifier: MIT */
/*
 * One case: the real update path over simulated media under one plan, booted
 * again and again until it ends, and judged at every boot.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <ota/device.h>

#include <sim/media.h>

/* What all cases of a campaign share; nothing in it changes while they run. */
struct scene {
	const ota_ctx *ctx; /* of one job */
	const ota_devfile *d;
	const ota_trust *trust;
	ota_source *pkg; /* read from several threads at once */
	int64_t at;
	ota_health health; /* how the new system does */
	unsigned from;     /* the slot that runs; the other is written */
	unsigned tries;    /* that the package gives its trial */
	size_t component_count;
	const uint64_t *image_size;      /* of the new images */
	const struct media *start, *end; /* end: NULL until one run went without a fault */
};

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
	unsigned boots;
	ota_id why; /* the device's last refusal; OTA_E_NONE: none */
	char text[200];
};

/* m is a fork of s->start. A verdict, however bad, is OTA_OK. */
ota_status run_case(struct outcome *out, const struct scene *s, struct media *m,
	const struct plan *plan, ota_err *err);
/* Install pkg into m by the real path, boot and commit it: how a device came to run it. */
ota_status run_update(const struct scene *s, struct media *m, bool again, ota_err *err);

#endif
