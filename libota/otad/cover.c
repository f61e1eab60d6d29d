/* SPDX-License-Identifier: MIT */
#include "cover.h"

#define LOOK_BACK 8U /* covers that overlap in old and may hold a byte */

static bool before(const struct cover *c, uint32_t a, uint32_t b)
{
	return c[a].old_at != c[b].old_at ? c[a].old_at < c[b].old_at : a < b;
}

static void sift(const struct cover *c, uint32_t *order, uint32_t at, uint32_t n)
{
	uint32_t item = order[at];

	while (2 * at + 1 < n) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < n && before(c, order[child], order[child + 1]))
			child++;
		if (!before(c, item, order[child]))
			break;
		order[at] = order[child];
		at = child;
	}
	order[at] = item;
}

void map_init(struct map *m, const struct cover *cover, uint32_t n, uint32_t *order)
{
	uint32_t last;

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = n / 2; i > 0; i--)
		sift(cover, order, i - 1, n);
	for (uint32_t i = n; i > 1; i--) {
		last = order[i - 1];
		order[i - 1] = order[0];
		order[0] = last;
		sift(cover, order, 0, i - 1);
	}
	*m = (struct map){cover, order, n};
}

/* How many covers begin at or before old byte at. */
static uint32_t begun(const struct map *m, uint64_t at)
{
	uint32_t lo = 0, hi = m->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (m->cover[m->by_old[mid]].old_at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Of the last covers that begin before at, the longest that holds it. */
static const struct cover *holder(const struct map *m, uint32_t end, uint64_t at)
{
	const struct cover *best = NULL, *c;

	for (uint32_t i = end; i > 0 && end - i < LOOK_BACK; i--) {
		c = &m->cover[m->by_old[i - 1]];
		if (at - c->old_at < c->len && (best == NULL || c->len > best->len))
			best = c;
	}
	return best;
}

uint64_t map_to_new(const struct map *m, uint64_t at, bool *sure)
{
	uint32_t end = begun(m, at);
	const struct cover *c = holder(m, end, at), *next;

	*sure = c != NULL;
	if (c != NULL)
		return at - c->old_at + c->new_at;
	if (m->n == 0)
		return at;
	c = &m->cover[m->by_old[end > 0 ? end - 1 : 0]];
	next = end < m->n ? &m->cover[m->by_old[end]] : c;
	if (end > 0 && next->old_at - at < at - c->old_at - c->len + 1)
		c = next;
	return at - c->old_at + c->new_at;
}
