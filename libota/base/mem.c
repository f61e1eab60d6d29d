/* SPDX-License-Identifier: MIT */
#include <base/mem.h>

#include <base/ctx.h>
#include <base/num.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GROW_MIN 64U /* items, at first */

struct mem {
	ota_alloc alloc;
	uint64_t max;
	atomic_uint_least64_t used, peak;
	atomic_bool refused; /* something was over max once */
};

/* Before each block: its length, in a unit that keeps every type aligned. */
union head {
	size_t len;
	max_align_t align;
};

static void *libc_alloc(void *arg, size_t len)
{
	(void)arg;
	return malloc(len);
}

static void libc_free(void *arg, void *p)
{
	(void)arg;
	free(p);
}

ota_status mem_new(struct mem **out, const ota_alloc *alloc, uint64_t max, ota_err *err)
{
	static const ota_alloc libc = {libc_alloc, libc_free, NULL};
	const ota_alloc *a = alloc != NULL ? alloc : &libc;
	struct mem *m = a->alloc(a->arg, sizeof(*m));

	if (m == NULL)
		return ota_fail_nomem(err);
	m->alloc = *a;
	m->max = max != 0 ? max : UINT64_MAX;
	atomic_init(&m->used, 0);
	atomic_init(&m->peak, 0);
	atomic_init(&m->refused, false);
	*out = m;
	return OTA_OK;
}

void mem_destroy(struct mem *m)
{
	ota_alloc a;

	if (m == NULL)
		return;
	a = m->alloc;
	a.free(a.arg, m);
}

uint64_t mem_peak(const struct mem *m)
{
	return atomic_load(&m->peak);
}

uint64_t ctx_mem_room(const ota_ctx *ctx)
{
	const struct mem *m = ctx_mem(ctx);
	uint64_t used = atomic_load(&m->used);

	if (m->max == UINT64_MAX)
		return UINT64_MAX;
	return used < m->max ? m->max - used : 0;
}

static bool reserve(struct mem *m, size_t len)
{
	uint64_t used = atomic_load(&m->used), peak = atomic_load(&m->peak);

	/* Never above the cap, not even for a moment: others would be refused for it. */
	do {
		if (len > m->max || used > m->max - len) {
			atomic_store(&m->refused, true);
			return false;
		}
	} while (!atomic_compare_exchange_weak(&m->used, &used, used + len));
	used += len;
	while (used > peak && !atomic_compare_exchange_weak(&m->peak, &peak, used))
		;
	return true;
}

void *mem_alloc(const ota_ctx *ctx, size_t len)
{
	struct mem *m = ctx_mem(ctx);
	union head *h;

	if (len > SIZE_MAX - sizeof(*h) || !reserve(m, len))
		return NULL;
	h = m->alloc.alloc(m->alloc.arg, sizeof(*h) + len);
	if (h == NULL) {
		atomic_fetch_sub(&m->used, len);
		return NULL;
	}
	h->len = len;
	memset(h + 1, 0, len);
	return h + 1;
}

ota_status mem_fail(const ota_ctx *ctx, ota_err *err)
{
	const struct mem *m = ctx_mem(ctx);

	if (!atomic_load(&m->refused))
		return ota_fail_nomem(err);
	return ota_fail(err, OTA_E_MEM_LIMIT, "it takes more than the %llu bytes allowed",
		(unsigned long long)m->max);
}

ota_status mem_new_bytes(void *out, const ota_ctx *ctx, size_t len, ota_err *err)
{
	void *p;

	if (len > ctx_mem_room(ctx))
		return ota_fail(
			err, OTA_E_MEM_LIMIT, "%zu bytes more are over the memory limit", len);
	p = mem_alloc(ctx, len);
	if (p == NULL)
		return mem_fail(ctx, err);
	memcpy(out, &p, sizeof(p));
	return OTA_OK;
}

ota_status mem_grow(void *at, size_t *cap, size_t n, size_t size, const ota_ctx *ctx, ota_err *err)
{
	size_t more = 2 * *cap + GROW_MIN;
	void *from, *to = NULL;
	ota_status st;

	if (n < *cap)
		return OTA_OK;
	st = mem_new_bytes(&to, ctx, more * size, err);
	if (st)
		return st;
	memcpy(&from, at, sizeof(from));
	if (n > 0)
		memcpy(to, from, n * size);
	mem_free(ctx, from);
	memcpy(at, &to, sizeof(to));
	*cap = more;
	return OTA_OK;
}

void mem_free(const ota_ctx *ctx, void *p)
{
	struct mem *m = ctx_mem(ctx);
	union head *h = p;

	if (h == NULL)
		return;
	h--;
	atomic_fetch_sub(&m->used, h->len);
	m->alloc.free(m->alloc.arg, h);
}
