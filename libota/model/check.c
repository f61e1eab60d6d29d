/* SPDX-License-Identifier: MIT */
#include <model/check.h>

#include <stdio.h>
#include <string.h>

void check_vfind(struct check *c, ota_id id, const struct doc *at, const char *subject,
	const char *fmt, va_list ap)
{
	char text[224];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* lint.* is advice to an author; in what was signed the same thing is damage. */
	if (c->form == SCHEMA_CANON && strncmp(ota_id_find(id)->name, "lint.", 5) == 0)
		id = OTA_E_MANIFEST;
	finds_add(&c->finds, &(struct find){.id = id, .at = at, .subject = subject, .text = text});
}

void check_find(
	struct check *c, ota_id id, const struct doc *at, const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	check_vfind(c, id, at, subject, fmt, ap);
	va_end(ap);
}

bool check_read(const struct check *c, const char *const *paths)
{
	for (; *paths != NULL; paths++)
		if (unread_touches(c->unread, *paths))
			return false;
	return true;
}

const struct doc *check_node(const struct doc *d, const char *key)
{
	return d != NULL && d->kind == DOC_MAP ? doc_get(d, key) : NULL;
}

const struct doc *check_item(const struct doc *list, size_t index)
{
	return list != NULL && list->kind == DOC_LIST && index < list->count ? list->items[index]
									     : NULL;
}

const struct doc *check_key(const struct doc *map, size_t i)
{
	return map->key_marks != NULL ? map->key_marks[i] : map->items[i];
}

static void gate_text(
	struct check *c, const struct doc *root, const char *key, const char *want, ota_id id)
{
	const struct doc *d = check_node(root, key);

	if (d != NULL && d->s != NULL && strcmp(d->s, want) != 0)
		check_find(c, id, d, key, "expected %s, found %.64s", want, d->s);
}

void check_gate(struct check *c, const struct doc *root, const char *format)
{
	const struct doc *critical = check_node(root, "critical"), *d;

	gate_text(c, root, "format", format, OTA_E_TYPE);
	gate_text(c, root, "spec", "1.0", OTA_E_VERSION_FMT);
	for (size_t i = 0; (d = check_item(critical, i)) != NULL; i++) {
		const char *key = d->s != NULL ? d->s : "";

		if (c->form == SCHEMA_SOURCE &&
			(strncmp(key, "x-", 2) != 0 || doc_get(root, key) == NULL))
			check_find(c, OTA_E_MISSING, d, "critical",
				"V11: %.64s is not an x- key of this file", key);
		else
			check_find(c, OTA_E_CRITICAL, d, "critical",
				"%.64s must be understood and is not known to this otatool", key);
	}
}
