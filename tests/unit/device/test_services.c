/* SPDX-License-Identifier: MIT */
/* The slot services, and that none of them is a way round the rules of an update. */
#include "rig.h"

#include <ota/slots.h>

static ota_status verify(struct rig *r, unsigned slot, ota_err *err)
{
	ota_dev *dev = rig_open(r);
	ota_status st = ota_slot_verify(dev, slot, NULL, err);

	ota_dev_close(dev);
	return st;
}

static ota_status switch_to(struct rig *r, unsigned slot, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, t_ctx(), r->devfile, &r->mp->port, err);

	if (!st)
		st = ota_slot_switch(dev, slot, NULL, err);
	ota_dev_close(dev);
	return st;
}

static unsigned active(struct rig *r, bool *trial)
{
	ota_dev *dev = rig_open(r);
	unsigned slot = 9;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_slot_active(dev, &slot, trial, &err), &err);
	ota_dev_close(dev);
	return slot;
}

/* Slot 1 holds image 1, slot 0 image 2 and runs. */
static struct rig *twice_updated(void)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);

	rig_update(r, 1);
	rig_update(r, 2);
	return r;
}

START_TEST(services_active_and_update)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_dev *dev = rig_open(r);
	ota_install_result res;
	ota_boot boot;
	bool trial;
	ota_err err = OTA_ERR_INIT;

	ck_assert_uint_eq(active(r, &trial), 0);
	ck_assert(!trial);
	ck_ok(ota_slot_update(dev, r->src[1], r->trust, NULL, &res, NULL, &err), &err);
	ota_dev_close(dev);
	ck_assert_uint_eq(res.slot, 1);
	ck_assert_int_eq(rig_holds(r, 1), 1);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_uint_eq(active(r, &trial), 1);
	ck_assert(trial);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_assert_uint_eq(active(r, &trial), 1);
	ck_assert(!trial);
	rig_free(r);
}
END_TEST

START_TEST(services_update_wants_a_trusted_package)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_dev *dev = rig_open(r);
	uint64_t ops = r->mp->ops;
	ota_err err = OTA_ERR_INIT;

	r->bytes[1][200] ^= 1;
	ck_assert_int_ne(ota_slot_update(dev, r->src[1], r->trust, NULL, NULL, NULL, &err), OTA_OK);
	ck_id(err, OTA_E_SIG_BAD);
	ck_assert_uint_eq(r->mp->ops, ops);
	ota_dev_close(dev);
	rig_free(r);
}
END_TEST

/* ---- verify ---- */

