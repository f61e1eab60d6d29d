/* SPDX-License-Identifier: MIT */
/* Edits of the manifest: of its tree, written canonically again, or of its text. */
#include "edits.h"

#include <stdio.h>
#include <string.h>

#include <doc/doc.h>

uint64_t edit_number(const char *text, uint64_t was)
{
	uint64_t n = strtoull(text + (strchr("+-^", text[0]) != NULL ? 1 : 0), NULL, 0);

	switch (text[0]) {
	case '+':
		return was + n;
	case '-':
		return was - n;
	case '^':
		return was ^ n;
	default:
		return n;
	}
}

/* ---- values ---- */

struct tree {
	struct arena a;
	struct doc *root;
};

static struct doc *parse(struct tree *t, const char *json)
{
	struct doc *d = NULL;

	MUST(json_read(&d, &t->a, (const uint8_t *)json, strlen(json), NULL) == OTA_OK);
	return d;
}

/* $i in a JSON text: the index. */
static struct doc *numbered(struct tree *t, const char *json, unsigned i)
{
	char text[1024];
	size_t n = 0;

	for (const char *p = json; *p != '\0'; p++) {
		bool here = p[0] == '$' && p[1] == 'i';

		MUST(n + 12 < sizeof(text));
		n += (size_t)snprintf(text + n, 12, here ? "%u" : "%c", here ? i : (unsigned)*p);
		p += here ? 1 : 0;
	}
	return parse(t, text);
}

static struct doc *many(struct tree *t, unsigned n, const char *json)
{
	struct doc *list = doc_list(&t->a, n);

	MUST(list != NULL);
	for (unsigned i = 0; i < n; i++)
		doc_add(list, numbered(t, json, i));
	return list;
}

/* "a" n times between quotes: text that a table would be too long for. */
static struct doc *long_text(struct tree *t, unsigned n)
{
	char *s = arena_alloc(&t->a, n + 1);

	MUST(s != NULL);
	memset(s, 'a', n);
	return doc_str(&t->a, s);
}

static struct doc *nested(struct tree *t, unsigned n)
{
	struct doc *d = doc_int(&t->a, 1);

	for (unsigned i = 0; i < n; i++) {
		struct doc *list = doc_list(&t->a, 1);

		MUST(list != NULL);
		doc_add(list, d);
		d = list;
	}
	return d;
}

/* JSON, or @list N JSON, @text N, @nest N. */
static struct doc *value_of(struct tree *t, const char *text)
{
	unsigned n = 0;
	int at = 0;

	if (sscanf(text, "@list %u %n", &n, &at) == 1 && at > 0)
		return many(t, n, text + at);
	if (sscanf(text, "@text %u", &n) == 1)
		return long_text(t, n);
	if (sscanf(text, "@nest %u", &n) == 1)
		return nested(t, n);
	return parse(t, text);
}

/* ---- the tree ---- */

static void tree_open(struct tree *t, struct forge *f)
{
	arena_init(&t->a, f->ctx);
	t->root = parse(t, f->json);
}

static void put_text(struct forge *f, const uint8_t *p, size_t len)
{
	free(f->json);
	f->json = malloc(len + 1);
	MUST(f->json != NULL);
	memcpy(f->json, p, len);
	f->json[len] = '\0';
	f->json_len = len;
}

/* The writer refuses some trees that a row needs (too deep); such rows use `text`. */
static void tree_close(struct tree *t, struct forge *f)
{
	struct buf out;

	buf_init(&out, f->ctx);
	MUST(json_write(&out, t->root, NULL) == OTA_OK);
	put_text(f, out.p, out.len);
	buf_fini(&out);
	arena_fini(&t->a);
}

/* The container that holds path's last part, which *last then is. */
static struct doc *parent_of(struct tree *t, char *path, const char **last)
{
	char *dot = strrchr(path, '.');
	struct doc *d = t->root;

	*last = path;
	if (dot == NULL)
		return d;
	*dot = '\0';
	*last = dot + 1;
	MUST(doc_at(&d, t->root, path, NULL) == OTA_OK);
	return d;
}

static size_t index_of(const struct doc *in, const char *last)
{
	size_t i = 0;

	if (in->kind == DOC_LIST)
		return strtoull(last, NULL, 10);
	while (i < in->count && strcmp(in->keys[i], last) != 0)
		i++;
	return i;
}

