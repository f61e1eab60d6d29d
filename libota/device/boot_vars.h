/* SPDX-License-Identifier: MIT */
/*
 * Boot control as variables of a U-Boot environment: BOOT_ORDER and BOOT_x_LEFT,
 * which boot scripts read and count down, and ota_… for the rest (formats/device.md
 * section 4). One table for both directions.
 */
#ifndef DEVICE_BOOT_VARS_H
#define DEVICE_BOOT_VARS_H

#include <device/bootctl.h>

/* Ours in a good copy. false: why says what they lack. spent: see bootctl_store. */
bool boot_vars_read(struct bootctl *out, bool *spent, char why[static BOOT_WHY_LEN],
	const uint8_t *copy, size_t len, unsigned nslots);
/* Ours become those of b; the others stay as they are. false: there is no room. */
bool boot_vars_write(uint8_t *copy, size_t len, const struct bootctl *b);

#endif
