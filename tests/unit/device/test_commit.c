/* SPDX-License-Identifier: MIT */
/* What commits, what the commit leaves to do, and what must be true before it is done. */
#include "rig.h"

#include <device/dev.h>

#define DISABLE "after_commit: disable-previous\n"

static void start_trial(struct rig *r, unsigned image)
{
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_install(r, image, NULL, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(boot.trial);
}

static unsigned boots(struct rig *r)
{
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_boot(r, &boot, &err), &err);
	return boot.slot;
}

static void lose_bootctl(struct rig *r)
{
	memset(r->mp->region[0].bytes, 0x5a, r->mp->region[0].size);
}

/* An image that changed under its trial is not committed, and the old system stays. */
START_TEST(commit_wants_the_image_whole)
{
	struct rig *r = rig_new(16, 0xff, 1, DISABLE);
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	mp_image(r->mp, 0, 0)[1024] ^= 1;
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TARGET);
	ck_assert(rig_slot(r, 1).successful);
	ck_assert_uint_gt(rig_slot(r, 1).priority, 0);
	ck_assert_uint_eq(boots(r), 1);
	rig_free(r);
}
END_TEST

/* The commit record alone was written: the slot that runs afterwards is not disabled. */
static void cut_after_commit(struct rig *r)
{
	ota_err err = OTA_ERR_INIT;

	r->mp->cut_at = r->mp->ops + 2;
	r->mp->cut = MP_BEFORE;
	ck_assert_int_ne(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_OK);
	mp_reboot(r->mp);
	ck_assert(rig_slot(r, r->mp->booted).successful);
}

START_TEST(commit_never_disables_what_runs)
{
	struct rig *r = rig_new(16, 0xff, 1, DISABLE);
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	cut_after_commit(r);
	mp_image(r->mp, 0, 0)[1024] ^= 1;
	ck_assert_uint_eq(boots(r), 1);
	ck_ok(rig_install(r, 3, NULL, &err), &err);
	ck_assert(rig_slot(r, 1).successful);
	ck_assert_uint_gt(rig_slot(r, 1).priority, 0);
	rig_free(r);
}
END_TEST

START_TEST(commit_disables_nothing_for_a_slot_gone_bad)
{
	struct rig *r = rig_new(16, 0xff, 1, DISABLE);
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	cut_after_commit(r);
	mp_image(r->mp, 0, 0)[1024] ^= 1;
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TARGET);
	ck_assert(rig_slot(r, 1).successful);
	ck_assert_uint_eq(boots(r), 1);
	/* Whole again, it goes on where it was. */
	mp_image(r->mp, 0, 0)[1024] ^= 1;
	ck_assert_uint_eq(boots(r), 0);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_assert_uint_eq(rig_slot(r, 1).priority, 0);
	rig_free(r);
}
END_TEST

/* The install ends what was cut short, before it forgets that there was something. */
START_TEST(commit_is_settled_by_the_next_install)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	cut_after_commit(r);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 0);
	ck_ok(rig_install(r, 3, NULL, &err), &err);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 2);
	rig_free(r);
}
END_TEST

/* A fuse that fails, or documents that rotted after the commit, end no updates. */
START_TEST(commit_that_cannot_settle_ends_no_updates)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	if (_i == 0) {
		r->mp->burn_error = true;
		ck_assert_int_eq(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_IO);
		ck_id(err, OTA_E_FLASH);
		ck_assert_uint_eq(boots(r), 0);
	} else {
		cut_after_commit(r);
		mp_meta(r->mp, 0)->bytes[300] ^= 1;
		ck_assert_uint_eq(boots(r), 1);
	}
	start_trial(r, _i == 0 ? 3 : 2);
	if (_i == 1)
		ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	rig_free(r);
}
END_TEST

static unsigned newest_half(struct rig *r)
{
	ota_dev *dev = rig_open(r);
	unsigned half = dev->bc.rec.half;

	ota_dev_close(dev);
	return half;
}

/* The floor waits for the commit, and for images: documents alone do not raise it. */
START_TEST(commit_raises_the_floor_last)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 0);
	if (_i == 0) {
		mp_image(r->mp, 1, 0)[7] ^= 1;
		ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
		ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 0);
	} else {
		r->mp->fault = MP_PROGRAM_ERROR;
		r->mp->bad_off = (1 - newest_half(r)) * MP_ERASE;
		ck_assert_int_eq(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_IO);
		ck_assert(!rig_slot(r, 0).successful);
		ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 0);
	}
	rig_free(r);
}
END_TEST

