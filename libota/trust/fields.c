/* SPDX-License-Identifier: MIT */
#include <trust/fields.h>

#include <inttypes.h>
#include <string.h>

ota_status field_text(const char **out, const struct doc *map, const char *key, ota_err *err)
{
	const struct doc *d = doc_get(map, key);

	if (d == NULL || d->kind != DOC_STR)
		return ota_fail(err, OTA_E_ROOT, "%s: expected a string", key);
	*out = d->s;
	return OTA_OK;
}

ota_status field_count(
	uint64_t *out, const struct doc *map, const char *key, uint64_t max, ota_err *err)
{
	const struct doc *d = doc_get(map, key);

	if (d == NULL || d->kind != DOC_INT || d->i < 1 || (uint64_t)d->i > max)
		return ota_fail(err, OTA_E_ROOT, "%s: expected a whole number from 1 to %" PRIu64,
			key, max);
	*out = (uint64_t)d->i;
	return OTA_OK;
}

ota_status field_map(struct doc **out, const struct doc *map, const char *key, ota_err *err)
{
	struct doc *d = doc_get(map, key);

	if (d == NULL || d->kind != DOC_MAP)
		return ota_fail(err, OTA_E_ROOT, "%s: expected an object", key);
	*out = d;
	return OTA_OK;
}

ota_status field_list(
	struct doc **out, const struct doc *map, const char *key, size_t max, ota_err *err)
{
	struct doc *d = doc_get(map, key);

	if (d == NULL || d->kind != DOC_LIST || d->count > max)
		return ota_fail(
			err, OTA_E_ROOT, "%s: expected a list of at most %zu strings", key, max);
	for (size_t i = 0; i < d->count; i++) {
		if (d->items[i]->kind != DOC_STR)
			return ota_fail(err, OTA_E_ROOT, "%s: expected strings", key);
		if (doc_index(d, d->items[i]->s) < i)
			return ota_fail(
				err, OTA_E_ROOT, "%s: \"%.80s\" stands twice", key, d->items[i]->s);
	}
	*out = d;
	return OTA_OK;
}

bool field_is_package(struct digest *out, const char *s)
{
	const char *colon = strchr(s, ':');
	char name[16] = "";

	if (colon == NULL || (size_t)(colon - s) >= sizeof(name))
		return false;
	memcpy(name, s, (size_t)(colon - s));
	return digest_parse(out, hash_by_name(name), colon + 1, strlen(colon + 1));
}

ota_status field_packages(struct digest **out, size_t *n, struct arena *a, const struct doc *map,
	const char *key, size_t max, ota_err *err)
{
	struct doc *d = NULL;
	struct digest *v;
	ota_status st = field_list(&d, map, key, max, err);

	if (st)
		return st;
	v = arena_array(a, d->count + 1, sizeof(*v));
	if (v == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < d->count; i++)
		if (!field_is_package(&v[i], d->items[i]->s))
			return ota_fail(err, OTA_E_ROOT,
				"%s: \"%.80s\" is no digest such as sha256:…", key, d->items[i]->s);
	*out = v;
	*n = d->count;
	return OTA_OK;
}
