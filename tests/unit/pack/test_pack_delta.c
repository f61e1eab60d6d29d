/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <crypto/hash.h>
#include <forge/sample.h>
#include <pack/delta.h>

TCase *tcase_pack_delta(void);

/* What a device is told to set aside is what it gets, and no byte more. */
START_TEST(proved_in_the_memory_it_declares)
{
	ota_err err = OTA_ERR_INIT;
	struct delta_job job = {.ctx = t_ctx(), .codec = "bsdiff"};
	struct made_delta d = {.spool = NULL};
	struct sample s;

	sample_init(&s);
	job.image_size = s.files[1].len;
	ck_ok(ota_source_memory(&job.from, t_ctx(), s.files[0].p, s.files[0].len, &err), &err);
	ck_ok(ota_source_memory(&job.image, t_ctx(), s.files[1].p, s.files[1].len, &err), &err);
	ck_ok(hash_bytes(&job.target, t_ctx(), HASH_SHA256, s.files[1].p, s.files[1].len, &err),
		&err);
	ck_ok(delta_make(&d, &job, &err), &err);
	ck_ok(delta_prove(&job, d.patch, d.ram, &err), &err);
	ck_assert_int_eq(delta_prove(&job, d.patch, d.ram / 2, &err), OTA_REFUSED);
	ck_id(err, OTA_E_DELTA_PROOF);
	delta_fini(&d);
	ota_source_close(job.from);
	ota_source_close(job.image);
	sample_fini(&s);
}
END_TEST

TCase *tcase_pack_delta(void)
{
	TCase *tc = tcase_create("pack_delta");

	tcase_add_test(tc, proved_in_the_memory_it_declares);
	return tc;
}
