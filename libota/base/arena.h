/* SPDX-License-Identifier: MIT */
/* One arena per parsed object: one free, no unwinding. Not thread-safe. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <base/mem.h>

struct arena {
	const ota_ctx *ctx;
	struct arena_block *head;
};

void arena_init(struct arena *a, const ota_ctx *ctx);
void arena_fini(struct arena *a);
/* Zeroed, aligned for any type; NULL when out of memory. */
void *arena_alloc(struct arena *a, size_t len);
/* n·size, checked; NULL also on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A NUL-terminated copy of len bytes. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

#endif
