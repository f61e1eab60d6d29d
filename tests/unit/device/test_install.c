/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <ota/text.h>

#include <inttypes.h>
#include <stdio.h>

#include <device/dev.h>
#include <device/slot.h>
#include <model/devfile.h>
#include <package/pkg.h>

/* ---- what happens when nothing goes wrong ---- */

START_TEST(install_boot_commit)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_install_result res;
	ota_slot_state s;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_install(r, 1, &res, &err), &err);
	ck_assert_uint_eq(res.written, r->image_len[1]);
	ck_assert(!res.resumed && !res.nothing_to_do);
	s = rig_slot(r, 1);
	ck_assert_uint_eq(s.priority, 15);
	ck_assert_uint_eq(s.tries, 3);
	ck_assert(!s.successful && !s.writing);
	ck_assert_uint_eq(s.counter, 2);
	ck_assert_str_eq(s.version, "2.0.0");
	ck_assert_uint_eq(rig_slot(r, 0).priority, 14);
	/* A second time, before the boot: it waits for its trial. */
	ck_ok(rig_install(r, 1, &res, &err), &err);
	ck_assert(res.resumed);
	ck_assert_uint_eq(res.written, 0);
	rig_free(r);
}
END_TEST

START_TEST(install_updates_in_turn_and_raises_the_floor)
{
	struct rig *r = rig_new(16, 0xff, 2, NULL);
	ota_install_result res;
	ota_dev_state state;
	ota_dev *dev;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	/* The first system has no documents: nothing vouches for its counter. */
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 0);
	rig_update(r, 2);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 2);
	rig_update(r, 3);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 5);
	ck_ok(rig_install(r, 3, &res, &err), &err);
	ck_assert(res.nothing_to_do);
	ck_assert_int_eq(rig_install(r, 2, &res, &err), OTA_REFUSED);
	ck_id(err, OTA_E_VERSION);
	dev = rig_open(r);
	ck_ok(ota_dev_state_get(dev, &state, &err), &err);
	ck_assert_uint_eq(state.floor, 5);
	ck_assert_uint_eq(state.booted, 1);
	ck_assert_uint_eq(state.last_booted, 1);
	ck_assert(!state.trial_pending);
	ck_ok(ota_dev_slot_verify(dev, 1, "boot", &err), &err);
	ck_assert_int_eq(ota_dev_slot_verify(dev, 1, "nope", &err), OTA_REFUSED);
	ck_id(err, OTA_E_COMPONENTS);
	mp_image(r->mp, 1, 1)[77] ^= 1;
	ck_assert_int_eq(ota_dev_slot_verify(dev, 1, "boot", &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TARGET);
	ota_dev_close(dev);
	rig_free(r);
}
END_TEST

START_TEST(install_disable_previous)
{
	struct rig *r = rig_new(16, 0x00, 1, "after_commit: disable-previous\n");

	rig_update(r, 1);
	ck_assert_uint_eq(rig_slot(r, 0).priority, 0);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 2);
	rig_update(r, 2);
	ck_assert_uint_eq(r->mp->fuse[OTA_FUSE_COUNTER], 5);
	rig_free(r);
}
END_TEST

START_TEST(install_present_slot_is_not_written)
{
	struct rig *r = rig_new(1, 0xff, 2, NULL);
	ota_install_result res;
	ota_err err = OTA_ERR_INIT;

	memcpy(mp_image(r->mp, 1, 1), r->image[1][1], r->image_len[1]);
	ck_ok(rig_install(r, 1, &res, &err), &err);
	ck_assert_uint_eq(res.written, r->image_len[1]);
	ck_assert_int_eq(rig_holds(r, 1), 1);
	rig_free(r);
}
END_TEST

/* ---- what ends a trial ---- */

