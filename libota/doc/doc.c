/* SPDX-License-Identifier: MIT */
#include <doc/doc.h>

#include <assert.h>
#include <string.h>

#include <base/text.h>

bool doc_is_key(const char *s, size_t len)
{
	if (len == 0 || len > DOC_KEY_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') && s[i] != '_' &&
			s[i] != '.' && s[i] != '-')
			return false;
	return true;
}

bool doc_is_char(uint32_t cp)
{
	bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
	bool nonchar = (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF);
	bool bidi = (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);

	return cp != 0 && cp <= 0x10FFFF && !surrogate && !nonchar && !bidi;
}

bool doc_is_text(const char *s, size_t len)
{
	while (len > 0) {
		uint32_t cp = 0;
		size_t n = text_utf8_next(&cp, s, len);

		if (n == 0 || !doc_is_char(cp))
			return false;
		s += n;
		len -= n;
	}
	return true;
}

struct doc *doc_new(struct arena *a, enum doc_kind kind)
{
	struct doc *d = arena_alloc(a, sizeof(*d));

	if (d != NULL)
		d->kind = kind;
	return d;
}

struct doc *doc_str(struct arena *a, const char *s)
{
	struct doc *d = doc_new(a, DOC_STR);

	if (d != NULL) {
		d->s = s;
		d->s_len = strlen(s);
	}
	return d;
}

struct doc *doc_int(struct arena *a, int64_t i)
{
	struct doc *d = doc_new(a, DOC_INT);

	if (d != NULL)
		d->i = i;
	return d;
}

struct doc *doc_bool(struct arena *a, bool b)
{
	struct doc *d = doc_new(a, DOC_BOOL);

	if (d != NULL)
		d->b = b;
	return d;
}

struct doc *doc_list(struct arena *a, size_t cap)
{
	struct doc *d = doc_new(a, DOC_LIST);

	if (d == NULL || cap == 0)
		return d;
	d->items = arena_array(a, cap, sizeof(struct doc *));
	return d->items != NULL ? d : NULL;
}

struct doc *doc_map(struct arena *a, size_t cap)
{
	struct doc *d = doc_list(a, cap);

	if (d == NULL)
		return NULL;
	d->kind = DOC_MAP;
	if (cap == 0)
		return d;
	d->keys = arena_array(a, cap, sizeof(const char *));
	return d->keys != NULL ? d : NULL;
}

void doc_add(struct doc *list, struct doc *item)
{
	list->items[list->count++] = item;
}

void doc_put(struct doc *map, const char *key, struct doc *item)
{
	map->keys[map->count] = key;
	doc_add(map, item);
}

static bool key_less(const struct doc *map, size_t a, size_t b)
{
	int c = strcmp(map->keys[a], map->keys[b]);

	return c != 0 ? c < 0 : a < b;
}

/* Shell's sort: qsort takes memory behind the counted allocator's back. */
size_t *doc_order(const struct doc *map, struct arena *a)
{
	size_t *o = arena_array(a, map->count + 1, sizeof(size_t));
	size_t gap = 1;

	if (o == NULL)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		o[i] = i;
	while (gap < map->count / 3)
		gap = 3 * gap + 1;
	for (; gap > 0; gap /= 3) {
		for (size_t i = gap; i < map->count; i++) {
			size_t x = o[i], j = i;

			for (; j >= gap && key_less(map, x, o[j - gap]); j -= gap)
				o[j] = o[j - gap];
			o[j] = x;
		}
	}
	return o;
}

static struct doc *get_n(const struct doc *map, const char *key, size_t len)
{
	for (size_t i = 0; i < map->count; i++)
		if (strlen(map->keys[i]) == len && memcmp(map->keys[i], key, len) == 0)
			return map->items[i];
	return NULL;
}

struct doc *doc_get(const struct doc *map, const char *key)
{
	return map->kind == DOC_MAP ? get_n(map, key, strlen(key)) : NULL;
}

/* The item that the start of *rest names; *rest moves to the dot or end behind it. */
static struct doc *step(const struct doc *d, const char **rest)
{
	size_t len = strlen(*rest);
	struct doc *item = NULL;
	uint64_t i = 0;

	if (d->kind == DOC_LIST) {
		len = strcspn(*rest, ".");
		if (d->count > 0 && text_u64(&i, *rest, len, d->count - 1))
			item = d->items[i];
	} else if (d->kind == DOC_MAP) {
		item = get_n(d, *rest, len);
		while (item == NULL && len > 0)
			if ((*rest)[--len] == '.')
				item = get_n(d, *rest, len);
	}
	*rest += item != NULL ? len : 0;
	return item;
}

static ota_status no_field(const struct doc *d, const char *path, const char *rest, ota_err *err)
{
	char word[DOC_KEY_MAX + 1] = "";
	size_t len = strcspn(rest, ".");
	const char *near = NULL;

	if (d->kind == DOC_LIST)
		return ota_fail(err, OTA_E_FIELD,
			"no field \"%s\": expected an index below %zu at \"%s\"", path, d->count,
			rest);
	if (d->kind != DOC_MAP)
		return ota_fail(err, OTA_E_FIELD, "no field \"%s\": nothing lies below \"%.*s\"",
			path, (int)(rest > path ? rest - path - 1 : 0), path);
	if (len <= DOC_KEY_MAX) {
		memcpy(word, rest, len);
		near = ota_nearest(word, d->keys, d->count);
	}
	if (near != NULL)
		return ota_fail(err, OTA_E_FIELD, "no field \"%s\"; did you mean \"%.*s%s\"?", path,
			(int)(rest - path), path, near);
	return ota_fail(err, OTA_E_FIELD, "no field \"%s\"", path);
}

ota_status doc_at(struct doc **out, struct doc *root, const char *path, ota_err *err)
{
	struct doc *d = root;
	const char *rest = path;

	while (*path != '\0') {
		struct doc *next = step(d, &rest);

		if (next == NULL)
			return no_field(d, path, rest, err);
		d = next;
		if (*rest == '\0')
			break;
		rest++;
	}
	*out = d;
	return OTA_OK;
}
