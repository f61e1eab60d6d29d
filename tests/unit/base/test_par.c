/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <base/par.h>

struct job {
	uint64_t total, bad_feed, bad_work; /* UINT64_MAX: never */
	unsigned dropped;
};

struct slot {
	uint64_t in, out;
};

static ota_status feed(void *arg, void *slot, uint64_t i, bool *end, ota_err *err)
{
	struct job *j = arg;
	struct slot *s = slot;

	if (i == j->bad_feed)
		return ota_fail(err, OTA_E_SYSTEM, "feed %u", (unsigned)i);
	*end = i == j->total;
	s->in = i;
	return OTA_OK;
}

static ota_status work(void *arg, void *slot, uint64_t i, ota_err *err)
{
	struct job *j = arg;
	struct slot *s = slot;
	volatile unsigned spin = (unsigned)(i * 7919 % 1000);

	while (spin > 0)
		spin--;
	/* Two bad items: the lower index must be the one that is reported. */
	if (i == j->bad_work || i == j->bad_work + 1)
		return ota_fail(err, OTA_E_HASH_CHUNK, "work %u", (unsigned)i);
	s->out = s->in * s->in;
	return OTA_OK;
}

static void drop(void *arg, void *slot)
{
	(void)slot;
	((struct job *)arg)->dropped++;
}

static ota_status run(struct job *j, unsigned jobs, size_t slots, uint64_t *taken, ota_err *err)
{
	static const struct par_ops ops = {sizeof(struct slot), feed, work, drop};
	struct par *p = NULL;
	void *slot = NULL;
	ota_status st = par_new(&p, t_ctx_jobs(jobs), &ops, j, slots, err);

	*taken = 0;
	while (!st) {
		st = par_next(p, &slot, err);
		if (st || slot == NULL)
			break;
		ck_assert_uint_eq(((struct slot *)slot)->out, *taken * *taken);
		++*taken;
	}
	par_free(p);
	return st;
}

START_TEST(order_and_verdict_do_not_depend_on_jobs)
{
	static const size_t slots[] = {1, 2, 3, 8};

	for (unsigned jobs = 1; jobs <= 4; jobs++) {
		for (size_t k = 0; k < 4; k++) {
			struct job good = {300, UINT64_MAX, UINT64_MAX - 1, 0};
			struct job bad = {300, UINT64_MAX, 137, 0};
			struct job feeds = {300, 41, UINT64_MAX - 1, 0};
			struct job both = {300, 41, 39, 0};
			ota_err err = OTA_ERR_INIT;
			uint64_t n;

			ck_ok(run(&good, jobs, slots[k], &n, &err), &err);
			ck_assert_uint_eq(n, 300);
			ck_assert_uint_eq(good.dropped, slots[k]);
			ck_assert_int_eq(run(&bad, jobs, slots[k], &n, &err), OTA_UNTRUSTED);
			ck_assert_str_eq(err.msg, "work 137");
			ck_assert_uint_eq(n, 137);
			ck_assert_int_eq(run(&feeds, jobs, slots[k], &n, &err), OTA_IO);
			ck_assert_str_eq(err.msg, "feed 41");
			ck_assert_uint_eq(n, 41);
			ck_assert_int_eq(run(&both, jobs, slots[k], &n, &err), OTA_UNTRUSTED);
			ck_assert_str_eq(err.msg, "work 39");
		}
	}
}
END_TEST

START_TEST(nothing_to_do)
{
	struct job j = {0, UINT64_MAX, UINT64_MAX - 1, 0};
	uint64_t n;

	ck_assert_int_eq(run(&j, 3, 4, &n, NULL), OTA_OK);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(cancel_stops)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 2};
	static const struct par_ops ops = {sizeof(struct slot), feed, work, NULL};
	struct job j = {1000000, UINT64_MAX, UINT64_MAX - 1, 0};
	ota_err err = OTA_ERR_INIT;
	struct par *p = NULL;
	void *slot;
	ota_ctx *ctx;

	ck_assert_int_eq(ota_ctx_new(&ctx, &cfg, NULL), OTA_OK);
	ck_ok(par_new(&p, ctx, &ops, &j, 4, &err), &err);
	ck_ok(par_next(p, &slot, &err), &err);
	ota_ctx_cancel(ctx);
	ck_assert_int_eq(par_next(p, &slot, &err), OTA_CANCELLED);
	ck_id(err, OTA_E_CANCELLED);
	par_free(p);
	ota_ctx_free(ctx);
}
END_TEST

START_TEST(slots_follow_jobs_and_memory)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 4, .mem_max = 1000000};
	ota_ctx *ctx;

	ck_assert_uint_eq(par_slots(t_ctx(), 1), 1);
	ck_assert_uint_eq(par_slots(t_ctx_jobs(4), 1 << 20), 8);
	ck_assert_int_eq(ota_ctx_new(&ctx, &cfg, NULL), OTA_OK);
	ck_assert_uint_eq(par_slots(ctx, 300000), 3);
	ck_assert_uint_eq(par_slots(ctx, 3000000), 1);
	ota_ctx_free(ctx);
}
END_TEST

TCase *tcase_par(void)
{
	TCase *tc = tcase_create("par");

	tcase_add_test(tc, order_and_verdict_do_not_depend_on_jobs);
	tcase_add_test(tc, nothing_to_do);
	tcase_add_test(tc, cancel_stops);
	tcase_add_test(tc, slots_follow_jobs_and_memory);
	return tc;
}
