/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct head_opts {
	const char *folder;
	bool force;
};

static const struct opt rows[] = {
	{'d', OPT_TEXT, "dir", "DIR",
		"the folder for the heads, each NAME.head; it is made if it is not there",
		offsetof(struct head_opts, folder), NULL},
	{0, OPT_FLAG, "force", NULL, "replace existing files", offsetof(struct head_opts, force),
		NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Output", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{NULL, 0},
};

/* DIR/NAME.head for …/NAME.otap, to be freed. NULL: no memory. */
static char *head_path(const char *folder, const char *package)
{
	const char *slash = strrchr(package, '/');
	const char *base = slash ? slash + 1 : package;
	size_t len = strlen(base);
	size_t room = strlen(folder) + len + sizeof("/.head");
	char *path = malloc(room);

	if (len > 5 && !strcmp(base + len - 5, ".otap"))
		len -= 5;
	if (path)
		snprintf(path, room, "%s/%.*s.head", folder, (int)len, base);
	return path;
}

static void show(struct out *o, const char *path, const ota_pkg *pkg)
{
	char alg[16];
	size_t len;
	const uint8_t *d = ota_pkg_digest(pkg, &len);

	out_row(o);
	out_str(o, "head", "Head", path);
	out_u64(o, "length", "Length", ota_pkg_header(pkg)->data_off);
	out_digest(o, "digest", "Digest", show_hash_name(ota_pkg_manifest(pkg), alg), d, len);
	out_end(o);
}

static ota_status one(struct cli *c, const char *name, const char *path, ota_err *err)
{
	const struct head_opts *h = c->opts;
	const ota_file_options opt = {.size = sizeof(opt), .replace = h->force};
	ota_source *src = NULL;
	ota_sink *sink = NULL;
	ota_pkg *pkg = NULL;
	ota_status st;

	st = io_open(&src, c, name, err);
	if (!st) {
		st = ota_pkg_open_unauthenticated(&pkg, c->ctx, src, c->rep, err);
		st = ota_err_in(err, st, "%s", name);
	}
	if (!st)
		st = ota_sink_file(&sink, c->ctx, path, &opt, err);
	if (!st)
		st = ota_pkg_head(sink, pkg, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		show(c->out, path, pkg);
	ota_sink_close(sink);
	ota_pkg_free(pkg);
	ota_source_close(src);
	return st;
}

static ota_status make_folder(const char *path, ota_err *err)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return OTA_OK;
	return ota_fail_sys(err, "folder %s", path);
}

/* Where each head goes, all claimed before anything is read. */
static ota_status claim(char **paths, struct cli *c, ota_err *err)
{
	const struct head_opts *h = c->opts;
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < c->args.n; i++) {
		if (!strcmp(c->args.v[i], "-"))
			return ota_fail(err, OTA_E_ARGUMENT,
				"a head is named after its package: name a file");
		paths[i] = head_path(h->folder, c->args.v[i]);
		st = paths[i] ? io_regular(paths[i], err) : ota_fail_nomem(err);
		if (!st)
			st = io_claim(c, paths[i], err);
	}
	for (size_t i = 0; !st && i < c->args.n; i++)
		st = io_spare(c, c->args.v[i], err);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct head_opts *h = c->opts;
	char **paths;
	ota_status st;

	if (!h->folder)
		return ota_fail(err, OTA_E_ARGUMENT, "name the folder for the heads with -d DIR");
	paths = calloc(c->args.n, sizeof(*paths));
	if (!paths)
		return ota_fail_nomem(err);
	st = claim(paths, c, err);
	if (!st)
		st = make_folder(h->folder, err);
	out_table(c->out, "heads", "Heads");
	for (size_t i = 0; !st && i < c->args.n; i++)
		st = one(c, c->args.v[i], paths[i], err);
	out_end(c->out);
	for (size_t i = 0; i < c->args.n; i++)
		free(paths[i]);
	free(paths);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool head release.otap -d .",
	NULL,
};

const struct verb verb_head = {
	.name = "head",
	.group = "Build",
	.summary = "write what is reviewed and signed of packages: all but the payload",
	.synopsis = "PKG.otap… -d DIR [--force]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_MANY,
	.options = options,
	.opts_size = sizeof(struct head_opts),
	.run = run,
	.examples = examples,
};
