/* SPDX-License-Identifier: MIT */
/*
 * From tree to struct, and no finding stops it: who mends a file wants to see
 * everything that is wrong with it at once.
 */
#include <doc/table.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/num.h>
#include <base/text.h>
#include <doc/find.h>

struct schema_read_ctx {
	struct arena *a;
	enum schema_form form;
	struct finds finds;
	const struct unread *unread;
	bool nomem;
	char path[256]; /* of the value being read: the subject of findings */
	size_t path_len;
};

struct arena *schema_arena(struct schema_read_ctx *c)
{
	return c->a;
}

enum schema_form schema_form(struct schema_read_ctx *c)
{
	return c->form;
}

/* Returns what pop takes back. A path that is too long is cut: it is only for people. */
static size_t push(struct schema_read_ctx *c, const char *part)
{
	size_t before = c->path_len, room = sizeof(c->path) - before;
	int n = snprintf(c->path + before, room, "%s%s", before > 0 ? "." : "", part);

	c->path_len += min_size((size_t)n, room - 1);
	return before;
}

static size_t push_index(struct schema_read_ctx *c, size_t i)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", i);
	return push(c, digits);
}

static void pop(struct schema_read_ctx *c, size_t before)
{
	c->path_len = before;
	c->path[before] = '\0';
}

/*
 * The value being read, or what is below it under key. Beyond FINDINGS_MAX it
 * is all of the document: hostile input must not fill the arena.
 */
static void note_unread(struct schema_read_ctx *c, const char *key)
{
	bool full = c->finds.count >= FINDINGS_MAX;
	struct unread *u;
	const char *path;
	size_t before;

	if (full && c->unread != NULL && c->unread->path[0] == '\0')
		return;
	before = key != NULL ? push(c, key) : c->path_len;
	u = arena_alloc(c->a, sizeof(*u));
	path = full ? "" : arena_strndup(c->a, c->path, c->path_len);
	pop(c, before);
	if (u == NULL || path == NULL) {
		c->nomem = true;
		return;
	}
	*u = (struct unread){path, c->unread};
	c->unread = u;
}

static void tell(struct schema_read_ctx *c, struct find *what)
{
	const ota_id_info *info = ota_id_find(what->id);

	if (what->id == OTA_E_NOMEM) {
		c->nomem = true;
		return;
	}
	/* lint.* is advice to an author; in a package the same thing is malformed. */
	if (c->form == SCHEMA_CANON && info != NULL && strncmp(info->name, "lint.", 5) == 0)
		what->id = OTA_E_MANIFEST;
	what->subject = c->path_len > 0 ? c->path : NULL;
	finds_add(&c->finds, what);
}

void schema_find(struct schema_read_ctx *c, ota_id id, const struct doc *d, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	note_unread(c, NULL);
	tell(c, &(struct find){.id = id, .at = d, .text = text});
}

static void tell_missing(struct schema_read_ctx *c, const char *key, const struct doc *d)
{
	char text[128];

	snprintf(text, sizeof(text), "\"%s\" is required and missing", key);
	note_unread(c, key);
	tell(c, &(struct find){.id = OTA_E_MISSING, .at = d, .text = text});
}

static void describe(char out[64], const struct doc *d)
{
	static const char *const what[] = {
		[DOC_NULL] = "null", [DOC_LIST] = "a list", [DOC_MAP] = "a map"};

	switch (d->kind) {
	case DOC_BOOL:
		snprintf(out, 64, "%s", d->b ? "true" : "false");
		break;
	case DOC_INT:
		snprintf(out, 64, "%" PRId64, d->i);
		break;
	case DOC_STR:
	case DOC_TEXT:
		if (d->kind == DOC_TEXT && d->s_len == 0)
			snprintf(out, 64, "nothing");
		else
			snprintf(out, 64, "\"%.40s\"%s", d->s, d->s_len > 40 ? "…" : "");
		break;
	default:
		snprintf(out, 64, "%s", what[d->kind]);
	}
}

