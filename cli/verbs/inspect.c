/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "show_against.h"
#include "show_contents.h"
#include "show_package.h"
#include "show_patch.h"
#include "show_sbom.h"
#include "with_io.h"
#include "with_trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct inspect_opts {
	struct trust_opts trust;
	const char *field, *find, *against;
	struct opt_number section;
	bool tables, full, print, sbom;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "field", "PATH", "print one value of the manifest alone: components.0.name",
		offsetof(struct inspect_opts, field), NULL},
	{0, OPT_FLAG, "tables", NULL, "show the chunk tables too, checked against the manifest",
		offsetof(struct inspect_opts, tables), NULL},
	{0, OPT_NUMBER, "section", "N", "with --tables: of this section alone",
		offsetof(struct inspect_opts, section), NULL},
	{0, OPT_FLAG, "full", NULL, "show every value: of the manifest, the header, the signatures",
		offsetof(struct inspect_opts, full), NULL},
	{0, OPT_FLAG, "print-manifest", NULL, "print the YAML that packs to this manifest, alone",
		offsetof(struct inspect_opts, print), NULL},
	{0, OPT_TEXT, "against", "PKG|DIR",
		"say what the packages or heads change against this one, or the last one in DIR",
		offsetof(struct inspect_opts, against), NULL},
	{0, OPT_FLAG, "sbom", NULL, "list what the SBOMs list that are attached to the packages",
		offsetof(struct inspect_opts, sbom), NULL},
	{0, OPT_TEXT, "find", "NAME",
		"with --sbom: only this name, which may hold * and ?; no if there is none",
		offsetof(struct inspect_opts, find), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&trust_group, offsetof(struct inspect_opts, trust)},
	{NULL, 0},
};

typedef ota_status get_fn(
	const ota_manifest *m, const char *path, char *buf, size_t cap, size_t *len, ota_err *err);

/* The value at path, to be freed. */
static ota_status get(char **out, get_fn *fn, const ota_manifest *m, const char *path, ota_err *err)
{
	size_t len = 0;
	ota_status st = fn(m, path, NULL, 0, &len, err);
	char *text;

	if (st)
		return st;
	text = malloc(len + 1);
	if (!text)
		return ota_fail_nomem(err);
	st = fn(m, path, text, len + 1, &len, err);
	if (st) {
		free(text);
		return st;
	}
	*out = text;
	return OTA_OK;
}

static ota_status field(struct cli *c, const ota_pkg *pkg, const char *path, ota_err *err)
{
	const ota_manifest *m = ota_pkg_manifest(pkg);
	char *text = NULL, *json = NULL;
	ota_status st;

	st = get(&text, ota_manifest_get, m, path, err);
	if (!st)
		st = get(&json, ota_manifest_get_json, m, path, err);
	if (!st) {
		out_str(c->out, "field", NULL, path);
		out_line(c->out, text);
		out_raw(c->out, "value", json);
		out_bool(c->out, "verified", NULL, ota_pkg_authentic(pkg));
	}
	free(json);
	free(text);
	return st;
}

