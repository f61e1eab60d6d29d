/* SPDX-License-Identifier: MIT */
/*
 * The third theorem, tried: cut the power at every operation of an update, in
 * every way, and see the device start the old image or the new one, whole, and
 * the update finish afterwards.
 */
#include "rig.h"

#include <device/dev.h>

#define ROUNDS_MAX 12

struct run {
	struct rig *r;
	struct memport *start; /* the device before the update */
	unsigned from, old, new_;
	char name[96];
};

/* No slot that could start has a counter below the fused floor. */
static void check_floor(const struct run *t)
{
	uint32_t floor = t->r->mp->fuse[OTA_FUSE_COUNTER];

	for (unsigned i = 0; i < 2; i++) {
		ota_slot_state s = rig_slot(t->r, i);

		if (s.priority > 0 && (s.successful || s.tries > 0))
			ck_assert_msg(floor <= s.counter || floor == 0, "%s: floor %u, slot %u",
				t->name, floor, i);
	}
}

static bool powered(const struct run *t, ota_status st, const ota_err *err)
{
	if (t->r->mp->dead)
		return false;
	ck_assert_msg(st == OTA_OK, "%s: %s", t->name, err->msg);
	return true;
}

/* Boot, then finish or install; false: power was lost. */
static bool step(const struct run *t, bool *done)
{
	ota_install_result res = {0};
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	ota_status st = rig_boot(t->r, &boot, &err);
	int got;

	if (!powered(t, st, &err))
		return false;
	got = rig_holds(t->r, boot.slot);
	ck_assert_msg(got == (int)(boot.slot == t->from ? t->old : t->new_),
		"%s: slot %u starts with image %d", t->name, boot.slot, got);
	check_floor(t);
	st = boot.trial ? rig_finish(t->r, OTA_HEALTH_GOOD, &err)
			: rig_install(t->r, t->new_, &res, &err);
	*done = res.nothing_to_do;
	return powered(t, st, &err);
}

static bool old_is_whole(const struct run *t)
{
	return memcmp(mp_image(t->r->mp, t->from, 0), t->r->image[t->old][0],
		       t->r->image_len[t->old]) == 0;
}

/* Run to the end, with further cuts after the first `again` times. */
static void run_on(const struct run *t, unsigned again, uint64_t *seed)
{
	bool done = false;
	unsigned rounds = 0;

	while (!done) {
		ck_assert_msg(rounds++ < ROUNDS_MAX + again, "%s: never ends", t->name);
		if (step(t, &done))
			continue;
		ck_assert_msg(old_is_whole(t), "%s: the old image was changed", t->name);
		mp_reboot(t->r->mp);
		/* A cut may cost a try; three cuts in trials would rightly fall back. */
		if (again > 0) {
			again--;
			t->r->mp->cut_at = t->r->mp->ops + t_rand(seed) % 60;
			t->r->mp->cut = (enum mp_cut)(t_rand(seed) % MP_CUTS);
		}
	}
	ck_assert_msg(old_is_whole(t), "%s: the old image was changed", t->name);
	ck_assert_msg(rig_holds(t->r, 1 - t->from) == (int)t->new_, "%s: not updated", t->name);
	check_floor(t);
}

static void one_case(struct run *t, uint64_t at, enum mp_cut cut)
{
	snprintf(t->name, sizeof(t->name), "cut %d at operation %u", (int)cut, (unsigned)at);
	mp_copy(t->r->mp, t->start);
	t->r->mp->cut_at = at;
	t->r->mp->cut = cut;
	run_on(t, 0, NULL);
}

static struct run begin(uint32_t program, uint8_t erased, const char *extra, bool second,
	unsigned window, size_t env)
{
	struct run t = {.r = window > 0 ? rig_new_delta(program, erased, window)
					: rig_new(program, erased, 1, extra),
		.from = 0,
		.old = 0,
		.new_ = 1};

	if (env > 0)
		rig_use_env(t.r, env);
	if (second) {
		rig_update(t.r, 1);
		t.from = 1;
		t.old = 1;
		t.new_ = 2;
	}
	t.start = mp_new(program, erased, 1);
	mp_copy(t.start, t.r->mp);
	return t;
}

static void end(struct run *t)
{
	mp_free(t->start);
	rig_free(t->r);
}

