/* SPDX-License-Identifier: MIT */
#include "out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ota/text.h>

#define COLUMNS_MAX 12
#define LABEL_WIDTH 16
#define INDENT      2

struct row {
	char *cell[COLUMNS_MAX];
};

/* A table is kept until its end, because only then its widths are known. */
struct text {
	struct out base;
	unsigned width, indent;
	bool in_table, in_row, begun;    /* begun: there is a line above */
	const char *column[COLUMNS_MAX]; /* labels */
	size_t columns, rows;
	struct row *row;
};

static char *mask(const char *s)
{
	size_t len = strlen(s), cap = 4 * len + 1;
	char *out = malloc(cap);

	if (out)
		ota_mask(out, cap, s, len);
	return out;
}

static char *readable(uint64_t n)
{
	static const char *const unit[] = {"KiB", "MiB", "GiB", "TiB"};
	double scaled = (double)n / 1024;
	unsigned u = 0;
	char *out = malloc(64);

	if (!out)
		return NULL;
	while (scaled >= 1024 && u < 3) {
		scaled /= 1024;
		u++;
	}
	if (n < 1024)
		snprintf(out, 64, "%" PRIu64 " bytes", n);
	else
		snprintf(out, 64, "%" PRIu64 " (%.1f %s)", n, scaled, unit[u]);
	return out;
}

static char *render(const struct out_value *v)
{
	char digits[24];

	switch (v->kind) {
	case OUT_U64:
		snprintf(digits, sizeof(digits), "%" PRIu64, v->number);
		return mask(digits);
	case OUT_BYTES:
		return readable(v->number);
	case OUT_BOOL:
		return mask(v->number ? "yes" : "no");
	default:
		return mask(v->text);
	}
}

/* Take the cell over. */
static bool put_cell(struct text *t, const char *label, char *cell)
{
	size_t c = 0;

	while (c < t->columns && strcmp(t->column[c], label))
		c++;
	if (c == COLUMNS_MAX) {
		free(cell);
		return false;
	}
	if (c == t->columns)
		t->column[t->columns++] = label;
	free(t->row[t->rows - 1].cell[c]);
	t->row[t->rows - 1].cell[c] = cell;
	return true;
}

static bool text_value(struct out *o, const struct out_value *v)
{
	struct text *t = (struct text *)o;
	char *s;

	if (!v->label)
		return true;
	s = render(v);
	if (!s)
		return false;
	t->begun = true;
	if (t->in_row)
		return put_cell(t, v->label, s);
	if (v->kind == OUT_BARE || (v->kind == OUT_LINE && !*v->label))
		puts(s);
	else
		printf("%*s%-*s %s\n", (int)t->indent, "", LABEL_WIDTH - (int)t->indent, v->label,
			s);
	free(s);
	return true;
}

/* A further row, empty. */
static bool new_row(struct text *t)
{
	struct row *grown = realloc(t->row, (t->rows + 1) * sizeof(*grown));

	if (!grown)
		return false;
	t->row = grown;
	memset(&t->row[t->rows++], 0, sizeof(*grown));
	return true;
}

static bool text_open(struct out *o, enum out_shape shape, const char *key, const char *label)
{
	struct text *t = (struct text *)o;

	(void)key;
	if (shape == OUT_ROW) {
		t->in_row = true;
		return new_row(t);
	}
	if (label && *label)
		printf("%s%s\n", t->begun ? "\n" : "", label);
	t->begun = true;
	t->in_table = shape == OUT_TABLE;
	t->indent += INDENT;
	return true;
}

/* The last column, broken at spaces so that lines stay within the width. */
static void print_wrapped(const char *s, size_t used, unsigned width)
{
	size_t room = width > used + 20 ? width - used : SIZE_MAX;

	while (strlen(s) > room) {
		size_t cut = room;

		while (cut && s[cut] != ' ')
			cut--;
		if (!cut)
			break;
		printf("%.*s\n%*s", (int)cut, s, (int)used, "");
		s += cut + 1;
	}
	puts(s);
}

static void print_row(const struct text *t, char *const *cell, const size_t *width)
{
	size_t used = t->indent, last = t->columns - 1;

	while (last && !cell[last])
		last--;
	printf("%*s", (int)t->indent, "");
	for (size_t c = 0; c < last; c++) {
		printf("%-*s  ", (int)width[c], cell[c] ? cell[c] : "");
		used += width[c] + 2;
	}
	print_wrapped(cell[last] ? cell[last] : "", used, t->width);
}

static void print_table(const struct text *t)
{
	size_t width[COLUMNS_MAX] = {0};
	bool heading = false;

	for (size_t c = 0; c < t->columns; c++) {
		/* Labels of blanks tell columns apart without a heading. */
		heading = heading || strspn(t->column[c], " ") < strlen(t->column[c]);
		width[c] = strlen(t->column[c]);
		for (size_t r = 0; r < t->rows; r++) {
			size_t len = t->row[r].cell[c] ? strlen(t->row[r].cell[c]) : 0;

			if (len > width[c])
				width[c] = len;
		}
	}
	if (heading)
		print_row(t, (char *const *)t->column, width);
	for (size_t r = 0; r < t->rows; r++)
		print_row(t, t->row[r].cell, width);
}

static void drop_table(struct text *t)
{
	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < COLUMNS_MAX; c++)
			free(t->row[r].cell[c]);
	free(t->row);
	t->row = NULL;
	t->rows = t->columns = 0;
}

static bool text_close(struct out *o)
{
	struct text *t = (struct text *)o;

	if (t->in_row) {
		t->in_row = false;
		return true;
	}
	if (t->in_table && t->columns)
		print_table(t);
	drop_table(t);
	t->in_table = false;
	t->indent -= INDENT;
	return true;
}

static bool text_finish(struct out *o)
{
	(void)o;
	return true;
}

static void text_free(struct out *o)
{
	drop_table((struct text *)o);
	free(o);
}

struct out *out_text_new(unsigned width)
{
	static const struct out_ops ops = {
		text_value, text_open, text_close, text_finish, text_free};
	struct text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base.ops = &ops;
	t->width = width;
	return &t->base;
}