START_TEST(services_verify_says_what_is_wrong)
{
	struct rig *r = twice_updated();
	uint64_t ops = r->mp->ops;
	ota_err err = OTA_ERR_INIT;

	ck_ok(verify(r, 0, &err), &err);
	ck_ok(verify(r, 1, &err), &err);
	ck_assert_int_eq(verify(r, 2, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	r->mp->fuse[OTA_FUSE_COUNTER] = rig_counter[1] + 1;
	ck_assert_int_eq(verify(r, 1, &err), OTA_REFUSED);
	ck_id(err, OTA_E_COUNTER);
	ck_ok(verify(r, 0, &err), &err);
	mp_image(r->mp, 0, 0)[77] ^= 1;
	ck_assert_int_eq(verify(r, 0, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TARGET);
	mp_meta(r->mp, 0)->bytes[300] ^= 1;
	ck_assert_int_eq(verify(r, 0, &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	ck_assert_uint_eq(r->mp->ops, ops);
	rig_free(r);
}
END_TEST

START_TEST(services_verify_knows_nothing_of_the_first_system)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_err err = OTA_ERR_INIT;

	ck_assert_int_eq(verify(r, 0, &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	rig_free(r);
}
END_TEST

/* ---- switch ---- */

START_TEST(services_switch_back_and_commit)
{
	struct rig *r = twice_updated();
	uint32_t floor = r->mp->fuse[OTA_FUSE_COUNTER];
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_assert_uint_eq(floor, rig_counter[1]);
	ck_ok(switch_to(r, 1, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(boot.trial);
	ck_assert_uint_eq(boot.slot, 1);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert_int_eq(rig_holds(r, boot.slot), 1);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], floor);
	rig_update(r, 3);
	rig_free(r);
}
END_TEST

/* The slot that ran is there for a bad trial; what fell back is closed. */
START_TEST(services_switch_falls_back)
{
	struct rig *r = twice_updated();
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(switch_to(r, 1, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_BAD, &err), OTA_REFUSED);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert_int_eq(rig_holds(r, boot.slot), 2);
	ck_assert_int_eq(switch_to(r, 1, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SLOT_CLOSED);
	rig_free(r);
}
END_TEST

static ota_id refused(struct rig *r, unsigned slot)
{
	uint64_t ops = r->mp->ops;
	ota_err err = OTA_ERR_INIT;

	ck_assert_int_ne(switch_to(r, slot, &err), OTA_OK);
	ck_assert_uint_eq(r->mp->ops, ops);
	return err.id;
}

START_TEST(services_switch_is_refused)
{
	struct rig *r = twice_updated();
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_assert_int_eq(refused(r, 0), OTA_E_ARGUMENT);
	ck_assert_int_eq(refused(r, 2), OTA_E_ARGUMENT);
	r->mp->fuse[OTA_FUSE_COUNTER]++;
	ck_assert_int_eq(refused(r, 1), OTA_E_COUNTER);
	r->mp->fuse[OTA_FUSE_COUNTER]--;
	mp_image(r->mp, 1, 0)[77] ^= 1;
	ck_assert_int_eq(refused(r, 1), OTA_E_HASH_TARGET);
	mp_image(r->mp, 1, 0)[77] ^= 1;
	mp_meta(r->mp, 1)->bytes[300] ^= 1;
	ck_assert_int_eq(refused(r, 1), OTA_E_STATE);
	/* An update waits for its trial, then is on trial. */
	ck_ok(rig_install(r, 3, NULL, &err), &err);
	ck_assert_int_eq(refused(r, 1), OTA_E_TRIAL);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(refused(r, 0), OTA_E_TRIAL);
	rig_free(r);
}
END_TEST

START_TEST(services_switch_never_to_what_was_not_committed)
{
	struct rig *r = rig_new(16, 0xff, 1, _i == 0 ? NULL : "after_commit: disable-previous\n");
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	if (_i == 0) {
		/* The first system has no documents; then its slot is half written. */
		ck_assert_int_eq(refused(r, 0), OTA_E_STATE);
		r->mp->cut_at = r->mp->ops + 12;
		ck_assert_int_ne(rig_install(r, 2, NULL, &err), OTA_OK);
		mp_reboot(r->mp);
	} else {
		rig_update(r, 2);
	}
	ck_assert_int_eq(refused(r, 1 - r->mp->booted), OTA_E_SLOT_CLOSED);
	rig_free(r);
}
END_TEST

/* What a recovery found is tried again, but it was not committed. */
START_TEST(services_switch_after_a_recovery)
{
	struct rig *r = twice_updated();
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	memset(r->mp->region[0].bytes, 0x5a, r->mp->region[0].size);
	ck_assert_int_eq(refused(r, 1), OTA_E_BOOTCTL);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_uint_eq(boot.slot, 0);
	ck_assert_int_eq(refused(r, 1), OTA_E_TRIAL);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_assert_int_eq(refused(r, 1), OTA_E_SLOT_CLOSED);
	rig_free(r);
}
END_TEST

/* A commit that was cut short still has a slot to disable: not one to go back to. */
START_TEST(services_switch_settles_the_commit_first)
{
	struct rig *r = rig_new(16, 0xff, 1, "after_commit: disable-previous\n");
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	ck_ok(rig_install(r, 2, NULL, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	r->mp->cut_at = r->mp->ops + 2;
	ck_assert_int_ne(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_OK);
	mp_reboot(r->mp);
	ck_assert_uint_gt(rig_slot(r, 1).priority, 0);
	ck_assert_int_eq(switch_to(r, 1, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SLOT_CLOSED);
	rig_free(r);
}
END_TEST

/* The power goes at each operation of a switch: one of the two systems starts, whole. */
START_TEST(services_switch_survives_cuts)
{
	struct rig *r = twice_updated();
	struct memport *before = mp_new(16, 0xff, 1);
	ota_boot boot;
	bool done = false, switched = false, stayed = false;

	mp_copy(before, r->mp);
	for (uint64_t n = 1; !done && n < 64; n++) {
		ota_err err = OTA_ERR_INIT;

		mp_copy(r->mp, before);
		r->mp->cut_at = r->mp->ops + n;
		r->mp->cut = (enum mp_cut)_i;
		r->mp->rng = n;
		done = switch_to(r, 1, &err) == OTA_OK;
		mp_reboot(r->mp);
		ck_ok(rig_boot(r, &boot, &err), &err);
		ck_assert_int_eq(rig_holds(r, boot.slot), boot.trial ? 1 : 2);
		switched = switched || boot.trial;
		stayed = stayed || !boot.trial;
	}
	ck_assert(done && switched && stayed);
	mp_free(before);
	rig_free(r);
}
END_TEST

TCase *tcase_services(void)
{
	TCase *tc = tcase_create("services");

	tcase_add_test(tc, services_active_and_update);
	tcase_add_test(tc, services_update_wants_a_trusted_package);
	tcase_add_test(tc, services_verify_says_what_is_wrong);
	tcase_add_test(tc, services_verify_knows_nothing_of_the_first_system);
	tcase_add_test(tc, services_switch_back_and_commit);
	tcase_add_test(tc, services_switch_falls_back);
	tcase_add_test(tc, services_switch_is_refused);
	tcase_add_loop_test(tc, services_switch_never_to_what_was_not_committed, 0, 2);
	tcase_add_test(tc, services_switch_after_a_recovery);
	tcase_add_test(tc, services_switch_settles_the_commit_first);
	tcase_add_loop_test(tc, services_switch_survives_cuts, 0, MP_CUTS);
	return tc;
}
