/* SPDX-License-Identifier: MIT */
/* What differs between two toys, by path. */
#include "toy.h"

static struct buf told;

static void put(const struct doc *d)
{
	ota_err err = OTA_ERR_INIT;

	if (d == NULL)
		buf_str(&told, "-");
	else
		ck_ok(json_write(&told, d, &err), &err);
}

static ota_status tell(void *arg, const struct schema_change *c, ota_err *err)
{
	static const char *const kinds[] = {"=", "+", "-", "~", "<>"};

	(void)arg;
	(void)err;
	buf_printf(&told, "%s%s ", kinds[c->kind], c->path);
	put(c->a);
	buf_str(&told, ">");
	put(c->b);
	buf_str(&told, ";");
	return OTA_OK;
}

/* The toy's own table has no list with names: this one has. */
static const char *const kinds[] = {"full", "delta", NULL};
struct part {
	unsigned kind;
	const char *from;
	uint64_t n;
};
static const struct field part_fields[] = {
	{.key = "kind", .type = F_ENUM, .off = offsetof(struct part, kind), .names = kinds},
	{.key = "from", .type = F_STR, .off = offsetof(struct part, from)},
	{.key = "n", .type = F_U64, .off = offsetof(struct part, n)},
	{.key = NULL},
};
static const struct schema part_schema = {
	.name = "part", .size = sizeof(struct part), .fields = part_fields};
struct box {
	struct part *parts;
	size_t part_count;
	struct toy toy;
};
static const struct field box_fields[] = {
	{.key = "parts",
		.type = F_LIST,
		.off = offsetof(struct box, parts),
		.count_off = offsetof(struct box, part_count),
		.sub = &part_schema,
		.match = "kind from"},
	{.key = "toy", .type = F_OBJ, .off = offsetof(struct box, toy), .sub = &toy_schema},
	{.key = NULL},
};
static const struct schema box_schema = {.name = "box",
	.size = sizeof(struct box),
	.fields = box_fields,
	.x_keys = true,
	.x_off = 0};

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *a, *b, *want;
} rows[] = {
	{"{}", "{}", ""},
	{"{'toy':{'count':1}}", "{'toy':{'count':2}}", "~toy.count 1>2;"},
	{"{'toy':{'name':'a'}}", "{'toy':{'note':'b'}}", "-toy.name 'a'>-;+toy.note ->'b';"},
	{"{'toy':{'in':{'n':1}}}", "{'toy':{'in':{'n':1},'ptr':{'n':2}}}", "+toy.ptr ->{'n':2};"},
	/* lists without a table, or without names in it */
	{"{'toy':{'tags':['u','v']}}", "{'toy':{'tags':['v','w']}}",
		"-toy.tags.0 'u'>-;+toy.tags.1 ->'w';"},
	{"{'toy':{'tags':['u','v']}}", "{'toy':{'tags':['v','u']}}",
		"<>toy.tags ['u','v']>['v','u'];"},
	{"{'toy':{'tags':['u','u']}}", "{'toy':{'tags':['u']}}", "-toy.tags.1 'u'>-;"},
	{"{'toy':{'twice':1}}", "{'toy':{'twice':2}}", "~toy.twice 1>2;"},
	/* x- keys */
	{"{'x-a':{'b':[1,{'c':2}],'d':1}}", "{'x-a':{'b':[1,{'c':3}],'e':1}}",
		"-x-a.b.1 {'c':2}>-;+x-a.b.1 ->{'c':3};-x-a.d 1>-;+x-a.e ->1;"},
	{"{'x-a':1}", "{'x-b':1}", "-x-a 1>-;+x-b ->1;"},
	{"{'x-a':1}", "{'x-a':'1'}", "~x-a 1>'1';"},
	{"{'x-a':[]}", "{'x-a':{}}", "~x-a []>{};"},
	/* by name */
	{"{'parts':[{'kind':'full','n':1}]}", "{'parts':[{'kind':'full','n':2}]}",
		"~parts.full.n 1>2;"},
	{"{'parts':[{'kind':'full','n':1}]}",
		"{'parts':[{'kind':'delta','from':'a'},{'kind':'full','n':1}]}",
		"+parts.delta-a ->{'from':'a','kind':'delta'};"},
	{"{'parts':[{'kind':'delta','from':'" H "','n':1}]}",
		"{'parts':[{'kind':'delta','from':'" H "','n':2}]}",
		"~parts.delta-0123456789ab.n 1>2;"},
	/* the first 12 digits are what is shown, not what is compared */
	{"{'parts':[{'kind':'delta','from':'" H "'}]}",
		"{'parts':[{'kind':'delta','from':'0123456789ab" H "'}]}",
		"-parts.delta-0123456789ab {'from':'" H "','kind':'delta'}>-;"
		"+parts.delta-0123456789ab ->{'from':'0123456789ab" H "','kind':'delta'};"},
	{"{'parts':[{'kind':'full'},{'kind':'full','n':1}]}",
		"{'parts':[{'kind':'full'},{'kind':'full','n':2}]}", "~parts.full#2.n 1>2;"},
	{"{'parts':[{'kind':'full'},{'kind':'full'}]}", "{'parts':[{'kind':'full'}]}",
		"-parts.full#2 {'kind':'full'}>-;"},
	{"{'parts':[{'kind':'full'},{'kind':'delta'}]}",
		"{'parts':[{'kind':'delta'},{'kind':'full'}]}",
		"<>parts ['full','delta']>['delta','full'];"},
	/* without a word it is its place */
	{"{'parts':[{'n':1}]}", "{'parts':[{'n':2}]}", "~parts.0.n 1>2;"},
	{"{'parts':[{'kind':{'not':1}}]}", "{'parts':[{'kind':{'not':2}}]}",
		"-parts.0 {'kind':{'not':1}}>-;+parts.0 ->{'kind':{'not':2}};"},
};

