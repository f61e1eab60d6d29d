/* SPDX-License-Identifier: MIT */
#include <doc/table.h>

#include <stdio.h>
#include <string.h>

#include <base/num.h>

/* More parts of a name are of no use to anybody. */
#define MATCH_MAX   4U
#define NAME_LEN    160U
#define DIGEST_SHOW 12U /* digits of a digest in a name */
#define PATH_LEN    2048U

struct differ {
	struct arena *a;
	schema_change_fn *fn;
	void *arg;
	ota_err *err;
	ota_status st; /* of the first failure: nothing is told after it */
	char path[PATH_LEN];
	size_t len;
};

/* ---- places ---- */

static size_t push(struct differ *d, const char *part)
{
	size_t before = d->len, room = sizeof(d->path) - before;
	int n = snprintf(d->path + before, room, "%s%s", before > 0 ? "." : "", part);

	d->len += min_size((size_t)n, room - 1);
	return before;
}

static void pop(struct differ *d, size_t before)
{
	d->len = before;
	d->path[before] = '\0';
}

static void tell(struct differ *d, enum change kind, const struct doc *a, const struct doc *b)
{
	if (!d->st)
		d->st = d->fn(d->arg, &(struct schema_change){kind, d->path, a, b}, d->err);
}

static void tell_at(struct differ *d, const char *part, enum change kind, const struct doc *a,
	const struct doc *b)
{
	size_t before = push(d, part);

	tell(d, kind, a, b);
	pop(d, before);
}

static void tell_index(
	struct differ *d, size_t i, enum change kind, const struct doc *a, const struct doc *b)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", i);
	tell_at(d, digits, kind, a, b);
}

/* ---- values ---- */

static bool is_text(const struct doc *d)
{
	return d->kind == DOC_STR || d->kind == DOC_TEXT;
}

static bool same(struct differ *d, const struct doc *a, const struct doc *b)
{
	struct buf x, y;
	bool equal = false;

	if (is_text(a) && is_text(b))
		return a->s_len == b->s_len && memcmp(a->s, b->s, a->s_len) == 0;
	buf_init(&x, d->a->ctx);
	buf_init(&y, d->a->ctx);
	if (!d->st)
		d->st = json_write(&x, a, d->err);
	if (!d->st)
		d->st = json_write(&y, b, d->err);
	if (!d->st)
		equal = x.len == y.len && memcmp(x.p, y.p, x.len) == 0;
	buf_fini(&x);
	buf_fini(&y);
	return equal;
}

/* An item of list that is v and whose mark is not set yet, or its count. */
static size_t find(struct differ *d, const struct doc *list, const bool *taken, const struct doc *v)
{
	size_t i = 0;

	while (i < list->count && (taken[i] || !same(d, list->items[i], v)))
		i++;
	return i;
}

/* Lists of values: what is only in one of them; else the order. */
static void diff_values(struct differ *d, const struct doc *a, const struct doc *b)
{
	bool *taken = arena_array(d->a, b->count + 1, sizeof(*taken));
	bool moved = false, differs = a->count != b->count;

	if (taken == NULL) {
		d->st = ota_fail_nomem(d->err);
		return;
	}
	for (size_t i = 0; !d->st && i < a->count; i++) {
		size_t k = find(d, b, taken, a->items[i]);

		moved = moved || k != i;
		taken[k] = true;
		differs = differs || k == b->count;
		if (k == b->count)
			tell_index(d, i, CHANGE_REMOVED, a->items[i], NULL);
	}
	for (size_t k = 0; !d->st && k < b->count; k++)
		if (!taken[k])
			tell_index(d, k, CHANGE_ADDED, NULL, b->items[k]);
	if (moved && !differs)
		tell(d, CHANGE_ORDER, a, b);
}

static void diff_any(struct differ *d, const struct doc *a, const struct doc *b);

static void diff_item(struct differ *d, const char *key, const struct doc *a, const struct doc *b)
{
	size_t before = push(d, key);

	diff_any(d, a, b);
	pop(d, before);
}

/* Maps that no table describes. Depth is that of a document: DOC_DEPTH_MAX. */
static void diff_map(struct differ *d, const struct doc *a, const struct doc *b)
{
	for (size_t i = 0; i < a->count; i++)
		diff_item(d, a->keys[i], a->items[i], doc_get(b, a->keys[i]));
	for (size_t i = 0; i < b->count; i++)
		if (doc_get(a, b->keys[i]) == NULL)
			diff_item(d, b->keys[i], NULL, b->items[i]);
}

