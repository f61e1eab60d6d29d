/* SPDX-License-Identifier: MIT */
#include <doc/doc.h>

#include <inttypes.h>
#include <string.h>

struct level {
	const struct doc *d;
	const size_t *order; /* maps */
	size_t next;
};

struct writer {
	struct buf *out;
	struct arena tmp;
	size_t nodes; /* key orders */
	struct level stack[DOC_DEPTH_MAX];
	unsigned depth;
	void (*put)(struct buf *out, const char *s, size_t len); /* a string, quoted */
	bool (*is_key)(const char *s, size_t len);
	ota_err *err;
};

/* The escapes of RFC 8785 section 3.2.2.2, no others. */
static void put_string(struct buf *out, const char *s, size_t len)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	size_t plain = 0; /* bytes up to i that are not written yet */

	buf_str(out, "\"");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *at = strchr(from, c);

		if (at == NULL && c >= 0x20) {
			plain++;
			continue;
		}
		buf_put(out, s + i - plain, plain);
		plain = 0;
		if (at != NULL)
			buf_printf(out, "\\%c", to[at - from]);
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_put(out, s + len - plain, plain);
	buf_str(out, "\"");
}

/* What securesystemslib's encode_canonical escapes, and nothing else. */
static void put_olpc(struct buf *out, const char *s, size_t len)
{
	buf_str(out, "\"");
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_str(out, "\\");
		buf_put(out, s + i, 1);
	}
	buf_str(out, "\"");
}

static ota_status open_container(struct writer *w, const struct doc *d)
{
	struct level *l;

	if (w->depth == DOC_DEPTH_MAX)
		return ota_fail(
			w->err, OTA_E_LIMIT_DEPTH, "nested more than %d deep", DOC_DEPTH_MAX);
	l = &w->stack[w->depth++];
	*l = (struct level){.d = d};
	buf_str(w->out, d->kind == DOC_MAP ? "{" : "[");
	if (d->kind == DOC_LIST)
		return OTA_OK;
	l->order = doc_order(d, &w->tmp);
	return l->order != NULL ? OTA_OK : ota_fail_nomem(w->err);
}

static ota_status write_value(struct writer *w, const struct doc *d)
{
	if (w->nodes++ == DOC_NODES_MAX)
		return ota_fail(w->err, OTA_E_LIMIT_COUNT, "more than %d values in a document",
			DOC_NODES_MAX);
	switch (d->kind) {
	case DOC_NULL:
		buf_str(w->out, "null");
		break;
	case DOC_BOOL:
		buf_str(w->out, d->b ? "true" : "false");
		break;
	case DOC_INT:
		if (d->i > DOC_INT_MAX || d->i < -DOC_INT_MAX)
			return ota_fail(w->err, OTA_E_TEXT, "%" PRId64 " is beyond 2^53-1", d->i);
		buf_printf(w->out, "%" PRId64, d->i);
		break;
	case DOC_STR:
	case DOC_TEXT:
		if (!doc_is_text(d->s, d->s_len))
			return ota_fail(w->err, OTA_E_TEXT,
				"text that no document may hold: \"%.64s\"", d->s);
		w->put(w->out, d->s, d->s_len);
		break;
	case DOC_LIST:
	case DOC_MAP:
		return open_container(w, d);
	}
	return OTA_OK;
}

static ota_status write_key(struct writer *w, const struct level *l)
{
	const char *key = l->d->keys[l->order[l->next]];

	if (!w->is_key(key, strlen(key)))
		return ota_fail(
			w->err, OTA_E_TEXT, "\"%.64s\" is no key: 1 to 64 of a-z 0-9 _ . -", key);
	if (l->next > 0 && strcmp(key, l->d->keys[l->order[l->next - 1]]) == 0)
		return ota_fail(w->err, OTA_E_TEXT, "key \"%s\" stands twice in one object", key);
	w->put(w->out, key, strlen(key));
	buf_str(w->out, ":");
	return OTA_OK;
}

/* The next item of the innermost container, or its end. */
static ota_status write_next(struct writer *w)
{
	struct level *l = &w->stack[w->depth - 1];
	bool map = l->d->kind == DOC_MAP;
	ota_status st;

	if (l->next == l->d->count) {
		buf_str(w->out, map ? "}" : "]");
		w->depth--;
		return OTA_OK;
	}
	if (l->next > 0)
		buf_str(w->out, ",");
	if (map) {
		st = write_key(w, l);
		if (st)
			return st;
	}
	l->next++;
	return write_value(w, l->d->items[map ? l->order[l->next - 1] : l->next - 1]);
}

static ota_status write_tree(struct writer *w, const struct doc *d)
{
	size_t start = w->out->len;
	ota_status st;

	arena_init(&w->tmp, w->out->ctx);
	st = write_value(w, d);
	while (!st && w->depth > 0)
		st = write_next(w);
	if (!st)
		st = buf_status(w->out, w->err);
	if (st)
		w->out->len = start;
	arena_fini(&w->tmp);
	return st;
}

ota_status json_write(struct buf *out, const struct doc *d, ota_err *err)
{
	struct writer w = {.out = out, .put = put_string, .is_key = doc_is_key, .err = err};

	return write_tree(&w, d);
}

ota_status json_write_olpc(struct buf *out, const struct doc *d, ota_err *err)
{
	struct writer w = {.out = out, .put = put_olpc, .is_key = doc_is_key, .err = err};

	return write_tree(&w, d);
}

ota_status json_write_foreign(struct buf *out, const struct doc *d, ota_err *err)
{
	struct writer w = {.out = out, .put = put_string, .is_key = doc_is_text, .err = err};

	return write_tree(&w, d);
}
