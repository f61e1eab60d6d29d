/* SPDX-License-Identifier: MIT */
/* The YAML forms. Host only: a device reads the canonical form and links no YAML reader. */
#include <model/check.h>
#include <model/devfile.h>

#include <string.h>

/* The canonical form never names the codec that is meant where none is. */
static void name_codecs(ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++) {
		struct manifest_component *c = &m->components[i];

		for (size_t k = 0; k < c->payload_count; k++)
			if (c->payloads[k].codec != NULL &&
				strcmp(c->payloads[k].codec, CODEC_DEFAULT) == 0)
				c->payloads[k].codec = NULL;
	}
}

/* ---- --set ---- */

/* The value of what is set here is a place on one machine, which never enters a package. */
static bool names_a_file(const char *path)
{
	static const char *const keys[] = {"image", "from", "file"};

	for (const char *part = path; *part != '\0';) {
		size_t len = strcspn(part, ".");

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strlen(keys[i]) == len && memcmp(part, keys[i], len) == 0)
				return true;
		part += len + (part[len] == '.');
	}
	return false;
}

static ota_status set_one(
	const char **record, struct arena *a, struct doc *root, const char *text, ota_err *err)
{
	const char *eq = strchr(text, '='), *value = eq != NULL ? eq + 1 : "";
	char *path = eq != NULL ? arena_strndup(a, text, (size_t)(eq - text)) : NULL;
	char *copy = arena_strndup(a, text, strlen(text));
	struct doc *d = NULL;
	ota_status st;

	if (eq == NULL || eq == text)
		return ota_fail(
			err, OTA_E_ARGUMENT, "expected PATH=VALUE to set, found \"%.64s\"", text);
	if (path == NULL || copy == NULL)
		return ota_fail_nomem(err);
	st = doc_at(&d, root, path, err);
	if (st)
		return st;
	if (d->kind != DOC_TEXT && d->kind != DOC_STR)
		return ota_fail(err, OTA_E_FIELD, "\"%.128s\" is no single value to set", path);
	if (!doc_is_text(value, strlen(value)))
		return ota_fail(err, OTA_E_TEXT, "%.128s is set to what no text may hold", path);
	/* Plain, so that the table gives the type; but of no length it would be no value. */
	d->kind = *value != '\0' ? DOC_TEXT : DOC_STR;
	d->s = copy + (value - text);
	d->s_len = strlen(value);
	*record = names_a_file(path) ? path : copy;
	return OTA_OK;
}

/* Two values for one path would hide one of them. */
static bool set_before(const struct manifest_sets *sets, size_t i)
{
	size_t len = strcspn(sets->v[i], "=");

	for (size_t k = 0; k < i; k++)
		if (strcspn(sets->v[k], "=") == len && memcmp(sets->v[k], sets->v[i], len) == 0)
			return true;
	return false;
}

static ota_status set_all(const char **records, ota_manifest *m, struct doc *root,
	const struct manifest_sets *sets, ota_err *err)
{
	ota_status st = OTA_OK;

	if (sets->n > MANIFEST_SETS_MAX)
		return ota_fail(
			err, OTA_E_LIMIT_COUNT, "at most %d values can be set", MANIFEST_SETS_MAX);
	for (size_t i = 0; !st && i < sets->n; i++) {
		if (set_before(sets, i))
			return ota_fail(err, OTA_E_ARGUMENT, "\"%.64s\" is set twice", sets->v[i]);
		st = set_one(&records[i], &m->arena, root, sets->v[i], err);
	}
	return st;
}

static ota_status record_sets(const struct manifest_draft *d, ota_err *err)
{
	ota_manifest *m = d->m;

	if (d->set_count == 0)
		return OTA_OK;
	if (m->build == NULL)
		m->build = arena_alloc(&m->arena, sizeof(*m->build));
	if (m->build == NULL)
		return ota_fail_nomem(err);
	m->build->sets = d->sets;
	m->build->set_count = d->set_count;
	return OTA_OK;
}

ota_status manifest_draft_read(struct manifest_draft *out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, const struct manifest_sets *sets, ota_report *rep, ota_err *err)
{
	static const struct manifest_sets none = {NULL, 0};
	struct manifest_draft d = {.m = NULL};
	ota_status st;

	st = manifest_new(&d.m, ctx, err);
	if (st)
		return st;
	sets = sets != NULL ? sets : &none;
	d.sets = arena_array(&d.m->arena, sets->n, sizeof(d.sets[0]));
	d.set_count = sets->n;
	st = d.sets != NULL ? yaml_read(&d.root, &d.m->arena, yaml, name, rep, err)
			    : ota_fail_nomem(err);
	if (!st)
		st = set_all(d.sets, d.m, d.root, sets, err);
	if (st) {
		manifest_free(d.m);
		return st;
	}
	*out = d;
	return OTA_OK;
}

ota_status manifest_draft_judge(
	const struct manifest_draft *d, const char *name, ota_report *rep, ota_err *err)
{
	ota_status st = manifest_from_doc(d->m, d->root, SCHEMA_SOURCE, name, rep, err);

	if (st)
		return st;
	name_codecs(d->m);
	return record_sets(d, err);
}

ota_status manifest_read_source(ota_manifest **out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, const struct manifest_sets *sets, ota_report *rep, ota_err *err)
{
	struct manifest_draft d;
	ota_status st = manifest_draft_read(&d, ctx, yaml, name, sets, rep, err);

	if (st)
		return st;
	st = manifest_draft_judge(&d, name, rep, err);
	if (st)
		manifest_free(d.m);
	else
		*out = d.m;
	return st;
}

ota_status ota_devfile_read(ota_devfile **out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, ota_report *rep, ota_err *err)
{
	ota_devfile *d = NULL;
	struct doc *root = NULL;
	ota_status st;

	st = devfile_new(&d, ctx, err);
	if (st)
		return st;
	st = yaml_read(&root, &d->arena, yaml, name, rep, err);
	if (st)
		goto out;
	st = devfile_from_doc(d, root, name, rep, err);
	if (st)
		goto out;
	*out = d;
	d = NULL;
out:
	ota_devfile_free(d);
	return st;
}
