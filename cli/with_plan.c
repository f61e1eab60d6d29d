/* SPDX-License-Identifier: MIT */
#include "with_plan.h"

#include "explain.h"
#include "with_device.h"
#include "with_io.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt rows[] = {
	{0, OPT_LIST, "set", "PATH=VALUE", "replace a value of the manifest; may be repeated",
		offsetof(struct plan_opts, set), NULL},
	{0, OPT_TEXT, "previous", "PKG.otap", "what was released before: nothing may go back",
		offsetof(struct plan_opts, previous), NULL},
	{0, OPT_TEXT, "device", "FILE", "the device file of what it is for: it must fit",
		offsetof(struct plan_opts, device), NULL},
	{0, OPT_TEXT, "fielded", "CSV", "what runs in the field: version or digest, count, name",
		offsetof(struct plan_opts, fielded), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group plan_group = {"Manifest", rows};

static ota_status open_path(struct plan *p, const char *path, ota_source **out, ota_err *err)
{
	ota_status st = io_spare(p->c, path, &p->clash);

	if (!st)
		return ota_source_file(out, p->c->ctx, path, err);
	*err = p->clash;
	return st;
}

static ota_status open_input(void *arg, const char *name, ota_source **out, ota_err *err)
{
	struct plan *p = arg;
	char *path = NULL;
	ota_status st;

	if (*name == '/')
		return open_path(p, name, out, err);
	if (asprintf(&path, "%s%s", p->folder, name) < 0)
		return ota_fail_nomem(err);
	st = open_path(p, path, out, err);
	free(path);
	return st;
}

/* The folder is a name, not a part of the pattern. */
static char *pattern_in(const char *folder, const char *pattern)
{
	char *out = malloc(2 * strlen(folder) + strlen(pattern) + 1), *p = out;

	if (!out)
		return NULL;
	for (; *folder; folder++) {
		if (strchr("*?[]\\", *folder))
			*p++ = '\\';
		*p++ = *folder;
	}
	memcpy(p, pattern, strlen(pattern) + 1);
	return out;
}

static ota_status glob_names(const glob_t *g, int rc, const char *pattern, size_t skip,
	ota_found_fn *found, void *found_arg, ota_err *err)
{
	ota_status st = OTA_OK;

	if (rc == GLOB_NOMATCH)
		return found(found_arg, pattern, err);
	if (rc == GLOB_NOSPACE)
		return ota_fail_nomem(err);
	if (rc)
		return ota_fail(err, OTA_E_SYSTEM, "%s: a folder cannot be read", pattern);
	for (size_t i = 0; !st && i < g->gl_pathc; i++)
		st = found(found_arg, g->gl_pathv[i] + skip, err);
	return st;
}

/* No locale is ever set, so that names come in byte order. */
static ota_status expand(
	void *arg, const char *pattern, ota_found_fn *found, void *found_arg, ota_err *err)
{
	const struct plan *p = arg;
	const char *folder = *pattern == '/' ? "" : p->folder;
	char *whole = pattern_in(folder, pattern);
	glob_t g = {0};
	ota_status st;
	int rc;

	if (!whole)
		return ota_fail_nomem(err);
	rc = strpbrk(pattern, "*?[") ? glob(whole, GLOB_ERR, NULL, &g) : GLOB_NOMATCH;
	st = glob_names(&g, rc, pattern, strlen(folder), found, found_arg, err);
	globfree(&g);
	free(whole);
	return st;
}

/* Nothing vouches for it but its structure: it is compared, never installed. */
static ota_status read_previous(struct plan *p, const struct cli *c, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	st = io_open(&src, c, name, err);
	if (!st)
		st = ota_pkg_peek(&p->previous, c->ctx, src, NULL, err);
	ota_source_close(src);
	return st ? ota_err_in(err, st, "%s", name) : OTA_OK;
}

ota_status plan_read(struct plan *p, const struct cli *c, ota_source *yaml, const char *name,
	const struct plan_opts *opts, ota_err *err)
{
	ota_plan_options opt = {
		.size = sizeof(opt),
		.name = name,
		.open = open_input,
		.open_arg = p,
		.memory = c->res.memory.value,
		.tmpdir = io_tmpdir(),
		.glob = expand,
		.sets = opts ? opts->set.v : NULL,
		.set_count = opts ? opts->set.n : 0,
	};
	char tools[OTA_TOOLS_LEN];
	ota_status st;

	ota_tools(tools);
	opt.tools = tools;
	p->c = c;
	p->folder = io_folder(name);
	st = p->folder ? OTA_OK : ota_fail_nomem(err);
	if (!st)
		st = io_epoch(&opt.created, err);
	if (!st && opts && opts->previous) {
		st = read_previous(p, c, opts->previous, err);
		opt.previous = p->previous ? ota_peek_manifest(p->previous) : NULL;
	}
	if (!st && opts && opts->device)
		st = device_open(&p->device, c, opts->device, NULL, err);
	opt.device = p->device;
	if (!st && opts && opts->fielded)
		st = io_open(&p->fielded, c, opts->fielded, err);
	opt.fielded = p->fielded;
	if (!st && opts && opts->cache) {
		st = cache_open(&p->cache, c, opts->cache, err);
		opt.cache = &p->cache.ops;
	}
	opt.fielded_name = p->fielded ? opts->fielded : NULL;
	if (!st)
		st = ota_plan_new(&p->plan, c->ctx, yaml, &opt, c->rep, err);
	if (st && p->clash.id) {
		*err = p->clash;
		return OTA_USAGE;
	}
	return st ? explain_count(c, st, name, err) : OTA_OK;
}

ota_status plan_open(struct plan *p, const struct cli *c, const char *name,
	const struct plan_opts *opts, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	st = io_open(&src, c, name, err);
	if (!st)
		st = plan_read(p, c, src, name, opts, err);
	ota_source_close(src);
	return st;
}

void plan_close(struct plan *p)
{
	ota_plan_free(p->plan);
	ota_peek_free(p->previous);
	ota_devfile_free(p->device);
	ota_source_close(p->fielded);
	free(p->folder);
}
