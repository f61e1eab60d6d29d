/* SPDX-License-Identifier: MIT */
/*
 * One pass over the very bytes that were verified, at most one byte ahead. What
 * parsers are known to disagree about (duplicate keys, big numbers, lone
 * surrogates) is refused rather than settled.
 */
#include <doc/doc.h>

#include <string.h>

#include <base/bits.h>
#include <base/rd.h>
#include <base/text.h>
#include <doc/build.h>

struct reader {
	struct rd r;
	struct doc_build b;
	ota_err *err;
};

static int peek(const struct reader *j)
{
	return rd_left(&j->r) > 0 ? j->r.p[j->r.pos] : -1;
}

static ota_status bad(const struct reader *j, size_t off, const char *want)
{
	uint8_t c;

	if (off >= j->r.len)
		return ota_fail_at(j->err, OTA_E_JSON, off,
			"JSON, byte %zu: expected %s, found the end", off, want);
	c = j->r.p[off];
	if (c > 0x20 && c < 0x7f)
		return ota_fail_at(j->err, OTA_E_JSON, off,
			"JSON, byte %zu: expected %s, found '%c'", off, want, c);
	return ota_fail_at(
		j->err, OTA_E_JSON, off, "JSON, byte %zu: expected %s, found 0x%02x", off, want, c);
}

static ota_status bad_char(const struct reader *j, size_t off, uint32_t cp)
{
	return ota_fail_at(j->err, OTA_E_JSON, off,
		"JSON, byte %zu: U+%04X is not allowed in text (NUL, lone surrogates, "
		"noncharacters, "
		"direction overrides)",
		off, cp);
}

static void skip_blank(struct reader *j)
{
	int c = peek(j);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		rd_u8(&j->r);
		c = peek(j);
	}
}

/* ---- strings ---- */

static size_t utf8_put(char *out, uint32_t cp)
{
	unsigned more = cp < 0x80 ? 0 : cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
	uint8_t b[4];

	b[0] = lo8(lead[more] | cp >> (6 * more));
	for (unsigned i = 1; i <= more; i++)
		b[i] = lo8(0x80 | (cp >> (6 * (more - i)) & 0x3F));
	memcpy(out, b, more + 1);
	return more + 1;
}

static ota_status read_hex4(uint32_t *out, struct reader *j)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++) {
		int c = peek(j);

		if (c >= '0' && c <= '9')
			v = v << 4U | (uint32_t)(c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			v = v << 4U | (uint32_t)((c & 0xF) + 9);
		else
			return bad(j, j->r.pos, "a hexadecimal digit");
		rd_u8(&j->r);
	}
	*out = v;
	return OTA_OK;
}

/* Behind \u: one escape, or the two of a surrogate pair. */
static ota_status read_unicode(uint32_t *out, struct reader *j)
{
	size_t start = j->r.pos;
	uint32_t hi = 0, lo = 0;
	const uint8_t *p;
	ota_status st;

	st = read_hex4(&hi, j);
	if (st)
		return st;
	if (hi >= 0xD800 && hi <= 0xDBFF) {
		p = rd_left(&j->r) >= 2 ? rd_bytes(&j->r, 2) : NULL;
		if (p == NULL || memcmp(p, "\\u", 2) != 0)
			return bad_char(j, start, hi);
		st = read_hex4(&lo, j);
		if (st)
			return st;
		if (lo < 0xDC00 || lo > 0xDFFF)
			return bad_char(j, start, hi);
		hi = 0x10000 + ((hi & 0x3FF) << 10U) + (lo & 0x3FF);
	}
	*out = hi;
	return OTA_OK;
}

static ota_status read_escape(uint32_t *out, struct reader *j)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int c;

	rd_u8(&j->r);
	c = peek(j);
	if (c == 'u') {
		rd_u8(&j->r);
		return read_unicode(out, j);
	}
	at = c > 0 ? strchr(from, c) : NULL;
	if (at == NULL)
		return bad(j, j->r.pos, "an escape of JSON");
	rd_u8(&j->r);
	*out = lo8((unsigned char)to[at - from]);
	return OTA_OK;
}

