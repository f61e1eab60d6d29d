/* SPDX-License-Identifier: MIT */
/* A device in memory, images and signed packages for it. */
#ifndef RIG_H
#define RIG_H

#include "../../forge/forge.h"
#include "memport.h"

#define RIG_IMAGES 4

/* Version i + 1 with counter rig_counter[i]; i = 0 runs at first and has no package. */
extern const uint32_t rig_counter[RIG_IMAGES];

struct rig {
	struct memport *mp;
	ota_devfile *devfile;
	ota_trust *trust;
	unsigned components;
	uint8_t image[RIG_IMAGES][MP_COMPONENTS][MP_IMAGE];
	size_t image_len[RIG_IMAGES];
	uint8_t *bytes[RIG_IMAGES];
	ota_source *src[RIG_IMAGES];
	ota_pkg *pkg[RIG_IMAGES];
	uint64_t fetched; /* bytes read of packages */
};

/* extra: YAML lines for every manifest; NULL: none. Slot 0 runs image 0. */
struct rig *rig_new(uint32_t program, uint8_t erased, unsigned components, const char *extra);
/*
 * The same, but each image is a step from the one before it, and its package has nothing but
 * that delta, cut every window bytes.
 */
struct rig *rig_new_delta(uint32_t program, uint8_t erased, unsigned window);
/* The device as new, its boot control a U-Boot environment of len bytes. */
void rig_use_env(struct rig *r, size_t len);
void rig_free(struct rig *r);
ota_dev *rig_open(struct rig *r);
/* Which image slot holds exactly: its index, or -1. */
int rig_holds(struct rig *r, unsigned slot);
/* Each opens the device anew; boot also does the handoff. */
ota_status rig_install(struct rig *r, unsigned image, ota_install_result *res, ota_err *err);
ota_status rig_boot(struct rig *r, ota_boot *out, ota_err *err);
ota_status rig_finish(struct rig *r, ota_health health, ota_err *err);
/* Install, boot, finish well, boot. */
void rig_update(struct rig *r, unsigned image);
ota_slot_state rig_slot(struct rig *r, unsigned slot);

#endif
