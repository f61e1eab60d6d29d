/* SPDX-License-Identifier: MIT */
/* The hash over a result, compared with target.hash at the end. */
#ifndef PACKAGE_TARGET_H
#define PACKAGE_TARGET_H

#include <ota/package.h>

#include <crypto/hash.h>
#include <model/manifest.h>

struct target {
	struct hash *h;
	const struct manifest_component *c;
	uint64_t bytes;
};

ota_status target_start(
	struct target *t, const ota_pkg *pkg, const struct manifest_component *c, ota_err *err);
ota_status target_add(struct target *t, const void *p, size_t len, ota_err *err);
/* hash.target unless every byte of the image came, and no other. */
ota_status target_check(struct target *t, ota_err *err);
void target_fini(struct target *t);

#endif
