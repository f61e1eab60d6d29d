/* SPDX-License-Identifier: MIT */
/*
 * The device file: one YAML file that says what a device is — product, facts,
 * slots, flash, and the device policy. Immutable once a device was opened with it.
 * Format: formats/device.md.
 */
#ifndef OTA_DEVFILE_H
#define OTA_DEVFILE_H

#include <ota/io.h>

typedef struct ota_devfile ota_devfile;

/* name stands in messages. Every finding goes to rep; the first to err. */
OTA_API OTA_MUST_CHECK ota_status ota_devfile_read(ota_devfile **out, const ota_ctx *ctx,
	ota_source *yaml, const char *name, ota_report *rep, ota_err *err);
/* The device that a bare image pair stands for: no facts, unsigned chain, product taken as told. */
OTA_API OTA_MUST_CHECK ota_status ota_devfile_default(
	ota_devfile **out, const ota_ctx *ctx, const char *product, ota_err *err);
/* `boot_control` in place of what the file says: otap or uboot-env, else argument.invalid. */
OTA_API OTA_MUST_CHECK ota_status ota_devfile_set_boot_control(
	ota_devfile *d, const char *name, ota_err *err);
OTA_API void ota_devfile_free(ota_devfile *d);
OTA_API const char *ota_devfile_product(const ota_devfile *d);
/* What runs when it is new; NULL: not known. */
OTA_API const char *ota_devfile_version(const ota_devfile *d);
/* The components that it has in two copies, in the file's order. */
OTA_API size_t ota_devfile_slot_count(const ota_devfile *d);
OTA_API const char *ota_devfile_slot_at(const ota_devfile *d, size_t index);
/* The canonical JSON, which is what sits on the device; needs no YAML. */
OTA_API OTA_MUST_CHECK ota_status ota_devfile_write(
	ota_sink *dst, const ota_devfile *d, ota_err *err);
/* Read what ota_devfile_write wrote, or any JSON that says as much; as ota_devfile_read. */
OTA_API OTA_MUST_CHECK ota_status ota_devfile_load(ota_devfile **out, const ota_ctx *ctx,
	ota_source *json, const char *name, ota_report *rep, ota_err *err);

#endif
