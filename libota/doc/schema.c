/* SPDX-License-Identifier: MIT */
#include <doc/table.h>

#include <string.h>

#include <base/num.h>
#include <base/text.h>

bool field_in_form(const struct field *f, enum schema_form form)
{
	return (f->flags & (form == SCHEMA_SOURCE ? FIELD_CANON : FIELD_SOURCE)) == 0;
}

bool is_x_key(const char *key)
{
	return strncmp(key, "x-", 2) == 0;
}

const struct field *table_find(const struct schema *s, const char *key, enum schema_form form)
{
	for (const struct field *f = s->fields; f->key != NULL; f++)
		if (strcmp(f->key, key) == 0 && field_in_form(f, form))
			return f;
	return NULL;
}

#define NAMES_MAX 64

const char *table_nearest(const struct schema *s, const char *key, enum schema_form form)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (const struct field *f = s->fields; f->key != NULL && n < NAMES_MAX; f++)
		if (field_in_form(f, form))
			names[n++] = f->key;
	return ota_nearest(key, names, n);
}

uint64_t field_max(const struct field *f)
{
	return f->max > 0 ? f->max : (uint64_t)DOC_INT_MAX;
}

bool enum_has_default(const struct field *f)
{
	uint64_t n = 0;

	while (f->names[n] != NULL)
		n++;
	return f->dflt < n;
}

/* Recursion over tables, which are ours: an embedded object's members have defaults too. */
void table_defaults(void *obj, const struct schema *s)
{
	for (const struct field *f = s->fields; f->key != NULL; f++) {
		void *m = (char *)obj + f->off;

		if (f->type == F_U64)
			*(uint64_t *)m = f->dflt;
		else if (f->type == F_BOOL)
			*(bool *)m = f->dflt != 0;
		else if (f->type == F_ENUM)
			*(unsigned *)m = u32_of_u64(f->dflt);
		else if (f->type == F_TIME)
			*(int64_t *)m = OTA_TIME_NONE;
		else if (f->type == F_OBJ && (f->flags & FIELD_PTR) == 0)
			table_defaults(m, f->sub);
	}
}

void table_likes(void *obj, const struct schema *s, const struct doc *d)
{
	for (const struct field *f = s->fields; f->key != NULL; f++)
		if (f->like != 0 && doc_get(d, f->key) == NULL)
			memcpy((char *)obj + f->off, (const char *)obj + f->like, sizeof(uint64_t));
}

bool field_is_default(const void *obj, const struct field *f)
{
	const void *m = (const char *)obj + f->off, *like = (const char *)obj + f->like;

	switch (f->type) {
	case F_STR:
	case F_ID:
	case F_HEX:
		return *(const char *const *)m == NULL;
	case F_U64:
		if (f->like != 0)
			return *(const uint64_t *)m == *(const uint64_t *)like;
		return *(const uint64_t *)m == f->dflt;
	case F_BOOL:
		return *(const bool *)m == (f->dflt != 0);
	case F_ENUM:
		return *(const unsigned *)m == f->dflt;
	case F_TIME:
		return *(const int64_t *)m == OTA_TIME_NONE;
	case F_OBJ:
	case F_LIST:
	case F_STRS:
	case F_HOOK:
		break;
	}
	return false;
}

bool unread_touches(const struct unread *u, const char *path)
{
	for (; u != NULL; u = u->next) {
		const char *a = u->path, *b = path;

		while (*a != '\0' && *b != '\0') {
			size_t n = strcspn(a, "."), m = strcspn(b, ".");

			if (*b != '*' && (n != m || memcmp(a, b, n) != 0))
				break;
			a += n + (a[n] == '.');
			b += m + (b[m] == '.');
		}
		if (*a == '\0' || *b == '\0')
			return true;
	}
	return false;
}
