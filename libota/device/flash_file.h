/* SPDX-License-Identifier: MIT */
/* A flash region kept in a POSIX file or block device, with the part's rules where wanted. */
#ifndef DEVICE_FLASH_FILE_H
#define DEVICE_FLASH_FILE_H

#include <device/flash.h>

struct flash_file_args {
	int fd;           /* taken over, on failure too */
	const char *name; /* for messages; borrowed until close */
	ota_geometry geometry;
	bool read_only; /* refuse to erase and program, whatever fd allows */
	bool strict;    /* program only what is erased */
};

ota_status flash_file_new(
	ota_flash **out, const ota_ctx *ctx, const struct flash_file_args *a, ota_err *err);
void flash_file_close(ota_flash *f); /* NULL is fine */

#endif
