/* SPDX-License-Identifier: MIT */
/* The reader of --fielded: a header line, then a row a version. No quotes, no blanks, no surprises. */
#include <pack/fielded.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/source.h>
#include <base/text.h>
#include <model/semver.h>

enum column { COL_VERSION, COL_DIGEST, COL_COUNT, COL_NAME, COLUMNS };

static const char *const columns[] = {"version", "digest", "count", "name"};

#define NAME_MAX_LEN 64U

struct cell {
	const char *s;
	size_t len;
	uint32_t col; /* from 1 */
};

struct csv {
	struct lint_run *run;
	struct fielded *out;
	struct arena *a;
	enum hash_alg alg;
	const char *p, *end;
	uint32_t line;
	enum column column[COLUMNS]; /* which stands where */
	size_t width;
	struct cell cell[COLUMNS + 1]; /* of the line at hand */
	size_t cells;                  /* may be one more than there can be */
	bool nomem;
};

void fielded_find(struct lint_run *run, const char *file, uint32_t line, uint32_t col, ota_id id,
	const char *fmt, ...)
{
	ota_finding f = {.size = sizeof(f), .outcome = OTA_FAIL, .id = id, .off = OTA_NO_OFF};
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f.file = file;
	f.line = line;
	f.col = col;
	f.text = text;
	run->bad++;
	ota_report_add(run->rep, &f);
}

static void bad(struct csv *c, uint32_t col, const char *fmt, ...) OTA_PRINTF(3, 4);
static void bad(struct csv *c, uint32_t col, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fielded_find(c->run, c->out->file, c->line, col, OTA_E_FIELDED, "%s", text);
}

/* ---- lines ---- */

