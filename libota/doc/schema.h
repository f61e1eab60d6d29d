/* SPDX-License-Identifier: MIT */
/*
 * Schema tables: one table per type with a textual form. Reading, defaults,
 * canonical writing, suggestions, JSON Schema and access by path walk the
 * table; nobody parses a named field by hand.
 */
#ifndef DOC_SCHEMA_H
#define DOC_SCHEMA_H

#include <doc/doc.h>

enum field_type {
	F_STR,  /* const char *: UTF-8 text of min … max bytes, NULL if absent (so F_ID, F_HEX) */
	F_ID,   /* const char *: the id grammar */
	F_U64,  /* uint64_t in min … max */
	F_BOOL, /* bool */
	F_ENUM, /* unsigned: index into names; dflt: the default index */
	F_TIME, /* int64_t: unix seconds, OTA_TIME_NONE if absent */
	F_HEX,  /* const char *: lowercase hex digits, min … max of them */
	F_OBJ,  /* embedded struct by sub, or with FIELD_PTR a pointer to one */
	F_LIST, /* pointer to array of structs by sub + size_t count at count_off; min … max items */
	F_STRS, /* const char ** + size_t count; min … max items, each ≥ 1 byte */
	F_HOOK  /* by hook */
};

enum field_flags {
	FIELD_REQUIRED = 1,
	FIELD_PTR = 2,    /* F_OBJ: absent gives NULL */
	FIELD_SOURCE = 4, /* only in what people write (YAML) */
	FIELD_CANON = 8   /* only in the canonical form */
};

/*
 * max 0: no limit of its own (F_U64: 2^53 - 1). F_U64 with dflt > max, F_ENUM
 * with dflt beyond names: absent has no value. An embedded F_OBJ with required fields is itself required;
 * what may be absent as a whole is FIELD_PTR. An optional object or list
 * without items is the same as none: it is left out of the canonical form.
 */
struct schema;
struct field;

/* For what a table cannot say (rules, versions): doc ↔ member, findings through schema_find. */
struct schema_read_ctx;
struct field_hook {
	void (*read)(struct schema_read_ctx *c, void *member, const struct field *f,
		const struct doc *d);
	/* The member as a document node in arena a; *out NULL: equal to the default, left out. */
	ota_status (*write)(struct doc **out, struct arena *a, const void *member,
		const struct field *f, ota_err *err);
	const char *json_schema; /* the JSON Schema of the value, as text */
};

struct field {
	const char *key;
	enum field_type type;
	uint16_t flags;
	size_t off, count_off;
	size_t like; /* F_U64: absent, it is as the member there, whose key sorts before; 0: none */
	uint64_t min, max, dflt; /* dflt: F_U64, F_BOOL, F_ENUM */
	const struct schema *sub;
	const char *const *names; /* F_ENUM: NULL-terminated */
	const struct field_hook *hook;
	const char *match; /* F_LIST: paths in an item that tell it from others; NULL: its place */
	const char *help;  /* one line for JSON Schema and the manual */
};

struct schema {
	const char *name;
	size_t size;                /* of the struct */
	const struct field *fields; /* ends with key NULL; any order */
	bool x_keys;                /* keys beginning "x-" are kept in the struct xmap at x_off */
	size_t x_off;
};

/* x- keys: kept verbatim, still signed. */
struct xmap {
	const struct doc *map; /* NULL: none */
};

enum schema_form { SCHEMA_SOURCE, SCHEMA_CANON };

struct unread {
	const char *path; /* "" is all of the document */
	const struct unread *next;
};

/*
 * Fill the zeroed obj from d. Every finding goes to rep (unknown key with the
 * nearest one, wrong type, missing, duplicate, range), the first also to err.
 * SCHEMA_CANON: a field equal to its default must be absent (one representation).
 * The status is that of the first finding; in SCHEMA_CANON form lint.* ids
 * become malformed.manifest. *unread (may be NULL): the paths whose values are
 * not in obj, in a; not those of unknown keys.
 */
ota_status schema_read(void *obj, const struct schema *s, const struct doc *d, struct arena *a,
	enum schema_form form, const char *name, const struct unread **unread, ota_report *rep,
	ota_err *err);
/* Is one of them at, above or below path? A part of path that is `*` is any. */
bool unread_touches(const struct unread *u, const char *path);
/*
 * From inside hooks: report a finding at d (NULL: no place). memory.exhausted
 * is not a finding: schema_read then fails with it.
 */
void schema_find(struct schema_read_ctx *c, ota_id id, const struct doc *d, const char *fmt, ...)
	OTA_PRINTF(4, 5);
struct arena *schema_arena(struct schema_read_ctx *c);
enum schema_form schema_form(struct schema_read_ctx *c);

/* obj as a tree in canonical form, defaults left out; json_write makes the bytes. */
ota_status schema_write(
	struct doc **out, struct arena *a, const struct schema *s, const void *obj, ota_err *err);
/* The same in what people write; yaml_write makes the bytes. */
ota_status schema_write_source(
	struct doc **out, struct arena *a, const struct schema *s, const void *obj, ota_err *err);
/*
 * The member at a path such as "components.0.target.hash" as a tree, defaults
 * included; "" is all of obj. usage.field where there is none.
 */
ota_status schema_get(struct doc **out, struct arena *a, const struct schema *s, const void *obj,
	const char *path, ota_err *err);
enum change { CHANGE_NONE, CHANGE_ADDED, CHANGE_REMOVED, CHANGE_VALUE, CHANGE_ORDER };

struct schema_change {
	enum change kind;
	const char *path;        /* until fn returns */
	const struct doc *a, *b; /* NULL: not there; of an order: the names of the items */
};
typedef ota_status schema_change_fn(void *arg, const struct schema_change *c, ota_err *err);
/*
 * What differs between two trees of schema_get, in the table's order. Items of
 * a list are matched by what tells them apart, and have that name in the path;
 * lists that no table describes are compared as what is in them. Host only.
 */
ota_status schema_diff(const struct schema *s, const struct doc *a, const struct doc *b,
	struct arena *arena, schema_change_fn *fn, void *arg, ota_err *err);
/* A path that schema_diff can give begins like this. Host only. */
bool schema_has_path(const struct schema *s, const char *path);
/* JSON Schema (draft 2020-12) of either form. Host only. */
ota_status schema_export(
	struct buf *out, const struct schema *s, enum schema_form form, ota_err *err);

#endif