START_TEST(install_bad_health_falls_back)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_install_options opt = {.size = sizeof(opt), .at = OTA_TIME_NONE, .retry_failed = true};
	ota_dev *dev;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_install(r, 1, NULL, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_HANG, &err), OTA_USAGE);
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_BAD, &err), OTA_REFUSED);
	ck_id(err, OTA_E_HEALTH);
	ck_assert_int_eq(rig_finish(r, OTA_HEALTH_GOOD, &err), OTA_REFUSED);
	ck_id(err, OTA_E_ROLLED_BACK);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_uint_eq(boot.slot, 0);
	ck_assert(!boot.trial);
	ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_FAILED_BEFORE);
	dev = rig_open(r);
	ck_ok(ota_dev_install(dev, r->pkg[1], &opt, NULL, NULL, &err), &err);
	ota_dev_close(dev);
	/* Once it went well, it is forgiven. */
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	dev = rig_open(r);
	ck_assert_uint_eq(dev->journal.nfailed, 0);
	ota_dev_close(dev);
	rig_free(r);
}
END_TEST

START_TEST(install_hang_runs_out_of_tries)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_install(r, 1, NULL, &err), &err);
	for (unsigned i = 0; i < 3; i++) {
		ck_ok(rig_boot(r, &boot, &err), &err);
		ck_assert(boot.trial && !boot.fell_back);
		ck_assert_uint_eq(boot.slot, 1);
	}
	if (_i == 1) {
		/* No loader noticed, but the old system runs and installs. */
		r->mp->booted = 0;
		ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
		ck_id(err, OTA_E_FAILED_BEFORE);
	}
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert(boot.fell_back == (_i == 0));
	ck_assert_uint_eq(boot.slot, 0);
	ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_FAILED_BEFORE);
	rig_update(r, 2);
	rig_free(r);
}
END_TEST

static bool has_failure(const ota_report *rep, ota_id id)
{
	for (size_t i = 0; i < ota_report_count(rep); i++)
		if (ota_report_at(rep, i)->outcome == OTA_FAIL && ota_report_at(rep, i)->id == id)
			return true;
	return false;
}

START_TEST(install_tampered_before_boot)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_report *rep = NULL;
	ota_dev *dev;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_ok(rig_install(r, 1, NULL, &err), &err);
	if (_i == 0)
		mp_image(r->mp, 1, 0)[r->image_len[1] - 1] ^= 0x80;
	else
		mp_meta(r->mp, 1)->bytes[64 + 128 + 10] ^= 1;
	dev = rig_open(r);
	ck_ok(ota_dev_boot(dev, &boot, rep, &err), &err);
	ota_dev_close(dev);
	ck_assert_uint_eq(boot.slot, 0);
	ck_assert(boot.fell_back && !boot.trial);
	ck_assert(has_failure(rep, _i == 0 ? OTA_E_HASH_TARGET : OTA_E_STATE));
	ota_report_free(rep);
	/* The package did no wrong. */
	rig_update(r, 1);
	rig_free(r);
}
END_TEST

START_TEST(install_meta_of_another_package_does_not_boot)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	struct mp_region *m1 = mp_meta(r->mp, 1);
	uint8_t *other = malloc(MP_META);
	uint8_t *image = malloc(MP_IMAGE);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	rig_update(r, 1);
	memcpy(other, m1->bytes, MP_META);
	memcpy(image, mp_image(r->mp, 1, 0), MP_IMAGE);
	rig_update(r, 2);
	ck_ok(rig_install(r, 3, NULL, &err), &err);
	/* An old, authentic set under the new one's boot control. */
	memcpy(m1->bytes, other, MP_META);
	memcpy(mp_image(r->mp, 1, 0), image, MP_IMAGE);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_uint_eq(boot.slot, 0);
	ck_assert_int_eq(rig_holds(r, 0), 2);
	free(other);
	free(image);
	rig_free(r);
}
END_TEST

START_TEST(install_refuses_on_trial)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_install_result res;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_install(r, 1, NULL, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_install(r, 2, NULL, &err), OTA_DEFERRED);
	ck_id(err, OTA_E_TRIAL);
	/* The one on trial has been installed. */
	ck_ok(rig_install(r, 1, &res, &err), &err);
	ck_assert(res.resumed);
	ck_assert_uint_eq(res.slot, 1);
	rig_free(r);
}
END_TEST

START_TEST(install_supersedes_a_waiting_trial)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_err err = OTA_ERR_INIT;

	ck_ok(rig_install(r, 1, NULL, &err), &err);
	rig_update(r, 2);
	rig_free(r);
}
END_TEST

