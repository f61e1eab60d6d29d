/* SPDX-License-Identifier: MIT */
/* Which delta payloads start from the image at hand. */
#ifndef PACKAGE_MATCH_H
#define PACKAGE_MATCH_H

#include <ota/package.h>

#include <model/manifest.h>

/* old begins with the very bytes that want names. */
ota_status source_is(
	bool *yes, ota_pkg *pkg, ota_source *old, const struct manifest_source *want, ota_err *err);
/* Bit i of *matches: payload i of c is a delta from old. */
ota_status match_sources(uint64_t *matches, ota_pkg *pkg, const struct manifest_component *c,
	ota_source *old, ota_err *err);
/* The first delta payload of c from the very same source as the i'th, or i. */
size_t match_first(const struct manifest_component *c, size_t i);
/* The same as match_sources from the hash of an image, in hex of the package's algorithm. */
uint64_t match_hash(const struct manifest_component *c, const char *hex);

#endif
