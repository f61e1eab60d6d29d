/* SPDX-License-Identifier: MIT */
/* SemVer 2.0.0 order and ranges (formats/manifest.md section 4). Pure. */
#ifndef MODEL_SEMVER_H
#define MODEL_SEMVER_H

#include <stdbool.h>
#include <stddef.h>

#define SEMVER_MAX       64
#define SEMVER_RANGE_MAX 1024

/* SemVer 2.0.0, numbers ≤ 2^31 − 1, at most SEMVER_MAX bytes. */
bool semver_ok(const char *text);
/* <0, 0, >0; build metadata is ignored. Both must be ok. */
int semver_cmp(const char *a, const char *b);
/* range = set *(" || " set); set = cmp *(SP cmp); cmp = [= > >= < <=] version, or "*". */
bool semver_range_ok(const char *range);
/* Both must be ok. */
bool semver_in(const char *version, const char *range);

struct field_hook;

/* Schema members of type const char *, NULL when absent: a version, a range. */
extern const struct field_hook version_hook, range_hook;

#endif