static void diff_any(struct differ *d, const struct doc *a, const struct doc *b)
{
	if (d->st || (a == NULL && b == NULL))
		return;
	if (a == NULL || b == NULL)
		tell(d, a == NULL ? CHANGE_ADDED : CHANGE_REMOVED, a, b);
	else if (a->kind == DOC_MAP && b->kind == DOC_MAP)
		diff_map(d, a, b);
	else if (a->kind == DOC_LIST && b->kind == DOC_LIST)
		diff_values(d, a, b);
	else if (!same(d, a, b) && !d->st)
		tell(d, CHANGE_VALUE, a, b);
}

/* ---- lists of a table ---- */

static void diff_obj(
	struct differ *d, const struct schema *s, const struct doc *a, const struct doc *b);

struct item {
	const struct doc *d;
	struct doc *name;                   /* with #2 … behind it where it stands again */
	const struct doc *parts[MATCH_MAX]; /* NULL: not there */
	size_t again;                       /* how many before it have the same parts */
	size_t other;                       /* its match in the other list; SIZE_MAX: none */
};

/* The value at a dotted path of keys without dots, NULL: none. */
static const struct doc *value_at(const struct doc *d, const char *path, size_t len)
{
	char key[DOC_KEY_MAX + 1];

	while (d != NULL && len > 0) {
		size_t n = min_size(strcspn(path, ". "), len);

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		d = doc_get(d, key);
		n += n < len;
		path += n;
		len -= n;
	}
	return d;
}

static bool is_digest(const struct doc *d)
{
	return d->s_len >= 64 && strspn(d->s, "0123456789abcdef") == d->s_len;
}

/* What tells the item from others, in a word; its place where that is no text. */
static void name_item(char name[NAME_LEN], const struct item *it, size_t index)
{
	size_t len = 0;

	for (size_t i = 0; i < MATCH_MAX; i++) {
		const struct doc *p = it->parts[i];

		if (p != NULL && !is_text(p))
			len = 0;
		if (p == NULL || !is_text(p))
			continue;
		len += (size_t)snprintf(name + len, NAME_LEN - len, "%s%.*s", len > 0 ? "-" : "",
			(int)min_size(is_digest(p) ? DIGEST_SHOW : 64, p->s_len), p->s);
		len = min_size(len, NAME_LEN - 1);
	}
	if (len == 0)
		snprintf(name, NAME_LEN, "%zu", index);
	else if (it->again > 0)
		snprintf(name + len, NAME_LEN - len, "#%zu", it->again + 1);
}

static bool same_item(struct differ *d, const struct item *a, const struct item *b)
{
	for (size_t i = 0; i < MATCH_MAX; i++) {
		if (a->parts[i] == NULL || b->parts[i] == NULL) {
			if (a->parts[i] != b->parts[i])
				return false;
		} else if (!same(d, a->parts[i], b->parts[i])) {
			return false;
		}
	}
	return true;
}

static struct item *items_of(struct differ *d, const char *match, const struct doc *list)
{
	struct item *items = arena_array(d->a, list->count + 1, sizeof(*items));
	char name[NAME_LEN];

	for (size_t i = 0; items != NULL && i < list->count; i++) {
		struct item *it = &items[i];
		const char *at = match;

		it->d = list->items[i];
		it->other = SIZE_MAX;
		for (size_t k = 0; k < MATCH_MAX && *at != '\0'; k++) {
			size_t len = strcspn(at, " ");

			it->parts[k] = value_at(it->d, at, len);
			at += len + (at[len] == ' ');
		}
		for (size_t k = 0; k < i; k++)
			it->again += same_item(d, &items[k], it);
		name_item(name, it, i);
		it->name = doc_str(d->a, arena_strndup(d->a, name, strlen(name)));
		if (it->name == NULL)
			return NULL;
	}
	return items;
}

static void match_items(struct differ *d, struct item *a, size_t na, struct item *b, size_t nb)
{
	for (size_t i = 0; i < na; i++) {
		size_t k = 0;

		while (k < nb && (b[k].again != a[i].again || !same_item(d, &a[i], &b[k])))
			k++;
		if (k == nb)
			continue;
		a[i].other = k;
		b[k].other = i;
	}
}

/* Of those that are in both. */
static bool in_order(const struct item *a, size_t na)
{
	size_t last = 0;

	for (size_t i = 0; i < na; i++) {
		if (a[i].other == SIZE_MAX)
			continue;
		if (a[i].other < last)
			return false;
		last = a[i].other;
	}
	return true;
}

