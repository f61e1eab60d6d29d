/* SPDX-License-Identifier: MIT */
/* What the SBOMs of packages list. */
#ifndef CLI_SHOW_SBOM_H
#define CLI_SHOW_SBOM_H

#include "verbs.h"

struct sbom_tally {
	const char *find; /* a pattern of fnmatch(3); NULL: all */
	size_t sboms, found;
};

/* Rows of a table that is open: what the SBOMs in pkg list, and where others are. */
ota_status show_sbom(
	struct cli *c, ota_pkg *pkg, const char *name, struct sbom_tally *t, ota_err *err);
/* sbom.none where there was no SBOM, sbom.not_found where nothing matched. */
ota_status show_sbom_verdict(const struct sbom_tally *t, ota_err *err);

#endif
