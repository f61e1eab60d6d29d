/* SPDX-License-Identifier: MIT */
#include <doc/doc.h>

#include <inttypes.h>
#include <string.h>

#include <base/text.h>

#define INDENT 2U

struct level {
	const struct doc *d;
	size_t next;
	size_t indent;
	bool inline_; /* its first item goes on after the dash of the list that it stands in */
};

struct writer {
	struct buf *out;
	struct level stack[DOC_DEPTH_MAX];
	unsigned depth;
	ota_err *err;
};

static bool plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("._/+@-", c) != NULL;
}

/* In whatever case. */
static bool is_word(const char *word, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && word[i] != '\0' && ((unsigned)s[i] | 0x20U) == (unsigned)word[i])
		i++;
	return i == len && word[i] == '\0';
}

/* What YAML readers that guess types take for another than text. */
static bool is_guessed(const char *s, size_t len)
{
	static const char *const words[] = {
		"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
	size_t dots = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(words[i], s, len))
			return true;
	for (size_t i = 0; i < len; i++)
		dots += s[i] == '.';
	return s[0] >= '0' && s[0] <= '9' && dots < 2;
}

/* Words that no reader takes for an indicator, whatever stands around them. */
static bool is_plain(const char *s, size_t len)
{
	if (len == 0 || strchr("._/+@-", s[0]) != NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!plain_char(s[i]))
			return false;
	return !is_guessed(s, len);
}

/* What a YAML reader refuses, folds or takes for the end of a line. */
static bool needs_escape(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029 ||
	       cp == 0xFEFF;
}

void yaml_write_text(struct buf *out, const char *s, size_t len)
{
	if (is_plain(s, len)) {
		buf_put(out, s, len);
		return;
	}
	buf_str(out, "\"");
	while (len > 0) {
		uint32_t cp = 0;
		size_t n = text_utf8_next(&cp, s, len);

		/* No tree holds what is not UTF-8. */
		n = n > 0 ? n : 1;
		if (cp == '"' || cp == '\\')
			buf_str(out, "\\");
		if (needs_escape(cp))
			buf_printf(out, "\\u%04x", (unsigned)cp);
		else
			buf_put(out, s, n);
		s += n;
		len -= n;
	}
	buf_str(out, "\"");
}

static ota_status open_level(struct writer *w, const struct doc *d, bool in_list)
{
	const struct level *up = w->depth > 0 ? &w->stack[w->depth - 1] : NULL;
	size_t indent = up != NULL ? up->indent + INDENT : 0;

	if (d->count == 0) {
		buf_printf(w->out, "%s%s\n", in_list ? "" : " ", d->kind == DOC_MAP ? "{}" : "[]");
		return OTA_OK;
	}
	if (w->depth == DOC_DEPTH_MAX)
		return ota_fail(
			w->err, OTA_E_LIMIT_DEPTH, "nested more than %d deep", DOC_DEPTH_MAX);
	if (up != NULL && !in_list)
		buf_str(w->out, "\n");
	w->stack[w->depth++] = (struct level){d, 0, indent, in_list};
	return OTA_OK;
}

/* After "key:" or "- ". */
static ota_status write_value(struct writer *w, const struct doc *d, bool in_list)
{
	if (d->kind == DOC_LIST || d->kind == DOC_MAP)
		return open_level(w, d, in_list);
	if (!in_list)
		buf_str(w->out, " ");
	if (d->kind == DOC_NULL)
		buf_str(w->out, "null");
	else if (d->kind == DOC_BOOL)
		buf_str(w->out, d->b ? "true" : "false");
	else if (d->kind == DOC_INT)
		buf_printf(w->out, "%" PRId64, d->i);
	else
		yaml_write_text(w->out, d->s, d->s_len);
	buf_str(w->out, "\n");
	return OTA_OK;
}

static ota_status write_next(struct writer *w)
{
	struct level *l = &w->stack[w->depth - 1];
	size_t i = l->next++;

	if (i == l->d->count) {
		w->depth--;
		return OTA_OK;
	}
	if (i > 0 || !l->inline_)
		buf_fill(w->out, ' ', l->indent);
	if (l->d->kind == DOC_LIST) {
		buf_str(w->out, "- ");
		return write_value(w, l->d->items[i], true);
	}
	yaml_write_text(w->out, l->d->keys[i], strlen(l->d->keys[i]));
	buf_str(w->out, ":");
	return write_value(w, l->d->items[i], false);
}

ota_status yaml_write(struct buf *out, const struct doc *d, ota_err *err)
{
	struct writer w = {.out = out, .err = err};
	size_t start = out->len;
	/* As after a dash: nothing before it. */
	ota_status st = write_value(&w, d, true);

	while (!st && w.depth > 0)
		st = write_next(&w);
	if (!st)
		st = buf_status(out, err);
	if (st)
		out->len = start;
	return st;
}
