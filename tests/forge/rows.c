/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include <ota/err.h>

#include <package/header.h>

#include "edits.h"

/* ---- reading ---- */

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1U << 20U);
	size_t n;

	MUST(f != NULL && text != NULL);
	n = fread(text, 1, (1U << 20U) - 1, f);
	MUST(n < (1U << 20U) - 1 && ferror(f) == 0);
	fclose(f);
	return text;
}

static ota_id id_of(const char *want)
{
	if (strcmp(want, "ok") == 0)
		return OTA_E_NONE;
	if (ota_id_by_name(want) != NULL)
		return ota_id_by_name(want)->id;
	fprintf(stderr, "forge: no id %s\n", want);
	abort();
}

static void read_row(struct row *r, char *line)
{
	char *word, *at = line;
	size_t n = 0;

	for (word = strsep(&at, "\t"); word != NULL; word = strsep(&at, "\t"), n++) {
		MUST(n < 3 + ROW_EDITS_MAX);
		if (n == 0)
			r->want = word;
		else if (n == 1)
			r->base = word;
		else if (n == 2)
			r->name = word;
		else
			r->edits[r->n++] = word;
	}
	if (n < 3)
		fprintf(stderr, "forge: not a row: %s\n", line);
	MUST(n >= 3);
	r->id = id_of(r->want);
}

void rows_read(struct rows *out, const char *path)
{
	char *line, *at;

	*out = (struct rows){.text = slurp(path)};
	out->row = calloc(strlen(out->text) / 4 + 1, sizeof(*out->row));
	MUST(out->row != NULL);
	at = out->text;
	for (line = strsep(&at, "\n"); line != NULL; line = strsep(&at, "\n"))
		if (line[0] != '\0' && line[0] != '#')
			read_row(&out->row[out->n++], line);
}

void rows_free(struct rows *r)
{
	free(r->row);
	free(r->text);
}

const struct row *rows_find(const struct rows *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->row[i].name, name) == 0)
			return &r->row[i];
	return NULL;
}

/* ---- making ---- */

static const struct edit *edit_find(const struct edit *e, const char *verb)
{
	while (e->verb != NULL && strcmp(e->verb, verb) != 0)
		e++;
	return e->verb != NULL ? e : NULL;
}

/* Runs the edit if it belongs to this phase; *copy holds what it points to. */
static void run(struct forge *f, struct edit_env *env, char *text, bool after)
{
	char *at = text, *arg[4] = {NULL};
	const char *verb = strsep(&at, " ");
	const struct edit *e = edit_find(manifest_edits, verb);

	if (e == NULL)
		e = edit_find(byte_edits, verb);
	if (e == NULL)
		fprintf(stderr, "forge: no edit %s\n", verb);
	MUST(e != NULL);
	if (e->after != after)
		return;
	for (unsigned i = 0; i < e->args; i++)
		arg[i] = i + 1 < e->args ? strsep(&at, " ") : at;
	MUST(e->args == 0 || arg[e->args - 1] != NULL);
	e->run(f, env, arg);
}

static void open_base(void *arg, struct forge *f, const char *name)
{
	const struct bases *b = arg;
	const struct base *base = bases_find(b, name);

	MUST(base != NULL);
	forge_init(f, b->ctx, base->pkg, base->len);
}

uint8_t *row_make(size_t *len, const struct row *r, const struct bases *b, ota_header *h)
{
	struct edit_env env = {.base = open_base, .arg = (void *)(uintptr_t)b};
	char *copy[ROW_EDITS_MAX] = {NULL}, *again;
	struct forge f;

	open_base(env.arg, &f, r->base);
	for (size_t i = 0; i < r->n; i++) {
		copy[i] = strdup(r->edits[i]);
		MUST(copy[i] != NULL);
		run(&f, &env, copy[i], false);
	}
	env.sealed = forge_seal(&env.len, &f);
	env.h = f.h;
	if (h != NULL)
		*h = f.h;
	for (size_t i = 0; i < r->n; i++) {
		again = strdup(r->edits[i]);
		MUST(again != NULL);
		run(&f, &env, again, true);
		free(again);
	}
	for (size_t i = 0; i < r->n; i++)
		free(copy[i]);
	forge_fini(&f);
	*len = env.len;
	return env.sealed;
}
