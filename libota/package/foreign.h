/* SPDX-License-Identifier: MIT */
/* What a file is that should have been a package. */
#ifndef PACKAGE_FOREIGN_H
#define PACKAGE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

#define FOREIGN_HEAD 512U /* bytes that recognise everything in the table */

/* "a gzip file", "an HTML page (a captive portal or an error page?)"; never NULL. */
const char *foreign_name(const uint8_t *p, size_t len);

#endif
