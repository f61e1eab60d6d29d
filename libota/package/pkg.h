/* SPDX-License-Identifier: MIT */
/* The struct behind ota_pkg, for this layer alone. */
#ifndef PACKAGE_PKG_H
#define PACKAGE_PKG_H

#include <package/head.h>
#include <package/layout.h>

struct ota_pkg {
	const ota_ctx *ctx;
	struct input in;
	struct head head;
	ota_manifest *m;
	struct section_info *infos; /* m->section_count */
	bool authentic;
	const char *signers[SIGLINES_MAX];
	size_t signer_count;
	uint8_t *tables; /* verified (step 7); NULL: not read yet */
};

/* Step 7: read TABLES once, check its hashes, every invariant and every sum. */
ota_status tables_load(ota_pkg *pkg, ota_err *err);

/* Write TABLES and DATA as they are signed, each chunk verified on its way. */
ota_status pkg_copy_verified(ota_sink *dst, ota_pkg *pkg, ota_err *err);

#endif