static ota_status read_char(uint32_t *out, struct reader *j)
{
	size_t start = j->r.pos, n;
	uint32_t cp = 0;
	ota_status st;

	if (peek(j) == '\\') {
		st = read_escape(&cp, j);
		if (st)
			return st;
	} else {
		if (peek(j) < 0x20)
			return bad(j, start, "no bare control character in a string");
		n = text_utf8_next(&cp, (const char *)j->r.p + start, rd_left(&j->r));
		if (n == 0)
			return bad(j, start, "well-formed UTF-8");
		rd_bytes(&j->r, n);
	}
	if (!doc_is_char(cp))
		return bad_char(j, start, cp);
	*out = cp;
	return OTA_OK;
}

/* How far the closing quote is: the text is never longer than its source. */
static bool string_span(size_t *out, const struct rd *r)
{
	for (size_t i = r->pos; i < r->len; i++) {
		if (r->p[i] == '"') {
			*out = i - r->pos;
			return true;
		}
		if (r->p[i] == '\\')
			i++;
	}
	return false;
}

static ota_status read_string(const char **out, size_t *len, struct reader *j)
{
	size_t start = j->r.pos, span = 0, n = 0;
	uint32_t cp = 0;
	ota_status st;
	char *s;

	rd_u8(&j->r);
	if (!string_span(&span, &j->r))
		return bad(j, start, "a string with a closing quote");
	s = arena_alloc(j->b.a, span + 1);
	if (s == NULL)
		return ota_fail_nomem(j->err);
	while (peek(j) != '"') {
		st = read_char(&cp, j);
		if (st)
			return st;
		n += utf8_put(s + n, cp);
	}
	rd_u8(&j->r);
	*out = s;
	*len = n;
	return OTA_OK;
}

static ota_status read_key(struct reader *j)
{
	size_t start, len = 0;
	const char *key = NULL;
	ota_status st;

	skip_blank(j);
	start = j->r.pos;
	if (peek(j) != '"')
		return bad(j, start, "a key in quotes");
	st = read_string(&key, &len, j);
	if (st)
		return st;
	if (!doc_is_key(key, len))
		return bad(j, start, "a key of 1 to 64 of a-z 0-9 _ . -");
	build_key(&j->b, key, NULL);
	skip_blank(j);
	if (peek(j) != ':')
		return bad(j, j->r.pos, "':'");
	rd_u8(&j->r);
	return OTA_OK;
}

/* ---- values ---- */

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static ota_status read_int(struct reader *j)
{
	size_t start = j->r.pos, first;
	bool neg = peek(j) == '-';
	struct doc *d = NULL;
	int64_t v = 0;
	ota_status st;

	if (neg)
		rd_u8(&j->r);
	first = j->r.pos;
	while (is_digit(peek(j))) {
		v = v * 10 + (rd_u8(&j->r) - '0');
		if (v > DOC_INT_MAX)
			return bad(j, start, "an integer of at most 2^53-1");
	}
	if (j->r.pos == first)
		return bad(j, first, "a digit");
	if (j->r.p[first] == '0' && (neg || j->r.pos > first + 1))
		return bad(j, start, "an integer without leading zero and no -0");
	if (peek(j) == '.' || peek(j) == 'e' || peek(j) == 'E')
		return bad(j, j->r.pos, "an integer");
	st = build_add(&d, &j->b, DOC_INT, start, j->err);
	if (st)
		return st;
	d->i = neg ? -v : v;
	return OTA_OK;
}

static ota_status read_word(struct reader *j, const char *word, enum doc_kind kind)
{
	size_t start = j->r.pos, len = strlen(word);
	struct doc *d = NULL;
	ota_status st;

	if (rd_left(&j->r) < len || memcmp(rd_bytes(&j->r, len), word, len) != 0)
		return bad(j, start, "true, false or null");
	st = build_add(&d, &j->b, kind, start, j->err);
	if (st)
		return st;
	d->b = *word == 't';
	return OTA_OK;
}

