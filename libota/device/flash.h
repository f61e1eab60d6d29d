/* SPDX-License-Identifier: MIT */
/*
 * Checked access to a flash region: whatever the port's driver does, nothing
 * outside the region or off its units is ever asked of it.
 */
#ifndef DEVICE_FLASH_H
#define DEVICE_FLASH_H

#include <ota/port.h>

#include <base/digest.h>

#define FLASH_UNIT_MAX  4096U        /* program units of parts are smaller */
#define FLASH_ERASE_MAX (16U << 20U) /* one block of it is held in memory */

/* flash.failed when the geometry is none that the code above can work with. */
ota_status flash_check(const ota_flash *f, ota_err *err);
ota_status flash_read(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err);
/* off and len in program units; only the end of the region may cut the last. */
ota_status flash_program(ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err);
/* off and len in erase blocks; only the end of the region may cut the last. */
ota_status flash_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err);
ota_status flash_sync(ota_flash *f, ota_err *err);

/* What is on the part now differs from buf: flash.failed. */
ota_status flash_compare(ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err);
/* Program whole bytes and sync them; the first len of them read back right, twice. */
ota_status flash_program_sure(
	ota_flash *f, const void *buf, size_t whole, size_t len, uint64_t off, ota_err *err);
bool flash_is_erased(const ota_flash *f, const void *buf, size_t len);
/* The first len bytes. */
ota_status flash_hash(struct digest *out, const ota_ctx *ctx, ota_flash *f, uint64_t len,
	enum hash_alg alg, ota_err *err);
/* The whole region as a seekable source; f is borrowed until close. */
ota_status flash_source(ota_source **out, const ota_ctx *ctx, ota_flash *f, ota_err *err);

#endif
