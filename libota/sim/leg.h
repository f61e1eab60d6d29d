/* SPDX-License-Identifier: MIT */
/*
 * One power-on of the real update path: boot, look at what starts, then install
 * or finish. What comes of it depends on the media alone.
 */
#ifndef SIM_LEG_H
#define SIM_LEG_H

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

enum leg_flaw {
	LEG_SOUND,
	LEG_NOTHING_STARTS,
	LEG_NEITHER, /* what starts is neither old nor new */
	LEG_CHANGED, /* what ran is not what it was */
	LEG_FLOOR    /* above a slot that may start */
};

enum leg_act { LEG_NO_ACT, LEG_INSTALL, LEG_FINISH };

struct leg {
	enum leg_flaw flaw;
	bool started; /* with the power on; all below only then */
	ota_boot boot;
	uint64_t boot_ops; /* operations before it started */
	uint32_t floor;
	enum leg_act act; /* what went on to its end, with the power on */
	bool failed, nothing_to_do;
	ota_id why;
	char text[280];
};

/* A device that fails, or has no power any more, is OTA_OK; m->dead says which. */
ota_status leg_run(struct leg *out, const struct scene *s, struct media *m, ota_err *err);
/* Install s->pkg into m, boot and commit it: how a device came to run it. */
ota_status leg_update(const struct scene *s, struct media *m, bool again, ota_err *err);

#endif
