/* SPDX-License-Identifier: MIT */
/* What is written as YAML is read as the same tree. */
#include "unit.h"

#include <doc/doc.h>

static struct arena arena;

static void setup(void)
{
	arena_init(&arena, t_ctx());
}

static void teardown(void)
{
	arena_fini(&arena);
}

static struct doc *again(struct buf *yaml, const struct doc *d)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	struct doc *out = NULL;

	ck_ok(yaml_write(yaml, d, &err), &err);
	ck_ok(ota_source_memory(&src, t_ctx(), yaml->p, yaml->len, &err), &err);
	ck_ok(yaml_read(&out, &arena, src, "again", NULL, &err), &err);
	ota_source_close(src);
	return out;
}

static const struct {
	const char *text, *written;
} texts[] = {
	{"stable", "stable"},
	{"2.4.0", "2.4.0"},
	{"a/b@c+d-e_f", "a/b@c+d-e_f"},
	{"", "\"\""},
	{"1.0", "\"1.0\""},
	{"12e3", "\"12e3\""},
	{"No", "\"No\""},
	{"null", "\"null\""},
	{"-", "\"-\""},
	{"---", "\"---\""},
	{"a: b", "\"a: b\""},
	{"a #b", "\"a #b\""},
	{" a ", "\" a \""},
	{"\"\\'", "\"\\\"\\\\'\""},
	{"a\nb\r\tc", "\"a\\u000ab\\u000d\\u0009c\""},
	{"\x7f\xc2\x85\xc2\xa0", "\"\\u007f\\u0085\xc2\xa0\""},
	{"\xe2\x80\xa8\xef\xbb\xbf\xf0\x9f\x98\x80", "\"\\u2028\\ufeff\xf0\x9f\x98\x80\""},
	{"%TAG", "\"%TAG\""},
	{"{a}", "\"{a}\""},
};

START_TEST(text)
{
	struct doc *map = doc_map(&arena, 1), *d;
	struct buf b;

	doc_put(map, "key", doc_str(&arena, texts[_i].text));
	buf_init(&b, t_ctx());
	d = again(&b, map);
	ck_assert_str_eq(doc_get(d, "key")->s, texts[_i].text);
	ck_assert_uint_eq(b.len, strlen("key: \n") + strlen(texts[_i].written));
	ck_assert_int_eq(memcmp(b.p + 5, texts[_i].written, b.len - 6), 0);
	buf_fini(&b);
}
END_TEST

static const char *const trees[] = {
	"{}",
	"{\"a\":[],\"b\":{}}",
	"{\"a\":[\"b\",[\"c\",[\"d\",[],{}],{\"e\":\"f\"}]],\"g\":{\"h\":{\"i\":[\"j\"]}}}",
	"{\"-\":\"1\",\"1\":{\"a\":[{\"b\":\"2\",\"c\":[{\"d\":\"3\"}]},{\"b\":\"4\"}]}}",
};

START_TEST(tree)
{
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;
	struct buf yaml, json;

	ck_ok(json_read(&d, &arena, (const uint8_t *)trees[_i], strlen(trees[_i]), &err), &err);
	buf_init(&yaml, t_ctx());
	buf_init(&json, t_ctx());
	ck_ok(json_write(&json, again(&yaml, d), &err), &err);
	ck_assert_uint_eq(json.len, strlen(trees[_i]));
	ck_assert_int_eq(memcmp(json.p, trees[_i], json.len), 0);
	buf_fini(&yaml);
	buf_fini(&json);
}
END_TEST

/* Plain, so that the schema takes them for what they are. */
START_TEST(numbers)
{
	struct doc *map = doc_map(&arena, 2), *d;
	struct buf b;

	doc_put(map, "i", doc_int(&arena, DOC_INT_MAX));
	doc_put(map, "b", doc_bool(&arena, false));
	buf_init(&b, t_ctx());
	d = again(&b, map);
	ck_assert_int_eq(doc_get(d, "i")->kind, DOC_TEXT);
	ck_assert_str_eq(doc_get(d, "i")->s, "9007199254740991");
	ck_assert_int_eq(doc_get(d, "b")->kind, DOC_TEXT);
	ck_assert_str_eq(doc_get(d, "b")->s, "false");
	buf_fini(&b);
}
END_TEST

START_TEST(too_deep)
{
	struct doc *d = doc_list(&arena, 1), *top = d;
	ota_err err = OTA_ERR_INIT;
	struct buf b;

	for (unsigned i = 0; i < DOC_DEPTH_MAX; i++) {
		struct doc *inner = doc_list(&arena, 1);

		doc_add(d, inner);
		d = inner;
	}
	doc_add(d, doc_str(&arena, "x"));
	buf_init(&b, t_ctx());
	ck_assert_int_eq(yaml_write(&b, top, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_DEPTH);
	ck_assert_uint_eq(b.len, 0);
	buf_fini(&b);
}
END_TEST

TCase *tcase_yaml_write(void)
{
	TCase *tc = tcase_create("yaml_write");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, text, 0, sizeof(texts) / sizeof(*texts));
	tcase_add_loop_test(tc, tree, 0, sizeof(trees) / sizeof(*trees));
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, too_deep);
	return tc;
}
