/* SPDX-License-Identifier: MIT */
/* What lint says before anything is packed. */
#include <unit.h>

#include <forge/sample.h>
#include <package/table.h>
#include <pack/section.h>

static struct sample s;

static void setup(void)
{
	sample_init(&s);
}

static void teardown(void)
{
	sample_fini(&s);
}

static const char head[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\n"
			   "version: 2.4.0\nsecurity_counter: 7\ncomponents:\n  - name: rootfs\n";

static ota_status plan(const char *tail, uint64_t memory, ota_report *rep, ota_err *err)
{
	struct forge_folder folder = {t_ctx(), s.files, 2};
	ota_plan_options opt = {.size = sizeof(opt),
		.name = "m.yaml",
		.open = forge_open_file,
		.open_arg = &folder,
		.created = 0,
		.memory = memory};
	ota_source *src = NULL;
	ota_plan *p = NULL;
	char yaml[2048];
	ota_status st;

	snprintf(yaml, sizeof(yaml), "%s%s", head, tail);
	ck_ok(ota_source_memory(&src, t_ctx(), yaml, strlen(yaml), err), err);
	st = ota_plan_new(&p, t_ctx(), src, &opt, rep, err);
	ck_assert((st == OTA_OK) == (p != NULL));
	ota_plan_free(p);
	ota_source_close(src);
	return st;
}

static void expect(const char *tail, uint64_t memory, ota_id finding)
{
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;
	size_t n = 0;

	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_assert_int_eq(plan(tail, memory, rep, &err), OTA_REFUSED);
	ck_id(err, OTA_E_LINT);
	for (size_t i = 0; i < ota_report_count(rep); i++)
		n += ota_report_at(rep, i)->id == finding &&
		     ota_report_at(rep, i)->outcome == OTA_FAIL;
	ck_assert_msg(n > 0, "%s: %s", tail, err.msg);
	ota_report_free(rep);
}

START_TEST(good)
{
	ota_err err = OTA_ERR_INIT;

	ck_ok(plan("    image: new.img\n    payloads:\n      - { kind: full }\n", 0, NULL, &err),
		&err);
	ck_ok(plan("    image: new.img\n    delta_only: true\n    payloads:\n"
		   "      - { kind: delta, from: old.img, codec: bsdiff }\n",
		      0, NULL, &err),
		&err);
}
END_TEST

START_TEST(findings)
{
	struct forge_file *f = &s.files[0];

	expect("    image: new.img\n    payloads:\n      - { kind: full }\n    imag: x\n", 0,
		OTA_E_UNKNOWN_KEY);
	expect("    image: gone.img\n    payloads:\n      - { kind: full }\n", 0, OTA_E_INPUT);
	expect("    image: new.img\n    payloads:\n      - { kind: full }\n"
	       "      - { kind: delta, from: gone.img }\n",
		0, OTA_E_INPUT);
	expect("    image: new.img\n    payloads:\n      - { kind: full }\n"
	       "      - { kind: delta, from: old.img }\n",
		1 << 20, OTA_E_MEM_LIMIT);
	expect("    image: new.img\n    payloads:\n      - { kind: delta, from: old.img }\n", 0,
		OTA_E_NO_FULL);
	f->len = 0;
	expect("    image: old.img\n    payloads:\n      - { kind: full }\n", 0, OTA_E_INPUT);
	*f = (struct forge_file){"old.img", "\x89OTAP\r\n\x1a", 8};
	expect("    image: old.img\n    payloads:\n      - { kind: full }\n", 0, OTA_E_INPUT);
}
END_TEST

/* 256 sections are the limit, and each payload takes one. */
START_TEST(too_many_payloads)
{
	static char tail[32768] = "    image: new.img\n    payloads: [ { kind: full } ]\n";
	struct forge_folder folder = {t_ctx(), s.files, 2};
	ota_plan_options opt = {.size = sizeof(opt), .open = forge_open_file, .open_arg = &folder};
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;
	ota_source *src = NULL;
	ota_plan *p = NULL;
	size_t at;

	memmove(tail + strlen(head), tail, strlen(tail) + 1);
	memcpy(tail, head, strlen(head));
	for (unsigned i = 0; i < 16; i++) {
		at = strlen(tail);
		at += (size_t)snprintf(tail + at, sizeof(tail) - at,
			"  - name: c%u\n    image: new.img\n    payloads:\n", i);
		for (unsigned k = 0; k < 16; k++)
			at += (size_t)snprintf(
				tail + at, sizeof(tail) - at, "      - { kind: full }\n");
	}
	ck_ok(ota_source_memory(&src, t_ctx(), tail, strlen(tail), &err), &err);
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_assert_int_eq(ota_plan_new(&p, t_ctx(), src, &opt, rep, &err), OTA_REFUSED);
	ck_id(err, OTA_E_LINT);
	ck_assert_uint_eq(ota_report_failures(rep), 1);
	ck_assert_int_eq(ota_report_at(rep, 0)->id, OTA_E_RANGE);
	ota_report_free(rep);
	ota_source_close(src);
}
END_TEST

/* Every bad input is named, not only the first. */
START_TEST(all_at_once)
{
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;

	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_assert_int_eq(
		plan("    image: a\n    payloads:\n      - { kind: full }\n"
		     "      - { kind: delta, from: b }\n      - { kind: delta, from: c }\n",
			0, rep, &err),
		OTA_REFUSED);
	ck_assert_uint_eq(ota_report_failures(rep), 3);
	ck_assert_str_eq(ota_report_at(rep, 2)->subject, "c");
	ck_assert_str_eq(ota_report_at(rep, 2)->file, "m.yaml");
	ck_assert_uint_eq(ota_report_at(rep, 2)->line, 12);
	ck_assert_uint_eq(ota_report_at(rep, 2)->col, 30);
	ota_report_free(rep);
}
END_TEST

START_TEST(chunk_sizes)
{
	ck_assert_uint_eq(section_chunk_size(1, CODEC_XZ, 0), 1 << 20);
	ck_assert_uint_eq(section_chunk_size(64 << 20, CODEC_XZ, 0), 1 << 20);
	ck_assert_uint_eq(section_chunk_size((64 << 20) + 1, CODEC_XZ, 0), 4 << 20);
	ck_assert_uint_eq(section_chunk_size(UINT64_C(1) << 36U, CODEC_XZ, 0), 4 << 20);
	ck_assert_uint_eq(section_chunk_size((UINT64_C(1) << 36U) + 1, CODEC_XZ, 0), 8 << 20);
	ck_assert_uint_eq(section_chunk_size(UINT64_C(1) << 38U, CODEC_XZ, 0), 16 << 20);
	/* Half the memory of a device is for them: 2·C, and C + 256 KiB for the decoder of xz. */
	ck_assert_uint_eq(section_chunk_size(1, CODEC_XZ, (6 << 20) + (512 << 10)), 1 << 20);
	ck_assert_uint_eq(section_chunk_size(1, CODEC_XZ, (6 << 20) + (512 << 10) - 2), 512 << 10);
	ck_assert_uint_eq(section_chunk_size(1, CODEC_NONE, 64 << 10), 16 << 10);
	ck_assert_uint_eq(section_chunk_size(1, CODEC_XZ, 1), 4 << 10);
	ck_assert_uint_eq(section_chunk_size(UINT64_C(1) << 36U, CODEC_XZ, 1), 4 << 20);
}
END_TEST

TCase *tcase_pack_plan(void)
{
	TCase *tc = tcase_create("pack_plan");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, good);
	tcase_add_test(tc, findings);
	tcase_add_test(tc, too_many_payloads);
	tcase_add_test(tc, all_at_once);
	tcase_add_test(tc, chunk_sizes);
	return tc;
}
