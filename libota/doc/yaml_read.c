/* SPDX-License-Identifier: MIT */
/*
 * Events, not libyaml's document loader: that resolves aliases (a bomb of nine
 * lines fills the memory) and keeps duplicate keys silently. Every scalar is
 * text; the schema gives it its type.
 */
#include <doc/doc.h>

#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include <base/kind.h>
#include <base/num.h>
#include <base/source.h>
#include <doc/build.h>
#include <doc/find.h>

#define YAML_BYTES_MAX (256U * 1024)

struct yaml {
	yaml_parser_t p;
	struct doc_build b;
	struct finds finds;
	bool documents; /* one has begun */
	ota_err *err;
};

static void place(struct doc *d, const yaml_mark_t *m)
{
	d->off = m->index;
	d->line = u32_of_u64(m->line + 1);
	d->col = u32_of_u64(m->column + 1);
}

static void refuse(struct yaml *y, ota_id id, const yaml_mark_t *m, const char *text)
{
	struct doc at = {.kind = DOC_NULL};

	place(&at, m);
	finds_add(&y->finds, &(struct find){.id = id, .at = &at, .text = text});
}

/* The structure cannot be followed further: y has a finding, and this is its status. */
static ota_status give_up(struct yaml *y, ota_id id, const yaml_mark_t *m, const char *text)
{
	refuse(y, id, m, text);
	return y->finds.st;
}

static ota_status syntax_error(struct yaml *y)
{
	char text[160];
	yaml_mark_t m = y->p.problem_mark;

	if (y->p.error == YAML_MEMORY_ERROR)
		return ota_fail_nomem(y->err);
	if (y->p.error == YAML_READER_ERROR)
		m = y->p.mark;
	snprintf(text, sizeof(text), "not YAML: %s%s%s",
		y->p.problem != NULL ? y->p.problem : "syntax error",
		y->p.context != NULL ? " " : "", y->p.context != NULL ? y->p.context : "");
	return give_up(y, OTA_E_YAML, &m, text);
}

/* What could mean something else than it says: everybody can see what is in a file without it. */
static void refuse_extras(
	struct yaml *y, const yaml_event_t *ev, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		refuse(y, OTA_E_YAML, &ev->start_mark,
			"anchors are not allowed: write the value out");
	if (tag != NULL)
		refuse(y, OTA_E_YAML, &ev->start_mark,
			"tags are not allowed: the schema gives the type, drop the '!…'");
}

static ota_status add(struct doc **out, struct yaml *y, enum doc_kind kind, const yaml_event_t *ev)
{
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	if (build_wants_key(&y->b))
		return give_up(
			y, OTA_E_YAML, &ev->start_mark, "a key must be a word, not a list or map");
	st = build_add(out, &y->b, kind, 0, &err);
	if (st == OTA_NOMEM)
		return ota_fail_nomem(y->err);
	if (st)
		return give_up(y, err.id, &ev->start_mark, err.msg);
	place(*out, &ev->start_mark);
	return OTA_OK;
}

static ota_status add_key(struct yaml *y, const yaml_event_t *ev, const char *s)
{
	struct doc *mark = doc_new(y->b.a, DOC_NULL);

	if (mark == NULL)
		return ota_fail_nomem(y->err);
	place(mark, &ev->start_mark);
	if (*s == '\0')
		refuse(y, OTA_E_YAML, &ev->start_mark, "a key is empty");
	if (strcmp(s, "<<") == 0)
		refuse(y, OTA_E_YAML, &ev->start_mark,
			"merge keys are not allowed: write the keys out");
	build_key(&y->b, s, mark);
	return OTA_OK;
}

static ota_status on_scalar(struct yaml *y, const yaml_event_t *ev)
{
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *value = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	struct doc *d = NULL;
	ota_status st;
	char *s;

	refuse_extras(y, ev, ev->data.scalar.anchor, ev->data.scalar.tag);
	if (!doc_is_text(value, len)) {
		refuse(y, OTA_E_TYPE, &ev->start_mark,
			"text may hold no NUL, noncharacter or text direction override");
		len = 0;
	}
	s = arena_strndup(y->b.a, value, len);
	if (s == NULL)
		return ota_fail_nomem(y->err);
	if (build_wants_key(&y->b))
		return add_key(y, ev, s);
	st = add(&d, y, plain ? DOC_TEXT : DOC_STR, ev);
	if (st)
		return st;
	d->s = s;
	d->s_len = len;
	return OTA_OK;
}

/* An empty text stands in its place, so that the rest of the file is still read. */
static ota_status on_alias(struct yaml *y, const yaml_event_t *ev)
{
	struct doc *d = NULL;
	ota_status st;

	refuse(y, OTA_E_YAML, &ev->start_mark, "aliases are not allowed: write the value out");
	st = add(&d, y, DOC_TEXT, ev);
	if (st)
		return st;
	d->s = "";
	return OTA_OK;
}

