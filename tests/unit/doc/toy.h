/* SPDX-License-Identifier: MIT */
/* A toy type with every kind of field, and what its tests share. */
#ifndef TEST_DOC_TOY_H
#define TEST_DOC_TOY_H

#include "unit.h"

#include <stddef.h>

#include <ota/text.h>

#include <doc/schema.h>

struct inner {
	const char *name;
	uint64_t n;
};

struct toy {
	const char *name, *note, *hash;
	uint64_t count, section;
	bool on, off;
	unsigned mode;
	int64_t when;
	struct inner in, *ptr, *list;
	size_t list_count;
	const char **tags;
	size_t tag_count;
	uint64_t twice; /* by hook: half of it is written */
	const char *path;
	uint64_t generated;
	struct xmap x;
};

static void twice_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	(void)f;
	if (d->kind == DOC_INT && d->i >= 0 && d->i < 1000)
		*(uint64_t *)member = 2 * (uint64_t)d->i;
	else
		schema_find(c, OTA_E_TYPE, d, "expected half a number");
}

static ota_status twice_write(
	struct doc **out, struct arena *a, const void *member, const struct field *f, ota_err *err)
{
	uint64_t v = *(const uint64_t *)member;

	(void)f;
	*out = v > 0 ? doc_int(a, (int64_t)v / 2) : NULL;
	return v > 0 && *out == NULL ? ota_fail_nomem(err) : OTA_OK;
}

static const struct field_hook twice_hook = {twice_read, twice_write, "{\"type\": \"integer\"}"};
static const char *const modes[] = {"slow", "normal", "fast", NULL};

static const struct field inner_fields[] = {
	{.key = "name", .type = F_ID, .off = offsetof(struct inner, name), .flags = FIELD_REQUIRED},
	{.key = "n", .type = F_U64, .off = offsetof(struct inner, n), .max = 9, .dflt = 3},
	{.key = NULL},
};
static const struct field loose_fields[] = {
	{.key = "name", .type = F_ID, .off = offsetof(struct inner, name)},
	{.key = "n", .type = F_U64, .off = offsetof(struct inner, n), .max = 9, .dflt = 3},
	{.key = NULL},
};
static const struct schema inner_schema = {
	.name = "inner", .size = sizeof(struct inner), .fields = inner_fields};
static const struct schema loose_schema = {
	.name = "loose", .size = sizeof(struct inner), .fields = loose_fields};

#define AT(m) .off = offsetof(struct toy, m)

static const struct field toy_fields[] = {
	{.key = "name", .type = F_ID, AT(name), .flags = FIELD_REQUIRED, .help = "a \"name\""},
	{.key = "note", .type = F_STR, AT(note), .min = 1, .max = 10},
	{.key = "hash", .type = F_HEX, AT(hash), .min = 4, .max = 4},
	{.key = "count", .type = F_U64, AT(count), .min = 1, .max = 100, .dflt = 7},
	{.key = "section", .type = F_U64, AT(section), .max = 255, .dflt = UINT64_MAX},
	{.key = "on", .type = F_BOOL, AT(on), .dflt = 1},
	{.key = "off", .type = F_BOOL, AT(off)},
	{.key = "mode", .type = F_ENUM, AT(mode), .names = modes, .dflt = 1},
	{.key = "when", .type = F_TIME, AT(when)},
	{.key = "in", .type = F_OBJ, AT(in), .sub = &loose_schema},
	{.key = "ptr", .type = F_OBJ, AT(ptr), .sub = &inner_schema, .flags = FIELD_PTR},
	{.key = "list",
		.type = F_LIST,
		AT(list),
		.count_off = offsetof(struct toy, list_count),
		.sub = &inner_schema,
		.max = 3},
	{.key = "tags",
		.type = F_STRS,
		AT(tags),
		.count_off = offsetof(struct toy, tag_count),
		.max = 2},
	{.key = "twice", .type = F_HOOK, AT(twice), .hook = &twice_hook},
	{.key = "path", .type = F_STR, AT(path), .flags = FIELD_SOURCE, .min = 1, .max = 9},
	{.key = "generated", .type = F_U64, AT(generated), .flags = FIELD_CANON, .max = UINT64_MAX},
	{.key = NULL},
};
static const struct schema toy_schema = {.name = "toy",
	.size = sizeof(struct toy),
	.fields = toy_fields,
	.x_keys = true,
	.x_off = offsetof(struct toy, x)};

/* Every field, none at its default. */
static const char full[] =
	"{\"count\":9,\"generated\":\"18446744073709551615\",\"hash\":\"0a1b\",\"in\":{\"n\":4},"
	"\"list\":[{\"name\":\"a\"},{\"n\":0,\"name\":\"b\"}],\"mode\":\"fast\",\"name\":\"toy-1\","
	"\"note\":\"hi\",\"off\":true,\"on\":false,\"ptr\":{\"name\":\"p\"},\"section\":0,"
	"\"tags\":[\"u\",\"v\"],\"twice\":21,\"when\":\"2026-01-31T23:59:59Z\","
	"\"x-a\":{\"deep\":[1,null,true]},\"x-b\":\"y\"}";

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

static struct doc *json(const char *text)
{
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;

	ck_ok(json_read(&d, &arena, (const uint8_t *)text, strlen(text), &err), &err);
	return d;
}

static ota_status read_toy(struct toy *t, const char *text, enum schema_form form, ota_err *err)
{
	memset(t, 0, sizeof(*t));
	*err = (ota_err)OTA_ERR_INIT;
	return schema_read(t, &toy_schema, json(text), &arena, form, "toy.json", NULL, report, err);
}

static void assert_json(struct doc *d, const char *want)
{
	ota_err err = OTA_ERR_INIT;
	struct buf b;

	buf_init(&b, t_ctx());
	ck_ok(json_write(&b, d, &err), &err);
	buf_put(&b, "", 1);
	ck_assert_str_eq((const char *)b.p, want);
	buf_fini(&b);
}

#endif
