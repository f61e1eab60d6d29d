/* SPDX-License-Identifier: MIT */
/* Boot control lost, slots gone bad: what still starts. */
#include "rig.h"

static void lose_bootctl(struct rig *r)
{
	memset(r->mp->region[0].bytes, 0x5a, r->mp->region[0].size);
}

START_TEST(recover_takes_the_newest_verified)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_dev_state state;
	ota_dev *dev;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	rig_update(r, 2);
	lose_bootctl(r);
	dev = rig_open(r);
	ck_assert_int_eq(ota_dev_state_get(dev, &state, &err), OTA_IO);
	ck_id(err, OTA_E_BOOTCTL);
	ota_dev_close(dev);
	ck_assert_int_eq(rig_install(r, 3, NULL, &err), OTA_IO);
	ck_id(err, OTA_E_BOOTCTL);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(boot.trial);
	ck_assert_int_eq(rig_holds(r, boot.slot), 2);
	if (_i == 1) {
		/* It hangs three times; then the other one. */
		for (unsigned i = 0; i < 3; i++)
			ck_ok(rig_boot(r, &boot, &err), &err);
		ck_assert_int_eq(rig_holds(r, boot.slot), 1);
	}
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert_int_eq(rig_holds(r, boot.slot), _i == 1 ? 1 : 2);
	rig_update(r, 3);
	rig_free(r);
}
END_TEST

START_TEST(recover_ends)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	unsigned boots = 0;

	rig_update(r, 1);
	rig_update(r, 2);
	lose_bootctl(r);
	/* Two slots, three tries each, twice. */
	for (; boots < 20; boots++) {
		ota_status st = rig_boot(r, &boot, &err);

		if (st)
			break;
	}
	ck_assert_uint_eq(boots, 12);
	ck_id(err, OTA_E_NO_SLOT);
	rig_free(r);
}
END_TEST

START_TEST(recover_needs_a_slot_that_verifies)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	rig_update(r, 2);
	lose_bootctl(r);
	mp_image(r->mp, 0, 0)[5] ^= 1;
	if (_i == 0) {
		ck_ok(rig_boot(r, &boot, &err), &err);
		ck_assert_int_eq(rig_holds(r, boot.slot), 1);
	} else {
		/* Below the fused floor, though it verifies. */
		r->mp->fuse[OTA_FUSE_COUNTER] = 3;
		ck_assert_int_eq(rig_boot(r, &boot, &err), OTA_REFUSED);
		ck_id(err, OTA_E_NO_SLOT);
	}
	rig_free(r);
}
END_TEST

START_TEST(recover_committed_slot_that_went_bad)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	mp_image(r->mp, 1, 0)[5] ^= 1;
	for (unsigned i = 0; i < 5; i++) {
		ck_ok(rig_boot(r, &boot, &err), &err);
		ck_assert_uint_eq(boot.slot, 0);
	}
	mp_image(r->mp, 1, 0)[5] ^= 1;
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_uint_eq(boot.slot, 1);
	rig_free(r);
}
END_TEST

/* A record that claims a first system does not get around the fuses. */
START_TEST(recover_first_system_only_below_no_floor)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_boot(r, &boot, &err), &err);
	r->mp->fuse[OTA_FUSE_COUNTER] = 1;
	ck_assert_int_eq(rig_boot(r, &boot, &err), OTA_REFUSED);
	ck_id(err, OTA_E_NO_SLOT);
	rig_free(r);
}
END_TEST

START_TEST(recover_takes_what_failed_last)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	ck_ok(rig_install(r, 2, NULL, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_BAD, &err), OTA_REFUSED);
	lose_bootctl(r);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_holds(r, boot.slot), 1);
	rig_free(r);
}
END_TEST

TCase *tcase_recover(void)
{
	TCase *tc = tcase_create("recover");

	tcase_add_loop_test(tc, recover_takes_the_newest_verified, 0, 2);
	tcase_add_test(tc, recover_ends);
	tcase_add_loop_test(tc, recover_needs_a_slot_that_verifies, 0, 2);
	tcase_add_test(tc, recover_first_system_only_below_no_floor);
	tcase_add_test(tc, recover_takes_what_failed_last);
	tcase_add_test(tc, recover_committed_slot_that_went_bad);
	return tc;
}
