/* SPDX-License-Identifier: MIT */
/* Members of TUF documents, each with what it must be: malformed.root. */
#ifndef TRUST_FIELDS_H
#define TRUST_FIELDS_H

#include <base/digest.h>
#include <doc/doc.h>

/* A string member; malformed.root where it is missing or another kind. */
ota_status field_text(const char **out, const struct doc *map, const char *key, ota_err *err);
/* A whole number from 1 to max. */
ota_status field_count(
	uint64_t *out, const struct doc *map, const char *key, uint64_t max, ota_err *err);
ota_status field_map(struct doc **out, const struct doc *map, const char *key, ota_err *err);
/* A list of 0 to max strings, no two the same. */
ota_status field_list(
	struct doc **out, const struct doc *map, const char *key, size_t max, ota_err *err);
/* "sha256:…" */
bool field_is_package(struct digest *out, const char *s);
/* A list of those; no two the same. */
ota_status field_packages(struct digest **out, size_t *n, struct arena *a, const struct doc *map,
	const char *key, size_t max, ota_err *err);

#endif
