/* SPDX-License-Identifier: MIT */
#include <sim/layout.h>

#include <inttypes.h>

#include <base/num.h>
#include <device/flash.h>
#include <device/record.h>
#include <model/devfile.h>

/* A device without a device file: eMMC-like images, NOR-like state. */
#define IMAGE_ERASE  65536U
#define STATE_ERASE  4096U
#define PROGRAM      512U
#define ERASED       0x00 /* erasing a file makes holes */
#define JOURNAL_HALF 16384U
#define META_SIZE    (512U << 10U)

ota_status layout_of(struct layout *out, const ota_devfile *d, ota_err *err)
{
	struct layout l = {.image = {0, IMAGE_ERASE, PROGRAM, ERASED},
		.state = {0, STATE_ERASE, PROGRAM, ERASED}};

	if (!d->implied && (d->erase_size > FLASH_ERASE_MAX || d->program_size > FLASH_UNIT_MAX))
		return ota_fail(err, OTA_E_FLASH,
			"the device file says erase size %" PRIu64 ", program size %" PRIu64
			": up to %u and %u",
			d->erase_size, d->program_size, FLASH_ERASE_MAX, FLASH_UNIT_MAX);
	if (!d->implied) {
		l.image.erase_size = u32_of_u64(d->erase_size);
		l.image.program_size = u32_of_u64(d->program_size);
		l.state = l.image;
	}
	l.bootctl = 2 * max_u64(l.state.erase_size, RECORD_LEN);
	l.journal = 2 * max_u64(l.state.erase_size, JOURNAL_HALF);
	l.meta = max_u64(l.state.erase_size, META_SIZE);
	*out = l;
	return OTA_OK;
}
