/* SPDX-License-Identifier: MIT */
#include <model/semver.h>

#include <string.h>

#include <doc/schema.h>

static bool is_string(const struct doc *d)
{
	return d->kind == DOC_STR || d->kind == DOC_TEXT;
}

static void version_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	const char **out = member;

	(void)f;
	if (!is_string(d))
		schema_find(c, OTA_E_TYPE, d, "a version is text, such as 2.4.0");
	else if (!semver_ok(d->s))
		schema_find(c, OTA_E_TYPE, d,
			"\"%.70s\" is not SemVer 2.0.0: write MAJOR.MINOR.PATCH without leading "
			"zeros, 2026.1.15 for 2026.01.15",
			d->s);
	else
		*out = d->s;
}

static void range_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	const char **out = member;

	(void)f;
	if (!is_string(d))
		schema_find(c, OTA_E_TYPE, d, "a range is text, such as \">=2.0.0 <2.4.0\"");
	else if (!semver_range_ok(d->s))
		schema_find(c, OTA_E_TYPE, d,
			"\"%.70s\" is not a range: comparisons such as >=2.0.0 with one blank "
			"between them, alternatives with \" || \"",
			d->s);
	else
		*out = d->s;
}

static ota_status text_write(
	struct doc **out, struct arena *a, const void *member, const struct field *f, ota_err *err)
{
	const char *const *text = member;

	(void)f;
	*out = NULL;
	if (*text == NULL)
		return OTA_OK;
	*out = doc_str(a, *text);
	return *out != NULL ? OTA_OK : ota_fail_nomem(err);
}

/* The pattern leaves the limit on numbers to the reader. */
const struct field_hook version_hook = {
	.read = version_read,
	.write = text_write,
	.json_schema = "{\"type\":\"string\",\"maxLength\":64,\"pattern\":"
		       "\"^(0|[1-9][0-9]*)\\\\.(0|[1-9][0-9]*)\\\\.(0|[1-9][0-9]*)"
		       "(-[0-9A-Za-z-]+(\\\\.[0-9A-Za-z-]+)*)?(\\\\+[0-9A-Za-z-]+(\\\\.[0-9A-Za-z-]"
		       "+)*)?$\"}",
};

const struct field_hook range_hook = {
	.read = range_read,
	.write = text_write,
	.json_schema = "{\"type\":\"string\",\"minLength\":1,\"maxLength\":1024}",
};
