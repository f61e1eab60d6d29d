/* SPDX-License-Identifier: MIT */
/*
 * JSON Schema, draft 2020-12. Written as text, not through json_write: its
 * keywords ("$schema", "minLength") are no keys of ours, and people read it.
 */
#include <doc/table.h>

#include <inttypes.h>

struct export
{
	struct buf *out;
	enum schema_form form;
	unsigned depth;
	bool first; /* nothing stands in the current object or list yet */
};

static void newline(struct export *e)
{
	buf_str(e->out, "\n");
	buf_fill(e->out, ' ', (size_t)2 * e->depth);
}

static void next(struct export *e)
{
	if (!e->first)
		buf_str(e->out, ",");
	e->first = false;
	newline(e);
}

static void text(struct export *e, const char *s)
{
	buf_str(e->out, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_str(e->out, "\\");
		buf_put(e->out, s, 1);
	}
	buf_str(e->out, "\"");
}

static void key(struct export *e, const char *k)
{
	next(e);
	text(e, k);
	buf_str(e->out, ": ");
}

static void put(struct export *e, const char *k, const char *value)
{
	key(e, k);
	text(e, value);
}

static void put_u64(struct export *e, const char *k, uint64_t v)
{
	key(e, k);
	buf_printf(e->out, "%" PRIu64, v);
}

static void enter(struct export *e, const char *bracket)
{
	buf_str(e->out, bracket);
	e->depth++;
	e->first = true;
}

static void leave(struct export *e, const char *bracket)
{
	e->depth--;
	if (!e->first)
		newline(e);
	buf_str(e->out, bracket);
	e->first = false;
}

static void range(struct export *e, const char *min_key, const char *max_key, const struct field *f)
{
	if (f->min > 0)
		put_u64(e, min_key, f->min);
	if (f->max > 0)
		put_u64(e, max_key, f->max);
}

static void export_number(struct export *e, const struct field *f)
{
	put(e, "type", "integer");
	put_u64(e, "minimum", f->min);
	put_u64(e, "maximum", field_max(f));
	if ((f->flags & FIELD_REQUIRED) == 0 && f->like == 0 && f->dflt <= field_max(f))
		put_u64(e, "default", f->dflt);
}

static void export_bool(struct export *e, const struct field *f)
{
	put(e, "type", "boolean");
	if ((f->flags & FIELD_REQUIRED) != 0)
		return;
	key(e, "default");
	buf_str(e->out, f->dflt != 0 ? "true" : "false");
}

static void export_enum(struct export *e, const struct field *f)
{
	key(e, "enum");
	enter(e, "[");
	for (size_t i = 0; f->names[i] != NULL; i++) {
		next(e);
		text(e, f->names[i]);
	}
	leave(e, "]");
	if ((f->flags & FIELD_REQUIRED) == 0 && enum_has_default(f))
		put(e, "default", f->names[f->dflt]);
}

static void export_string(struct export *e, const struct field *f, const char *pattern)
{
	put(e, "type", "string");
	if (f->type == F_STR || f->type == F_HEX)
		range(e, "minLength", "maxLength", f);
	if (pattern != NULL)
		put(e, "pattern", pattern);
}

static void export_fields(struct export *e, const struct schema *s);

static void export_list(struct export *e, const struct field *f)
{
	put(e, "type", "array");
	range(e, "minItems", "maxItems", f);
	key(e, "items");
	enter(e, "{");
	if (f->type == F_LIST) {
		export_fields(e, f->sub);
	} else {
		put(e, "type", "string");
		put_u64(e, "minLength", 1);
	}
	leave(e, "}");
}

static void export_value(struct export *e, const struct field *f)
{
	switch (f->type) {
	case F_STR:
		export_string(e, f, NULL);
		break;
	case F_ID:
		export_string(e, f, "^[a-z0-9][a-z0-9._-]{0,63}$");
		break;
	case F_HEX:
		export_string(e, f, "^[0-9a-f]*$");
		break;
	case F_TIME:
		export_string(e, f, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$");
		break;
	case F_U64:
		export_number(e, f);
		break;
	case F_BOOL:
		export_bool(e, f);
		break;
	case F_ENUM:
		export_enum(e, f);
		break;
	case F_OBJ:
		export_fields(e, f->sub);
		break;
	case F_LIST:
	case F_STRS:
		export_list(e, f);
		break;
	case F_HOOK:
		break;
	}
}

static void export_field(struct export *e, const struct field *f)
{
	key(e, f->key);
	if (f->type == F_HOOK) {
		buf_str(e->out, f->hook->json_schema);
		return;
	}
	enter(e, "{");
	if (f->help != NULL)
		put(e, "description", f->help);
	export_value(e, f);
	leave(e, "}");
}

static void export_required(struct export *e, const struct schema *s)
{
	bool any = false;

	for (const struct field *f = s->fields; f->key != NULL; f++) {
		if ((f->flags & FIELD_REQUIRED) == 0 || !field_in_form(f, e->form))
			continue;
		if (!any) {
			key(e, "required");
			enter(e, "[");
		}
		any = true;
		next(e);
		text(e, f->key);
	}
	if (any)
		leave(e, "]");
}

/* Recursion over tables, which are ours and a few levels deep. */
static void export_fields(struct export *e, const struct schema *s)
{
	put(e, "type", "object");
	key(e, "properties");
	enter(e, "{");
	for (const struct field *f = s->fields; f->key != NULL; f++)
		if (field_in_form(f, e->form))
			export_field(e, f);
	leave(e, "}");
	export_required(e, s);
	if (s->x_keys) {
		key(e, "patternProperties");
		buf_str(e->out, "{\"^x-\": {}}");
	}
	key(e, "additionalProperties");
	buf_str(e->out, "false");
}

ota_status schema_export(
	struct buf *out, const struct schema *s, enum schema_form form, ota_err *err)
{
	struct export e = {.out = out, .form = form};

	enter(&e, "{");
	put(&e, "$schema", "https://json-schema.org/draft/2020-12/schema");
	put(&e, "title", s->name);
	export_fields(&e, s);
	leave(&e, "}");
	buf_str(out, "\n");
	return buf_status(out, err);
}
