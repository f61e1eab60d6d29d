/* SPDX-License-Identifier: MIT */
#include "learn.h"

/* The first entry whose key is not less. */
static uint32_t place(const struct learn *l, uint64_t key)
{
	uint32_t lo = 0, hi = l->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->at[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum known learn_find(const struct learn *l, uint64_t key, uint64_t *shift)
{
	uint32_t i = place(l, key);
	uint64_t above = UINT64_MAX, below = UINT64_MAX;

	if (i < l->n)
		above = l->at[i].key - key;
	if (i > 0)
		below = key - l->at[i - 1].key;
	if (above > l->reach && below > l->reach)
		return KNOWN_NOT;
	*shift = below <= above ? l->at[i - 1].shift : l->at[i].shift;
	return above == 0 ? KNOWN_EXACT : KNOWN_NEAR;
}

/* When full, a neighbour gives its place: the order stays. */
void learn_put(struct learn *l, uint64_t key, uint64_t shift)
{
	uint32_t i = place(l, key);

	if (i < l->n && l->at[i].key == key) {
		l->at[i].shift = shift;
		return;
	}
	if (l->n == l->max) {
		i = i < l->n ? i : i - 1;
	} else {
		otad_move(&l->at[i + 1], &l->at[i], (l->n - i) * sizeof(l->at[0]));
		l->n++;
	}
	l->at[i] = (struct lesson){key, shift};
}