/* Line by line: what stands in a text is escaped already, and a terminal is masked again. */
static ota_status lines(struct out *o, const uint8_t *p, size_t len, ota_err *err)
{
	char *text = strndup((const char *)p, len);
	char *rest = text, *line;

	if (!text)
		return ota_fail_nomem(err);
	out_str(o, "yaml", NULL, text);
	for (line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n"))
		out_line(o, line);
	free(text);
	return OTA_OK;
}

static ota_status print(struct cli *c, const ota_pkg *pkg, ota_err *err)
{
	ota_sink *yaml = NULL;
	const uint8_t *p;
	size_t len;
	ota_status st = ota_sink_memory(&yaml, c->ctx, err);

	if (!st)
		st = ota_manifest_print(yaml, ota_pkg_manifest(pkg), c->rep, err);
	if (!st)
		st = ota_sink_commit(yaml, err);
	if (!st) {
		if (!ota_pkg_authentic(pkg))
			out_line(c->out, "# NOT VERIFIED: anybody may have written this.");
		ota_sink_memory_bytes(yaml, &p, &len);
		st = lines(c->out, p, len, err);
		out_bool(c->out, "verified", NULL, ota_pkg_authentic(pkg));
	}
	if (!st && !c->common.json)
		explain_report(c->rep, stderr, false);
	ota_sink_close(yaml);
	return st;
}

static void show_form(struct out *o, const ota_pkg *pkg)
{
	static const char *const forms[] = {"package", "head", "slice"};
	ota_form form = ota_pkg_form(pkg);

	out_str(o, "form", "Form", forms[form]);
	if (form != OTA_FORM_SLICE)
		return;
	out_table(o, "here", "Sections in this slice");
	for (uint32_t i = 0; i < ota_manifest_count(ota_pkg_manifest(pkg), "sections"); i++) {
		if (!ota_pkg_has_section(pkg, i))
			continue;
		out_row(o);
		out_u64(o, "section", "Section", i);
		out_end(o);
	}
	out_end(o);
}

static void show_status(struct out *o, const ota_pkg *pkg)
{
	char text[128] = "NOT VERIFIED: anybody may have written this";

	if (ota_pkg_authentic(pkg))
		snprintf(text, sizeof(text), "signed by %s%s", ota_pkg_signer_at(pkg, 0),
			ota_pkg_signer_count(pkg) > 1 ? " and others" : "");
	out_cell(o, "Status", text);
	out_bool(o, "verified", NULL, ota_pkg_authentic(pkg));
}

static ota_status show_manifest(struct out *o, const ota_pkg *pkg, ota_err *err)
{
	size_t len;
	const uint8_t *json = ota_pkg_manifest_bytes(pkg, &len);
	char *copy = strndup((const char *)json, len);

	if (!copy)
		return ota_fail_nomem(err);
	out_raw(o, "manifest", copy);
	free(copy);
	return OTA_OK;
}

static ota_status everything(struct cli *c, ota_pkg *pkg, ota_err *err)
{
	const struct inspect_opts *i = c->opts;
	const ota_manifest *m = ota_pkg_manifest(pkg);
	size_t len;
	const uint8_t *digest = ota_pkg_digest(pkg, &len);
	ota_status st;

	out_str(c->out, "file", "File", c->args.v[0]);
	show_status(c->out, pkg);
	show_form(c->out, pkg);
	st = show_identity(c->out, TITLE(ota_pkg_authentic(pkg), "Package"), m, digest, len, err);
	if (!st)
		st = show_contents(c->out, pkg, err);
	if (st)
		return st;
	show_header(c->out, pkg, i->full);
	st = show_tree(c->out, pkg, err);
	if (!st)
		st = show_signatures(c->out, pkg, i->full, err);
	if (!st && i->full)
		st = show_fields(c->out, pkg, err);
	if (!st && i->tables)
		st = show_tables(
			c->out, pkg, i->section.given ? i->section.value : SHOW_SECTIONS_ALL, err);
	if (st)
		return st;
	show_unverified(c->out, pkg);
	return show_manifest(c->out, pkg, err);
}

static bool one_view(const struct inspect_opts *i)
{
	return i->field || i->print || i->tables || i->full;
}

static ota_status check(const struct inspect_opts *i, size_t operands, ota_err *err)
{
	if (one_view(i) + i->sbom + (i->against != NULL) > 1)
		return ota_fail(err, OTA_E_OPTION,
			"--sbom and --against show one thing alone: they go with none of the "
			"others");
	if (i->against && trust_given(&i->trust))
		return ota_fail(err, OTA_E_OPTION,
			"--against compares what is yet to be signed: it takes no key");
	if (i->find && !i->sbom)
		return ota_fail(err, OTA_E_OPTION, "--find goes with --sbom");
	if (operands > 1 && !i->sbom && !i->against)
		return ota_fail(
			err, OTA_E_ARGUMENT, "several packages go with --sbom or --against");
	if ((i->field || i->print) && (i->tables || i->full || (i->field && i->print)))
		return ota_fail(err, OTA_E_OPTION,
			"%s prints one thing alone: it goes with none of the others",
			i->field ? "--field" : "--print-manifest");
	if (i->section.given && !i->tables)
		return ota_fail(err, OTA_E_OPTION, "--section goes with --tables");
	return OTA_OK;
}

/* trust->trust NULL: nothing vouches for it. */
static ota_status open_pkg(ota_pkg **out, const struct trust *trust, struct cli *c,
	const char *name, ota_source *src, ota_err *err)
{
	ota_status st = trust->trust ? ota_pkg_open(out, c->ctx, src, trust->trust, c->rep, err)
				     : ota_pkg_open_unauthenticated(out, c->ctx, src, c->rep, err);

	return ota_err_in(err, st, "%s", name);
}

static ota_status patch(struct cli *c, ota_source *src, ota_err *err)
{
	const struct inspect_opts *i = c->opts;

	if (trust_given(&i->trust) || one_view(i))
		return ota_fail(err, OTA_E_OPTION,
			"%s is a patch: it has no manifest and no signature", c->args.v[0]);
	return show_patch(c, src, err);
}

static ota_status package(struct cli *c, const struct trust *trust, ota_source *src, ota_err *err)
{
	const struct inspect_opts *i = c->opts;
	ota_pkg *pkg = NULL;
	ota_status st = open_pkg(&pkg, trust, c, c->args.v[0], src, err);

	if (!st)
		st = i->field   ? field(c, pkg, i->field, err)
		     : i->print ? print(c, pkg, err)
				: everything(c, pkg, err);
	ota_pkg_free(pkg);
	return st;
}

static ota_status one(struct cli *c, const struct trust *trust, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, c->args.v[0], err);

	if (!st)
		st = show_is_patch(src) ? patch(c, src, err) : package(c, trust, src, err);
	ota_source_close(src);
	return st;
}

