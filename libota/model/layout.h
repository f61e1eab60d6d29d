/* SPDX-License-Identifier: MIT */
/* Where a device keeps what: the regions that a device file, or none, stands for. */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include <ota/devfile.h>
#include <ota/port.h>

#define RECORD_LEN 512U /* of boot control and journal, formats/device.md section 3 */

struct layout {
	ota_geometry image, state;       /* units and erased value; the size is the region's own */
	uint64_t bootctl, journal, meta; /* bytes of those regions */
};

struct layout layout_of(const ota_devfile *d);

#endif
