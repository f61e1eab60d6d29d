/* SPDX-License-Identifier: MIT */
#include "with_plan.h"

#include "with_io.h"

#include <stdio.h>
#include <stdlib.h>

static const struct opt rows[] = {
	{0, OPT_LIST, "set", "PATH=VALUE", "replace a value of the manifest; may be repeated",
		offsetof(struct plan_opts, set), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group plan_group = {"Manifest", rows};

static ota_status open_input(void *arg, const char *name, ota_source **out, ota_err *err)
{
	const struct plan *p = arg;
	char *path = NULL;
	ota_status st;

	if (*name == '/')
		return ota_source_file(out, p->ctx, name, err);
	if (asprintf(&path, "%s%s", p->folder, name) < 0)
		return ota_fail_nomem(err);
	st = ota_source_file(out, p->ctx, path, err);
	free(path);
	return st;
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
		.sets = opts ? opts->set.v : NULL,
		.set_count = opts ? opts->set.n : 0,
	};
	ota_status st;

	p->ctx = c->ctx;
	p->folder = io_folder(name);
	st = p->folder ? OTA_OK : ota_fail_nomem(err);
	if (!st)
		st = io_epoch(&opt.created, err);
	if (!st)
		st = ota_plan_new(&p->plan, c->ctx, yaml, &opt, c->rep, err);
	return st;
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
	free(p->folder);
}
