/* SPDX-License-Identifier: MIT */
/* A folder of made deltas, a file each. */
#ifndef CLI_WITH_CACHE_H
#define CLI_WITH_CACHE_H

#include "verbs.h"

/* At a fixed address: the plan asks through ops. */
struct cache {
	ota_cache ops;
	const struct cli *c;
	const char *dir;
};

/* Made, 0700, where it is not there; refused where others may write into it. */
ota_status cache_open(struct cache *out, const struct cli *c, const char *dir, ota_err *err);

#endif
