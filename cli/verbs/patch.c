/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_io.h"

struct patch_opts {
	struct output_opts out;
	struct opt_number max;
};

static const struct opt rows[] = {
	{0, OPT_BYTES, "max-output", "SIZE", "refuse a patch that promises more",
		offsetof(struct patch_opts, max), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&output_group, offsetof(struct patch_opts, out)},
	{&group, 0},
	{NULL, 0},
};

static ota_status run(struct cli *c, ota_err *err)
{
	const struct patch_opts *p = c->opts;
	const ota_patch_options opt = {.size = sizeof(opt), .max_output = p->max.value};
	ota_patch_info info = {.size = sizeof(info)};
	struct io_file old = {NULL, NULL}, patch = {NULL, NULL};
	ota_sink *sink = NULL;
	ota_status st;

	st = io_create(&sink, c, &p->out, err);
	if (!st)
		st = io_open_file(&old, c, c->args.v[0], err);
	if (!st)
		st = io_open_file_if(&patch, c, c->args.v[1], ota_patch_check_head, err);
	if (!st)
		st = ota_err_in(err, ota_patch_probe(&info, patch.src, err), "%s", c->args.v[1]);
	if (!st)
		st = ota_err_in(err, ota_patch(sink, c->ctx, old.src, patch.src, &opt, err), "%s",
			c->args.v[1]);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_str(c->out, "output", "New image", p->out.path);
		out_str(c->out, "codec", "Codec", info.codec);
		out_bytes(c->out, "size", "Size", info.new_size);
	}
	ota_sink_close(sink);
	io_close_file(&patch);
	io_close_file(&old);
	return st;
}

static const char *const operands[] = {"OLD", "PATCH", NULL};
static const char *const examples[] = {
	"otatool patch old.img given.patch -o rebuilt.img",
	NULL,
};

const struct verb verb_patch = {
	.name = "patch",
	.group = "Build",
	.summary = "apply a patch of diff, bsdiff, xdelta3 or zstd",
	.synopsis = "OLD PATCH -o NEW [--max-output SIZE]",
	.operands = operands,
	.operands_min = 2,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct patch_opts),
	.run = run,
	.examples = examples,
};
