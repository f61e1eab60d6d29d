/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <dirent.h>
#include <stddef.h>

#include <doc/schema.h>

static struct arena arena;
static ota_report *report;

static void setup(void)
{
	arena_init(&arena, t_ctx());
	ck_assert_int_eq(ota_report_new(&report, t_ctx(), NULL), OTA_OK);
}

static void teardown(void)
{
	arena_fini(&arena);
	ota_report_free(report);
}

static ota_status read_bytes(struct doc **out, const void *p, size_t len, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	ck_assert_int_eq(ota_source_memory(&src, t_ctx(), p, len, NULL), OTA_OK);
	st = yaml_read(out, &arena, src, "f.yaml", report, err);
	ota_source_close(src);
	return st;
}

static ota_status read_text(struct doc **out, const char *text, ota_err *err)
{
	return read_bytes(out, text, strlen(text), err);
}

START_TEST(tree)
{
	static const char text[] = "# a comment\n"
				   "plain: no\n"
				   "quoted: \"5\"\n"
				   "list: [1, {k: 'v'}]\n"
				   "block: |\n  two\n  lines\n"
				   "empty:\n";
	struct doc *d = NULL;
	ota_err err;

	ck_ok(read_text(&d, text, &err), &err);
	ck_assert_uint_eq(d->count, 5);
	ck_assert_int_eq(doc_get(d, "plain")->kind, DOC_TEXT);
	ck_assert_str_eq(doc_get(d, "plain")->s, "no");
	ck_assert_int_eq(doc_get(d, "quoted")->kind, DOC_STR);
	ck_assert_str_eq(doc_get(doc_get(d, "list")->items[1], "k")->s, "v");
	ck_assert_uint_eq(doc_get(d, "list")->items[1]->line, 4);
	ck_assert_uint_eq(doc_get(d, "list")->items[1]->col, 11);
	ck_assert_uint_eq(d->key_marks[2]->line, 4);
	ck_assert_uint_eq(d->key_marks[2]->col, 1);
	ck_assert_str_eq(doc_get(d, "block")->s, "two\nlines\n");
	ck_assert_int_eq(doc_get(d, "empty")->kind, DOC_TEXT);
	ck_assert_uint_eq(doc_get(d, "empty")->s_len, 0);
}
END_TEST

static const struct {
	const char *text;
	ota_id id;
	const char *place;
} rows[] = {
	{"a: &x 1\n", OTA_E_YAML, "f.yaml:1:4: anchors"},
	{"a: &x [1]\n", OTA_E_YAML, "f.yaml:1:4: anchors"},
	{"a: &x {b: 1}\n", OTA_E_YAML, "f.yaml:1:4: anchors"},
	{"&x a: 1\n", OTA_E_YAML, "f.yaml:1:1: anchors"},
	{"a: 1\nb: *a\n", OTA_E_YAML, "f.yaml:2:4: aliases"},
	{"b: [1, *a]\n", OTA_E_YAML, "f.yaml:1:8: aliases"},
	{"*a : 1\n", OTA_E_YAML, "f.yaml:1:1: aliases"},
	{"a: !!str 1\n", OTA_E_YAML, "f.yaml:1:4: tags"},
	{"a: ! 1\n", OTA_E_YAML, "f.yaml:1:4: tags"},
	{"a: !mine {b: 1}\n", OTA_E_YAML, "f.yaml:1:4: tags"},
	{"a: !mine [b]\n", OTA_E_YAML, "f.yaml:1:4: tags"},
	{"a:\n  <<: {b: 1}\n", OTA_E_YAML, "f.yaml:2:3: merge keys"},
	{"a: [\n\tb ]\n", OTA_E_YAML, "f.yaml:2:1: a tab"},
	{"a: |\n  b\n  \tc\n", OTA_E_NONE, ""},
	{"a: 1\n---\nb: 1\n", OTA_E_YAML, "f.yaml:2:1: more than one document"},
	{"%YAML 1.1\n---\nb: 1\n", OTA_E_YAML, "f.yaml:1:1: directives"},
	{"%TAG ! tag:x,2000:\n---\nb: 1\n", OTA_E_YAML, "f.yaml:1:1: directives"},
	{"? [a, b]\n: 1\n", OTA_E_YAML, "f.yaml:1:3: a key must be a word"},
	{"? {a: 1}\n: 1\n", OTA_E_YAML, "f.yaml:1:3: a key must be a word"},
	{"\"\": 1\n", OTA_E_YAML, "f.yaml:1:1: a key is empty"},
	{"a: 1\nb: 2\na: 3\n", OTA_E_DUPLICATE,
		"f.yaml:3:1: key \"a\" stands twice, first in line 1"},
	{"c:\n  a: 1\n  \"a\": 3\n", OTA_E_DUPLICATE, "f.yaml:3:3: key \"a\" stands twice"},
	{"a: \"\\0\"\n", OTA_E_TYPE, "f.yaml:1:4: text may hold no NUL"},
	{"a: \"x\\u202ey\"\n", OTA_E_TYPE, "f.yaml:1:4: text may hold no"},
	{"\"a\\0b\": 1\n", OTA_E_TYPE, "f.yaml:1:1: text may hold no"},
	{"a: [1\n", OTA_E_YAML, "f.yaml:2:1: not YAML"},
	{"a: b: c\n", OTA_E_YAML, "f.yaml:1:5: not YAML"},
	{"a: \"\xff\"\n", OTA_E_YAML, "f.yaml"},
	{"", OTA_E_YAML, "f.yaml:1:1: the file holds no document"},
	{"# nothing\n", OTA_E_YAML, "f.yaml:2:1: the file holds no document"},
	{"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", OTA_E_LIMIT_DEPTH, "f.yaml:1:17: nested"},
	{"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n", OTA_E_NONE, ""},
	{"--- \na: 1\n...\n", OTA_E_NONE, ""},
};

