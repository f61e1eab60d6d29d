/* SPDX-License-Identifier: MIT */
/* The 64-byte header of a slice, and where its parts stand: formats/otap.md section 7. */
#ifndef PACKAGE_SLICE_H
#define PACKAGE_SLICE_H

#include <package/head.h>
#include <package/layout.h>

/* The file begins with a slice's magic, or with so much of it that it can be nothing else. */
bool slice_magic_ok(const uint8_t *p, size_t len);
/* malformed.slice, unsupported.version */
ota_status slice_parse(struct slice *out, const uint8_t p[static SLICE_LEN], ota_err *err);
void slice_write(uint8_t out[static SLICE_LEN], const struct slice *s);
bool slice_has(const struct slice *s, size_t section);
void slice_add(struct slice *s, size_t section);
/*
 * What the manifest now allows to know: which section is absent, and where the
 * tables and data of the others stand. malformed.slice
 */
ota_status slice_place(
	struct section_info *infos, struct head *head, const ota_manifest *m, ota_err *err);

#endif
