/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_io.h"

#include <stdlib.h>
#include <string.h>

struct inspect_opts {
	const char *field;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "field", "PATH", "print one value of the manifest alone: components.0.name",
		offsetof(struct inspect_opts, field), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{NULL, 0},
};

static ota_status field(struct cli *c, const ota_manifest *m, const char *path, ota_err *err)
{
	size_t len = 0;
	ota_status st = ota_manifest_get(m, path, NULL, 0, &len, err);
	char *text;

	if (st)
		return st;
	text = malloc(len + 1);
	if (!text)
		return ota_fail_nomem(err);
	st = ota_manifest_get(m, path, text, len + 1, &len, err);
	if (!st) {
		out_str(c->out, "field", NULL, path);
		out_bare(c->out, "value", text);
		out_bool(c->out, "verified", NULL, false);
	}
	free(text);
	return st;
}

static void show_form(struct out *o, const ota_peek *peek)
{
	static const char *const forms[] = {"package", "head", "slice"};
	ota_form form = ota_peek_form(peek);

	out_str(o, "form", "Form", forms[form]);
	if (form != OTA_FORM_SLICE)
		return;
	out_table(o, "here", "Sections in this slice");
	for (uint32_t i = 0; i < ota_manifest_count(ota_peek_manifest(peek), "sections"); i++) {
		if (!ota_peek_has_section(peek, i))
			continue;
		out_row(o);
		out_u64(o, "section", "Section", i);
		out_end(o);
	}
	out_end(o);
}

static ota_status everything(struct cli *c, const ota_peek *peek, ota_err *err)
{
	const ota_manifest *m = ota_peek_manifest(peek);
	size_t len, json_len;
	const uint8_t *digest = ota_peek_digest(peek, &len);
	const uint8_t *json = ota_peek_manifest_bytes(peek, &json_len);
	char *copy;
	ota_status st;

	out_str(c->out, "file", "File", c->args.v[0]);
	out_str(c->out, "status", "Status", "NOT VERIFIED: anybody may have written this");
	out_bool(c->out, "verified", NULL, false);
	show_form(c->out, peek);
	st = show_identity(c->out, m, digest, len, err);
	if (!st)
		st = show_contents(c->out, m, err);
	if (st)
		return st;
	show_header(c->out, ota_peek_header(peek));
	show_signatures(c->out, peek);
	copy = strndup((const char *)json, json_len);
	if (!copy)
		return ota_fail_nomem(err);
	out_raw(c->out, "manifest", copy);
	free(copy);
	return OTA_OK;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct inspect_opts *i = c->opts;
	ota_source *src = NULL;
	ota_peek *peek = NULL;
	ota_status st;

	st = io_open(&src, c, c->args.v[0], err);
	if (!st)
		st = ota_pkg_peek(&peek, c->ctx, src, c->rep, err);
	if (!st)
		st = i->field ? field(c, ota_peek_manifest(peek), i->field, err)
			      : everything(c, peek, err);
	ota_peek_free(peek);
	ota_source_close(src);
	return st;
}

static const char *const operands[] = {"PKG.otap|-", NULL};
static const char *const examples[] = {
	"otatool inspect release.otap",
	"otatool inspect release.otap --field components.0.target.hash",
	NULL,
};

const struct verb verb_inspect = {
	.name = "inspect",
	.group = "Check",
	.summary = "show what a package says, without verifying it",
	.synopsis = "PKG.otap|- [--field PATH]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct inspect_opts),
	.run = run,
	.examples = examples,
};