START_TEST(table)
{
	struct doc *d = NULL;
	ota_err err;

	ck_assert_int_eq(read_text(&d, rows[_i].text, &err) == OTA_OK, rows[_i].id == OTA_E_NONE);
	ck_assert_int_eq(d != NULL, rows[_i].id == OTA_E_NONE);
	ck_id(err, rows[_i].id);
	ck_assert_msg(strncmp(err.msg, rows[_i].place, strlen(rows[_i].place)) == 0, "%s", err.msg);
	ck_assert_int_eq(ota_report_failures(report) > 0, rows[_i].id != OTA_E_NONE);
}
END_TEST

START_TEST(all_findings_at_once)
{
	struct doc *d = NULL;
	ota_err err;

	ck_assert_int_eq(read_text(&d, "a: &x 1\nb: {c: *x, c: 1}\nd: [1\n", &err), OTA_FORMAT);
	ck_assert_uint_eq(ota_report_failures(report), 4);
	ck_assert_uint_eq(ota_report_at(report, 1)->line, 2);
	ck_assert_str_eq(ota_report_at(report, 2)->file, "f.yaml");
}
END_TEST

static ota_status read_filled(const char *unit, size_t times, ota_err *err)
{
	struct doc *d = NULL;
	struct buf b;
	ota_status st;

	buf_init(&b, t_ctx());
	for (size_t i = 0; i < times; i++)
		buf_str(&b, unit);
	st = read_bytes(&d, b.p, b.len, err);
	buf_fini(&b);
	return st;
}