/* The value of d is not what belongs here; near: what it may have been meant to be, or NULL. */
static void wrong(struct schema_read_ctx *c, ota_id id, const struct doc *d, const char *expected,
	const char *near)
{
	char found[64], text[256];

	describe(found, d);
	snprintf(text, sizeof(text), "expected %s, found %s%s%s%s", expected, found,
		near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		near != NULL ? "\"?" : "");
	note_unread(c, NULL);
	tell(c, &(struct find){
			.id = id, .at = d, .expected = expected, .found = found, .text = text});
}

/* ---- scalars ---- */

static bool is_str(const struct doc *d)
{
	/* A plain YAML scalar of no length is "no value", not an empty string. */
	return d->kind == DOC_STR || (d->kind == DOC_TEXT && d->s_len > 0);
}

static bool all_hex(const struct doc *d)
{
	return strspn(d->s, "0123456789abcdef") == d->s_len;
}

static void read_str(
	struct schema_read_ctx *c, const char **out, const struct field *f, const struct doc *d)
{
	const char *unit = f->type == F_HEX ? "lowercase hex digits" : "bytes of text";
	char want[96];

	if (f->type == F_ID) {
		if (is_str(d) && text_is_id(d->s, d->s_len))
			*out = d->s;
		else
			wrong(c, OTA_E_TYPE, d,
				"a name: 1 to 64 of a-z 0-9 . _ -, a letter or digit first", NULL);
		return;
	}
	snprintf(want, sizeof(want), "%s", unit);
	if (f->max > 0 && f->min == f->max)
		snprintf(want, sizeof(want), "%" PRIu64 " %s", f->min, unit);
	else if (f->max > 0)
		snprintf(want, sizeof(want), "%" PRIu64 " to %" PRIu64 " %s", f->min, f->max, unit);
	if (!is_str(d) || (f->type == F_HEX && !all_hex(d)))
		wrong(c, OTA_E_TYPE, d, want, NULL);
	else if (d->s_len < f->min || (f->max > 0 && d->s_len > f->max))
		wrong(c, OTA_E_RANGE, d, want, NULL);
	else
		*out = d->s;
}

/* JSON has integers to 2^53-1 and beyond that strings; YAML has plain digits. */
static bool u64_of(uint64_t *out, const struct doc *d)
{
	if (d->kind == DOC_INT) {
		*out = (uint64_t)d->i;
		return d->i >= 0;
	}
	if (d->kind == DOC_TEXT)
		return text_u64(out, d->s, d->s_len, UINT64_MAX);
	return d->kind == DOC_STR && text_u64(out, d->s, d->s_len, UINT64_MAX) &&
	       *out > (uint64_t)DOC_INT_MAX;
}

static void read_u64(
	struct schema_read_ctx *c, uint64_t *out, const struct field *f, const struct doc *d)
{
	char want[96];
	uint64_t v = 0;

	snprintf(want, sizeof(want), "a whole number from %" PRIu64 " to %" PRIu64, f->min,
		field_max(f));
	if (!u64_of(&v, d))
		wrong(c, d->kind == DOC_INT ? OTA_E_RANGE : OTA_E_TYPE, d, want, NULL);
	else if (v < f->min || v > field_max(f))
		wrong(c, OTA_E_RANGE, d, want, NULL);
	else
		*out = v;
}

static void read_bool(struct schema_read_ctx *c, bool *out, const struct doc *d)
{
	bool yes = d->kind == DOC_TEXT && strcmp(d->s, "true") == 0;

	if (d->kind == DOC_BOOL)
		*out = d->b;
	else if (yes || (d->kind == DOC_TEXT && strcmp(d->s, "false") == 0))
		*out = yes;
	else
		wrong(c, OTA_E_TYPE, d, "true or false", NULL);
}

static void read_enum(
	struct schema_read_ctx *c, unsigned *out, const struct field *f, const struct doc *d)
{
	char want[160] = "one of";
	unsigned n = 0;

	for (; f->names[n] != NULL; n++) {
		size_t len = strlen(want);

		if (is_str(d) && strcmp(d->s, f->names[n]) == 0) {
			*out = n;
			return;
		}
		snprintf(want + len, sizeof(want) - len, "%s %s", n > 0 ? "," : "", f->names[n]);
	}
	wrong(c, OTA_E_TYPE, d, want, is_str(d) ? ota_nearest(d->s, f->names, n) : NULL);
}

