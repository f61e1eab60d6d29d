/* SPDX-License-Identifier: MIT */
/* What differs between two packages, in rows. */
#ifndef CLI_SHOW_CHANGES_H
#define CLI_SHOW_CHANGES_H

#include "verbs.h"

#include <ota/pack.h>

extern const char *const show_change_names[]; /* by ota_change_kind */

/* Rows of a table that is open, one for each difference; file (may be NULL) stands in them. */
size_t show_change_rows(struct out *o, const ota_comparison *cmp, const char *file);

#endif
