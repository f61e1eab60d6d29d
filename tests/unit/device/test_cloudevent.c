/* SPDX-License-Identifier: MIT */
/* CloudEvents, byte for byte. */
#include "unit.h"

#include <ota/cloudevent.h>
#include <ota/text.h>

static const uint8_t digest[32] = {0x9f, 0x2c, [31] = 7};

#define DIGEST "9f2c000000000000000000000000000000000000000000000000000000000007"

static ota_cloudevent sample(void)
{
	return (ota_cloudevent){.size = sizeof(ota_cloudevent),
		.what = OTA_UPDATE_APPLIED,
		.source = "otatool:device/gw-100",
		.at = 1767225600,
		.seq = 7,
		.product = "gw-100",
		.version = "2.0.0",
		.digest = digest,
		.digest_len = sizeof(digest)};
}

static void line_of(char out[1024], const ota_cloudevent *ev)
{
	ota_sink *sink = NULL;
	const uint8_t *p;
	size_t len;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_cloudevent_write(sink, t_ctx(), ev, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, &len);
	ck_assert_uint_lt(len, 1024);
	memcpy(out, p, len);
	out[len] = '\0';
	ota_sink_close(sink);
}

/* The id is of the line, so it is cut out of what is compared. */
static void cut_id(char *line, char id[33])
{
	char *at = strstr(line, "json\",\"id\":\"");

	ck_assert_ptr_nonnull(at);
	at += strlen("json\",\"id\":\"");
	memcpy(id, at, 32);
	id[32] = '\0';
	memmove(at, at + 32, strlen(at + 32) + 1);
}

START_TEST(cloudevent_line)
{
	ota_cloudevent ev = sample();
	char line[1024], id[33], again[33];

	line_of(line, &ev);
	cut_id(line, id);
	ck_assert_str_eq(line,
		"{\"data\":{\"digest\":\"" DIGEST "\",\"product\":\"gw-100\",\"seq\":7,"
		"\"version\":\"2.0.0\"},\"datacontenttype\":\"application/json\",\"id\":\"\","
		"\"source\":\"otatool:device/gw-100\",\"specversion\":\"1.0\","
		"\"time\":\"2026-01-01T00:00:00Z\",\"type\":\"otatool.UpdateApplied\"}\n");
	line_of(line, &ev);
	cut_id(line, again);
	ck_assert_str_eq(id, again);
	ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 32);
	ev.seq++;
	line_of(line, &ev);
	cut_id(line, again);
	ck_assert_str_ne(id, again);
}
END_TEST

START_TEST(cloudevent_of_a_failure_without_a_clock)
{
	ota_cloudevent ev = sample();
	ota_err why = OTA_ERR_INIT;
	char line[1024], id[33];

	(void)ota_fail(&why, OTA_E_HEALTH, "it said \"no\"");
	ev.what = OTA_UPDATE_FAILED;
	ev.at = OTA_TIME_NONE;
	ev.seq = 0;
	ev.product = ev.version = NULL;
	ev.digest = NULL;
	ev.why = &why;
	line_of(line, &ev);
	cut_id(line, id);
	ck_assert_str_eq(line,
		"{\"data\":{\"error\":{\"id\":\"health.failed\",\"text\":\"it said \\\"no\\\"\"}},"
		"\"datacontenttype\":\"application/json\",\"id\":\"\","
		"\"source\":\"otatool:device/gw-100\",\"specversion\":\"1.0\","
		"\"type\":\"otatool.UpdateFailed\"}\n");
}
END_TEST

START_TEST(cloudevent_refuses_what_is_no_text)
{
	ota_cloudevent ev = sample();
	ota_sink *sink = NULL;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_sink_null(&sink, t_ctx(), &err), &err);
	ev.source = "\xff";
	ck_assert_int_eq(ota_cloudevent_write(sink, t_ctx(), &ev, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TEXT);
	ev = sample();
	ev.at = -1;
	ck_assert_int_eq(ota_cloudevent_write(sink, t_ctx(), &ev, &err), OTA_REFUSED);
	ck_id(err, OTA_E_RANGE);
	ota_sink_close(sink);
}
END_TEST

START_TEST(cloudevent_without_memory)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_ctx *ctx = t_ctx_failing(&f);
	ota_cloudevent ev = sample();
	ota_sink *sink = NULL;
	uint64_t from = f.count, most;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_sink_null(&sink, t_ctx(), &err), &err);
	ck_ok(ota_cloudevent_write(sink, ctx, &ev, &err), &err);
	most = f.count - from;
	ck_assert_uint_gt(most, 0);
	for (uint64_t i = 0; i < most; i++) {
		int64_t live = f.live;

		f.fail_at = f.count + i;
		ck_assert_int_eq(ota_cloudevent_write(sink, ctx, &ev, &err), OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	}
	ota_sink_close(sink);
	ota_ctx_free(ctx);
}
END_TEST

TCase *tcase_cloudevent(void)
{
	TCase *tc = tcase_create("cloudevent");

	tcase_add_test(tc, cloudevent_line);
	tcase_add_test(tc, cloudevent_of_a_failure_without_a_clock);
	tcase_add_test(tc, cloudevent_refuses_what_is_no_text);
	tcase_add_test(tc, cloudevent_without_memory);
	return tc;
}
