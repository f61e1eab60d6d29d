/* SPDX-License-Identifier: MIT */
/* What was seen already: old value and by how much the new one differs, in order. */
#ifndef OTAD_LEARN_H
#define OTAD_LEARN_H

#include "types.h"

struct lesson {
	uint64_t key, shift;
};

struct learn {
	struct lesson *at;
	uint32_t n, max;
	uint64_t reach; /* how far a value may be from the nearest known one */
};

enum known { KNOWN_NOT, KNOWN_NEAR, KNOWN_EXACT };

enum known learn_find(const struct learn *l, uint64_t key, uint64_t *shift);
void learn_put(struct learn *l, uint64_t key, uint64_t shift);

#endif
