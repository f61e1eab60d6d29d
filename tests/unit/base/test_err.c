/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>

#include <errno.h>

START_TEST(table_is_consistent)
{
	for (size_t i = 0; i < ota_id_count(); i++) {
		const ota_id_info *a = ota_id_at(i);

		ck_assert_ptr_eq(ota_id_find(a->id), a);
		ck_assert_ptr_eq(ota_id_by_name(a->name), a);
		ck_assert_int_gt(a->id, 0);
		ck_assert_int_lt(a->id, 65536);
		ck_assert_int_ne(a->status, OTA_OK);
		ck_assert_uint_gt(strlen(a->hint), 0);
		ck_assert_uint_le(strlen(a->name), 40);
		if (i > 0)
			ck_assert_int_gt(a->id, ota_id_at(i - 1)->id);
	}
	ck_assert_ptr_null(ota_id_at(ota_id_count()));
	ck_assert_ptr_null(ota_id_by_name("no.such"));
}
END_TEST

START_TEST(fail_sets_everything)
{
	ota_err err = OTA_ERR_INIT;
	char line[OTA_LINE_MAX + 1];
	const uint8_t d[4] = {0x9f, 0x2c, 0x41, 0xd0};

	ck_assert_int_eq(ota_fail_at(&err, OTA_E_THRESHOLD, 7, "a\033b %d", 3), OTA_UNTRUSTED);
	ck_id(err, OTA_E_THRESHOLD);
	ck_assert_uint_eq(err.off, 7);
	ck_assert_str_eq(err.msg, "a\\x1Bb 3");
	ck_assert_int_eq(ota_err_in(&err, OTA_UNTRUSTED, "%s", "p.otap"), OTA_UNTRUSTED);
	ck_assert_str_eq(err.msg, "p.otap: a\\x1Bb 3");
	ota_err_line(line, &err, d);
	ck_assert_str_eq(line, "ota1 E0302 signature.threshold d=9f2c41d0");
	ota_err_line(line, &(ota_err)OTA_ERR_INIT, NULL);
	ck_assert_str_eq(line, "ota1 E0000 ok d=-");
	ck_assert_int_eq(ota_fail(NULL, OTA_E_UNSIGNED, "x"), OTA_UNTRUSTED);
	errno = ENOMEM;
	ck_assert_int_eq(ota_fail_sys(&err, "x"), OTA_NOMEM);
	errno = ENOSPC;
	ck_assert_int_eq(ota_fail_sys(&err, "x"), OTA_IO);
	ck_id(err, OTA_E_SHORT_WRITE);
	ck_assert_int_eq(err.sys_errno, ENOSPC);
}
END_TEST

START_TEST(long_messages_are_cut)
{
	ota_err err = OTA_ERR_INIT;
	char text[2000];

	memset(text, '\1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(ota_fail(&err, OTA_E_JSON, "%s", text), OTA_FORMAT);
	ck_assert_uint_lt(strlen(err.msg), sizeof(err.msg));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ota_err_in(&err, OTA_FORMAT, "%s", "context"), OTA_FORMAT);
	ck_assert_uint_lt(strlen(err.msg), sizeof(err.msg));
}
END_TEST

/* However long the place is, what is wrong there is always said. */
START_TEST(reason_survives_a_long_path)
{
	char path[600];
	ota_err err = OTA_ERR_INIT;

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	errno = EACCES;
	(void)ota_fail_sys(&err, "%s", path);
	ck_assert_ptr_nonnull(strstr(err.msg, "...p"));
	ck_assert_str_eq(err.msg + strlen(err.msg) - 19, ": Permission denied");
	(void)ota_fail(&err, OTA_E_JSON, "the reason");
	(void)ota_err_in(&err, OTA_FORMAT, "%s", path);
	ck_assert_str_eq(err.msg + strlen(err.msg) - 12, ": the reason");
	ck_assert_uint_eq(strlen(err.msg), sizeof(err.msg) - 1);
}
END_TEST

START_TEST(report_keeps_order_and_masks)
{
	ota_finding f = {
		.size = sizeof(f), .outcome = OTA_FAIL, .id = OTA_E_TYPE, .off = OTA_NO_OFF};
	ota_report *rep;

	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	f.subject = "one\n";
	ota_report_add(rep, &f);
	f.subject = "two";
	f.outcome = OTA_NOTE;
	ota_report_add(rep, &f);
	ota_report_add(NULL, &f);
	ck_assert_uint_eq(ota_report_count(rep), 2);
	ck_assert_uint_eq(ota_report_failures(rep), 1);
	ck_assert_str_eq(ota_report_at(rep, 0)->subject, "one\\x0A");
	ck_assert_str_eq(ota_report_at(rep, 1)->subject, "two");
	ck_assert_ptr_null(ota_report_at(rep, 2));
	ota_report_free(rep);
}
END_TEST

START_TEST(report_remembers_running_out_of_memory)
{
	struct t_failing f = {.fail_at = UINT64_MAX, .forever = true};
	ota_finding row = {.size = sizeof(row), .subject = "x"};
	ota_ctx *ctx = t_ctx_failing(&f);
	ota_err err = OTA_ERR_INIT;
	ota_report *rep;

	ck_assert_int_eq(ota_report_new(&rep, ctx, NULL), OTA_OK);
	f.fail_at = f.count;
	ota_report_add(rep, &row);
	ck_assert_int_eq(ota_report_status(rep, &err), OTA_NOMEM);
	ota_report_free(rep);
	ota_ctx_free(ctx);
	ck_assert_int_eq(f.live, 0);
}
END_TEST

TCase *tcase_err(void)
{
	TCase *tc = tcase_create("err");

	tcase_add_test(tc, table_is_consistent);
	tcase_add_test(tc, fail_sets_everything);
	tcase_add_test(tc, long_messages_are_cut);
	tcase_add_test(tc, reason_survives_a_long_path);
	tcase_add_test(tc, report_keeps_order_and_masks);
	tcase_add_test(tc, report_remembers_running_out_of_memory);
	return tc;
}
