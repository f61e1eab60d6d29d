/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <dirent.h>

#include <doc/doc.h>

static const char sample[] = "{\"a\":[1,-2,9007199254740991,true,false,null],\"b\":{\"c.d-e_0\":"
			     "\"x\\\"\\\\\\b\\f\\n\\r\\t"
			     "\\u001f\xc3\xa9\xf0\x9f\x98\x80\"},\"z\":[]}";

/* The bytes end where the heap block ends, so that a sanitizer sees every read past them. */
static ota_status read_exact(const void *p, size_t len, bool canonical, ota_err *err)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct doc *d = NULL;
	struct arena a;
	ota_status st;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, p, len);
	arena_init(&a, t_ctx());
	*err = (ota_err)OTA_ERR_INIT;
	st = (canonical ? json_read_canonical : json_read)(&d, &a, copy, len, err);
	ck_assert_int_eq(st == OTA_OK, d != NULL);
	arena_fini(&a);
	free(copy);
	return st;
}

START_TEST(round_trip)
{
	struct doc *d = NULL;
	ota_err err = OTA_ERR_INIT;
	struct arena a;
	struct buf b;

	arena_init(&a, t_ctx());
	buf_init(&b, t_ctx());
	ck_ok(json_read_canonical(&d, &a, (const uint8_t *)sample, strlen(sample), &err), &err);
	ck_assert_int_eq(doc_get(d, "a")->items[1]->i, -2);
	ck_assert_uint_eq(doc_get(d, "a")->items[1]->off, 8);
	ck_assert_str_eq(doc_get(doc_get(d, "b"), "c.d-e_0")->s,
		"x\"\\\b\f\n\r\t\x1f\xc3\xa9\xf0\x9f\x98\x80");
	ck_ok(json_write(&b, d, &err), &err);
	ck_assert_uint_eq(b.len, strlen(sample));
	ck_assert_mem_eq(b.p, sample, b.len);
	buf_fini(&b);
	arena_fini(&a);
}
END_TEST

START_TEST(truncations)
{
	ota_err err;

	for (size_t len = 0; len < strlen(sample); len++) {
		ck_assert_int_eq(read_exact(sample, len, false, &err), OTA_FORMAT);
		ck_id(err, OTA_E_JSON);
	}
}
END_TEST

