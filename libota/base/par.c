/* SPDX-License-Identifier: MIT */
#include <base/par.h>

#include <base/ctx.h>
#include <base/num.h>

#include <assert.h>
#include <pthread.h>
#include <string.h>

enum state { EMPTY, READY, WORKING, DONE };

struct item {
	enum state state;
	uint64_t index;
	ota_status st;
	ota_err err;
	void *slot;
};

struct par {
	const ota_ctx *ctx;
	struct par_ops ops;
	void *arg;
	struct item *items; /* a ring: item i lives at i % n */
	size_t n;
	uint64_t fed, claimed, taken; /* claimed: next for a worker */
	bool ended, stop, holding;
	pthread_t *threads;
	unsigned thread_count;
	pthread_mutex_t lock;
	pthread_cond_t ready, done;
};

size_t par_slots(const ota_ctx *ctx, uint64_t slot_bytes)
{
	uint64_t fit = slot_bytes > 0 ? ctx_mem_room(ctx) / slot_bytes : UINT64_MAX;
	uint64_t jobs = ctx_jobs(ctx);

	return size_of_u64(max_u64(1, min_u64(fit, jobs > 1 ? 2 * jobs : 1)));
}

static void run(struct par *p, struct item *it)
{
	it->st = p->ops.work(p->arg, it->slot, it->index, &it->err);
}

static void *worker(void *arg)
{
	struct par *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		struct item *it = &p->items[p->claimed % p->n];

		if (p->claimed == p->fed) {
			pthread_cond_wait(&p->ready, &p->lock);
			continue;
		}
		p->claimed++;
		if (it->state != READY)
			continue;
		it->state = WORKING;
		pthread_mutex_unlock(&p->lock);
		run(p, it);
		pthread_mutex_lock(&p->lock);
		it->state = DONE;
		pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Fewer threads than asked for is slower, not wrong; none means the caller works. */
static void start(struct par *p, unsigned jobs)
{
	while (p->thread_count < jobs &&
		pthread_create(&p->threads[p->thread_count], NULL, worker, p) == 0)
		p->thread_count++;
}

ota_status par_new(struct par **out, const ota_ctx *ctx, const struct par_ops *ops, void *arg,
	size_t slots, ota_err *err)
{
	unsigned jobs = ctx_jobs(ctx);
	struct par *p;
	ota_status st = MEM_NEW(&p, ctx, err);

	assert(slots > 0);
	if (st)
		return st;
	p->ctx = ctx;
	p->ops = *ops;
	p->arg = arg;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ready, NULL);
	pthread_cond_init(&p->done, NULL);
	st = mem_new_bytes(&p->items, ctx, slots * sizeof(p->items[0]), err);
	if (!st)
		st = mem_new_bytes(&p->threads, ctx, jobs * sizeof(p->threads[0]), err);
	for (size_t i = 0; !st && i < slots; i++) {
		st = mem_new_bytes(&p->items[i].slot, ctx, ops->slot_size, err);
		p->n = i + 1;
	}
	if (st) {
		par_free(p);
		return st;
	}
	if (jobs > 1 && slots > 1)
		start(p, u32_of_u64(min_u64(jobs, slots)));
	*out = p;
	return OTA_OK;
}

/* Feed on the caller's thread, outside the lock: nobody else touches an EMPTY item. */
static void feed(struct par *p)
{
	struct item *it = &p->items[p->fed % p->n];
	bool end = false;

	it->index = p->fed;
	it->st = OTA_OK;
	it->err = (ota_err)OTA_ERR_INIT;
	it->st = p->ops.feed(p->arg, it->slot, p->fed, &end, &it->err);
	if (end && it->st == OTA_OK) {
		p->ended = true;
		return;
	}
	/* A failed feed is an item too: it fails in its turn, after those before it. */
	p->ended = it->st != OTA_OK;
	pthread_mutex_lock(&p->lock);
	it->state = p->ended ? DONE : READY;
	p->fed++;
	pthread_cond_signal(&p->ready);
	pthread_mutex_unlock(&p->lock);
}

static void await(struct par *p, struct item *it)
{
	if (p->thread_count == 0) {
		if (it->state == READY)
			run(p, it);
		it->state = DONE;
		return;
	}
	pthread_mutex_lock(&p->lock);
	while (it->state != DONE)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

ota_status par_next(struct par *p, void **slot, ota_err *err)
{
	struct item *it;

	*slot = NULL;
	if (p->holding) {
		p->items[p->taken % p->n].state = EMPTY;
		p->taken++;
		p->holding = false;
	}
	while (!p->ended && p->fed - p->taken < p->n) {
		ota_status st = ctx_poll(p->ctx, err);

		if (st)
			return st;
		feed(p);
	}
	if (p->taken == p->fed)
		return OTA_OK;
	it = &p->items[p->taken % p->n];
	await(p, it);
	p->holding = true;
	if (it->st) {
		p->ended = true;
		if (err != NULL)
			*err = it->err;
		return it->st;
	}
	*slot = it->slot;
	return OTA_OK;
}

void par_free(struct par *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->ready);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->thread_count; i++)
		pthread_join(p->threads[i], NULL);
	for (size_t i = 0; i < p->n; i++) {
		if (p->ops.drop != NULL && p->items[i].slot != NULL)
			p->ops.drop(p->arg, p->items[i].slot);
		mem_free(p->ctx, p->items[i].slot);
	}
	mem_free(p->ctx, p->items);
	mem_free(p->ctx, p->threads);
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->ready);
	pthread_mutex_destroy(&p->lock);
	mem_free(p->ctx, p);
}
