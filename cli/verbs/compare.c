/* SPDX-License-Identifier: MIT */
#include "show_changes.h"
#include "show_package.h"
#include "with_io.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compare_opts {
	struct opt_list fail_on;
};

static const struct opt rows[] = {
	{0, OPT_LIST, "fail-on", "FIELD",
		"say no where this differs, or what lies below it; may be repeated",
		offsetof(struct compare_opts, fail_on), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{NULL, 0},
};

static ota_status open_peek(ota_peek **out, struct cli *c, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, name, err);

	if (!st)
		st = ota_pkg_peek(out, c->ctx, src, c->rep, err);
	ota_source_close(src);
	return st ? ota_err_in(err, st, "%s", name) : OTA_OK;
}

static ota_status show_side(
	struct out *o, const char *key, const char *name, const ota_peek *p, ota_err *err)
{
	static const char *const forms[] = {"package", "head", "slice"};
	const ota_manifest *m = ota_peek_manifest(p);
	size_t len;
	const uint8_t *digest = ota_peek_digest(p, &len);
	char alg[16];
	bool ok;

	out_row(o);
	out_str(o, "side", " ", key);
	out_str(o, "file", "File", name);
	out_str(o, "form", "Form", forms[ota_peek_form(p)]);
	ok = show_text(o, "product", "Product", show_get(m, "product")) &&
	     show_text(o, "version", "Version", show_get(m, "version"));
	out_digest(o, "digest", "Digest", show_hash_name(m, alg), digest, len);
	out_end(o);
	return ok ? OTA_OK : ota_fail_nomem(err);
}

static bool begins(const char *path, const char *head)
{
	size_t len = strlen(head);

	return !strncmp(path, head, len) && (!path[len] || path[len] == '.');
}

/* "rootfs" of "images.rootfs"; "whole" where nothing follows. */
static const char *name_in(const char *path, const char *head)
{
	return path[strlen(head)] ? path + strlen(head) + 1 : "whole";
}

static void show_images(struct out *o, const ota_comparison *cmp)
{
	out_table(o, "images", "Images (not verified)");
	for (size_t i = 0; i < ota_comparison_count(cmp); i++) {
		const ota_change *c = ota_comparison_at(cmp, i);

		if (!begins(c->path, "images"))
			continue;
		out_row(o);
		out_str(o, "image", "Image", name_in(c->path, "images"));
		out_str(o, "change", "Change", show_change_names[c->kind]);
		out_str(o, "a", NULL, c->a);
		out_str(o, "b", NULL, c->b);
		out_end(o);
	}
	out_end(o);
}

static void show_size(struct out *o, const ota_change *c)
{
	int64_t a = c->a ? strtoll(c->a, NULL, 10) : 0, b = c->b ? strtoll(c->b, NULL, 10) : 0;
	char text[32];

	out_row(o);
	out_str(o, "of", "Size", name_in(c->path, "size"));
	out_u64(o, "a", "From", (uint64_t)a);
	out_u64(o, "b", "To", (uint64_t)b);
	snprintf(text, sizeof(text), "%+" PRId64, b - a);
	out_cell(o, "Difference", b == a ? "none" : text);
	snprintf(text, sizeof(text), "%" PRId64, b - a);
	out_raw(o, "difference", text);
	out_end(o);
}

static void show_sizes(struct out *o, const ota_comparison *cmp)
{
	out_table(o, "sizes", "Sizes (not verified)");
	for (size_t i = 0; i < ota_comparison_count(cmp); i++)
		if (begins(ota_comparison_at(cmp, i)->path, "size"))
			show_size(o, ota_comparison_at(cmp, i));
	out_end(o);
}

static size_t show_changes(struct out *o, const ota_comparison *cmp)
{
	size_t n;

	out_table(o, "changes", "Differences (not verified)");
	n = show_change_rows(o, cmp, NULL);
	out_end(o);
	return n;
}

static ota_status show(struct cli *c, const ota_comparison *cmp, const ota_peek *a,
	const ota_peek *b, ota_err *err)
{
	ota_status st;
	size_t n;

	out_table(c->out, "compared", "Compared");
	st = show_side(c->out, "from", c->args.v[0], a, err);
	if (!st)
		st = show_side(c->out, "to", c->args.v[1], b, err);
	out_end(c->out);
	if (st)
		return st;
	show_images(c->out, cmp);
	show_sizes(c->out, cmp);
	n = show_changes(c->out, cmp);
	out_line(c->out, n ? "" : "  none");
	out_bool(c->out, "same", NULL, n == 0);
	out_bool(c->out, "verified", NULL, false);
	return OTA_OK;
}

/* The first of the fields that are guarded, and how many differences are in any of them. */
static ota_status judge(const struct opt_list *guard, const ota_comparison *cmp, ota_err *err)
{
	const ota_change *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ota_comparison_count(cmp); i++) {
		const ota_change *c = ota_comparison_at(cmp, i);
		bool hit = false;

		for (size_t k = 0; k < guard->n; k++)
			hit = hit || ota_change_in(c, guard->v[k]);
		n += hit;
		first = hit && !first ? c : first;
	}
	if (!first)
		return OTA_OK;
	return ota_fail(err, OTA_E_DIFFERS, "%s is %s%s: %zu difference%s in what is guarded",
		first->path, show_change_names[first->kind], n > 1 ? " first" : "", n,
		n > 1 ? "s" : "");
}

static ota_status check(const struct cli *c, const struct compare_opts *o, ota_err *err)
{
	ota_status st = OTA_OK;

	if (!strcmp(c->args.v[0], "-") && !strcmp(c->args.v[1], "-"))
		return ota_fail(err, OTA_E_ARGUMENT, "stdin can be only one of the two");
	for (size_t i = 0; !st && i < o->fail_on.n; i++)
		st = ota_change_field(o->fail_on.v[i], err);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct compare_opts *o = c->opts;
	ota_peek *a = NULL, *b = NULL;
	ota_comparison *cmp = NULL;
	ota_status st;

	st = check(c, o, err);
	if (!st)
		st = open_peek(&a, c, c->args.v[0], err);
	if (!st)
		st = open_peek(&b, c, c->args.v[1], err);
	if (!st)
		st = ota_compare(&cmp, a, b, err);
	if (!st)
		st = show(c, cmp, a, b, err);
	if (!st)
		st = judge(&o->fail_on, cmp, err);
	ota_comparison_free(cmp);
	ota_peek_free(b);
	ota_peek_free(a);
	return st;
}

static const char *const operands[] = {"A.otap|-", "B.otap|-", NULL};
static const char *const examples[] = {
	"otatool compare unsigned.otap release.otap",
	"otatool compare release.otap attached.otap --fail-on images --fail-on rules",
	NULL,
};

const struct verb verb_compare = {
	.name = "compare",
	.group = "Check",
	.summary = "say what two packages mean differently, whoever signed them",
	.synopsis = "A.otap|- B.otap|- [--fail-on FIELD]…",
	.operands = operands,
	.operands_min = 2,
	.options = options,
	.opts_size = sizeof(struct compare_opts),
	.run = run,
	.examples = examples,
};
