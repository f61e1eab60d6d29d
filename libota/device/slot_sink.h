/* SPDX-License-Identifier: MIT */
/*
 * A sink onto a slot's image region: block by block erased, programmed and, at
 * intervals, synced and journalled. commit syncs and journals the component as
 * written.
 */
#ifndef DEVICE_SLOT_SINK_H
#define DEVICE_SLOT_SINK_H

#include <device/flash.h>
#include <device/journal.h>

struct slot_sink_args {
	ota_flash *flash;
	struct journal *journal;
	uint32_t component; /* index in the manifest */
	uint64_t size;      /* of the image */
	uint64_t from;      /* where it begins: a multiple of the erase size */
	uint64_t *written;  /* bytes programmed are added here */
};

ota_status slot_sink_new(
	ota_sink **out, const ota_ctx *ctx, const struct slot_sink_args *a, ota_err *err);

#endif
