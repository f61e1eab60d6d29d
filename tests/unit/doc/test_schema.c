/* SPDX-License-Identifier: MIT */
#include "toy.h"

START_TEST(round_trip)
{
	struct doc *d = NULL;
	struct toy t;
	ota_err err;

	ck_ok(read_toy(&t, full, SCHEMA_CANON, &err), &err);
	ck_assert_uint_eq(ota_report_count(report), 0);
	ck_assert_str_eq(t.name, "toy-1");
	ck_assert_uint_eq(t.generated, UINT64_MAX);
	ck_assert_uint_eq(t.section, 0);
	ck_assert(t.off && !t.on);
	ck_assert_uint_eq(t.mode, 2);
	ck_assert_int_eq(t.when, 1769903999);
	ck_assert_uint_eq(t.in.n, 4);
	ck_assert_uint_eq(t.ptr->n, 3);
	ck_assert_uint_eq(t.list_count, 2);
	ck_assert_uint_eq(t.list[0].n, 3);
	ck_assert_str_eq(t.list[1].name, "b");
	ck_assert_str_eq(t.tags[1], "v");
	ck_assert_uint_eq(t.twice, 42);
	ck_assert_uint_eq(t.x.map->count, 2);
	ck_ok(schema_write(&d, &arena, &toy_schema, &t, &err), &err);
	assert_json(d, full);
}
END_TEST

START_TEST(defaults)
{
	struct doc *d = NULL;
	struct toy t;
	ota_err err;

	ck_ok(read_toy(&t, "{\"name\":\"t\"}", SCHEMA_CANON, &err), &err);
	ck_assert_uint_eq(t.count, 7);
	ck_assert_uint_eq(t.section, UINT64_MAX);
	ck_assert(t.on && !t.off);
	ck_assert_uint_eq(t.mode, 1);
	ck_assert_int_eq(t.when, OTA_TIME_NONE);
	ck_assert_uint_eq(t.in.n, 3);
	ck_assert_ptr_null(t.note);
	ck_assert_ptr_null(t.ptr);
	ck_assert_ptr_null(t.x.map);
	ck_ok(schema_write(&d, &arena, &toy_schema, &t, &err), &err);
	assert_json(d, "{\"name\":\"t\"}");
}
END_TEST

START_TEST(required_is_written)
{
	struct toy t = {.count = 7, .section = UINT64_MAX, .on = true, .mode = 1};
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;

	t.when = OTA_TIME_NONE;
	t.in.n = 3;
	ck_assert_int_ne(schema_write(&d, &arena, &toy_schema, &t, &err), OTA_OK);
	ck_id(err, OTA_E_MISSING);
	t.name = "t";
	t.when = INT64_MAX;
	ck_assert_int_ne(schema_write(&d, &arena, &toy_schema, &t, &err), OTA_OK);
	ck_id(err, OTA_E_RANGE);
	ck_assert_ptr_null(d);
}
END_TEST

/* Everything that is wrong, one thing a row; %s is what stands beside the name. */
static const struct {
	const char *rest;
	ota_id source, canon;
} rows[] = {
	{"\"count\":1", OTA_E_NONE, OTA_E_NONE},
	{"\"count\":100", OTA_E_NONE, OTA_E_NONE},
	{"\"count\":0", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"count\":101", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"count\":-1", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"count\":\"9\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"count\":null", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"count\":7", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"section\":255", OTA_E_NONE, OTA_E_NONE},
	{"\"section\":\"18446744073709551615\"", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"generated\":1", OTA_E_UNKNOWN_KEY, OTA_E_NONE},
	{"\"generated\":0", OTA_E_UNKNOWN_KEY, OTA_E_MANIFEST},
	{"\"generated\":\"9007199254740992\"", OTA_E_UNKNOWN_KEY, OTA_E_NONE},
	{"\"generated\":\"9007199254740991\"", OTA_E_UNKNOWN_KEY, OTA_E_MANIFEST},
	{"\"generated\":\"09007199254740992\"", OTA_E_UNKNOWN_KEY, OTA_E_MANIFEST},
	{"\"path\":\"p\"", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"note\":\"\"", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"note\":\"0123456789\"", OTA_E_NONE, OTA_E_NONE},
	{"\"note\":\"0123456789a\"", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"note\":5", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"hash\":\"0a1B\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"hash\":\" 0a1\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"hash\":\"\"", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"hash\":\"0a1\"", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"hash\":\"0a1bc\"", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"on\":true", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"on\":\"true\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"on\":1", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"off\":false", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"mode\":\"normal\"", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"mode\":\"slow\"", OTA_E_NONE, OTA_E_NONE},
	{"\"mode\":\"FAST\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"mode\":2", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"when\":\"2026-01-31\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"when\":0", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"in\":{}", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"in\":{\"n\":3}", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"in\":[]", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"in\":{\"m\":3}", OTA_E_UNKNOWN_KEY, OTA_E_MANIFEST},
	{"\"ptr\":{}", OTA_E_MISSING, OTA_E_MANIFEST},
	{"\"ptr\":{\"name\":\"P\"}", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"list\":[]", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"list\":{}", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"list\":[1]", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"list\":[{\"name\":\"a\"},{}]", OTA_E_MISSING, OTA_E_MANIFEST},
	{"\"list\":[{\"n\":3,\"name\":\"a\"}]", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"list\":[{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"a\"}]",
		OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"tags\":[]", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"tags\":[\"\"]", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"tags\":[1]", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"tags\":[\"a\",\"b\",\"c\"]", OTA_E_RANGE, OTA_E_MANIFEST},
	{"\"tags\":\"a\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"twice\":0", OTA_E_NONE, OTA_E_MANIFEST},
	{"\"twice\":\"a\"", OTA_E_TYPE, OTA_E_MANIFEST},
	{"\"x-\":1", OTA_E_NONE, OTA_E_NONE},
	{"\"y-a\":1", OTA_E_UNKNOWN_KEY, OTA_E_MANIFEST},
	{"\"x\":1", OTA_E_UNKNOWN_KEY, OTA_E_MANIFEST},
};

