/* SPDX-License-Identifier: MIT */
/* A manifest as programs see it: by path, value for value. */
#include <model/check.h>

#include <stdio.h>
#include <string.h>

#include <base/num.h>
#include <model/semver.h>

static bool is_text(const struct doc *d)
{
	return d->kind == DOC_STR || d->kind == DOC_TEXT;
}

static ota_status show(struct buf *b, const struct doc *d, bool json, ota_err *err)
{
	if (json || !is_text(d))
		return json_write(b, d, err);
	buf_put(b, d->s, d->s_len);
	return buf_status(b, err);
}

ota_status manifest_tree(
	struct doc **out, struct arena *a, const ota_manifest *m, const char *path, ota_err *err)
{
	ota_manifest grouped = *m;
	ota_status st = variants_group(&grouped, a, err);

	return st ? st : schema_get(out, a, &manifest_schema, &grouped, path, err);
}

static ota_status get(const ota_manifest *m, const char *path, bool json, char *buf, size_t cap,
	size_t *len, ota_err *err)
{
	struct arena a;
	struct doc *d = NULL;
	struct buf b;
	ota_status st;

	arena_init(&a, m->arena.ctx);
	buf_init(&b, m->arena.ctx);
	st = manifest_tree(&d, &a, m, path, err);
	if (!st)
		st = show(&b, d, json, err);
	if (st)
		goto out;
	*len = b.len;
	if (cap > 0) {
		size_t n = min_size(b.len, cap - 1);

		if (n > 0)
			memcpy(buf, b.p, n);
		buf[n] = '\0';
	}
out:
	buf_fini(&b);
	arena_fini(&a);
	return st;
}

ota_status ota_manifest_get(
	const ota_manifest *m, const char *path, char *buf, size_t cap, size_t *len, ota_err *err)
{
	return get(m, path, false, buf, cap, len, err);
}

ota_status ota_manifest_get_json(
	const ota_manifest *m, const char *path, char *buf, size_t cap, size_t *len, ota_err *err)
{
	return get(m, path, true, buf, cap, len, err);
}

size_t ota_manifest_count(const ota_manifest *m, const char *path)
{
	struct arena a;
	struct doc *d = NULL;
	size_t n = 0;

	arena_init(&a, m->arena.ctx);
	if (manifest_tree(&d, &a, m, path, NULL) == OTA_OK && d->kind == DOC_LIST)
		n = d->count;
	arena_fini(&a);
	return n;
}

/* ---- every value ---- */

struct each {
	ota_value_fn *fn;
	void *arg;
	struct buf text, json;
	struct {
		const struct doc *d;
		size_t next, path_len; /* of the path that leads to d */
	} stack[DOC_DEPTH_MAX];
	unsigned depth;
	char path[DOC_DEPTH_MAX * (DOC_KEY_MAX + 1) + 1];
};

static ota_status one(struct each *e, const struct doc *d, ota_err *err)
{
	ota_status st;

	buf_clear(&e->text);
	buf_clear(&e->json);
	st = show(&e->text, d, false, err);
	if (!st)
		st = show(&e->json, d, true, err);
	buf_put(&e->text, "", 1);
	buf_put(&e->json, "", 1);
	if (!st)
		st = buf_status(&e->text, err);
	if (!st)
		st = buf_status(&e->json, err);
	if (st)
		return st;
	return e->fn(e->arg,
		&(ota_value){sizeof(ota_value), e->path, (const char *)e->text.p,
			(const char *)e->json.p},
		err);
}

/* An empty list or map is a value; the others are their items. */
static ota_status visit(struct each *e, const struct doc *d, ota_err *err)
{
	bool inner = (d->kind == DOC_LIST || d->kind == DOC_MAP) && d->count > 0;

	if (!inner)
		return one(e, d, err);
	if (e->depth == DOC_DEPTH_MAX)
		return ota_fail(err, OTA_E_LIMIT_DEPTH, "nested more than %d deep", DOC_DEPTH_MAX);
	e->stack[e->depth].d = d;
	e->stack[e->depth].next = 0;
	e->stack[e->depth].path_len = strlen(e->path);
	e->depth++;
	return OTA_OK;
}

static ota_status step(struct each *e, ota_err *err)
{
	const struct doc *d = e->stack[e->depth - 1].d;
	size_t i = e->stack[e->depth - 1].next++, len = e->stack[e->depth - 1].path_len;
	const char *dot = len > 0 ? "." : "";

	if (i == d->count) {
		e->depth--;
		return OTA_OK;
	}
	if (d->kind == DOC_MAP)
		snprintf(e->path + len, sizeof(e->path) - len, "%s%s", dot, d->keys[i]);
	else
		snprintf(e->path + len, sizeof(e->path) - len, "%s%zu", dot, i);
	return visit(e, d->items[i], err);
}

ota_status ota_manifest_each(const ota_manifest *m, ota_value_fn *fn, void *arg, ota_err *err)
{
	struct each e = {.fn = fn, .arg = arg};
	struct arena a;
	struct doc *d = NULL;
	ota_status st;

	arena_init(&a, m->arena.ctx);
	buf_init(&e.text, m->arena.ctx);
	buf_init(&e.json, m->arena.ctx);
	st = manifest_tree(&d, &a, m, "", err);
	if (!st)
		st = visit(&e, d, err);
	while (!st && e.depth > 0)
		st = step(&e, err);
	buf_fini(&e.text);
	buf_fini(&e.json);
	arena_fini(&a);
	return st;
}

int ota_manifest_order(const ota_manifest *a, const ota_manifest *b)
{
	return semver_cmp(a->version, b->version);
}