static const struct {
	uint32_t program;
	uint8_t erased;
	const char *extra;
	bool second;
	unsigned window; /* of a delta; 0: a full image */
	size_t env;      /* of a copy of a U-Boot environment; 0: the record is ours */
} configs[] = {
	{1, 0xff, NULL, false, 0, 0},
	{16, 0xff, NULL, true, 0, 0},
	{256, 0xff, "after_commit: disable-previous\n", true, 0, 0},
	{1, 0x00, "after_commit: disable-previous\n", false, 0, 0},
	{16, 0x00, "after_commit: disable-previous\n", true, 0, 0},
	{256, 0x00, NULL, true, 0, 0},
	{16, 0xff, NULL, false, 10000, 0},
	{256, 0x00, NULL, true, 1U << 20U, 0},
	{1, 0xff, "after_commit: disable-previous\n", true, 0, 2048},
	{256, 0x00, NULL, false, 0, 4000},
};

START_TEST(power_every_operation_every_cut)
{
	struct run t = begin(configs[_i].program, configs[_i].erased, configs[_i].extra,
		configs[_i].second, configs[_i].window, configs[_i].env);
	uint64_t ops;

	t.name[0] = '\0';
	run_on(&t, 0, NULL);
	ops = t.r->mp->ops;
	ck_assert_uint_gt(ops, 50);
	for (uint64_t at = 0; at < ops; at++)
		for (unsigned cut = 0; cut < MP_CUTS; cut++)
			one_case(&t, at, (enum mp_cut)cut);
	end(&t);
}
END_TEST

/* Two cuts in a row, at random places. */
START_TEST(power_two_cuts)
{
	struct run t = begin(configs[_i].program, configs[_i].erased, configs[_i].extra,
		configs[_i].second, configs[_i].window, configs[_i].env);
	uint64_t seed = (uint64_t)_i;

	for (unsigned i = 0; i < 150; i++) {
		snprintf(t.name, sizeof(t.name), "storm %u", i);
		mp_copy(t.r->mp, t.start);
		t.r->mp->cut_at = t_rand(&seed) % 90;
		t.r->mp->cut = (enum mp_cut)(t_rand(&seed) % MP_CUTS);
		run_on(&t, 1, &seed);
	}
	end(&t);
}
END_TEST

/* A cut late in the writing leaves little to write; another package starts afresh. */
static const unsigned windows[] = {0, 4096, 10000};

START_TEST(power_resumes_where_it_was)
{
	struct run t = begin(16, 0xff, NULL, false, 0, 0);
	ota_install_result res;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	unsigned image = _i == 0 ? 1 : 2;

	t.r->mp->cut_at = 45;
	t.r->mp->cut = MP_HALF;
	ck_assert_int_eq(rig_install(t.r, 1, &res, &err), OTA_IO);
	mp_reboot(t.r->mp);
	ck_ok(rig_boot(t.r, &boot, &err), &err);
	ck_ok(rig_install(t.r, image, &res, &err), &err);
	ck_assert(res.resumed == (image == 1));
	if (image == 1)
		ck_assert_uint_lt(res.written, t.r->image_len[image] / 2);
	else
		ck_assert_uint_eq(res.written, t.r->image_len[image]);
	ck_assert_int_eq(rig_holds(t.r, 1), (int)image);
	end(&t);
}
END_TEST

/* What is written already is not fetched again: but for heads, and the piece that was cut. */
START_TEST(power_resume_fetches_the_rest)
{
	struct run t = begin(16, 0xff, NULL, false, windows[_i], 0);
	ota_install_result res;
	ota_err err = OTA_ERR_INIT;
	uint64_t all;

	ck_ok(rig_install(t.r, 1, &res, &err), &err);
	all = t.r->fetched;
	mp_copy(t.r->mp, t.start);
	t.r->mp->cut_at = t.r->mp->ops + 45;
	ck_assert_int_eq(rig_install(t.r, 1, &res, &err), OTA_IO);
	mp_reboot(t.r->mp);
	t.r->fetched = 0;
	ck_ok(rig_install(t.r, 1, &res, &err), &err);
	ck_assert(res.resumed);
	ck_assert_int_eq(rig_holds(t.r, 1), 1);
	ck_assert_msg(t.r->fetched < all / 2, "%llu of %llu", (unsigned long long)t.r->fetched,
		(unsigned long long)all);
	end(&t);
}
END_TEST