static ota_status read_text(struct reader *j)
{
	size_t start = j->r.pos, len = 0;
	const char *s = NULL;
	struct doc *d = NULL;
	ota_status st;

	st = read_string(&s, &len, j);
	if (!st)
		st = build_add(&d, &j->b, DOC_STR, start, j->err);
	if (st)
		return st;
	d->s = s;
	d->s_len = len;
	return OTA_OK;
}

/* A scalar, or the bracket that opens a list or map. */
static ota_status read_value(struct reader *j, bool *opened)
{
	struct doc *d = NULL;
	int c;

	skip_blank(j);
	c = peek(j);
	*opened = c == '[' || c == '{';
	if (*opened) {
		rd_u8(&j->r);
		return build_add(&d, &j->b, c == '{' ? DOC_MAP : DOC_LIST, j->r.pos - 1, j->err);
	}
	if (c == '"')
		return read_text(j);
	if (c == '-' || is_digit(c))
		return read_int(j);
	if (c == 't')
		return read_word(j, "true", DOC_BOOL);
	if (c == 'f')
		return read_word(j, "false", DOC_BOOL);
	if (c == 'n')
		return read_word(j, "null", DOC_NULL);
	return bad(j, j->r.pos, "a value");
}

static ota_status refuse_duplicates(struct reader *j, const struct doc *map)
{
	size_t *o = doc_order(map, j->b.a);

	if (o == NULL)
		return ota_fail_nomem(j->err);
	for (size_t i = 1; i < map->count; i++)
		if (strcmp(map->keys[o[i - 1]], map->keys[o[i]]) == 0)
			return ota_fail_at(j->err, OTA_E_JSON, map->items[o[i]]->off,
				"JSON: key \"%s\" stands twice in one object", map->keys[o[i]]);
	return OTA_OK;
}

static ota_status close_container(struct reader *j)
{
	struct doc *d = NULL;
	ota_status st;

	rd_u8(&j->r);
	st = build_close(&d, &j->b, j->err);
	if (st)
		return st;
	return d->kind == DOC_MAP && d->count > 1 ? refuse_duplicates(j, d) : OTA_OK;
}

/* From the end of a value, or an opening bracket, to the next value or the end of all. */
static ota_status read_between(struct reader *j, bool opened)
{
	ota_status st;

	while (j->b.depth > 0) {
		bool map = build_in_map(&j->b);

		skip_blank(j);
		if (peek(j) != (map ? '}' : ']')) {
			if (!opened && peek(j) != ',')
				return bad(j, j->r.pos, map ? "',' or '}'" : "',' or ']'");
			if (!opened)
				rd_u8(&j->r);
			return map ? read_key(j) : OTA_OK;
		}
		st = close_container(j);
		if (st)
			return st;
		opened = false;
	}
	return OTA_OK;
}

ota_status json_read(struct doc **out, struct arena *a, const uint8_t *p, size_t len, ota_err *err)
{
	struct reader j = {.err = err};
	bool opened = false;
	ota_status st;

	rd_init(&j.r, p, len);
	build_init(&j.b, a);
	do {
		st = read_value(&j, &opened);
		if (!st)
			st = read_between(&j, opened);
	} while (!st && j.b.depth > 0);
	if (st)
		return st;
	skip_blank(&j);
	if (rd_left(&j.r) > 0)
		return bad(&j, j.r.pos, "the end of the document");
	*out = j.b.root;
	return OTA_OK;
}

ota_status json_read_canonical(
	struct doc **out, struct arena *a, const uint8_t *p, size_t len, ota_err *err)
{
	struct doc *d = NULL;
	size_t same = 0;
	struct buf b;
	ota_status st;

	buf_init(&b, a->ctx);
	st = json_read(&d, a, p, len, err);
	if (!st)
		st = json_write(&b, d, err);
	if (st)
		goto out;
	while (same < len && same < b.len && p[same] == b.p[same])
		same++;
	if (same != len || same != b.len) {
		st = ota_fail_at(err, OTA_E_CANON, same,
			"JSON, byte %zu: not the canonical form (keys in order, no blanks, "
			"shortest escapes)",
			same);
		goto out;
	}
	*out = d;
out:
	buf_fini(&b);
	return st;
}