static void read_time(struct schema_read_ctx *c, int64_t *out, const struct doc *d)
{
	if (!is_str(d) || !ota_time_parse(out, d->s))
		wrong(c, OTA_E_TYPE, d, "a time such as 2026-01-31T23:59:59Z", NULL);
}

/* ---- lists and objects ---- */

static void read_obj(
	struct schema_read_ctx *c, void *obj, const struct schema *s, const struct doc *d);

static bool list_fits(struct schema_read_ctx *c, const struct field *f, const struct doc *d)
{
	char want[96];

	if (f->max > 0)
		snprintf(want, sizeof(want), "a list of %" PRIu64 " to %" PRIu64 " items", f->min,
			f->max);
	else
		snprintf(want, sizeof(want), "a list of at least %" PRIu64 " items", f->min);
	if (d->kind != DOC_LIST) {
		wrong(c, OTA_E_TYPE, d, want, NULL);
		return false;
	}
	if (d->count >= f->min && (f->max == 0 || d->count <= f->max))
		return true;
	schema_find(c, OTA_E_RANGE, d, "expected %s, found %zu", want, d->count);
	return false;
}

static void read_list(
	struct schema_read_ctx *c, void *obj, const struct field *f, const struct doc *d)
{
	size_t size = f->type == F_LIST ? f->sub->size : sizeof(const char *);
	struct field item = {.type = F_STR, .min = 1};
	char *items;

	if (!list_fits(c, f, d))
		return;
	items = arena_array(c->a, d->count, size);
	if (items == NULL) {
		c->nomem = true;
		return;
	}
	for (size_t i = 0; i < d->count; i++) {
		size_t before = push_index(c, i);
		void *at = items + i * size;

		if (f->type == F_LIST)
			read_obj(c, at, f->sub, d->items[i]);
		else
			read_str(c, (const char **)at, &item, d->items[i]);
		pop(c, before);
	}
	*(void **)(void *)((char *)obj + f->off) = items;
	*(size_t *)(void *)((char *)obj + f->count_off) = d->count;
}

static void read_sub(struct schema_read_ctx *c, void *m, const struct field *f, const struct doc *d)
{
	void *sub = m;

	if ((f->flags & FIELD_PTR) != 0) {
		sub = arena_alloc(c->a, f->sub->size);
		if (sub == NULL) {
			c->nomem = true;
			return;
		}
		*(void **)m = sub;
	}
	read_obj(c, sub, f->sub, d);
}

static void read_value(
	struct schema_read_ctx *c, void *obj, const struct field *f, const struct doc *d)
{
	void *m = (char *)obj + f->off;

	switch (f->type) {
	case F_STR:
	case F_ID:
	case F_HEX:
		read_str(c, m, f, d);
		break;
	case F_U64:
		read_u64(c, m, f, d);
		break;
	case F_BOOL:
		read_bool(c, m, d);
		break;
	case F_ENUM:
		read_enum(c, m, f, d);
		break;
	case F_TIME:
		read_time(c, m, d);
		break;
	case F_OBJ:
		read_sub(c, m, f, d);
		break;
	case F_LIST:
	case F_STRS:
		read_list(c, obj, f, d);
		break;
	case F_HOOK:
		f->hook->read(c, m, f, d);
		break;
	}
}

/* One representation: what the writer leaves out must not be there. */
static void refuse_default(
	struct schema_read_ctx *c, const void *obj, const struct field *f, const struct doc *d)
{
	bool same = field_is_default(obj, f);
	struct doc *written = NULL;
	ota_status st;

	if (f->type == F_OBJ || f->type == F_LIST || f->type == F_STRS) {
		same = d->count == 0;
	} else if (f->type == F_HOOK) {
		st = field_write(&written, c->a, f, obj, WRITE_CANON, NULL);
		if (st == OTA_NOMEM)
			c->nomem = true;
		same = !st && written == NULL;
	}
	if (same)
		schema_find(c, OTA_E_MANIFEST, d, "equals its default and must be left out");
}

