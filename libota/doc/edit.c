/* SPDX-License-Identifier: MIT */
/* Trees that were read are packed tight: what is added moves the items to a roomier place. */
#include <doc/doc.h>

#include <string.h>

static bool is_text(const struct doc *d)
{
	return d->kind == DOC_STR || d->kind == DOC_TEXT;
}

size_t doc_index(const struct doc *d, const char *s)
{
	for (size_t i = 0; i < d->count; i++) {
		bool found = d->kind == DOC_MAP
				     ? strcmp(d->keys[i], s) == 0
				     : is_text(d->items[i]) && strcmp(d->items[i]->s, s) == 0;

		if (found)
			return i;
	}
	return d->count;
}

bool doc_push(struct doc *list, struct arena *a, struct doc *item)
{
	struct doc **items = arena_array(a, list->count + 1, sizeof(struct doc *));

	if (items == NULL || item == NULL)
		return false;
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(struct doc *));
	list->items = items;
	doc_add(list, item);
	return true;
}

bool doc_set(struct doc *map, struct arena *a, const char *key, struct doc *item)
{
	size_t at = doc_index(map, key);
	const char **keys;

	if (item == NULL)
		return false;
	if (at < map->count) {
		map->items[at] = item;
		return true;
	}
	keys = arena_array(a, map->count + 1, sizeof(const char *));
	if (keys == NULL || !doc_push(map, a, item))
		return false;
	if (at > 0)
		memcpy(keys, map->keys, at * sizeof(const char *));
	keys[at] = key;
	map->keys = keys;
	return true;
}

void doc_drop(struct doc *d, size_t index)
{
	size_t behind = d->count - index - 1;

	memmove(&d->items[index], &d->items[index + 1], behind * sizeof(struct doc *));
	if (d->kind == DOC_MAP)
		memmove(&d->keys[index], &d->keys[index + 1], behind * sizeof(const char *));
	d->count--;
}