/* ---- refusals, before anything is written ---- */

static ota_devfile *read_devfile(const char *yaml)
{
	ota_source *src = NULL;
	ota_devfile *d = NULL;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_source_memory(&src, t_ctx(), yaml, strlen(yaml), &err), &err);
	ck_ok(ota_devfile_read(&d, t_ctx(), src, "device", NULL, &err), &err);
	ota_source_close(src);
	return d;
}

#define DEVICE "format: otap-device\nspec: \"1.0\"\n"
#define POLICY "policy: { unsigned_chain: true }\n"
#define BOTH   "slots: [ { component: rootfs }, { component: boot } ]\n"

static const struct {
	const char *yaml;
	ota_id id;
} devices[] = {
	{DEVICE "product: rig\n" BOTH POLICY, OTA_E_NONE},
	{DEVICE "product: rig\n" BOTH, OTA_E_POLICY},
	{DEVICE "product: other\n" BOTH POLICY, OTA_E_PRODUCT},
	{DEVICE "product: rig\nslots: [ { component: rootfs } ]\n" POLICY, OTA_E_COMPONENTS},
	{DEVICE "product: rig\nslots: [ { component: rootfs }, { component: boot }, "
		"{ component: dtb } ]\n" POLICY,
		OTA_E_COMPONENTS},
	{DEVICE "product: rig\nslots: [ { component: rootfs, size: 4096 }, { component: boot } "
		"]\n" POLICY,
		OTA_E_SPACE},
	{DEVICE "product: rig\nversion: 2.0.0\n" BOTH POLICY, OTA_E_VERSION},
	{DEVICE "product: rig\nsecurity_counter: 3\n" BOTH POLICY, OTA_E_COUNTER},
	{DEVICE "product: rig\ncounter_max: 1\n" BOTH POLICY, OTA_E_STEP},
	{DEVICE "product: rig\ncounter_max: 8\n" BOTH POLICY, OTA_E_STEP},
	{DEVICE "product: rig\nram: 1000\n" BOTH POLICY, OTA_E_RAM},
	{DEVICE "product: rig\nhead_max: 1000\n" BOTH POLICY, OTA_E_HEAD},
};

START_TEST(install_device_file_decides)
{
	struct rig *r = rig_new(1, 0xff, 2, NULL);
	struct memport *before = mp_new(1, 0xff, 2);
	ota_err err = OTA_ERR_INIT;

	ota_devfile_free(r->devfile);
	r->devfile = read_devfile(devices[_i].yaml);
	mp_copy(before, r->mp);
	if (devices[_i].id == OTA_E_NONE) {
		ck_ok(rig_install(r, 1, NULL, &err), &err);
	} else {
		ck_assert_int_ne(rig_install(r, 1, NULL, &err), OTA_OK);
		ck_id(err, devices[_i].id);
		ck_assert_mem_eq(before->bytes, r->mp->bytes, sizeof(before->bytes));
	}
	mp_free(before);
	rig_free(r);
}
END_TEST

/* What the package declares and one erase block is enough, a byte less is refused. */
START_TEST(install_counts_the_block_it_writes)
{
	static const char with_ram[] =
		DEVICE BOTH POLICY "product: rig\nram: %" PRIu64 "\nflash: { erase_size: 65536 }\n";
	struct rig *r = rig_new(1, 0xff, 2, NULL);
	uint64_t ram = ota_pkg_manifest(r->pkg[1])->resources.ram + 65536;
	ota_err err = OTA_ERR_INIT;
	char yaml[256];

	snprintf(yaml, sizeof(yaml), with_ram, ram - 1);
	ota_devfile_free(r->devfile);
	r->devfile = read_devfile(yaml);
	ck_assert_int_ne(rig_install(r, 1, NULL, &err), OTA_OK);
	ck_id(err, OTA_E_RAM);
	snprintf(yaml, sizeof(yaml), with_ram, ram);
	ota_devfile_free(r->devfile);
	r->devfile = read_devfile(yaml);
	ck_ok(rig_install(r, 1, NULL, &err), &err);
	rig_free(r);
}
END_TEST

