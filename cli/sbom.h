/* SPDX-License-Identifier: MIT */
/* What an SBOM lists, read by cJSON: SPDX 2 and 3, CycloneDX, as JSON. */
#ifndef CLI_SBOM_H
#define CLI_SBOM_H

#include <ota/err.h>

/* Borrowed; what it does not say is NULL. */
struct sbom_item {
	const char *name, *version, *license, *purl;
};

typedef void sbom_item_fn(void *arg, const struct sbom_item *item);

/*
 * Each item that has a name. malformed.json, unsupported.feature for what is
 * none of the three.
 */
ota_status sbom_read(const uint8_t *text, size_t len, sbom_item_fn *fn, void *arg, ota_err *err);

#endif
