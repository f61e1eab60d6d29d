/* SPDX-License-Identifier: MIT */
/* Packages and manifests in words and JSON. */
#ifndef CLI_SHOW_PACKAGE_H
#define CLI_SHOW_PACKAGE_H

#include "verbs.h"

/* The text at path of the manifest, "" if there is none; to be freed; NULL: no memory. */
char *show_get(const ota_manifest *m, const char *fmt, ...) OTA_PRINTF(2, 3);
/* Product, version, counter, digest: what a package is, in one block. */
ota_status show_identity(
	struct out *o, const ota_manifest *m, const uint8_t *digest, size_t len, ota_err *err);
/* Components, payloads, sections. */
ota_status show_contents(struct out *o, const ota_manifest *m, ota_err *err);
void show_header(struct out *o, const ota_header *h);
void show_signatures(struct out *o, const ota_peek *peek);
/* The result of packing. */
void show_costs(struct out *o, const ota_plan *plan);
/* Keep the digest for the record of a refusal. */
void show_keep_digest(struct cli *c, const uint8_t *digest, size_t len);

#endif
