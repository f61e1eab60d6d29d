/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_base.h"
#include "with_device.h"

#include <ota/devfile.h>

#include <string.h>

struct slice_opts {
	struct output_opts out;
	const char *runs, *device;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "for", "IMG|PKG|HASH",
		"what the device runs: an image, a package, or sha256:<hex> of an image",
		offsetof(struct slice_opts, runs), NULL},
	{0, OPT_TEXT, "device", "FILE", "the device file whose facts choose among variants",
		offsetof(struct slice_opts, device), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&output_group, offsetof(struct slice_opts, out)},
	{NULL, 0},
};

static ota_status open_runs(struct base *base, ota_slice_options *opt, const struct cli *c,
	const char *name, ota_err *err)
{
	ota_status st;

	if (!strncmp(name, "sha", 3) && strchr(name, ':')) {
		opt->hash = name;
		return OTA_OK;
	}
	st = base_open(base, c, name, err);
	if (!st && base->peek)
		opt->from = ota_peek_manifest(base->peek);
	else if (!st)
		opt->image = base->file.src;
	return st;
}

static void show(struct cli *c, const struct slice_opts *s, const ota_slice_result *res)
{
	out_str(c->out, "output", "Slice", s->out.path);
	out_bytes(c->out, "length", "Length", res->length);
	out_bytes(c->out, "data", "Payload", res->data);
	out_bytes(c->out, "beside", "Beside it", res->length - res->data);
	out_u64(c->out, "deltas", "Deltas", res->deltas);
	out_u64(c->out, "fulls", "Full images", res->fulls);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct slice_opts *s = c->opts;
	ota_slice_options opt = {.size = sizeof(opt)};
	ota_slice_result res = {.size = sizeof(res)};
	struct base base = {.peek = NULL};
	struct io_file in = {NULL, NULL};
	ota_sink *sink = NULL;
	ota_pkg *pkg = NULL;
	ota_status st;

	if (!s->runs)
		return ota_fail(err, OTA_E_ARGUMENT, "say with --for what the device runs");
	st = io_create(&sink, c, &s->out, err);
	if (!st)
		st = io_open_file(&in, c, c->args.v[0], err);
	if (!st)
		st = ota_err_in(err,
			ota_pkg_open_unauthenticated(&pkg, c->ctx, in.src, c->rep, err), "%s",
			c->args.v[0]);
	if (!st && s->device)
		st = device_choose(c, pkg, s->device, err);
	if (!st)
		st = open_runs(&base, &opt, c, s->runs, err);
	if (!st)
		st = ota_pkg_slice(sink, pkg, &opt, &res, c->rep, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		show(c, s, &res);
	ota_sink_close(sink);
	base_close(&base);
	ota_pkg_free(pkg);
	io_close_file(&in);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool slice release.otap --for old.img -o for-old.otap",
	"otatool inspect for-old.otap",
	NULL,
};

const struct verb verb_slice = {
	.name = "slice",
	.group = "Build",
	.summary = "cut from a package what a device that runs a certain image needs",
	.synopsis = "PKG.otap --for IMG|PKG|sha256:HEX [--device FILE] -o OUT",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct slice_opts),
	.run = run,
	.examples = examples,
};
