/* SPDX-License-Identifier: MIT */
/* The counted allocator: every byte that libota, liblzma and libzstd hold goes through it. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <ota/ctx.h>

struct mem;

ota_status mem_new(struct mem **out, const ota_alloc *alloc, uint64_t max, ota_err *err);
void mem_destroy(struct mem *m);
uint64_t mem_peak(const struct mem *m);

/* NULL when out of memory or over the cap. Zeroed. Thread-safe. */
void *mem_alloc(const ota_ctx *ctx, size_t len);
/* What to say after mem_alloc gave NULL: memory.limit or memory.exhausted. */
ota_status mem_fail(const ota_ctx *ctx, ota_err *err);
/* As mem_alloc, but sets err and, on success, *out (a pointer of any type). */
ota_status mem_new_bytes(void *out, const ota_ctx *ctx, size_t len, ota_err *err);
/*
 * Room for one item more behind n of size bytes in *at (a pointer of any type, NULL at first):
 * where *cap is n they move to twice the room.
 */
ota_status mem_grow(void *at, size_t *cap, size_t n, size_t size, const ota_ctx *ctx, ota_err *err);
/* NULL is fine. */
void mem_free(const ota_ctx *ctx, void *p);

/* Allocate one zeroed object of the type that *out points to. */
#define MEM_NEW(out, ctx, err) mem_new_bytes((out), (ctx), sizeof(**(out)), (err))

#endif
