/* SPDX-License-Identifier: MIT */
/* Packages and manifests in words and JSON. */
#ifndef CLI_SHOW_PACKAGE_H
#define CLI_SHOW_PACKAGE_H

#include "verbs.h"

/* The text at path of the manifest, "" if there is none; to be freed; NULL: no memory. */
char *show_get(const ota_manifest *m, const char *fmt, ...) OTA_PRINTF(2, 3);
/* What show_get gave, freed; left out where there is none. false: no memory. */
bool show_text(struct out *o, const char *key, const char *label, char *text);
/* The same for an integer: a number in JSON. */
bool show_number(struct out *o, const char *key, const char *label, char *text);
/* The digest algorithm of the package. */
const char *show_hash_name(const ota_manifest *m, char buf[16]);
/* Product, version, counter, digest: what a package is, in one block. */
ota_status show_identity(struct out *o, const char *title, const ota_manifest *m,
	const uint8_t *digest, size_t len, ota_err *err);
/* Of a row: the time and the comment that stand in a signature, where they do. */
void show_line_text(
	struct out *o, const char *time_key, const char *comment_key, const ota_sigline *line);
/* The result of packing. */
void show_costs(struct out *o, const ota_plan *plan);
/* Keep the digest for the record of a refusal. */
void show_keep_digest(struct cli *c, const uint8_t *digest, size_t len);

#endif
