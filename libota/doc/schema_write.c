/* SPDX-License-Identifier: MIT */
#include <doc/table.h>

#include <inttypes.h>
#include <stdio.h>

#include <base/text.h>

static ota_status write_obj(struct doc **out, struct arena *a, const struct schema *s,
	const void *obj, enum writing how, ota_err *err);

static size_t count_of(const void *obj, const struct field *f)
{
	return *(const size_t *)(const void *)((const char *)obj + f->count_off);
}

/* Beyond 2^53-1 a number travels as a string. */
static struct doc *node_u64(struct arena *a, uint64_t v)
{
	char digits[24];
	const char *s;

	if (v <= (uint64_t)DOC_INT_MAX)
		return doc_int(a, (int64_t)v);
	s = arena_strndup(a, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, v));
	return s != NULL ? doc_str(a, s) : NULL;
}

static struct doc *node_strs(struct arena *a, const char *const *strs, size_t n)
{
	struct doc *d = doc_list(a, n);

	for (size_t i = 0; d != NULL && i < n; i++) {
		struct doc *item = doc_str(a, strs[i]);

		if (item == NULL)
			return NULL;
		doc_add(d, item);
	}
	return d;
}

static ota_status write_list(struct doc **out, struct arena *a, const struct field *f,
	const void *obj, enum writing how, ota_err *err)
{
	const char *items = *(const char *const *)(const void *)((const char *)obj + f->off);
	size_t n = count_of(obj, f);
	struct doc *d = doc_list(a, n), *item = NULL;
	ota_status st;

	if (d == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		st = write_obj(&item, a, f->sub, items + i * f->sub->size, how, err);
		if (st)
			return st;
		doc_add(d, item);
	}
	*out = d;
	return OTA_OK;
}

static ota_status write_sub(struct doc **out, struct arena *a, const struct field *f, const void *m,
	enum writing how, ota_err *err)
{
	if ((f->flags & FIELD_PTR) != 0)
		m = *(const void *const *)m;
	if (m != NULL)
		return write_obj(out, a, f->sub, m, how, err);
	*out = NULL;
	return OTA_OK;
}

static ota_status write_scalar(
	struct doc **out, struct arena *a, const struct field *f, const void *m, ota_err *err)
{
	char text[OTA_TIME_LEN + 1];
	const char *s;

	if (f->type == F_U64) {
		*out = node_u64(a, *(const uint64_t *)m);
	} else if (f->type == F_BOOL) {
		*out = doc_bool(a, *(const bool *)m);
	} else if (f->type == F_ENUM) {
		*out = doc_str(a, f->names[*(const unsigned *)m]);
	} else if (f->type == F_TIME) {
		if (!ota_time_format(text, *(const int64_t *)m))
			return ota_fail(err, OTA_E_RANGE, "a time outside the years 1970 to 9999");
		s = arena_strndup(a, text, OTA_TIME_LEN);
		*out = s != NULL ? doc_str(a, s) : NULL;
	} else {
		*out = doc_str(a, *(const char *const *)m);
	}
	return *out != NULL ? OTA_OK : ota_fail_nomem(err);
}

/* Nothing stands for a default that is no value at all: NULL, no time, a number out of range. */
static bool has_value(const void *obj, const struct field *f)
{
	return !field_is_default(obj, f) || f->type == F_BOOL ||
	       (f->type == F_ENUM && enum_has_default(f)) ||
	       (f->type == F_U64 && (f->like != 0 || f->dflt <= field_max(f)));
}

ota_status field_write(struct doc **out, struct arena *a, const struct field *f, const void *obj,
	enum writing how, ota_err *err)
{
	const void *m = (const char *)obj + f->off;
	bool keep = how == WRITE_ALL || (f->flags & FIELD_REQUIRED) != 0;
	struct doc *d = NULL;
	ota_status st = OTA_OK;

	if (f->type == F_HOOK) {
		st = f->hook->write(&d, a, m, f, err);
	} else if (f->type == F_OBJ) {
		st = write_sub(&d, a, f, m, how, err);
	} else if (f->type == F_LIST) {
		st = write_list(&d, a, f, obj, how, err);
	} else if (f->type == F_STRS) {
		d = node_strs(a, *(const char *const *const *)m, count_of(obj, f));
		st = d == NULL ? ota_fail_nomem(err) : OTA_OK;
	} else if (has_value(obj, f) && (keep || !field_is_default(obj, f))) {
		st = write_scalar(&d, a, f, m, err);
	}
	if (st)
		return st;
	if (d != NULL && !keep && f->type != F_HOOK &&
		(d->kind == DOC_LIST || d->kind == DOC_MAP) && d->count == 0)
		d = NULL;
	*out = d;
	return OTA_OK;
}

static const struct doc *xmap_of(const struct schema *s, const void *obj)
{
	if (!s->x_keys)
		return NULL;
	return ((const struct xmap *)(const void *)((const char *)obj + s->x_off))->map;
}

/* Recursion over tables, which are ours and a few levels deep. */
static ota_status write_obj(struct doc **out, struct arena *a, const struct schema *s,
	const void *obj, enum writing how, ota_err *err)
{
	const struct doc *x = xmap_of(s, obj);
	size_t cap = x != NULL ? x->count : 0;
	struct doc *map, *d = NULL;
	ota_status st;

	for (const struct field *f = s->fields; f->key != NULL; f++)
		cap++;
	map = doc_map(a, cap);
	if (map == NULL)
		return ota_fail_nomem(err);
	for (const struct field *f = s->fields; f->key != NULL; f++) {
		if (!field_in_form(f, how == WRITE_SOURCE ? SCHEMA_SOURCE : SCHEMA_CANON))
			continue;
		st = field_write(&d, a, f, obj, how, err);
		if (st)
			return ota_err_in(err, st, "%s", f->key);
		if (d != NULL)
			doc_put(map, f->key, d);
		else if ((f->flags & FIELD_REQUIRED) != 0 && how != WRITE_ALL)
			return ota_fail(
				err, OTA_E_MISSING, "%s: \"%s\" has no value", s->name, f->key);
	}
	for (size_t i = 0; x != NULL && i < x->count; i++)
		doc_put(map, x->keys[i], x->items[i]);
	*out = map;
	return OTA_OK;
}

ota_status schema_write(
	struct doc **out, struct arena *a, const struct schema *s, const void *obj, ota_err *err)
{
	return write_obj(out, a, s, obj, WRITE_CANON, err);
}

ota_status schema_write_source(
	struct doc **out, struct arena *a, const struct schema *s, const void *obj, ota_err *err)
{
	return write_obj(out, a, s, obj, WRITE_SOURCE, err);
}

ota_status schema_get(struct doc **out, struct arena *a, const struct schema *s, const void *obj,
	const char *path, ota_err *err)
{
	struct doc *all = NULL;
	ota_status st;

	st = write_obj(&all, a, s, obj, WRITE_ALL, err);
	if (st)
		return st;
	return doc_at(out, all, path, err);
}
