/* SPDX-License-Identifier: MIT */
/* What an update costs those who take it. */
#ifndef CLI_SHOW_COSTS_H
#define CLI_SHOW_COSTS_H

#include "out.h"

#include <ota/ota.h>

/* By what a device runs: bytes, memory, flash, and the links of a device file. */
void show_sources(struct out *o, const ota_plan *plan);
/* How many were made, and with a cache how many came out of it. */
void show_deltas(struct out *o, const ota_plan *plan, const char *cache);
/* The same for each version in the field, and for all of them. */
void show_fielded(struct out *o, const ota_plan *plan);

#endif
