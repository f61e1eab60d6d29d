/* SPDX-License-Identifier: MIT */
/*
 * A parsed document: a tree in an arena, with positions. JSON gives typed
 * scalars; YAML gives text only, and the schema gives the type.
 */
#ifndef DOC_DOC_H
#define DOC_DOC_H

#include <ota/io.h>

#include <base/arena.h>
#include <base/buf.h>

enum doc_kind { DOC_NULL, DOC_BOOL, DOC_INT, DOC_STR, DOC_TEXT, DOC_LIST, DOC_MAP };

/* DOC_STR: a JSON string or a quoted YAML scalar. DOC_TEXT: a plain YAML scalar. */
struct doc {
	enum doc_kind kind;
	bool b;
	int64_t i;
	const char *s; /* NUL-terminated, no NUL inside */
	size_t s_len;
	size_t count;
	struct doc **items;     /* LIST, MAP */
	const char **keys;      /* MAP, source order */
	struct doc **key_marks; /* MAP, YAML: position of each key; NULL for JSON */
	uint64_t off;
	uint32_t line, col; /* from 1; 0 for JSON read from a package */
};

#define DOC_DEPTH_MAX 16
#define DOC_NODES_MAX 20000

/* The largest integer that every JSON reader keeps: 2^53 - 1. */
#define DOC_INT_MAX INT64_C(9007199254740991)
#define DOC_KEY_MAX 64

/* The item of a map, or NULL. */
struct doc *doc_get(const struct doc *map, const char *key);
/*
 * The value at a path such as "components.0.name"; "" is root itself. A key may
 * hold dots: the longest that fits wins. usage.field with the nearest key.
 */
ota_status doc_at(struct doc **out, struct doc *root, const char *path, ota_err *err);
/* [a-z0-9_.-]{1,64} */
bool doc_is_key(const char *s, size_t len);
/* Text as formats/manifest.md section 3 has it: what a string may hold. */
bool doc_is_text(const char *s, size_t len);
bool doc_is_char(uint32_t cp);

/*
 * Trees made by hand, for hooks and writers. All give NULL when out of memory;
 * s is borrowed. A list or map has room for cap items.
 */
struct doc *doc_new(struct arena *a, enum doc_kind kind);
struct doc *doc_str(struct arena *a, const char *s);
struct doc *doc_int(struct arena *a, int64_t i);
struct doc *doc_bool(struct arena *a, bool b);
struct doc *doc_list(struct arena *a, size_t cap);
struct doc *doc_map(struct arena *a, size_t cap);
void doc_add(struct doc *list, struct doc *item);
void doc_put(struct doc *map, const char *key, struct doc *item);
/*
 * Changes of a tree, however it came about (edit.c); false when out of memory.
 * Keys and items are borrowed.
 */
bool doc_set(struct doc *map, struct arena *a, const char *key, struct doc *item);
bool doc_push(struct doc *list, struct arena *a, struct doc *item);
/* Take item index out of a list or map; the others keep their order. */
void doc_drop(struct doc *d, size_t index);
/* The place of a string in a list of them, or of a key in a map; count when it is not there. */
size_t doc_index(const struct doc *d, const char *s);
/* The indices of map's items by key in byte order, equal keys in source order; NULL: no memory. */
size_t *doc_order(const struct doc *map, struct arena *a);

/*
 * Strict JSON (RFC 8259, further restricted as in formats/manifest.md section
 * 3): integers only, no duplicate keys, no trailing bytes. malformed.json,
 * limit.depth, limit.count.
 */
ota_status json_read(struct doc **out, struct arena *a, const uint8_t *p, size_t len, ota_err *err);
/*
 * RFC 8785 restricted ("OCJ"). Keys are sorted on the way out; DOC_TEXT is a
 * string. malformed.text for what json_read would refuse. Appends; on failure
 * out is as before.
 */
ota_status json_write(struct buf *out, const struct doc *d, ota_err *err);
/*
 * The same tree in TUF's canonical form ("OLPC"): strings as they are but for
 * \" and \\, so that a PEM key puts a raw newline into the bytes. What is
 * signed of a TUF document; no JSON reader need take it.
 */
ota_status json_write_olpc(struct buf *out, const struct doc *d, ota_err *err);
/* As json_write, for formats of others: a key is any text. No document of ours. */
ota_status json_write_foreign(struct buf *out, const struct doc *d, ota_err *err);
/* json_read, and re-serialised it is the same bytes: malformed.canonical. */
ota_status json_read_canonical(
	struct doc **out, struct arena *a, const uint8_t *p, size_t len, ota_err *err);

/*
 * The YAML subset of formats/manifest.md section 1, ≤ 256 KiB. name stands in
 * findings; all go to rep, the first also to err. Host only. malformed.yaml,
 * lint.duplicate, lint.type (text no string may hold), limit.*.
 */
ota_status yaml_read(struct doc **out, struct arena *a, ota_source *src, const char *name,
	ota_report *rep, ota_err *err);

/*
 * As that reader reads it again, in block style, keys in the tree's order; all
 * text that could be taken for anything else is quoted. Appends. Host only.
 */
ota_status yaml_write(struct buf *out, const struct doc *d, ota_err *err);
/* One scalar of it, on one line. */
void yaml_write_text(struct buf *out, const char *s, size_t len);

#endif