static const struct {
	const char *text;
	ota_id plain, canonical; /* by json_read; by json_read_canonical */
} verdicts[] = {
	{"1", OTA_E_NONE, OTA_E_NONE},
	{"-1", OTA_E_NONE, OTA_E_NONE},
	{"{}", OTA_E_NONE, OTA_E_NONE},
	{" {}", OTA_E_NONE, OTA_E_CANON},
	{"{}\n", OTA_E_NONE, OTA_E_CANON},
	{"{\"a\": 1}", OTA_E_NONE, OTA_E_CANON},
	{"{\"b\":1,\"a\":1}", OTA_E_NONE, OTA_E_CANON},
	{"{\"a\":1,\"aa\":1,\"b\":1}", OTA_E_NONE, OTA_E_NONE},
	{"{\"a-\":1,\"a.\":1,\"a0\":1,\"a_\":1}", OTA_E_NONE, OTA_E_NONE},
	{"\"\\/\"", OTA_E_NONE, OTA_E_CANON},
	{"\"\\u000a\"", OTA_E_NONE, OTA_E_CANON},
	{"\"\\u001F\"", OTA_E_NONE, OTA_E_CANON},
	{"\"\\u0041\"", OTA_E_NONE, OTA_E_CANON},
	{"\"\\ud83d\\ude00\"", OTA_E_NONE, OTA_E_CANON},
	{"\"\x7f\"", OTA_E_NONE, OTA_E_NONE},
	{"9007199254740991", OTA_E_NONE, OTA_E_NONE},
	{"9007199254740992", OTA_E_JSON, OTA_E_JSON},
	{"-9007199254740991", OTA_E_NONE, OTA_E_NONE},
	{"-9007199254740992", OTA_E_JSON, OTA_E_JSON},
	{"99999999999999999999999999", OTA_E_JSON, OTA_E_JSON},
	{"-0", OTA_E_JSON, OTA_E_JSON},
	{"01", OTA_E_JSON, OTA_E_JSON},
	{"1.0", OTA_E_JSON, OTA_E_JSON},
	{"1e0", OTA_E_JSON, OTA_E_JSON},
	{"-", OTA_E_JSON, OTA_E_JSON},
	{"{\"a\":1,\"a\":1}", OTA_E_JSON, OTA_E_JSON},
	{"{\"a\":1,\"b\":2,\"\\u0061\":3}", OTA_E_JSON, OTA_E_JSON},
	{"{\"A\":1}", OTA_E_JSON, OTA_E_JSON},
	{"{\"\":1}", OTA_E_JSON, OTA_E_JSON},
	{"\"\\u0000\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\\ud83d\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\\ude00\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\\ud83d\\u0041\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\\uffff\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\xef\xb7\x90\"", OTA_E_JSON, OTA_E_JSON},     /* U+FDD0 */
	{"\"\xf0\x9f\xbf\xbe\"", OTA_E_JSON, OTA_E_JSON}, /* U+1FFFE */
	{"\"\xe2\x80\xaa\"", OTA_E_JSON, OTA_E_JSON},     /* U+202A */
	{"\"\xe2\x80\xae\"", OTA_E_JSON, OTA_E_JSON},     /* U+202E */
	{"\"\xe2\x80\xaf\"", OTA_E_NONE, OTA_E_NONE},     /* U+202F */
	{"\"\xe2\x81\xa6\"", OTA_E_JSON, OTA_E_JSON},     /* U+2066 */
	{"\"\xe2\x81\xa9\"", OTA_E_JSON, OTA_E_JSON},     /* U+2069 */
	{"\"\\u202e\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\xc0\x80\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\xed\xa0\x80\"", OTA_E_JSON, OTA_E_JSON},
	{"\"\n\"", OTA_E_JSON, OTA_E_JSON},
	{"\xef\xbb\xbf{}", OTA_E_JSON, OTA_E_JSON},
	{"{} {}", OTA_E_JSON, OTA_E_JSON},
	{"[1,]", OTA_E_JSON, OTA_E_JSON},
	{"[,1]", OTA_E_JSON, OTA_E_JSON},
	{"{\"a\":1,}", OTA_E_JSON, OTA_E_JSON},
	{"{,}", OTA_E_JSON, OTA_E_JSON},
	{"[1}", OTA_E_JSON, OTA_E_JSON},
	{"{\"a\":1]", OTA_E_JSON, OTA_E_JSON},
	{"{a:1}", OTA_E_JSON, OTA_E_JSON},
	{"NaN", OTA_E_JSON, OTA_E_JSON},
	{"truth", OTA_E_JSON, OTA_E_JSON},
	{"]", OTA_E_JSON, OTA_E_JSON},
	{"", OTA_E_JSON, OTA_E_JSON},
};

START_TEST(table)
{
	const char *text = verdicts[_i].text;
	ota_err err;

	read_exact(text, strlen(text), false, &err);
	ck_id(err, verdicts[_i].plain);
	read_exact(text, strlen(text), true, &err);
	ck_id(err, verdicts[_i].canonical);
}
END_TEST

START_TEST(nul_byte_is_no_end)
{
	ota_err err;

	ck_assert_int_eq(read_exact("{}\0", 3, false, &err), OTA_FORMAT);
	ck_assert_int_eq(read_exact("\"a\0b\"", 5, false, &err), OTA_FORMAT);
	ck_assert_int_eq(read_exact("{\"a\\u0000x\":1}", 14, false, &err), OTA_FORMAT);
}
END_TEST

START_TEST(key_length)
{
	char text[DOC_KEY_MAX + 8];
	ota_err err;
	int n;

	n = snprintf(text, sizeof(text), "{\"%0*d\":1}", DOC_KEY_MAX, 0);
	ck_assert_int_eq(read_exact(text, (size_t)n, true, &err), OTA_OK);
	n = snprintf(text, sizeof(text), "{\"%0*d\":1}", DOC_KEY_MAX + 1, 0);
	ck_assert_int_eq(read_exact(text, (size_t)n, true, &err), OTA_FORMAT);
}
END_TEST

