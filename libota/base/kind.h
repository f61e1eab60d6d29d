/* SPDX-License-Identifier: MIT */
/* What a file is that should have been another: told by its first bytes, for messages alone. */
#ifndef BASE_KIND_H
#define BASE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIND_HEAD 1088U /* bytes that recognise everything in the table */

/* "a gzip file", "an HTML page (a captive portal or an error page?)"; never NULL. */
const char *kind_name(const uint8_t *p, size_t len);
/* A reader of YAML may try it: nothing says that it is something else. */
bool kind_may_be_yaml(const uint8_t *p, size_t len);

#endif
