/* SPDX-License-Identifier: MIT */
/* `from:` of a delta: one path, or a list of them. In the YAML form alone. */
#include <model/check.h>

#define PATH_MAX_LEN 4096U

static void read_path(struct schema_read_ctx *c, struct manifest_from *out, const struct doc *d)
{
	bool text = d->kind == DOC_STR || (d->kind == DOC_TEXT && d->s_len > 0);

	if (!text || d->s_len == 0 || d->s_len > PATH_MAX_LEN)
		schema_find(c, OTA_E_TYPE, d, "expected a path of 1 to %u bytes", PATH_MAX_LEN);
	else
		*out = (struct manifest_from){d->s, d};
}

static void from_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	size_t *count = (size_t *)(void *)((char *)member - f->off + f->count_off);
	size_t n = d->kind == DOC_LIST ? d->count : 1;
	struct manifest_from *from;

	if (n == 0 || n > MANIFEST_PAYLOADS_MAX) {
		schema_find(c, OTA_E_RANGE, d, "expected a path or a list of 1 to %d, found %zu",
			MANIFEST_PAYLOADS_MAX, n);
		return;
	}
	from = arena_array(schema_arena(c), n, sizeof(from[0]));
	if (from == NULL) {
		schema_find(c, OTA_E_NOMEM, d, "out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_path(c, &from[i], d->kind == DOC_LIST ? d->items[i] : d);
	*(struct manifest_from **)member = from;
	*count = n;
}

static ota_status from_write(
	struct doc **out, struct arena *a, const void *member, const struct field *f, ota_err *err)
{
	const struct manifest_from *from = *(struct manifest_from *const *)member;
	size_t n = *(const size_t *)(const void *)((const char *)member - f->off + f->count_off);
	struct doc *d = n == 1 ? doc_str(a, from->path) : doc_list(a, n);

	*out = n > 0 ? d : NULL;
	for (size_t i = 0; d != NULL && n > 1 && i < n; i++) {
		struct doc *item = doc_str(a, from[i].path);

		if (item == NULL)
			return ota_fail_nomem(err);
		doc_add(d, item);
	}
	return d != NULL ? OTA_OK : ota_fail_nomem(err);
}

const struct field_hook from_hook = {
	.read = from_read,
	.write = from_write,
	.json_schema = "{\"oneOf\":[{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096},"
		       "{\"type\":\"array\",\"minItems\":1,\"maxItems\":64,\"items\":"
		       "{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}}]}",
};