static ota_status read_nested(size_t depth, bool maps, ota_err *err)
{
	struct buf b;
	ota_status st;

	buf_init(&b, t_ctx());
	for (size_t i = 0; i < depth; i++)
		buf_str(&b, maps ? "{\"a\":" : "[");
	buf_str(&b, "1");
	for (size_t i = 0; i < depth; i++)
		buf_str(&b, maps ? "}" : "]");
	st = read_exact(b.p, b.len, true, err);
	buf_fini(&b);
	return st;
}

START_TEST(depth)
{
	ota_err err;

	for (int maps = 0; maps < 2; maps++) {
		ck_ok(read_nested(DOC_DEPTH_MAX, maps != 0, &err), &err);
		ck_assert_int_eq(read_nested(DOC_DEPTH_MAX + 1, maps != 0, &err), OTA_LIMIT);
		ck_id(err, OTA_E_LIMIT_DEPTH);
		ck_assert_int_eq(read_nested(100000, maps != 0, &err), OTA_LIMIT);
	}
}
END_TEST

/* n keys out of order: the sort is on trial too. */
static ota_status read_wide(size_t n, ota_err *err)
{
	struct buf b;
	ota_status st;

	buf_init(&b, t_ctx());
	buf_str(&b, "{");
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\"k%zu\":%zu", i > 0 ? "," : "", i * 7919 % 65537, i);
	buf_str(&b, "}");
	st = read_exact(b.p, b.len, false, err);
	buf_fini(&b);
	return st;
}

