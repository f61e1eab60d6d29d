/* SPDX-License-Identifier: MIT */
/*
 * The manifest: what an update is. Read-only and reached by path, through the
 * same table that reads, writes and checks it: "product", "components.0.name",
 * "components.0.target.hash". Format: formats/manifest.md.
 */
#ifndef OTA_MANIFEST_H
#define OTA_MANIFEST_H

#include <ota/io.h>

typedef struct ota_manifest ota_manifest;

/* <0, 0, >0: which of two has the higher version, by SemVer's precedence. */
OTA_API int ota_manifest_order(const ota_manifest *a, const ota_manifest *b);

/*
 * The value at path as text into buf (NUL-terminated, cut to cap): strings as
 * they are, integers in decimal, objects and lists as canonical JSON. Fields
 * left out because they equal their default give the default. *len is the
 * whole length. usage.field (with the nearest name) when there is none.
 */
OTA_API OTA_MUST_CHECK ota_status ota_manifest_get(
	const ota_manifest *m, const char *path, char *buf, size_t cap, size_t *len, ota_err *err);
/* The same as canonical JSON: text in quotes. */
OTA_API OTA_MUST_CHECK ota_status ota_manifest_get_json(
	const ota_manifest *m, const char *path, char *buf, size_t cap, size_t *len, ota_err *err);
/* How many items the list at path has; 0 for anything else. */
OTA_API size_t ota_manifest_count(const ota_manifest *m, const char *path);

typedef struct ota_value {
	size_t size;
	const char *path, *text, *json; /* until fn returns; text: as ota_manifest_get has it */
} ota_value;

typedef ota_status ota_value_fn(void *arg, const ota_value *value, ota_err *err);
/* Every single value with its path, defaults too, in the order of the format. */
OTA_API OTA_MUST_CHECK ota_status ota_manifest_each(
	const ota_manifest *m, ota_value_fn *fn, void *arg, ota_err *err);

#endif