START_TEST(limits)
{
	ota_err err;

	ck_assert_int_eq(read_filled("#\n", 128 * 1024, &err), OTA_FORMAT);
	ck_id(err, OTA_E_YAML);
	ck_assert_int_eq(read_filled("#\n", 128 * 1024 + 1, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ck_ok(read_filled("- a\n", DOC_NODES_MAX - 1, &err), &err);
	ck_assert_int_eq(read_filled("- a\n", DOC_NODES_MAX, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_COUNT);
	ck_assert_int_eq(read_filled("[", 256 * 1024, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_DEPTH);
}
END_TEST

/* ---- with a table ---- */

struct item {
	const char *name;
	uint64_t n;
	bool b;
	struct xmap x;
};

static const struct field item_fields[] = {
	{.key = "name", .type = F_STR, .off = offsetof(struct item, name), .min = 1, .max = 8},
	{.key = "number", .type = F_U64, .off = offsetof(struct item, n), .max = 50},
	{.key = "flag", .type = F_BOOL, .off = offsetof(struct item, b)},
	{.key = NULL},
};
static const struct schema item_schema = {.name = "item",
	.size = sizeof(struct item),
	.fields = item_fields,
	.x_keys = true,
	.x_off = offsetof(struct item, x)};

static ota_status read_item(struct item *it, const char *text, ota_err *err)
{
	struct doc *d = NULL;

	memset(it, 0, sizeof(*it));
	ck_ok(read_text(&d, text, err), err);
	return schema_read(it, &item_schema, d, &arena, SCHEMA_SOURCE, "f.yaml", NULL, report, err);
}

START_TEST(types_come_from_the_table)
{
	struct doc *d = NULL;
	ota_err err;
	struct item it;
	struct buf b;

	ck_ok(read_item(&it, "name: no\nnumber: 42\nflag: true\nx-y: {z: 1}\n", &err), &err);
	ck_assert_str_eq(it.name, "no");
	ck_assert_uint_eq(it.n, 42);
	ck_assert(it.b);
	ck_ok(schema_write(&d, &arena, &item_schema, &it, &err), &err);
	buf_init(&b, t_ctx());
	ck_ok(json_write(&b, d, &err), &err);
	buf_put(&b, "", 1);
	ck_assert_str_eq((const char *)b.p,
		"{\"flag\":true,\"name\":\"no\",\"number\":42,\"x-y\":{\"z\":\"1\"}}");
	buf_fini(&b);
}
END_TEST

static const struct {
	const char *text;
	ota_id id;
	const char *msg;
} typed[] = {
	{"nunber: 4\n", OTA_E_UNKNOWN_KEY,
		"f.yaml:1:1: unknown key \"nunber\"; did you mean \"number\"?"},
	{"name: a\n\n  \nflags: true\n", OTA_E_UNKNOWN_KEY,
		"f.yaml:4:1: unknown key \"flags\"; did you mean \"flag\"?"},
	{"Name: a\n", OTA_E_UNKNOWN_KEY,
		"f.yaml:1:1: unknown key \"Name\"; did you mean \"name\"?"},
	{"zebra: a\n", OTA_E_UNKNOWN_KEY, "f.yaml:1:1: unknown key \"zebra\""},
	{"number: \"4\"\n", OTA_E_TYPE,
		"f.yaml:1:9: number: expected a whole number from 0 to 50, found \"4\""},
	{"number: 51\n", OTA_E_RANGE,
		"f.yaml:1:9: number: expected a whole number from 0 to 50, found \"51\""},
	{"number: 0x10\n", OTA_E_TYPE,
		"f.yaml:1:9: number: expected a whole number from 0 to 50, found \"0x10\""},
	{"number: -1\n", OTA_E_TYPE,
		"f.yaml:1:9: number: expected a whole number from 0 to 50, found \"-1\""},
	{"number:\n", OTA_E_TYPE,
		"f.yaml:1:8: number: expected a whole number from 0 to 50, found nothing"},
	{"flag: yes\n", OTA_E_TYPE, "f.yaml:1:7: flag: expected true or false, found \"yes\""},
	{"flag: \"true\"\n", OTA_E_TYPE,
		"f.yaml:1:7: flag: expected true or false, found \"true\""},
	{"name:\n", OTA_E_TYPE, "f.yaml:1:6: name: expected 1 to 8 bytes of text, found nothing"},
	{"name: \"\"\n", OTA_E_RANGE,
		"f.yaml:1:7: name: expected 1 to 8 bytes of text, found \"\""},
	{"name: [a]\n", OTA_E_TYPE,
		"f.yaml:1:7: name: expected 1 to 8 bytes of text, found a list"},
	{"x-A: 1\n", OTA_E_TYPE,
		"f.yaml:1:6: \"x-A\" is no key: expected 1 to 64 of a-z 0-9 _ . -"},
	{"x-a: [{B: 1}]\n", OTA_E_TYPE,
		"f.yaml:1:11: \"B\" is no key: expected 1 to 64 of a-z 0-9 _ . -"},
};

START_TEST(findings_have_places)
{
	struct item it;
	ota_err err;

	ck_assert_int_eq(read_item(&it, typed[_i].text, &err), OTA_REFUSED);
	ck_id(err, typed[_i].id);
	ck_assert_str_eq(err.msg, typed[_i].msg);
	ck_assert_uint_eq(ota_report_failures(report), 1);
	ck_assert_uint_gt(ota_report_at(report, 0)->line, 0);
}
END_TEST

/* pad moves the end of the arena's first block, so that every allocation is once the one that fails. */
static void fail_everywhere(size_t pad)
{
	static const char text[] = "a: [1, {b: 'c'}]\nd: |\n  t\n";

	for (uint64_t n = 0;; n++) {
		struct t_failing f = {.fail_at = n};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_source *src = NULL;
		struct doc *d = NULL;
		struct arena a;
		ota_status st;

		if (ctx == NULL)
			continue;
		arena_init(&a, ctx);
		st = arena_alloc(&a, pad) == NULL ? ota_fail_nomem(&err) : OTA_OK;
		if (!st)
			st = ota_source_memory(&src, ctx, text, strlen(text), &err);
		if (!st)
			st = yaml_read(&d, &a, src, "f.yaml", NULL, &err);
		ota_source_close(src);
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

/* What the reader itself must have noticed, by a cruder look at the text. */
static bool has_duplicates(const struct doc *d)
{
	for (size_t i = 0; i < d->count; i++) {
		for (size_t k = 0; d->kind == DOC_MAP && k < i; k++)
			if (strcmp(d->keys[i], d->keys[k]) == 0)
				return true;
		if (has_duplicates(d->items[i]))
			return true;
	}
	return false;
}

/* Cases of the suite with an anchor, alias or tag, as another scanner (PyYAML's) sees them. */
static const char extras[] =
	" 26DV 2AUY 2SXE 2XXW 33X3 35KP 3GZX 3R3P 4JVG 52DL 565N 57H4 5TYM 6BFJ 6CK3 6JWB "
	"6KGN 6M2F 6WLZ 735Y 74H7 7BMT 7BUB 7FWL 8MK2 9HCY 9KAX 9WXW BU8L C4HZ CC74 CN3R "
	"CUP7 CXX2 E76Z EHF6 F2C7 FH7J FTA2 H7J7 HMQ5 J7PZ JS2J KSS4 L94M LE5A M5C3 P76L "
	"PW8X QLJ7 RZP5 S4JQ SKE5 SR86 SU74 U3C3 U3XV U99R UGM3 UKK6-02 V55R WZ62 X38W "
	"XW4D Y2GN Z67P Z9M4 ZH7C ZWK4 ";

/*
 * Cases that no YAML parser should take, and libyaml does: a comment without a
 * blank before it, an indicator as a plain scalar, flow or quotes that are not
 * indented, blanks of an empty block scalar. What they say is what people see.
 * In the order of the file.
 */
static const char taken[] = " 9C9N 9JBA CVW2 G5U8 QB6E S98Z SU5Z X4QW YJV2 ";

static bool listed(const char *words, const char *file)
{
	char word[64];

	snprintf(word, sizeof(word), " %.*s ", (int)(strlen(file) - strlen(".yaml")), file);
	return strstr(words, word) != NULL;
}

/* The invalid cases of the suite that are read, and no others: in both directions. */
START_TEST(suite_invalid)
{
	const char *dir = t_vectors();
	char path[512], name[64], found[512] = " ";
	unsigned n = 0;
	FILE *list;

	snprintf(path, sizeof(path), "%s/yaml/INVALID.txt", dir != NULL ? dir : ".");
	list = dir != NULL ? fopen(path, "r") : NULL;
	if (list == NULL) {
		t_skip("yaml-test-suite");
		return;
	}
	while (fscanf(list, "%63s", name) == 1) {
		struct doc *d = NULL;
		size_t len = 0;
		uint8_t *p;
		ota_err err;

		snprintf(path, sizeof(path), "%s/yaml/%s.yaml", dir, name);
		p = t_read_file(path, &len);
		ck_assert_ptr_nonnull(p);
		n++;
		if (read_bytes(&d, p, len, &err) == OTA_OK)
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ", name);
		free(p);
	}
	fclose(list);
	ck_assert_uint_eq(n, 94);
	ck_assert_str_eq(found, taken);
}
END_TEST

START_TEST(suite)
{
	const char *dir = t_vectors();
	unsigned files = 0, accepted = 0;
	struct dirent *e;
	char path[512];
	DIR *list;

	snprintf(path, sizeof(path), "%s/yaml", dir != NULL ? dir : ".");
	list = dir != NULL ? opendir(path) : NULL;
	if (list == NULL) {
		t_skip("yaml-test-suite");
		return;
	}
	for (e = readdir(list); e != NULL; e = readdir(list)) {
		struct doc *d = NULL;
		size_t len = 0;
		uint8_t *p;
		ota_err err;

		if (strstr(e->d_name, ".yaml") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/yaml/%s", dir, e->d_name);
		p = t_read_file(path, &len);
		ck_assert_ptr_nonnull(p);
		files++;
		if (read_bytes(&d, p, len, &err) == OTA_OK) {
			accepted++;
			ck_assert_msg(
				!has_duplicates(d) && !listed(extras, e->d_name), "%s", e->d_name);
		} else {
			ck_assert_ptr_null(d);
		}
		for (size_t cut = 0; cut < len; cut++)
			read_bytes(&d, p, cut, &err);
		free(p);
	}
	closedir(list);
	ck_assert_uint_ge(files, 402);
	ck_assert_uint_gt(accepted, 100);
}
END_TEST

TCase *tcase_yaml(void)
{
	TCase *tc = tcase_create("yaml");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tree);
	tcase_add_loop_test(tc, table, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, all_findings_at_once);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, types_come_from_the_table);
	tcase_add_loop_test(tc, findings_have_places, 0, sizeof(typed) / sizeof(*typed));
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, suite);
	tcase_add_test(tc, suite_invalid);
	return tc;
}
