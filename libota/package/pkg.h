/* SPDX-License-Identifier: MIT */
/* The struct behind ota_pkg, for this layer alone. */
#ifndef PACKAGE_PKG_H
#define PACKAGE_PKG_H

#include <ota/text.h>

#include <package/check.h>
#include <package/head.h>
#include <package/layout.h>

struct ota_pkg {
	const ota_ctx *ctx;
	struct input in;
	struct head head;
	ota_manifest *m;
	struct pkg_bounds bounds;
	struct section_info *infos; /* m->section_count */
	bool authentic;
	struct sigline *lines; /* of all sources of signatures */
	size_t line_count;
	uint64_t good;   /* bit i: line i is of a trusted key, over this package */
	ota_err spoiled; /* of the first source that is; id OTA_E_NONE: none is */
	ota_sigline signers[2 * SIGLINES_MAX];
	size_t signer_count;
	ota_extent extent; /* how much of it must be there */
	uint8_t *tables;   /* verified (step 7); NULL: not read yet */
};

/* A finding about one step: done, or failed for why. */
void pkg_say_step(ota_report *rep, ota_step step, ota_status st, const ota_err *why);

/* Step 7: read TABLES once, check its hashes, every invariant and every sum. */
ota_status tables_load(ota_pkg *pkg, ota_err *err);

/* Write TABLES and DATA as they are signed, each chunk verified on its way. */
ota_status pkg_copy_verified(ota_sink *dst, ota_pkg *pkg, ota_err *err);

#endif