static ota_status sbom_of(struct cli *c, const struct trust *trust, const char *name,
	struct sbom_tally *tally, ota_err *err)
{
	struct io_file in = {.src = NULL};
	ota_pkg *pkg = NULL;
	ota_status st = io_open_file(&in, c, name, err);

	if (!st)
		st = open_pkg(&pkg, trust, c, name, in.src, err);
	if (!st)
		st = show_sbom(c, pkg, name, tally, err);
	ota_pkg_free(pkg);
	io_close_file(&in);
	return st;
}

static ota_status sboms(struct cli *c, const struct trust *trust, ota_err *err)
{
	const struct inspect_opts *i = c->opts;
	struct sbom_tally tally = {.find = i->find};
	ota_status st = OTA_OK;

	out_table(c->out, "listed", TITLE(trust->trust != NULL, "Listed"));
	for (size_t k = 0; !st && k < c->args.n; k++)
		st = sbom_of(c, trust, c->args.v[k], &tally, err);
	out_end(c->out);
	out_bool(c->out, "verified", NULL, trust->trust != NULL);
	if (!c->common.json)
		explain_report(c->rep, stderr, false);
	return st ? st : show_sbom_verdict(&tally, err);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct inspect_opts *i = c->opts;
	struct trust trust = {NULL};
	ota_status st = check(i, c->args.n, err);

	if (!st && trust_given(&i->trust))
		st = trust_open(&trust, c, &i->trust, err);
	if (!st)
		st = i->against ? show_against(c, i->against, err)
		     : i->sbom  ? sboms(c, &trust, err)
				: one(c, &trust, err);
	trust_close(&trust);
	return st;
}

static const char *const operands[] = {"PKG.otap|PATCH|-", NULL};
static const char *const examples[] = {
	"otatool inspect release.otap",
	"otatool inspect release.otap --field components.0.target.hash",
	"otatool inspect release.otap --key rel.pub --full --tables",
	"otatool inspect release.otap --key rel.pub --print-manifest >again.yaml",
	"otatool inspect given.patch",
	"otatool inspect unsigned.head --against release.otap",
	"otatool inspect attached.otap --key rel.pub --sbom --find 'openssl*'",
	NULL,
};

const struct verb verb_inspect = {
	.name = "inspect",
	.group = "Check",
	.summary = "show what a package or a patch says and what in it costs how much",
	.synopsis = "PKG.otap|PATCH|- [--key PUB] [--field PATH | --print-manifest | [--full] "
		    "[--tables "
		    "[--section N]] | --sbom [--find NAME] | --against PKG|DIR]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_MANY,
	.options = options,
	.opts_size = sizeof(struct inspect_opts),
	.run = run,
	.examples = examples,
};