static struct doc *quoted(const char *text)
{
	char *copy = arena_strndup(&arena, text, strlen(text));

	for (char *p = copy; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	return json(copy);
}

START_TEST(differences)
{
	ota_err err = OTA_ERR_INIT;

	buf_init(&told, t_ctx());
	ck_ok(schema_diff(&box_schema, quoted(rows[_i].a), quoted(rows[_i].b), &arena, tell, NULL,
		      &err),
		&err);
	buf_put(&told, "", 1);
	for (uint8_t *p = told.p; *p != '\0'; p++)
		*p = *p == '"' ? '\'' : *p;
	ck_assert_str_eq((const char *)told.p, rows[_i].want);
	buf_fini(&told);
}
END_TEST

START_TEST(of_structs)
{
	struct doc *a = NULL, *b = NULL;
	ota_err err = OTA_ERR_INIT;
	struct toy t;

	ck_ok(read_toy(&t, full, SCHEMA_CANON, &err), &err);
	ck_ok(schema_get(&a, &arena, &toy_schema, &t, "", &err), &err);
	t.count = 10;
	t.list_count = 1;
	ck_ok(schema_get(&b, &arena, &toy_schema, &t, "", &err), &err);
	assert_json(doc_get(b, "count"), "10");
	buf_init(&told, t_ctx());
	ck_ok(schema_diff(&toy_schema, a, b, &arena, tell, NULL, &err), &err);
	buf_put(&told, "", 1);
	ck_assert_str_eq((const char *)told.p, "~count 9>10;-list.1 {\"n\":0,\"name\":\"b\"}>-;");
	buf_fini(&told);
}
END_TEST

static ota_status stop(void *arg, const struct schema_change *c, ota_err *err)
{
	(void)c;
	++*(int *)arg;
	return ota_fail(err, OTA_E_CANCELLED, "enough");
}

START_TEST(stops)
{
	ota_err err = OTA_ERR_INIT;
	int told_n = 0;

	ck_assert_int_eq(
		schema_diff(&box_schema, quoted("{'x-a':1,'parts':[{'n':1}]}"),
			quoted("{'x-a':2,'parts':[{'n':2}]}"), &arena, stop, &told_n, &err),
		OTA_CANCELLED);
	ck_assert_int_eq(told_n, 1);
}
END_TEST

static const struct {
	const char *path;
	bool is;
} paths[] = {
	{"parts", true},
	{"parts.full", true},
	{"parts.full.n", true},
	{"parts.delta-a.b.n", true},
	{"parts.full.m", false},
	{"parts.full.n.x", false},
	{"part", false},
	{"toy", true},
	{"toy.in.n", true},
	{"toy.in.m", false},
	{"toy.tags.0", true},
	{"toy.twice.anything", true},
	{"toy.count.x", false},
	{"toy.path", false},
	{"toy.x-a.b", true},
	{"x-a", true},
	{"", false},
	{".", false},
	{"parts.", false},
	{"parts..n", true},
};

START_TEST(has_path)
{
	ck_assert_msg(
		schema_has_path(&box_schema, paths[_i].path) == paths[_i].is, "%s", paths[_i].path);
}
END_TEST

TCase *tcase_schema_diff(void)
{
	TCase *tc = tcase_create("schema_diff");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, differences, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, of_structs);
	tcase_add_test(tc, stops);
	tcase_add_loop_test(tc, has_path, 0, sizeof(paths) / sizeof(*paths));
	return tc;
}