START_TEST(install_wants_an_authentic_package)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	ota_dev *dev = rig_open(r);
	ota_pkg *pkg = NULL;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_pkg_open_unauthenticated(&pkg, t_ctx(), r->src[1], NULL, &err), &err);
	ck_assert_int_eq(ota_dev_install(dev, pkg, NULL, NULL, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_UNSIGNED);
	ota_pkg_free(pkg);
	ota_dev_close(dev);
	rig_free(r);
}
END_TEST

/*
 * Hooks and set-env are refused where the policy allows them too, until they are run. One key gives
 * no package the power to ask for them, so the step is put in after the package was opened.
 */
START_TEST(install_steps_that_are_not_run)
{
	static const unsigned ops[] = {STEP_RUN_HOOK, STEP_SET_ENV};
	struct rig *r = rig_new(1, 0xff, 1, NULL);

	for (unsigned i = 0; i < 2; i++) {
		ota_err err = OTA_ERR_INIT;

		r->pkg[1]->m->steps[3].op = ops[i];
		r->devfile->policy.hooks = false;
		if (ops[i] == STEP_RUN_HOOK) {
			ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
			ck_id(err, OTA_E_HOOK);
		}
		r->devfile->policy.hooks = true;
		ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_UNSUPPORTED);
		ck_id(err, OTA_E_FEATURE);
	}
	ck_assert_int_eq(rig_holds(r, 1), -1);
	rig_free(r);
}
END_TEST

/* What never fits is not put off. */
START_TEST(install_waits_only_for_what_fits)
{
	struct rig *r = rig_new(1, 0xff, 1,
		"rules:\n  - { fact: power.external, op: eq, value: true, effect: defer }\n");
	struct mp_region *b = &r->mp->region[5];
	ota_err err = OTA_ERR_INIT;

	ota_devfile_free(r->devfile);
	r->devfile = read_devfile(DEVICE "product: rig\nfacts: { power.external: false }\n"
					 "slots: [ { component: rootfs } ]\n" POLICY);
	ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_DEFERRED);
	ck_id(err, OTA_E_DEFER);
	b->flash.geometry.size = MP_IMAGE / 2;
	ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SPACE);
	rig_free(r);
}
END_TEST

START_TEST(install_no_new_device_with_burnt_fuses)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	uint64_t ops;
	ota_err err = OTA_ERR_INIT;

	ops = r->mp->ops;
	r->mp->fuse[OTA_FUSE_COUNTER] = 1;
	ck_assert_int_eq(ota_dev_provision(t_ctx(), r->devfile, &r->mp->port, 0, &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	ck_assert_uint_eq(r->mp->ops, ops);
	rig_free(r);
}
END_TEST

START_TEST(install_slot_too_small)
{
	struct rig *r = rig_new(1, 0xff, 1, NULL);
	struct mp_region *b = &r->mp->region[5];
	struct mp_region *meta = mp_meta(r->mp, 1);
	ota_err err = OTA_ERR_INIT;

	b->flash.geometry.size = MP_IMAGE / 2;
	ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SPACE);
	b->flash.geometry.size = MP_IMAGE;
	meta->flash.geometry.size = 512;
	ck_assert_int_eq(rig_install(r, 1, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SPACE);
	rig_free(r);
}
END_TEST

/* ---- flash that fails ---- */

static void try_with_fault(
	struct rig *r, struct memport *before, enum mp_fault fault, unsigned region, size_t off)
{
	ota_boot boot = {.slot = 9};
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	mp_copy(r->mp, before);
	r->mp->fault = fault;
	r->mp->bad_region = region;
	r->mp->bad_off = off;
	st = rig_install(r, 1, NULL, &err);
	if (st)
		ck_assert_msg(err.id == OTA_E_FLASH || err.id == OTA_E_HASH_TARGET ||
				      err.id == OTA_E_BOOTCTL || err.id == OTA_E_STATE,
			"fault %d region %u at %zu: %s", fault, region, off, err.msg);
	ck_assert_msg(rig_boot(r, &boot, &err) == OTA_OK, "fault %d region %u at %zu: %s", fault,
		region, off, err.msg);
	/* The new one only if it is whole; else the old one. */
	ck_assert_int_eq(rig_holds(r, boot.slot), boot.slot == 1 ? 1 : 0);
	ck_assert_int_eq(rig_holds(r, 0), 0);
}

START_TEST(install_any_bad_block_leaves_the_old_system)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	struct memport *before = mp_new(16, 0xff, 1);

	/* What was in the slot is not what is to come, nor erased. */
	memcpy(mp_image(r->mp, 1, 0), r->image[3][0], r->image_len[3]);
	mp_copy(before, r->mp);
	for (int fault = MP_PROGRAM_ERROR; fault < MP_FAULTS; fault++)
		for (unsigned i = 0; i < 6; i++) {
			if (i == 2 || i == 4 || (fault == MP_READ_ERROR && i == 5))
				continue; /* the running slot is not written */
			for (size_t off = 0; off < r->mp->region[i].size; off += MP_ERASE)
				try_with_fault(r, before, (enum mp_fault)fault, i, off);
		}
	mp_free(before);
	rig_free(r);
}
END_TEST

