/* SPDX-License-Identifier: MIT */
/* Where a simulated device keeps what: the regions that a device file, or none, stands for. */
#ifndef SIM_LAYOUT_H
#define SIM_LAYOUT_H

#include <ota/devfile.h>
#include <ota/port.h>

struct layout {
	ota_geometry image, state;       /* units and erased value; the size is the region's own */
	uint64_t bootctl, journal, meta; /* bytes of those regions */
};

struct layout layout_of(const ota_devfile *d);

#endif