/* What the journal calls written is looked at: a flip there is mended. */
START_TEST(power_resume_does_not_trust_the_journal)
{
	struct run t = begin(16, 0xff, NULL, false, windows[_i], 0);
	ota_install_result res;
	ota_err err = OTA_ERR_INIT;

	t.r->mp->cut_at = 45;
	ck_assert_int_eq(rig_install(t.r, 1, &res, &err), OTA_IO);
	mp_reboot(t.r->mp);
	mp_image(t.r->mp, 1, 0)[100] ^= 1;
	ck_ok(rig_install(t.r, 1, &res, &err), &err);
	ck_assert(res.resumed);
	ck_assert_int_eq(rig_holds(t.r, 1), 1);
	end(&t);
}
END_TEST

/* A block that the cut left unreadable is written anew, not the end of the update. */
START_TEST(power_resumes_over_an_unreadable_block)
{
	struct run t = begin(16, 0xff, NULL, false, windows[_i], 0);
	ota_install_result res;
	ota_err err = OTA_ERR_INIT;

	t.r->mp->cut_at = 45;
	ck_assert_int_eq(rig_install(t.r, 1, &res, &err), OTA_IO);
	mp_reboot(t.r->mp);
	t.r->mp->fault = MP_READ_ERROR;
	t.r->mp->heals = true;
	t.r->mp->bad_region = 5;
	t.r->mp->bad_off = MP_ERASE;
	ck_ok(rig_install(t.r, 1, &res, &err), &err);
	ck_assert(res.resumed);
	ck_assert_int_eq(rig_holds(t.r, 1), 1);
	end(&t);
}
END_TEST

/* Cuts in a bad update: it ends with the old system, and the digest is remembered. */
START_TEST(power_rollback_every_cut)
{
	struct run t = begin(16, 0xff, NULL, true, 0, 0);
	unsigned cut = (unsigned)_i;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	uint64_t ops;

	ck_ok(rig_install(t.r, 2, NULL, &err), &err);
	ck_ok(rig_boot(t.r, &boot, &err), &err);
	mp_copy(t.start, t.r->mp);
	ck_assert_int_eq(rig_finish(t.r, OTA_HEALTH_BAD, &err), OTA_REFUSED);
	ops = t.r->mp->ops;
	ck_assert_uint_ge(ops, 3);
	for (uint64_t at = 0; at < ops; at++) {
		mp_copy(t.r->mp, t.start);
		t.r->mp->cut_at = at;
		t.r->mp->cut = (enum mp_cut)cut;
		ck_assert_int_ne(rig_finish(t.r, OTA_HEALTH_BAD, &err), OTA_OK);
		mp_reboot(t.r->mp);
		ck_ok(rig_boot(t.r, &boot, &err), &err);
		while (boot.trial) {
			(void)rig_finish(t.r, OTA_HEALTH_BAD, &err);
			ck_ok(rig_boot(t.r, &boot, &err), &err);
		}
		ck_assert_uint_eq(boot.slot, 1);
		ck_assert_int_eq(rig_holds(t.r, 1), 1);
		ck_assert_int_eq(rig_install(t.r, 2, NULL, &err), OTA_REFUSED);
		ck_id(err, OTA_E_FAILED_BEFORE);
	}
	end(&t);
}
END_TEST

TCase *tcase_power(void)
{
	TCase *tc = tcase_create("power");
	int n = (int)(sizeof(configs) / sizeof(configs[0]));

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, power_every_operation_every_cut, 0, n);
	tcase_add_loop_test(tc, power_two_cuts, 0, n);
	tcase_add_loop_test(tc, power_resumes_where_it_was, 0, 2);
	tcase_add_loop_test(tc, power_resume_fetches_the_rest, 1, 3);
	tcase_add_loop_test(tc, power_resume_does_not_trust_the_journal, 0, 3);
	tcase_add_loop_test(tc, power_resumes_over_an_unreadable_block, 0, 3);
	tcase_add_loop_test(tc, power_rollback_every_cut, 0, MP_CUTS);
	return tc;
}