START_TEST(commit_only_what_the_journal_put_on_trial)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_dev *dev;
	ota_err err = OTA_ERR_INIT;

	start_trial(r, 1);
	dev = rig_open(r);
	if (_i == 0)
		dev->journal.digest.b[0] ^= 1;
	else
		dev->journal.slot = 0;
	ck_ok(journal_save(&dev->journal, &err), &err);
	ota_dev_close(dev);
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	ck_assert(!rig_slot(r, 1).successful);
	rig_free(r);
}
END_TEST

/* One copy of boot control gone: the other says the same. */
START_TEST(commit_and_fall_back_are_in_both_copies)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	bool good = _i < 2;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	start_trial(r, 1);
	ck_assert_int_eq(rig_finish(r, good ? OTA_HEALTH_GOOD : OTA_HEALTH_BAD, &err),
		good ? OTA_OK : OTA_REFUSED);
	r->mp->region[0].bytes[(_i % 2 == 0 ? 0 : MP_ERASE) + 100] ^= 1;
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert_uint_eq(boot.slot, good ? 1 : 0);
	rig_free(r);
}
END_TEST

/* A read that fails once costs nothing: not the newest copy, nor the chain. */
START_TEST(commit_survives_one_failed_read)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	static const unsigned region[] = {0, 0, 3, 5};
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	r->mp->fault = MP_READ_ERROR;
	r->mp->once = true;
	r->mp->bad_region = region[_i];
	r->mp->bad_off = _i == 1 ? MP_ERASE : 0;
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(r->mp->fault, MP_GOOD);
	ck_assert(!boot.trial && !boot.fell_back);
	ck_assert_uint_eq(boot.slot, 1);
	rig_free(r);
}
END_TEST

/* ---- after a recovery ---- */

/* The one that did not start at first can be committed when it is its turn. */
START_TEST(commit_of_both_recovered_slots)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	rig_update(r, 2);
	lose_bootctl(r);
	ck_assert_uint_eq(boots(r), 0);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	mp_image(r->mp, 0, 0)[7] ^= 1;
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(boot.trial);
	ck_assert_uint_eq(boot.slot, 1);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	rig_update(r, 3);
	rig_free(r);
}
END_TEST

/* Nothing bootable is left, though boot control is whole: what verifies is tried again. */
START_TEST(commit_lost_is_recovered)
{
	struct rig *r = rig_new(16, 0xff, 1, DISABLE);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	start_trial(r, 2);
	r->mp->burn_error = true;
	(void)rig_finish(r, OTA_HEALTH_GOOD, &err);
	mp_image(r->mp, 0, 0)[7] ^= 1;
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_holds(r, boot.slot), 1);
	rig_free(r);
}
END_TEST

/* One half of boot control is dead for good: the other one is enough. */
START_TEST(commit_with_a_dead_boot_control_half)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	rig_update(r, 2);
	lose_bootctl(r);
	r->mp->fault = (enum mp_fault)(1 + _i / 2);
	r->mp->bad_off = (unsigned)_i % 2 * MP_ERASE;
	for (unsigned i = 0; i < 3; i++) {
		ck_ok(rig_boot(r, &boot, &err), &err);
		ck_assert(boot.trial);
		ck_assert_int_eq(rig_holds(r, boot.slot), 2);
	}
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert_int_eq(rig_holds(r, boot.slot), 2);
	rig_free(r);
}
END_TEST

TCase *tcase_commit(void)
{
	TCase *tc = tcase_create("commit");

	tcase_add_test(tc, commit_wants_the_image_whole);
	tcase_add_test(tc, commit_never_disables_what_runs);
	tcase_add_test(tc, commit_disables_nothing_for_a_slot_gone_bad);
	tcase_add_test(tc, commit_is_settled_by_the_next_install);
	tcase_add_loop_test(tc, commit_that_cannot_settle_ends_no_updates, 0, 2);
	tcase_add_loop_test(tc, commit_raises_the_floor_last, 0, 2);
	tcase_add_loop_test(tc, commit_only_what_the_journal_put_on_trial, 0, 2);
	tcase_add_loop_test(tc, commit_and_fall_back_are_in_both_copies, 0, 4);
	tcase_add_loop_test(tc, commit_survives_one_failed_read, 0, 4);
	tcase_add_test(tc, commit_of_both_recovered_slots);
	tcase_add_test(tc, commit_lost_is_recovered);
	tcase_add_loop_test(tc, commit_with_a_dead_boot_control_half, 0, 2 * (MP_FAULTS - 1));
	return tc;
}
