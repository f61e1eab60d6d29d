/* SPDX-License-Identifier: MIT */
/* Access by path and JSON Schema: what the table gives beside reading and writing. */
#include "toy.h"

static const struct {
	const char *path, *want; /* NULL: usage.field */
} paths[] = {
	{"name", "\"toy-1\""},
	{"count", "9"},
	{"in.n", "4"},
	{"ptr", "{\"n\":3,\"name\":\"p\"}"},
	{"ptr.n", "3"},
	{"list.1", "{\"n\":0,\"name\":\"b\"}"},
	{"list.0.n", "3"},
	{"tags", "[\"u\",\"v\"]"},
	{"tags.1", "\"v\""},
	{"twice", "21"},
	{"x-a.deep.0", "1"},
	{"x-a.deep.2", "true"},
	{"list.2", NULL},
	{"list.00", NULL},
	{"list.", NULL},
	{"list.x", NULL},
	{"name.", NULL},
	{"name.x", NULL},
	{".name", NULL},
	{"path", NULL},
	{"nmae", NULL},
};

START_TEST(get)
{
	struct doc *d = NULL;
	struct toy t;
	ota_err err;
	ota_status st;

	ck_ok(read_toy(&t, full, SCHEMA_CANON, &err), &err);
	st = schema_get(&d, &arena, &toy_schema, &t, paths[_i].path, &err);
	ck_assert_int_eq(st == OTA_OK, paths[_i].want != NULL);
	if (paths[_i].want != NULL)
		assert_json(d, paths[_i].want);
	else
		ck_id(err, OTA_E_FIELD);
}
END_TEST

START_TEST(get_defaults)
{
	struct doc *d = NULL;
	struct toy t;
	ota_err err;

	ck_ok(read_toy(&t, "{\"name\":\"t\"}", SCHEMA_CANON, &err), &err);
	ck_ok(schema_get(&d, &arena, &toy_schema, &t, "", &err), &err);
	assert_json(d,
		"{\"count\":7,\"generated\":0,\"in\":{\"n\":3},\"list\":[],\"mode\":\"normal\","
		"\"name\":\"t\",\"off\":false,\"on\":true,\"tags\":[]}");
	ck_assert_int_eq(schema_get(&d, &arena, &toy_schema, &t, "mods", &err), OTA_USAGE);
	ck_assert_str_eq(err.msg, "no field \"mods\"; did you mean \"mode\"?");
	ck_assert_int_eq(schema_get(&d, &arena, &toy_schema, &t, "in.m", &err), OTA_USAGE);
}
END_TEST

START_TEST(dotted_keys)
{
	struct doc *root = json("{\"a.b\":1,\"a\":{\"b\":2,\"c.d\":{\"e\":3}}}");
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;

	ck_ok(doc_at(&d, root, "a.b", &err), &err);
	ck_assert_int_eq(d->i, 1);
	ck_ok(doc_at(&d, root, "a.c.d.e", &err), &err);
	ck_assert_int_eq(d->i, 3);
	ck_assert_int_eq(doc_at(&d, root, "a.c", &err), OTA_USAGE);
}
END_TEST

static size_t occurs(const char *text, const char *part)
{
	size_t n = 0;

	for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
		n++;
	return n;
}

START_TEST(json_schema)
{
	for (int form = SCHEMA_SOURCE; form <= SCHEMA_CANON; form++) {
		ota_err err = OTA_ERR_INIT;
		const char *text;
		struct buf b;

		buf_init(&b, t_ctx());
		ck_ok(schema_export(&b, &toy_schema, (enum schema_form)form, &err), &err);
		buf_put(&b, "", 1);
		text = (const char *)b.p;
		ck_assert_uint_eq(occurs(text, "{"), occurs(text, "}"));
		ck_assert_uint_eq(occurs(text, "["), occurs(text, "]"));
		ck_assert_uint_eq(occurs(text, ",\n}"), 0);
		ck_assert_uint_eq(occurs(text, "\"path\": {"), form == SCHEMA_SOURCE);
		ck_assert_uint_eq(occurs(text, "\"generated\": {"), form == SCHEMA_CANON);
		ck_assert_uint_eq(occurs(text, "\"description\": \"a \\\"name\\\"\""), 1);
		ck_assert_uint_eq(occurs(text, "\"additionalProperties\": false"), 4);
		ck_assert_uint_eq(occurs(text, "\"default\": \"normal\""), 1);
		ck_assert_uint_eq(occurs(text, "18446744073709551615"), form == SCHEMA_CANON);
		buf_fini(&b);
	}
}
END_TEST

TCase *tcase_schema_views(void)
{
	TCase *tc = tcase_create("schema_views");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, get, 0, sizeof(paths) / sizeof(*paths));
	tcase_add_test(tc, get_defaults);
	tcase_add_test(tc, dotted_keys);
	tcase_add_test(tc, json_schema);
	return tc;
}
