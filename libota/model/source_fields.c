/* SPDX-License-Identifier: MIT */
/* The YAML forms. Host only: a device reads the canonical form and links no YAML reader. */
#include <model/check.h>
#include <model/devfile.h>

/* Today's only codec; the canonical form names it, so that its default can be otad. */
static void name_codecs(ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++) {
		struct manifest_component *c = &m->components[i];

		for (size_t k = 0; k < c->payload_count; k++)
			if (c->payloads[k].kind == PAYLOAD_DELTA && c->payloads[k].codec == NULL)
				c->payloads[k].codec = "bsdiff";
	}
}

ota_status manifest_read_source(ota_manifest **out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, ota_report *rep, ota_err *err)
{
	ota_manifest *m = NULL;
	struct doc *root = NULL;
	ota_status st;

	st = manifest_new(&m, ctx, err);
	if (st)
		return st;
	st = yaml_read(&root, &m->arena, yaml, name, rep, err);
	if (st)
		goto out;
	st = manifest_from_doc(m, root, SCHEMA_SOURCE, name, rep, err);
	if (st)
		goto out;
	name_codecs(m);
	*out = m;
	m = NULL;
out:
	manifest_free(m);
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
