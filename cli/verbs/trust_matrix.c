/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_trust.h"

#include <stdlib.h>

struct matrix_opts {
	struct opt_list root, at;
	const char *roots, *stop;
	bool allow_test;
};

static const struct opt rows[] = {
	{0, OPT_LIST, "root", "ROOT", "a root of trust; may be repeated",
		offsetof(struct matrix_opts, root), NULL},
	{0, OPT_TEXT, "roots", "DIR", "and the newest of these, N.root.json",
		offsetof(struct matrix_opts, roots), NULL},
	{0, OPT_LIST, "at", "TIME", "a time; may be repeated (default: now)",
		offsetof(struct matrix_opts, at), NULL},
	{0, OPT_TEXT, "stop", "STOP", "refuse the packages that this stop document names",
		offsetof(struct matrix_opts, stop), NULL},
	{0, OPT_FLAG, "allow-test-keys", NULL, "accept a published TEST-ONLY key",
		offsetof(struct matrix_opts, allow_test), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {{&group, 0}, {NULL, 0}};

/* One column of the matrix. */
struct under {
	const char *name;
	struct trust trust;
};

struct matrix {
	struct cli *c;
	struct under *roots;
	size_t root_count;
	size_t cells, refused;
};

static ota_status open_one(struct matrix *m, const char *root, const char *roots, ota_err *err)
{
	const struct matrix_opts *o = m->c->opts;
	const struct trust_opts t = {
		.root = root,
		.roots = roots,
		.stop = o->stop,
		.allow_test = o->allow_test,
	};
	struct under *u = &m->roots[m->root_count];
	ota_status st = trust_open(&u->trust, m->c, &t, err);

	u->name = root ? root : roots;
	m->root_count += st ? 0 : 1;
	return st;
}

static ota_status open_roots(struct matrix *m, ota_err *err)
{
	const struct matrix_opts *o = m->c->opts;
	ota_status st = OTA_OK;

	m->roots = calloc(o->root.n + 1, sizeof(*m->roots));
	if (!m->roots)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < o->root.n; i++)
		st = open_one(m, o->root.v[i], NULL, err);
	if (!st && o->roots)
		st = open_one(m, NULL, o->roots, err);
	if (!st && !m->root_count)
		st = ota_fail(err, OTA_E_NO_TRUST, "name the roots with --root or --roots");
	return st;
}

static ota_status judge(
	struct matrix *m, const char *name, const struct under *u, const char *at, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	bool accepted = false;
	int64_t when = 0;
	ota_status st;

	if (!opt_time(&when, at))
		return ota_fail(err, OTA_E_ARGUMENT, "--at: '%s' is no time", at);
	st = trust_judge(&accepted, &why, m->c, u->trust.trust, name, &when, err);
	if (st)
		return st;
	m->cells++;
	m->refused += accepted ? 0 : 1;
	out_row(m->c->out);
	out_str(m->c->out, "package", "Package", name);
	out_str(m->c->out, "root", "Root", u->name);
	out_u64(m->c->out, "version", "Version", ota_root_version(ota_trust_root(u->trust.trust)));
	out_str(m->c->out, "at", "At", at);
	out_bool(m->c->out, "accepted", NULL, accepted);
	out_str(m->c->out, "id", NULL, accepted ? NULL : ota_id_find(why.id)->name);
	out_cell(m->c->out, "Verdict", accepted ? "accepted" : ota_id_find(why.id)->name);
	out_str(m->c->out, "text", NULL, accepted ? NULL : why.msg);
	out_end(m->c->out);
	return OTA_OK;
}

static ota_status fill(struct matrix *m, ota_err *err)
{
	static const struct opt_list now = {{"now"}, 1};
	const struct matrix_opts *o = m->c->opts;
	const struct opt_list *at = o->at.n ? &o->at : &now;
	ota_status st = OTA_OK;

	for (size_t p = 0; p < m->c->args.n; p++)
		for (size_t r = 0; r < m->root_count; r++)
			for (size_t t = 0; !st && t < at->n; t++)
				st = judge(m, m->c->args.v[p], &m->roots[r], at->v[t], err);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	struct matrix m = {.c = c};
	ota_status st = open_roots(&m, err);

	if (!st) {
		out_table(c->out, "matrix", "Who accepts what, and when");
		st = fill(&m, err);
		out_end(c->out);
	}
	if (!st && m.refused)
		st = ota_fail(err, OTA_E_MATRIX, "%zu of %zu are refused", m.refused, m.cells);
	for (size_t i = 0; i < m.root_count; i++)
		trust_close(&m.roots[i].trust);
	free(m.roots);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool trust matrix release.otap --root 1.root.json --at now --at +1y",
	NULL,
};

const struct verb verb_trust_matrix = {
	.name = "trust matrix",
	.group = "Trust",
	.summary = "which packages which roots accept, and when",
	.synopsis = "PKG... --root ROOT... [--roots DIR] [--stop STOP] [--at TIME]...",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_MANY,
	.options = options,
	.opts_size = sizeof(struct matrix_opts),
	.run = run,
	.examples = examples,
};