/* ---- memory that runs out ---- */

static void install_with_failing(
	struct rig *r, const struct memport *before, uint64_t at, bool forever, bool *done)
{
	struct t_failing fail = {.fail_at = MP_NEVER, .forever = forever};
	ota_ctx *ctx = t_ctx_failing(&fail);
	ota_dev *dev = NULL;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	mp_copy(r->mp, before);
	fail.count = 0;
	fail.fail_at = at;
	st = ota_dev_open(&dev, ctx, r->devfile, &r->mp->port, &err);
	if (!st)
		st = ota_dev_install(dev, r->pkg[1], NULL, NULL, NULL, &err);
	if (!st)
		st = ota_dev_boot(dev, &boot, NULL, &err);
	if (!st) {
		r->mp->booted = boot.slot;
		st = ota_dev_finish(dev, OTA_HEALTH_GOOD, NULL, &err);
	}
	ck_assert_msg(st == OTA_OK || st == OTA_NOMEM, "allocation %u: %s: %s", (unsigned)at,
		ota_status_name(st), err.msg);
	*done = fail.count <= at;
	ota_dev_close(dev);
	ota_ctx_free(ctx);
	ck_assert_int_eq(fail.live, 0);
	/* Whatever was left undone, the device starts, whole. */
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert_int_eq(rig_holds(r, boot.slot), (int)boot.slot);
}

START_TEST(install_out_of_memory)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	struct memport *before = mp_new(16, 0xff, 1);
	bool done = false;
	uint64_t at = 0;

	mp_copy(before, r->mp);
	for (; !done && at < 20000; at++)
		install_with_failing(r, before, at, _i == 1, &done);
	ck_assert(done);
	ck_assert_uint_gt(at, 20);
	mp_free(before);
	rig_free(r);
}
END_TEST

TCase *tcase_install(void)
{
	TCase *tc = tcase_create("install");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, install_boot_commit);
	tcase_add_test(tc, install_updates_in_turn_and_raises_the_floor);
	tcase_add_test(tc, install_disable_previous);
	tcase_add_test(tc, install_present_slot_is_not_written);
	tcase_add_test(tc, install_bad_health_falls_back);
	tcase_add_loop_test(tc, install_hang_runs_out_of_tries, 0, 2);
	tcase_add_loop_test(tc, install_tampered_before_boot, 0, 2);
	tcase_add_test(tc, install_meta_of_another_package_does_not_boot);
	tcase_add_test(tc, install_refuses_on_trial);
	tcase_add_test(tc, install_supersedes_a_waiting_trial);
	tcase_add_loop_test(
		tc, install_device_file_decides, 0, sizeof(devices) / sizeof(devices[0]));
	tcase_add_test(tc, install_counts_the_block_it_writes);
	tcase_add_test(tc, install_wants_an_authentic_package);
	tcase_add_test(tc, install_steps_that_are_not_run);
	tcase_add_test(tc, install_waits_only_for_what_fits);
	tcase_add_test(tc, install_no_new_device_with_burnt_fuses);
	tcase_add_test(tc, install_slot_too_small);
	tcase_add_test(tc, install_any_bad_block_leaves_the_old_system);
	tcase_add_loop_test(tc, install_out_of_memory, 0, 2);
	return tc;
}