static void grow(struct tree *t, struct doc *in)
{
	struct doc **items = arena_array(&t->a, in->count + 1, sizeof(struct doc *));
	const char **keys = arena_array(&t->a, in->count + 1, sizeof(char *));

	MUST(items != NULL && keys != NULL);
	if (in->count > 0)
		memcpy(items, in->items, in->count * sizeof(struct doc *));
	if (in->count > 0 && in->kind == DOC_MAP)
		memcpy(keys, in->keys, in->count * sizeof(char *));
	in->items = items;
	in->keys = keys;
}

static void set(struct forge *f, struct edit_env *env, char **arg)
{
	struct tree t;
	struct doc *in;
	const char *last;
	size_t i;

	(void)env;
	tree_open(&t, f);
	in = parent_of(&t, arg[0], &last);
	i = index_of(in, last);
	MUST(i <= in->count);
	if (i == in->count) {
		grow(&t, in);
		in->count++;
		in->keys[i] = last;
	}
	in->items[i] = value_of(&t, arg[1]);
	tree_close(&t, f);
}

static void del(struct forge *f, struct edit_env *env, char **arg)
{
	struct tree t;
	struct doc *in;
	const char *last;

	(void)env;
	tree_open(&t, f);
	in = parent_of(&t, arg[0], &last);
	MUST(index_of(in, last) < in->count);
	for (size_t i = index_of(in, last); i + 1 < in->count; i++) {
		in->items[i] = in->items[i + 1];
		if (in->kind == DOC_MAP)
			in->keys[i] = in->keys[i + 1];
	}
	in->count--;
	tree_close(&t, f);
}

static struct doc **slot_of(struct tree *t, char *path)
{
	const char *last;
	struct doc *in = parent_of(t, path, &last);
	size_t i = index_of(in, last);

	MUST(i < in->count);
	return &in->items[i];
}

static void swap(struct forge *f, struct edit_env *env, char **arg)
{
	struct doc **a, **b, *was;
	struct tree t;

	(void)env;
	tree_open(&t, f);
	a = slot_of(&t, arg[0]);
	b = slot_of(&t, arg[1]);
	was = *a;
	*a = *b;
	*b = was;
	tree_close(&t, f);
}

static void copy(struct forge *f, struct edit_env *env, char **arg)
{
	struct tree t;
	struct doc **to;

	(void)env;
	tree_open(&t, f);
	to = slot_of(&t, arg[1]);
	*to = *slot_of(&t, arg[0]);
	tree_close(&t, f);
}

/* ---- the text ---- */

/* %XX is a byte. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		char hex[3] = {0};

		if (s[0] != '%') {
			*to++ = *s;
			continue;
		}
		memcpy(hex, s + 1, 2);
		*to++ = (char)strtoul(hex, NULL, 16);
		s += 2;
	}
	*to = '\0';
}

static void text(struct forge *f, struct edit_env *env, char **arg)
{
	char *to = strstr(arg[0], " =>");

	(void)env;
	MUST(to != NULL);
	*to = '\0';
	to += to[3] == ' ' ? 4 : 3;
	unescape(arg[0]);
	unescape(to);
	forge_json(f, arg[0], to);
}

/* A NUL where the text cannot have one. */
static void nul(struct forge *f, struct edit_env *env, char **arg)
{
	char *at = strstr(f->json, arg[0]);

	(void)env;
	MUST(at != NULL);
	*at = '\0';
}

/* Lists in lists, n deep, in place of a value. */
static void deep(struct forge *f, struct edit_env *env, char **arg)
{
	size_t n = strtoull(arg[1], NULL, 10);
	char *to = calloc(1, 2 * n + 2);

	(void)env;
	MUST(to != NULL);
	memset(to, '[', n);
	to[n] = '1';
	memset(to + n + 1, ']', n);
	forge_json(f, arg[0], to);
	free(to);
}

/* A list of n ones in place of a value. */
static void many_ones(struct forge *f, struct edit_env *env, char **arg)
{
	size_t n = strtoull(arg[1], NULL, 10);
	char *to = calloc(1, 2 * n + 3), *at;

	(void)env;
	MUST(to != NULL && n > 0);
	at = stpcpy(to, "[1");
	for (size_t i = 1; i < n; i++)
		at = stpcpy(at, ",1");
	stpcpy(at, "]");
	forge_json(f, arg[0], to);
	free(to);
}

const struct edit manifest_edits[] = {
	{"set", 2, false, set},
	{"del", 1, false, del},
	{"swap", 2, false, swap},
	{"copy", 2, false, copy},
	{"text", 1, false, text},
	{"nul", 1, false, nul},
	{"deep", 2, false, deep},
	{"many", 2, false, many_ones},
	{0},
};
