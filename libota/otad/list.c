/* SPDX-License-Identifier: MIT */
#include "list.h"

void list_put(struct list *l, const struct cover *c)
{
	uint64_t diagonal = c->old_at - c->new_at, next = diagonal, last;
	unsigned k = 0;

	do {
		last = l->diagonal[k];
		l->diagonal[k++] = next;
		next = last;
	} while (last != diagonal && k < DIAGONALS);
	l->old_end = c->old_at + c->len;
	l->new_end = c->new_at + c->len;
}
