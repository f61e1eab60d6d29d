/* SPDX-License-Identifier: MIT */
#include <model/layout.h>

#include <base/bits.h>
#include <base/num.h>
#include <model/devfile.h>

/* A device without a device file: eMMC-like images, NOR-like state. */
#define IMAGE_ERASE  65536U
#define STATE_ERASE  4096U
#define PROGRAM      512U
#define ERASED       0x00 /* erasing a file makes holes */
#define JOURNAL_HALF 16384U
#define META_SIZE    (512U << 10U)

/* Bytes of one copy of boot control, in whole erase blocks. */
static uint64_t bootctl_half(const ota_devfile *d, uint32_t erase_size)
{
	uint64_t len = d->boot_control == DEVFILE_BOOT_UBOOT_ENV ? d->boot_env_size : RECORD_LEN;

	(void)align_u64(&len, len, erase_size);
	return max_u64(len, RECORD_LEN);
}

struct layout layout_of(const ota_devfile *d)
{
	struct layout l = {.image = {0, IMAGE_ERASE, PROGRAM, ERASED},
		.state = {0, STATE_ERASE, PROGRAM, ERASED}};

	if (!d->implied) {
		l.image.erase_size = u32_of_u64(d->erase_size);
		l.image.program_size = u32_of_u64(d->program_size);
		l.image.erased = lo8(d->erased);
		l.state = l.image;
	}
	l.bootctl = 2 * bootctl_half(d, l.state.erase_size);
	l.journal = 2 * max_u64(l.state.erase_size, JOURNAL_HALF);
	l.meta = max_u64(l.state.erase_size, META_SIZE);
	return l;
}