static void read_field(
	struct schema_read_ctx *c, void *obj, const struct field *f, const struct doc *d)
{
	size_t before = push(c, f->key), known = c->finds.count;

	read_value(c, obj, f, d);
	if (c->form == SCHEMA_CANON && (f->flags & FIELD_REQUIRED) == 0 &&
		c->finds.count == known && !c->nomem)
		refuse_default(c, obj, f, d);
	pop(c, before);
}

/* x- values go into the canonical form as they are, so their keys must fit it. */
static void check_keys(struct schema_read_ctx *c, const char *key, const struct doc *d)
{
	char text[160];

	if (key != NULL && !doc_is_key(key, strlen(key))) {
		snprintf(text, sizeof(text),
			"\"%.64s\" is no key: expected 1 to 64 of a-z 0-9 _ . -", key);
		tell(c, &(struct find){.id = OTA_E_TYPE, .at = d, .text = text});
	}
	for (size_t i = 0; i < d->count; i++)
		check_keys(c, d->kind == DOC_MAP ? d->keys[i] : NULL, d->items[i]);
}

static void unknown_key(
	struct schema_read_ctx *c, const struct schema *s, const struct doc *d, size_t i)
{
	const char *near = table_nearest(s, d->keys[i], c->form);
	const struct doc *at = d->key_marks != NULL ? d->key_marks[i] : d->items[i];
	char text[256];

	if (near != NULL)
		snprintf(text, sizeof(text), "unknown key \"%.64s\"; did you mean \"%s\"?",
			d->keys[i], near);
	else
		snprintf(text, sizeof(text), "unknown key \"%.64s\"", d->keys[i]);
	tell(c, &(struct find){.id = OTA_E_UNKNOWN_KEY,
			.at = at,
			.expected = near,
			.found = d->keys[i],
			.text = text});
}

static void read_keys(
	struct schema_read_ctx *c, void *obj, const struct schema *s, const struct doc *d)
{
	struct doc *x = s->x_keys ? doc_map(c->a, d->count) : NULL;

	if (s->x_keys && x == NULL)
		c->nomem = true;
	for (size_t i = 0; i < d->count && !c->nomem; i++) {
		const struct field *f = table_find(s, d->keys[i], c->form);

		if (f != NULL) {
			read_field(c, obj, f, d->items[i]);
		} else if (s->x_keys && is_x_key(d->keys[i])) {
			check_keys(c, d->keys[i], d->items[i]);
			doc_put(x, d->keys[i], d->items[i]);
		} else {
			unknown_key(c, s, d, i);
		}
	}
	if (x != NULL && x->count > 0)
		((struct xmap *)(void *)((char *)obj + s->x_off))->map = x;
}

/* Recursion over tables and a tree that is at most DOC_DEPTH_MAX deep. */
static void read_obj(
	struct schema_read_ctx *c, void *obj, const struct schema *s, const struct doc *d)
{
	table_defaults(obj, s);
	if (d->kind != DOC_MAP) {
		wrong(c, OTA_E_TYPE, d, "a map of keys and values", NULL);
		return;
	}
	read_keys(c, obj, s, d);
	table_likes(obj, s, d);
	for (const struct field *f = s->fields; f->key != NULL; f++)
		if ((f->flags & FIELD_REQUIRED) != 0 && field_in_form(f, c->form) &&
			doc_get(d, f->key) == NULL)
			tell_missing(c, f->key, d);
}

ota_status schema_read(void *obj, const struct schema *s, const struct doc *d, struct arena *a,
	enum schema_form form, const char *name, const struct unread **unread, ota_report *rep,
	ota_err *err)
{
	struct schema_read_ctx c = {.a = a,
		.form = form,
		.finds = {.name = name != NULL ? name : s->name, .rep = rep, .err = err}};

	read_obj(&c, obj, s, d);
	if (unread != NULL)
		*unread = c.unread;
	return c.nomem ? ota_fail_nomem(err) : c.finds.st;
}