/* LF or CR LF; the last line may have none. */
static bool next_line(struct csv *c, struct cell *line)
{
	const char *lf;

	if (c->p == c->end)
		return false;
	c->line++;
	lf = memchr(c->p, '\n', (size_t)(c->end - c->p));
	*line = (struct cell){c->p, (size_t)((lf != NULL ? lf : c->end) - c->p), 1};
	c->p = lf != NULL ? lf + 1 : c->end;
	if (line->len > 0 && line->s[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool line_ok(struct csv *c, const struct cell *line)
{
	for (size_t i = 0; i < line->len && i < FIELDED_LINE_MAX; i++) {
		unsigned char b = (unsigned char)line->s[i];

		if (b >= 0x20 && b != 0x7f && b != '"')
			continue;
		bad(c, (uint32_t)i + 1, "%s",
			b == '"' ? "quotes are not taken" : "a control character");
		return false;
	}
	if (line->len > FIELDED_LINE_MAX)
		bad(c, 1, "the line has %zu bytes; the limit is %u", line->len, FIELDED_LINE_MAX);
	else if (!text_is_utf8(line->s, line->len))
		bad(c, 1, "the line is not UTF-8");
	else
		return true;
	return false;
}

static void split(struct csv *c, const struct cell *line)
{
	const char *s = line->s, *end = line->s + line->len;

	for (c->cells = 0; c->cells <= COLUMNS; c->cells++) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		const char *stop = comma != NULL ? comma : end;

		c->cell[c->cells] =
			(struct cell){s, (size_t)(stop - s), (uint32_t)(s - line->s) + 1};
		if (comma == NULL)
			break;
		s = comma + 1;
	}
	c->cells++;
}

/* ---- the header ---- */

static bool is_word(const struct cell *cell, const char *word)
{
	return cell->len == strlen(word) && memcmp(cell->s, word, cell->len) == 0;
}

static bool read_column(struct csv *c, const struct cell *cell)
{
	for (unsigned k = 0; k < COLUMNS; k++) {
		if (!is_word(cell, columns[k]))
			continue;
		for (size_t i = 0; i < c->width; i++)
			if (c->column[i] == k) {
				bad(c, cell->col, "column %s stands twice", columns[k]);
				return false;
			}
		c->column[c->width++] = k;
		return true;
	}
	bad(c, cell->col, "expected the columns version or digest, count, name; found \"%.*s\"",
		(int)cell->len, cell->s);
	return false;
}

static bool has_column(const struct csv *c, enum column k)
{
	for (size_t i = 0; i < c->width; i++)
		if (c->column[i] == k)
			return true;
	return false;
}

static bool read_header(struct csv *c)
{
	struct cell line = {"", 0, 1};

	if (!next_line(c, &line))
		c->line = 1;
	if (!line_ok(c, &line))
		return false;
	split(c, &line);
	for (size_t i = 0; i < c->cells; i++)
		if (!read_column(c, &c->cell[i]))
			return false;
	if (has_column(c, COL_COUNT) && (has_column(c, COL_VERSION) || has_column(c, COL_DIGEST)))
		return true;
	bad(c, 1, "the header line needs count, and version or digest");
	return false;
}

/* ---- rows ---- */

static const char *keep(struct csv *c, const char *s, size_t len)
{
	const char *copy = arena_strndup(c->a, s, len);

	c->nomem |= copy == NULL;
	return copy;
}

static bool read_digest(struct csv *c, struct fielded_row *row, const struct cell *cell)
{
	const char *name = hash_name(c->alg);
	size_t n = strlen(name) + 1;
	struct digest d;

	if (cell->len <= n || memcmp(cell->s, name, n - 1) != 0 || cell->s[n - 1] != ':' ||
		!digest_parse(&d, c->alg, cell->s + n, cell->len - n)) {
		bad(c, cell->col, "expected %s: and its lowercase digits", name);
		return false;
	}
	row->hash = keep(c, cell->s + n, cell->len - n);
	return true;
}

static bool read_cell(
	struct csv *c, struct fielded_row *row, enum column column, const struct cell *cell)
{
	if (column == COL_COUNT) {
		if (text_u64(&row->count, cell->s, cell->len, FIELDED_COUNT_MAX))
			return true;
		bad(c, cell->col, "expected a number of devices up to 10^12");
		return false;
	}
	if (cell->len == 0)
		return true;
	if (column == COL_DIGEST)
		return read_digest(c, row, cell);
	if (column == COL_NAME && cell->len > NAME_MAX_LEN) {
		bad(c, cell->col, "the name has %zu bytes; the limit is %u", cell->len,
			NAME_MAX_LEN);
		return false;
	}
	if (column == COL_NAME) {
		row->name = keep(c, cell->s, cell->len);
		return true;
	}
	row->version = keep(c, cell->s, cell->len);
	if (row->version == NULL || semver_ok(row->version))
		return true;
	bad(c, cell->col, "expected a SemVer version, found \"%.64s\"", row->version);
	return false;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* One digest is one image; a version without one is what runs by that version. */
static bool is_twice(const struct fielded *f, const struct fielded_row *row)
{
	for (size_t i = 0; i < f->count; i++)
		if (same(f->rows[i].hash, row->hash) &&
			(row->hash != NULL || same(f->rows[i].version, row->version)))
			return true;
	return false;
}

static void read_row(struct csv *c, const struct cell *line)
{
	struct fielded_row row = {.line = c->line};

	if (!line_ok(c, line))
		return;
	split(c, line);
	if (c->cells != c->width) {
		bad(c, 1, "expected %zu columns, as in the header line", c->width);
		return;
	}
	for (size_t i = 0; i < c->cells; i++)
		if (!read_cell(c, &row, c->column[i], &c->cell[i]))
			return;
	if (c->nomem)
		return;
	if (row.version == NULL && row.hash == NULL)
		bad(c, 1, "a row needs a version or a digest");
	else if (is_twice(c->out, &row))
		bad(c, 1, "a row for the same stands before");
	else
		c->out->rows[c->out->count++] = row;
}

static void read_rows(struct csv *c)
{
	struct cell line;

	while (!c->nomem && next_line(c, &line)) {
		if (c->line > FIELDED_ROWS_MAX + 1) {
			bad(c, 1, "more than %u rows", FIELDED_ROWS_MAX);
			return;
		}
		read_row(c, &line);
	}
}

ota_status fielded_read(struct fielded *out, struct arena *a, struct lint_run *run, ota_source *src,
	const char *file, ota_err *err)
{
	struct csv c = {.run = run, .out = out, .a = a};
	uint8_t *text = NULL;
	size_t len = 0;
	ota_status st;

	st = source_slurp(&text, &len, run->plan->ctx, src, FIELDED_FILE_MAX, err);
	if (st)
		return ota_err_in(err, st, "%s", file);
	c.alg = manifest_hash_alg(run->plan->m);
	c.p = (const char *)text;
	c.end = c.p + len;
	out->file = file;
	out->rows = arena_array(c.a, FIELDED_ROWS_MAX, sizeof(out->rows[0]));
	c.nomem = out->rows == NULL;
	if (!c.nomem && read_header(&c))
		read_rows(&c);
	mem_free(run->plan->ctx, text);
	if (c.nomem)
		return ota_fail_nomem(err);
	return OTA_OK;
}