static ota_status on_document(struct yaml *y, const yaml_event_t *ev)
{
	if (y->documents)
		return give_up(
			y, OTA_E_YAML, &ev->start_mark, "more than one document in the file");
	y->documents = true;
	if (ev->data.document_start.version_directive != NULL ||
		ev->data.document_start.tag_directives.start !=
			ev->data.document_start.tag_directives.end)
		refuse(y, OTA_E_YAML, &ev->start_mark, "directives (%YAML, %TAG) are not allowed");
	return OTA_OK;
}

static ota_status on_end(struct yaml *y)
{
	struct doc *d = NULL;
	const size_t *o;
	char text[128];
	ota_status st;

	st = build_close(&d, &y->b, y->err);
	if (st || d->kind != DOC_MAP)
		return st;
	o = doc_order(d, y->b.a);
	if (o == NULL)
		return ota_fail_nomem(y->err);
	for (size_t i = 1; i < d->count; i++) {
		const struct doc *first = d->key_marks[o[i - 1]], *again = d->key_marks[o[i]];

		if (strcmp(d->keys[o[i - 1]], d->keys[o[i]]) != 0)
			continue;
		snprintf(text, sizeof(text), "key \"%.64s\" stands twice, first in line %u",
			d->keys[o[i]], first->line);
		finds_add(&y->finds,
			&(struct find){.id = OTA_E_DUPLICATE, .at = again, .text = text});
	}
	return OTA_OK;
}

static ota_status on_event(struct yaml *y, const yaml_event_t *ev)
{
	struct doc *d = NULL;

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(y, ev);
	case YAML_ALIAS_EVENT:
		return on_alias(y, ev);
	case YAML_SCALAR_EVENT:
		return on_scalar(y, ev);
	case YAML_SEQUENCE_START_EVENT:
		refuse_extras(y, ev, ev->data.sequence_start.anchor, ev->data.sequence_start.tag);
		return add(&d, y, DOC_LIST, ev);
	case YAML_MAPPING_START_EVENT:
		refuse_extras(y, ev, ev->data.mapping_start.anchor, ev->data.mapping_start.tag);
		return add(&d, y, DOC_MAP, ev);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(y);
	default:
		return OTA_OK;
	}
}

/* YAML indents with blanks; libyaml lets a tab pass inside flow collections and quotes. */
static void refuse_tabs(struct yaml *y, const uint8_t *p, size_t len)
{
	yaml_mark_t m = {0};
	bool begins = true;

	for (size_t i = 0; i < len; i++) {
		size_t text = i;

		while (begins && p[i] == '\t' && text < len && (p[text] == '\t' || p[text] == ' '))
			text++;
		m.index = i;
		if (text > i && text < len && p[text] != '\n' && p[text] != '\r')
			refuse(y, OTA_E_YAML, &m, "a tab begins the line: indent with blanks");
		begins = p[i] == '\n';
		m.line += begins;
	}
}

static ota_status read_events(struct yaml *y)
{
	bool end = false;
	yaml_event_t ev;
	ota_status st;

	while (!end) {
		if (!yaml_parser_parse(&y->p, &ev))
			return syntax_error(y);
		end = ev.type == YAML_STREAM_END_EVENT;
		st = on_event(y, &ev);
		yaml_event_delete(&ev);
		if (st)
			return st;
	}
	if (y->b.root == NULL)
		return give_up(y, OTA_E_YAML, &y->p.mark, "the file holds no document");
	return y->finds.st;
}

static ota_status not_yaml(struct yaml *y, const uint8_t *p, size_t len)
{
	yaml_mark_t start = {0, 0, 0};
	char text[160];

	snprintf(text, sizeof(text), "not YAML: this is %s", kind_name(p, len));
	return give_up(y, OTA_E_YAML, &start, text);
}

/* st, for a source that could not be read; what is too long is named if it is no text at all. */
static ota_status name_large(struct yaml *y, ota_source *src, ota_status st)
{
	uint8_t head[KIND_HEAD];

	if (st != OTA_LIMIT || !ota_source_seekable(src) ||
		ota_source_pread(src, head, sizeof(head), 0, NULL) != OTA_OK ||
		kind_may_be_yaml(head, sizeof(head)))
		return st;
	return not_yaml(y, head, sizeof(head));
}

ota_status yaml_read(struct doc **out, struct arena *a, ota_source *src, const char *name,
	ota_report *rep, ota_err *err)
{
	struct yaml y = {.finds = {.name = name, .rep = rep, .err = err}, .err = err};
	uint8_t *bytes = NULL;
	size_t len = 0;
	ota_status st;

	st = source_slurp(&bytes, &len, a->ctx, src, YAML_BYTES_MAX, err);
	if (st)
		return name_large(&y, src, st);
	if (!kind_may_be_yaml(bytes, len)) {
		st = not_yaml(&y, bytes, len);
		goto out;
	}
	build_init(&y.b, a);
	if (!yaml_parser_initialize(&y.p)) {
		st = ota_fail_nomem(err);
		goto out;
	}
	/* Said, not guessed from a byte order mark: a file is UTF-8 or refused. */
	yaml_parser_set_encoding(&y.p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y.p, bytes, len);
	refuse_tabs(&y, bytes, len);
	st = read_events(&y);
	yaml_parser_delete(&y.p);
	if (!st)
		*out = y.b.root;
out:
	mem_free(a->ctx, bytes);
	return st;
}
