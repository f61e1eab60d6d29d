/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "show_package.h"
#include "with_io.h"

#include <string.h>

static ota_status open_side(
	ota_pkg **pkg, ota_source **src, struct cli *c, const char *name, ota_err *err)
{
	ota_status st = io_open(src, c, name, err);

	if (!st)
		st = ota_pkg_open_unauthenticated(pkg, c->ctx, *src, c->rep, err);
	return st ? ota_err_in(err, st, "%s", name) : OTA_OK;
}

static void show_side(struct out *o, const char *key, const char *name, const ota_pkg *pkg)
{
	static const char *const forms[] = {"package", "head", "slice"};
	size_t len;
	const uint8_t *digest = ota_pkg_digest(pkg, &len);
	char alg[16];

	out_row(o);
	out_str(o, "side", " ", key);
	out_str(o, "file", "File", name);
	out_str(o, "form", "Form", forms[ota_pkg_form(pkg)]);
	out_u64(o, "signatures", "Signatures", ota_pkg_sig_count(pkg));
	out_digest(o, "digest", "Digest", show_hash_name(ota_pkg_manifest(pkg), alg), digest, len);
	out_end(o);
}

static ota_status check(struct cli *c, ota_pkg *a, ota_pkg *b, ota_err *err)
{
	size_t len;
	const uint8_t *digest = ota_pkg_digest(a, &len);
	ota_status st;

	show_keep_digest(c, digest, len);
	st = ota_repro_check(a, b, c->rep, err);
	if (st && err->id != OTA_E_REPRO)
		return st;
	out_table(c->out, "compared", "Compared");
	show_side(c->out, "first", c->args.v[0], a);
	show_side(c->out, "second", c->args.v[1], b);
	out_end(c->out);
	out_line(c->out, "");
	out_bool(c->out, "same", "Same content", !st);
	if (st && !c->common.json)
		explain_report(c->rep, stdout, true);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	ota_source *a_src = NULL, *b_src = NULL;
	ota_pkg *a = NULL, *b = NULL;
	ota_status st = OTA_OK;

	if (!strcmp(c->args.v[0], "-") && !strcmp(c->args.v[1], "-"))
		st = ota_fail(err, OTA_E_ARGUMENT, "stdin can be only one of the two");
	if (!st)
		st = open_side(&a, &a_src, c, c->args.v[0], err);
	if (!st)
		st = open_side(&b, &b_src, c, c->args.v[1], err);
	if (!st)
		st = check(c, a, b, err);
	ota_pkg_free(b);
	ota_pkg_free(a);
	ota_source_close(b_src);
	ota_source_close(a_src);
	return st;
}

static const char *const operands[] = {"A.otap|-", "B.otap|-", NULL};
static const char *const examples[] = {
	"otatool repro-check unsigned.otap release.otap",
	NULL,
};

const struct verb verb_repro_check = {
	.name = "repro-check",
	.group = "Check",
	.summary = "say whether two packages have the same content, or where it differs and why",
	.synopsis = "A.otap|- B.otap|-",
	.operands = operands,
	.operands_min = 2,
	.flags = VERB_RESOURCES,
	.run = run,
	.examples = examples,
};
