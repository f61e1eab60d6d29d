/* SPDX-License-Identifier: MIT */
/* Two packages that should have the same content, and whose the first byte is that is another. */
#ifndef PACK_REPRO_H
#define PACK_REPRO_H

#include <package/pkg.h>

#define REPRO_SUBJECT (OTA_OWNER_MAX + 64)

struct repro {
	ota_pkg *a, *b;
	ota_report *rep;
};

/* One finding; off: in a, or OTA_NO_OFF; a and b: the values, or NULL. */
void repro_find(const struct repro *r, uint64_t off, const char *subject, const char *a,
	const char *b, const char *text);
/* HEADER or MANIFEST differ, first at byte `at` of them: all that can be told of it. repro.differs */
ota_status repro_other_content(const struct repro *r, size_t at, ota_err *err);

#endif
