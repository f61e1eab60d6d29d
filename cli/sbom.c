/* SPDX-License-Identifier: MIT */
#include "sbom.h"

#include <string.h>

#include <cjson/cJSON.h>

/* CycloneDX nests components: no deeper than cJSON lets a document be. */
struct reader {
	sbom_item_fn *fn;
	void *arg;
};

static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static const cJSON *list_of(const cJSON *object, const char *key)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsArray(list) ? list : NULL;
}

static void tell(const struct reader *r, const struct sbom_item *item)
{
	if (item->name && *item->name)
		r->fn(r->arg, item);
}

/* ---- SPDX 2: packages, with references to what they are elsewhere ---- */

static const char *spdx2_purl(const cJSON *package)
{
	const cJSON *ref;

	cJSON_ArrayForEach(ref, list_of(package, "externalRefs"))
	{
		const char *type = text_of(ref, "referenceType");

		if (type && !strcmp(type, "purl"))
			return text_of(ref, "referenceLocator");
	}
	return NULL;
}

static void spdx2(const struct reader *r, const cJSON *root)
{
	const cJSON *p;

	cJSON_ArrayForEach(p, list_of(root, "packages"))
	{
		const char *concluded = text_of(p, "licenseConcluded");
		bool said = concluded && strcmp(concluded, "NOASSERTION") != 0;
		const struct sbom_item item = {
			.name = text_of(p, "name"),
			.version = text_of(p, "versionInfo"),
			.license = said ? concluded : text_of(p, "licenseDeclared"),
			.purl = spdx2_purl(p),
		};

		tell(r, &item);
	}
}

/* ---- SPDX 3: a graph of elements ---- */

static void spdx3(const struct reader *r, const cJSON *root)
{
	const cJSON *e;

	cJSON_ArrayForEach(e, list_of(root, "@graph"))
	{
		const char *type = text_of(e, "type");
		const struct sbom_item item = {
			.name = text_of(e, "name"),
			.version = text_of(e, "software_packageVersion"),
			.purl = text_of(e, "software_packageUrl"),
		};

		if (type && !strcmp(type, "software_Package"))
			tell(r, &item);
	}
}

/* ---- CycloneDX: components, which may have components ---- */

static const char *cdx_license(const cJSON *component)
{
	const cJSON *first = cJSON_GetArrayItem(list_of(component, "licenses"), 0);
	const cJSON *license = cJSON_GetObjectItemCaseSensitive(first, "license");
	const char *expression = text_of(first, "expression"), *id = text_of(license, "id");

	return expression ? expression : id ? id : text_of(license, "name");
}

static void cdx_component(const struct reader *r, const cJSON *c)
{
	const struct sbom_item item = {
		.name = text_of(c, "name"),
		.version = text_of(c, "version"),
		.license = cdx_license(c),
		.purl = text_of(c, "purl"),
	};

	tell(r, &item);
}

/* Depth first, without recursion: down, else next, else up and next. */
static void cdx(const struct reader *r, const cJSON *root)
{
	const cJSON *stack[CJSON_NESTING_LIMIT];
	size_t depth = 0;
	const cJSON *list = list_of(root, "components"), *at = list ? list->child : NULL;

	while (at) {
		const cJSON *inner = list_of(at, "components");

		cdx_component(r, at);
		if (inner && inner->child && depth < CJSON_NESTING_LIMIT) {
			stack[depth++] = at;
			at = inner->child;
			continue;
		}
		while (!at->next && depth)
			at = stack[--depth];
		at = at->next;
	}
}

static ota_status dispatch(const struct reader *r, const cJSON *root, ota_err *err)
{
	const char *format = text_of(root, "bomFormat");

	if (text_of(root, "spdxVersion"))
		spdx2(r, root);
	else if (list_of(root, "@graph"))
		spdx3(r, root);
	else if (format && !strcmp(format, "CycloneDX"))
		cdx(r, root);
	else
		return ota_fail(err, OTA_E_FEATURE,
			"it is neither SPDX 2 or 3 nor CycloneDX, as JSON: `extract --attachment` "
			"writes it out");
	return OTA_OK;
}

ota_status sbom_read(const uint8_t *text, size_t len, sbom_item_fn *fn, void *arg, ota_err *err)
{
	const struct reader r = {fn, arg};
	cJSON *root = cJSON_ParseWithLength((const char *)text, len);
	ota_status st;

	if (!root)
		return ota_fail(err, OTA_E_JSON, "the SBOM is no JSON");
	st = dispatch(&r, root, err);
	cJSON_Delete(root);
	return st;
}