START_TEST(nodes)
{
	ota_err err;

	ck_ok(read_wide(DOC_NODES_MAX - 1, &err), &err);
	ck_assert_int_eq(read_wide(DOC_NODES_MAX, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_COUNT);
}
END_TEST

START_TEST(sorted)
{
	uint64_t seed = 1;

	for (size_t n = 1; n < 200; n++) {
		char keys[200][8];
		struct doc *map;
		struct arena a;
		size_t *o;

		arena_init(&a, t_ctx());
		map = doc_map(&a, n);
		for (size_t i = 0; i < n; i++) {
			snprintf(keys[i], sizeof(keys[i]), "%u", (unsigned)(t_rand(&seed) % 300));
			doc_put(map, keys[i], NULL);
		}
		o = doc_order(map, &a);
		for (size_t i = 1; i < n; i++) {
			int c = strcmp(keys[o[i - 1]], keys[o[i]]);

			ck_assert(c < 0 || (c == 0 && o[i - 1] < o[i]));
		}
		arena_fini(&a);
	}
}
END_TEST

static ota_id write_id(struct doc *d)
{
	ota_err err = OTA_ERR_INIT;
	struct buf b;

	buf_init(&b, t_ctx());
	buf_str(&b, "before");
	if (json_write(&b, d, &err) != OTA_OK)
		ck_assert_uint_eq(b.len, strlen("before"));
	buf_fini(&b);
	return err.id;
}

/* What is written can be read again, whatever a tree made by hand holds. */
START_TEST(writer_refuses)
{
	struct doc *d, *deep;
	struct arena a;

	arena_init(&a, t_ctx());
	ck_assert_int_eq(write_id(doc_int(&a, DOC_INT_MAX)), OTA_E_NONE);
	ck_assert_int_eq(write_id(doc_int(&a, DOC_INT_MAX + 1)), OTA_E_TEXT);
	ck_assert_int_eq(write_id(doc_int(&a, -DOC_INT_MAX - 1)), OTA_E_TEXT);
	ck_assert_int_eq(write_id(doc_str(&a, "\xe2\x80\xae")), OTA_E_TEXT);
	ck_assert_int_eq(write_id(doc_str(&a, "\xff")), OTA_E_TEXT);
	d = doc_map(&a, 2);
	doc_put(d, "Key", doc_bool(&a, true));
	ck_assert_int_eq(write_id(d), OTA_E_TEXT);
	d->keys[0] = "key";
	ck_assert_int_eq(write_id(d), OTA_E_NONE);
	doc_put(d, "key", doc_bool(&a, true));
	ck_assert_int_eq(write_id(d), OTA_E_TEXT);
	deep = doc_list(&a, 0);
	for (int i = 1; i < DOC_DEPTH_MAX; i++) {
		d = doc_list(&a, 1);
		doc_add(d, deep);
		deep = d;
	}
	ck_assert_int_eq(write_id(deep), OTA_E_NONE);
	d = doc_list(&a, 1);
	doc_add(d, deep);
	ck_assert_int_eq(write_id(d), OTA_E_LIMIT_DEPTH);
	arena_fini(&a);
}
END_TEST

/* pad moves the end of the arena's first block, so that every allocation is once the one that fails. */
static void fail_everywhere(size_t pad)
{
	for (uint64_t n = 0;; n++) {
		struct t_failing f = {.fail_at = n};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		struct doc *d = NULL;
		struct arena a;
		ota_status st;

		if (ctx == NULL)
			continue;
		arena_init(&a, ctx);
		st = arena_alloc(&a, pad) == NULL ? ota_fail_nomem(&err) : OTA_OK;
		if (!st)
			st = json_read_canonical(
				&d, &a, (const uint8_t *)sample, strlen(sample), &err);
		arena_fini(&a);
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

/* The string of RFC 8785 section 3.2.2. */
START_TEST(rfc8785_string)
{
	static const char in[] = "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"";
	static const char want[] = "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"";
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;
	struct arena a;
	struct buf b;

	arena_init(&a, t_ctx());
	buf_init(&b, t_ctx());
	ck_ok(json_read(&d, &a, (const uint8_t *)in, strlen(in), &err), &err);
	ck_ok(json_write(&b, d, &err), &err);
	ck_assert_uint_eq(b.len, strlen(want));
	ck_assert_mem_eq(b.p, want, b.len);
	buf_fini(&b);
	arena_fini(&a);
}
END_TEST

/* ---- files that others wrote ---- */

/* Valid JSON outside our subset: keys and text beyond the grammar, numbers that are no integers. */
static const char *const outside[] = {
	"y_number.json",
	"y_number_0e+1.json",
	"y_number_0e1.json",
	"y_number_double_close_to_zero.json",
	"y_number_int_with_exp.json",
	"y_number_minus_zero.json",
	"y_number_negative_zero.json",
	"y_number_real_capital_e.json",
	"y_number_real_capital_e_neg_exp.json",
	"y_number_real_capital_e_pos_exp.json",
	"y_number_real_exponent.json",
	"y_number_real_fraction_exponent.json",
	"y_number_real_neg_exp.json",
	"y_number_real_pos_exponent.json",
	"y_number_simple_real.json",
	"y_object_duplicated_key.json",
	"y_object_duplicated_key_and_value.json",
	"y_object_empty_key.json",
	"y_object_escaped_null_in_key.json",
	"y_object_extreme_numbers.json",
	"y_string_escaped_noncharacter.json",
	"y_string_last_surrogates_1_and_2.json",
	"y_string_nonCharacterInUTF-8_U+10FFFF.json",
	"y_string_nonCharacterInUTF-8_U+FFFF.json",
	"y_string_null_escape.json",
	"y_string_unicode_U+10FFFE_nonchar.json",
	"y_string_unicode_U+1FFFE_nonchar.json",
	"y_string_unicode_U+FDD0_nonchar.json",
	"y_string_unicode_U+FFFE_nonchar.json",
	"y_structure_lonely_negative_real.json",
};

static bool is_outside(const char *name)
{
	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		if (strcmp(outside[i], name) == 0)
			return true;
	return false;
}

START_TEST(suite)
{
	const char *dir = t_vectors();
	unsigned seen[3] = {0};
	struct dirent *e;
	char path[512];
	DIR *files;

	snprintf(path, sizeof(path), "%s/json/test_parsing", dir != NULL ? dir : ".");
	files = opendir(path);
	if (files == NULL) {
		t_skip("JSONTestSuite");
		return;
	}
	for (e = readdir(files); e != NULL; e = readdir(files)) {
		char *at = strchr("nyi", e->d_name[0]);
		size_t len = 0;
		uint8_t *p;
		ota_err err;
		ota_status st;

		if (at == NULL || e->d_name[1] != '_')
			continue;
		snprintf(path, sizeof(path), "%s/json/test_parsing/%s", dir, e->d_name);
		p = t_read_file(path, &len);
		ck_assert_ptr_nonnull(p);
		st = read_exact(p, len, false, &err);
		free(p);
		seen[at - "nyi"]++;
		/* Where implementations may differ ("i_"), ours refuses every one. */
		ck_assert_msg((st == OTA_OK) == (*at == 'y' && !is_outside(e->d_name)), "%s: %s",
			e->d_name, st == OTA_OK ? "accepted" : err.msg);
	}
	closedir(files);
	ck_assert_uint_eq(seen[0], 188);
	ck_assert_uint_eq(seen[1], 95);
	ck_assert_uint_eq(seen[2], 35);
}
END_TEST

/*
 * What readers change silently: numbers, keys that look alike, keys that stand
 * twice, bad escapes. One of the files is within the subset, and comes out as it went in.
 */
START_TEST(suite_transform)
{
	static const char inside[] = "number_1000000000000000.json";
	const char *dir = t_vectors();
	unsigned seen = 0;
	struct dirent *e;
	char path[512];
	DIR *files;

	snprintf(path, sizeof(path), "%s/json/test_transform", dir != NULL ? dir : ".");
	files = opendir(path);
	if (files == NULL) {
		t_skip("JSONTestSuite");
		return;
	}
	for (e = readdir(files); e != NULL; e = readdir(files)) {
		size_t len = 0;
		uint8_t *p;
		ota_err err;
		ota_status st;

		if (strstr(e->d_name, ".json") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/json/test_transform/%s", dir, e->d_name);
		p = t_read_file(path, &len);
		ck_assert_ptr_nonnull(p);
		while (len > 0 && p[len - 1] == '\n')
			len--;
		st = read_exact(p, len, true, &err);
		free(p);
		seen++;
		ck_assert_msg((st == OTA_OK) == (strcmp(e->d_name, inside) == 0), "%s: %s",
			e->d_name, st == OTA_OK ? "accepted" : err.msg);
	}
	closedir(files);
	ck_assert_uint_eq(seen, 22);
}
END_TEST

/* true: within the subset, and then the bytes must be those of RFC 8785. */
static const struct {
	const char *name;
	bool inside;
} jcs[] = {
	{"arrays", true},
	{"french", false},
	{"structures", false},
	{"unicode", false},
	{"values", false},
	{"weird", false},
};

START_TEST(jcs_pairs)
{
	const char *dir = t_vectors();
	uint8_t *in, *want;
	size_t in_len = 0, want_len = 0;
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;
	char path[512];
	struct arena a;
	struct buf b;

	if (dir == NULL) {
		t_skip("RFC 8785 pairs");
		return;
	}
	snprintf(path, sizeof(path), "%s/jcs/testdata/input/%s.json", dir, jcs[_i].name);
	in = t_read_file(path, &in_len);
	snprintf(path, sizeof(path), "%s/jcs/testdata/output/%s.json", dir, jcs[_i].name);
	want = t_read_file(path, &want_len);
	ck_assert(in != NULL && want != NULL);
	arena_init(&a, t_ctx());
	buf_init(&b, t_ctx());
	ck_assert_int_eq(json_read(&d, &a, in, in_len, &err) == OTA_OK, jcs[_i].inside);
	if (jcs[_i].inside) {
		ck_ok(json_write(&b, d, &err), &err);
		ck_assert_uint_eq(b.len, want_len);
		ck_assert_mem_eq(b.p, want, b.len);
	}
	buf_fini(&b);
	arena_fini(&a);
	free(in);
	free(want);
}
END_TEST

TCase *tcase_json(void)
{
	TCase *tc = tcase_create("json");

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, truncations);
	tcase_add_loop_test(tc, table, 0, sizeof(verdicts) / sizeof(*verdicts));
	tcase_add_test(tc, nul_byte_is_no_end);
	tcase_add_test(tc, key_length);
	tcase_add_test(tc, depth);
	tcase_add_test(tc, nodes);
	tcase_add_test(tc, sorted);
	tcase_add_test(tc, writer_refuses);
	tcase_add_test(tc, rfc8785_string);
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, suite);
	tcase_add_test(tc, suite_transform);
	tcase_add_loop_test(tc, jcs_pairs, 0, sizeof(jcs) / sizeof(*jcs));
	return tc;
}
