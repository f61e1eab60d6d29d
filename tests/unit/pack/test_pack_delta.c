/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <crypto/hash.h>
#include <forge/sample.h>
#include <pack/delta.h>

TCase *tcase_pack_delta(void);

static const struct {
	const char *codec, *profile;
	uint64_t window;
	uint32_t pieces;
} kinds[] = {
	{"bsdiff", NULL, 0, 1},
	{"otad", "tiny", 0, 2},
	{"vcdiff", "tiny", 0, 1},
	{"vcdiff", "std", 0, 1},
	{"zstd", NULL, 0, 1},
	{"auto", NULL, SAMPLE_SIZE, 2},
	{"otad", "std", 100000, 1 + (SAMPLE_SIZE + 99999) / 100000},
	{"otad", "max", SAMPLE_SIZE, 2},
};

/* What a device is told to set aside is what it gets, and no byte more. */
START_TEST(proved_in_the_memory_it_declares)
{
	ota_err err = OTA_ERR_INIT;
	struct delta_job job = {.ctx = t_ctx(),
		.codec = kinds[_i].codec,
		.profile = kinds[_i].profile,
		.window = kinds[_i].window};
	struct made_delta d = {.ctx = t_ctx()};
	struct sample s;

	sample_init(&s);
	job.image_size = s.files[1].len;
	ck_ok(ota_source_memory(&job.from, t_ctx(), s.files[0].p, s.files[0].len, &err), &err);
	ck_ok(ota_source_memory(&job.image, t_ctx(), s.files[1].p, s.files[1].len, &err), &err);
	ck_ok(hash_bytes(&job.target, t_ctx(), HASH_SHA256, s.files[1].p, s.files[1].len, &err),
		&err);
	ck_ok(delta_make(&d, &job, &err), &err);
	ck_assert_uint_eq(d.pieces, kinds[_i].pieces);
	ck_ok(delta_prove(&job, &d, &err), &err);
	d.ram /= 2;
	ck_assert_int_eq(delta_prove(&job, &d, &err), OTA_REFUSED);
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

	tcase_add_loop_test(tc, proved_in_the_memory_it_declares, 0, 8);
	return tc;
}
