/* SPDX-License-Identifier: MIT */
/* What is known while the list of covers is coded: where the next is expected, and after what. */
#ifndef OTAD_LIST_H
#define OTAD_LIST_H

#include "cover.h"

#define DIAGONALS 16
#define NEAR      ((uint64_t)1 << 9U) /* a jump that stays about the place */

struct list {
	uint64_t diagonal[DIAGONALS]; /* old − new of the last covers, latest first; 0 at first */
	uint64_t old_end, new_end;    /* of the last cover */
	uint64_t new_at;              /* of this one */
	uint32_t jump, last_jump;     /* class of its jump, and of the last cover's */
	uint32_t which;               /* it is expected on a diagonal */
	uint32_t align;               /* what decides the two lowest bits of the next number */
};

/* Another cover: its gap comes. */
static inline void list_next(struct list *l)
{
	l->last_jump = l->jump;
	l->which = 0;
	l->jump = 0;
	l->align = (uint32_t)l->new_end & 3U;
}

/* It begins there: which comes. */
static inline void list_gap(struct list *l, uint64_t gap)
{
	l->new_at = l->new_end + gap;
}

/* Where in old it is expected. 0: where the last one ends; k: on the k-th diagonal. */
static inline uint64_t list_place(const struct list *l, uint64_t which)
{
	return which - 1 < DIAGONALS ? l->new_at + l->diagonal[which - 1] : l->old_end;
}

/* The same: jump comes. */
static inline uint64_t list_from(struct list *l, uint64_t which)
{
	uint64_t from = list_place(l, which);

	l->which = which > 0;
	l->align = (uint32_t)(l->new_at + from) & 3U;
	return from;
}

/* It is that far from there, one way or the other: len comes. */
static inline void list_jump(struct list *l, uint64_t jump)
{
	l->jump = (uint32_t)(jump > 0) + (jump >= NEAR);
	l->align = (uint32_t)l->new_at & 3U;
}

void list_put(struct list *l, const struct cover *c);

#endif
