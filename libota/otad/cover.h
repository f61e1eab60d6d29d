/* SPDX-License-Identifier: MIT */
/* The covers: which stretch of new resembles which of old. They map addresses too. */
#ifndef OTAD_COVER_H
#define OTAD_COVER_H

#include "types.h"

struct cover {
	uint64_t old_at, new_at, len;
};

/* Covers in the order of new, and the order of old as indices. */
struct map {
	const struct cover *cover;
	const uint32_t *by_old;
	uint32_t n;
};

/* order: room for n indices. */
void map_init(struct map *m, const struct cover *cover, uint32_t n, uint32_t *order);
/* Where old byte at is now; *sure: a cover holds it, else the nearest one's shift. */
uint64_t map_to_new(const struct map *m, uint64_t at, bool *sure);

#endif
