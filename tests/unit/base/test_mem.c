/* SPDX-License-Identifier: MIT */
/* The cap on memory: exact, and never in anybody's way but the one who asks too much. */
#include "unit.h"

#include <base/ctx.h>

#include <pthread.h>
#include <stdatomic.h>

#define CAP (1U << 20U)

static ota_ctx *capped(void)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1, .mem_max = CAP};
	ota_ctx *ctx = NULL;

	ck_assert_int_eq(ota_ctx_new(&ctx, &cfg, NULL), OTA_OK);
	return ctx;
}

START_TEST(the_last_byte_can_be_had)
{
	ota_ctx *ctx = capped();
	ota_err err = OTA_ERR_INIT;
	size_t room = (size_t)ctx_mem_room(ctx);
	void *p = NULL, *q;

	ck_assert_int_eq(mem_new_bytes(&p, ctx, room + 1, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	ck_ok(mem_new_bytes(&p, ctx, room, &err), &err);
	q = mem_alloc(ctx, 1);
	ck_assert_ptr_null(q);
	ck_assert_int_eq(mem_fail(ctx, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	mem_free(ctx, p);
	ota_ctx_free(ctx);
}
END_TEST

struct greedy {
	ota_ctx *ctx;
	atomic_bool stop;
};

static void *ask_too_much(void *arg)
{
	struct greedy *g = arg;

	while (!atomic_load(&g->stop))
		mem_free(g->ctx, mem_alloc(g->ctx, 2 * (size_t)CAP));
	return NULL;
}

START_TEST(a_refusal_hurts_nobody_else)
{
	struct greedy g = {.ctx = capped()};
	pthread_t thread;
	unsigned refused = 0;

	atomic_init(&g.stop, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, ask_too_much, &g), 0);
	for (unsigned i = 0; i < 200000; i++) {
		void *p = mem_alloc(g.ctx, 100);

		refused += p == NULL;
		mem_free(g.ctx, p);
	}
	atomic_store(&g.stop, true);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(refused, 0);
	ota_ctx_free(g.ctx);
}
END_TEST

TCase *tcase_mem(void)
{
	TCase *tc = tcase_create("mem");

	tcase_add_test(tc, the_last_byte_can_be_had);
	tcase_add_test(tc, a_refusal_hurts_nobody_else);
	return tc;
}
