/* SPDX-License-Identifier: MIT */
#include <base/arena.h>

#include <base/num.h>

#include <string.h>

#define BLOCK_SIZE 4032U

struct arena_block {
	struct arena_block *next;
	size_t cap, used;
	max_align_t data[];
};

void arena_init(struct arena *a, const ota_ctx *ctx)
{
	a->ctx = ctx;
	a->head = NULL;
}

void arena_fini(struct arena *a)
{
	struct arena_block *b = a->head;

	while (b != NULL) {
		struct arena_block *next = b->next;

		mem_free(a->ctx, b);
		b = next;
	}
	a->head = NULL;
}

static struct arena_block *grow(struct arena *a, size_t len)
{
	size_t cap = len > BLOCK_SIZE ? len : BLOCK_SIZE;
	struct arena_block *b;

	if (cap > SIZE_MAX - sizeof(*b))
		return NULL;
	b = mem_alloc(a->ctx, sizeof(*b) + cap);
	if (b == NULL)
		return NULL;
	b->cap = cap;
	/* A block made for one big object goes behind the one that still has room. */
	if (len > BLOCK_SIZE && a->head != NULL) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t len)
{
	const size_t unit = _Alignof(max_align_t);
	struct arena_block *b = a->head;
	uint64_t rounded;
	char *p;

	if (!align_u64(&rounded, len > 0 ? len : 1, unit) || rounded > SIZE_MAX)
		return NULL;
	len = size_of_u64(rounded);
	if (b == NULL || b->cap - b->used < len)
		b = grow(a, len);
	if (b == NULL)
		return NULL;
	p = (char *)b->data + b->used;
	b->used += len;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	uint64_t len;

	if (!mul_u64(&len, n, size) || len > SIZE_MAX)
		return NULL;
	return arena_alloc(a, size_of_u64(len));
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

	if (copy != NULL)
		memcpy(copy, s, len);
	return copy;
}