static struct doc *names_of(struct differ *d, const struct item *items, size_t n)
{
	struct doc *list = doc_list(d->a, n);

	for (size_t i = 0; list != NULL && i < n; i++)
		doc_add(list, items[i].name);
	return list;
}

static void diff_list(
	struct differ *d, const struct field *f, const struct doc *a, const struct doc *b)
{
	struct item *x = items_of(d, f->match, a), *y = items_of(d, f->match, b);
	struct doc *names_a, *names_b;

	if (!d->st && (x == NULL || y == NULL))
		d->st = ota_fail_nomem(d->err);
	if (d->st)
		return;
	match_items(d, x, a->count, y, b->count);
	for (size_t i = 0; !d->st && i < a->count; i++) {
		size_t before = push(d, x[i].name->s);

		if (x[i].other == SIZE_MAX)
			tell(d, CHANGE_REMOVED, x[i].d, NULL);
		else
			diff_obj(d, f->sub, x[i].d, y[x[i].other].d);
		pop(d, before);
	}
	for (size_t i = 0; !d->st && i < b->count; i++)
		if (y[i].other == SIZE_MAX)
			tell_at(d, y[i].name->s, CHANGE_ADDED, NULL, y[i].d);
	if (d->st || in_order(x, a->count))
		return;
	names_a = names_of(d, x, a->count);
	names_b = names_of(d, y, b->count);
	if (names_a == NULL || names_b == NULL)
		d->st = ota_fail_nomem(d->err);
	else
		tell(d, CHANGE_ORDER, names_a, names_b);
}

/* ---- objects of a table ---- */

static void diff_field(
	struct differ *d, const struct field *f, const struct doc *a, const struct doc *b)
{
	size_t before = push(d, f->key);

	if (a != NULL && b != NULL && f->type == F_OBJ)
		diff_obj(d, f->sub, a, b);
	else if (a != NULL && b != NULL && f->type == F_LIST && f->match != NULL)
		diff_list(d, f, a, b);
	else
		diff_any(d, a, b);
	pop(d, before);
}

static void diff_x(struct differ *d, const struct doc *a, const struct doc *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (is_x_key(a->keys[i]))
			diff_item(d, a->keys[i], a->items[i], doc_get(b, a->keys[i]));
	for (size_t i = 0; i < b->count; i++)
		if (is_x_key(b->keys[i]) && doc_get(a, b->keys[i]) == NULL)
			diff_item(d, b->keys[i], NULL, b->items[i]);
}

/* Recursion over tables, which are ours and a few levels deep. */
static void diff_obj(
	struct differ *d, const struct schema *s, const struct doc *a, const struct doc *b)
{
	for (const struct field *f = s->fields; !d->st && f->key != NULL; f++)
		if (field_in_form(f, SCHEMA_CANON))
			diff_field(d, f, doc_get(a, f->key), doc_get(b, f->key));
	if (s->x_keys)
		diff_x(d, a, b);
}

ota_status schema_diff(const struct schema *s, const struct doc *a, const struct doc *b,
	struct arena *arena, schema_change_fn *fn, void *arg, ota_err *err)
{
	struct differ d = {.a = arena, .fn = fn, .arg = arg, .err = err};

	diff_obj(&d, s, a, b);
	return d.st;
}

/* ---- paths ---- */

/* What follows the name of an item, which may hold dots: any end of it may be meant. */
static bool item_has(const struct schema *sub, const char *rest)
{
	const char *dot = strchr(rest, '.');

	for (; dot != NULL; dot = strchr(dot + 1, '.'))
		if (schema_has_path(sub, dot + 1))
			return true;
	return *rest != '\0' && strchr(rest, '.') == NULL;
}

bool schema_has_path(const struct schema *s, const char *path)
{
	size_t len = strcspn(path, ".");
	char key[DOC_KEY_MAX + 1];
	const struct field *f;

	if (s->x_keys && is_x_key(path))
		return true;
	if (len > DOC_KEY_MAX)
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)len, path);
	f = table_find(s, key, SCHEMA_CANON);
	if (f == NULL || path[len] == '\0')
		return f != NULL;
	path += len + 1;
	if (f->type == F_OBJ)
		return schema_has_path(f->sub, path);
	if (f->type == F_LIST)
		return item_has(f->sub, path);
	return f->type == F_HOOK || f->type == F_STRS;
}