START_TEST(table)
{
	char text[256];
	struct toy t;
	ota_err err;

	snprintf(text, sizeof(text), "{\"name\":\"t\",%s}", rows[_i].rest);
	read_toy(&t, text, SCHEMA_SOURCE, &err);
	ck_id(err, rows[_i].source);
	read_toy(&t, text, SCHEMA_CANON, &err);
	ck_id(err, rows[_i].canon);
}
END_TEST

START_TEST(no_map)
{
	struct toy t;
	ota_err err;

	ck_assert_int_eq(read_toy(&t, "[]", SCHEMA_SOURCE, &err), OTA_REFUSED);
	ck_id(err, OTA_E_TYPE);
	ck_assert_int_eq(read_toy(&t, "{}", SCHEMA_CANON, &err), OTA_FORMAT);
	ck_id(err, OTA_E_MANIFEST);
}
END_TEST

START_TEST(all_findings_at_once)
{
	const ota_finding *f;
	struct toy t;
	ota_err err;

	read_toy(&t, "{\"cuont\":1,\"mode\":\"fats\",\"list\":[{\"name\":\"a\",\"n\":10}]}",
		SCHEMA_SOURCE, &err);
	ck_id(err, OTA_E_UNKNOWN_KEY);
	ck_assert_str_eq(err.msg, "toy.json: unknown key \"cuont\"; did you mean \"count\"?");
	ck_assert_uint_eq(ota_report_failures(report), 4);
	f = ota_report_at(report, 0);
	ck_assert_str_eq(f->expected, "count");
	ck_assert_uint_eq(f->off, 9);
	f = ota_report_at(report, 1);
	ck_assert_str_eq(f->subject, "mode");
	ck_assert_str_eq(f->text,
		"expected one of slow, normal, fast, found \"fats\"; did you mean \"fast\"?");
	f = ota_report_at(report, 2);
	ck_assert_str_eq(f->subject, "list.0.n");
	ck_assert_str_eq(f->expected, "a whole number from 0 to 9");
	ck_assert_str_eq(f->found, "10");
	f = ota_report_at(report, 3);
	ck_assert_int_eq(f->id, OTA_E_MISSING);
	ck_assert_str_eq(f->text, "\"name\" is required and missing");
}
END_TEST

START_TEST(findings_are_capped)
{
	struct toy t;
	ota_err err;
	struct buf b;

	buf_init(&b, t_ctx());
	buf_str(&b, "{\"name\":\"t\"");
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, ",\"k%d\":1", i);
	buf_put(&b, "}", 2);
	ck_assert_int_eq(read_toy(&t, (const char *)b.p, SCHEMA_SOURCE, &err), OTA_REFUSED);
	ck_assert_uint_eq(ota_report_count(report), 101);
	ck_assert_uint_eq(ota_report_failures(report), 100);
	buf_fini(&b);
}
END_TEST

/*
 * Read, write and get under memory that ends at every point. pad moves the end
 * of the arena's first block, so that each allocation is once the one that
 * needs a new block.
 */
static ota_status whole_way(ota_ctx *ctx, size_t pad, ota_err *err)
{
	ota_report *rep = NULL;
	struct doc *d = NULL;
	struct toy t = {0};
	struct arena a;
	struct buf b;
	ota_status st;

	arena_init(&a, ctx);
	buf_init(&b, ctx);
	st = ota_report_new(&rep, ctx, err);
	if (!st)
		st = json_read_canonical(&d, &a, (const uint8_t *)full, strlen(full), err);
	if (!st && arena_alloc(&a, pad) == NULL)
		st = ota_fail_nomem(err);
	if (!st)
		st = schema_read(&t, &toy_schema, d, &a, SCHEMA_CANON, NULL, NULL, rep, err);
	if (!st)
		st = schema_write(&d, &a, &toy_schema, &t, err);
	if (!st)
		st = json_write(&b, d, err);
	if (!st)
		st = schema_get(&d, &a, &toy_schema, &t, "list.1.name", err);
	if (!st)
		st = schema_export(&b, &toy_schema, SCHEMA_CANON, err);
	ota_report_free(rep);
	buf_fini(&b);
	arena_fini(&a);
	return st;
}

static void fail_everywhere(size_t pad)
{
	for (uint64_t n = 0;; n++) {
		struct t_failing f = {.fail_at = n};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_status st;

		if (ctx == NULL)
			continue;
		st = whole_way(ctx, pad, &err);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
		if (st == OTA_OK)
			break;
		ck_id(err, OTA_E_NOMEM);
		ck_assert_uint_lt(n, 1000);
	}
}

START_TEST(no_memory)
{
	for (size_t pad = 16; pad < 4032; pad += 16)
		fail_everywhere(pad);
}
END_TEST

TCase *tcase_schema(void)
{
	TCase *tc = tcase_create("schema");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, required_is_written);
	tcase_add_loop_test(tc, table, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, no_map);
	tcase_add_test(tc, all_findings_at_once);
	tcase_add_test(tc, findings_are_capped);
	tcase_add_test(tc, no_memory);
	return tc;
}
