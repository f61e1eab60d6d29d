/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_io.h"

#include <stdio.h>

struct export_opts {
	struct output_opts out;
	unsigned format; /* 0: C */
};

static const char *const formats[] = {"c", "bin", NULL};
static const struct opt rows[] = {
	{0, OPT_CHOICE, "format", "c|bin", "a C array (the default), or the document itself",
		offsetof(struct export_opts, format), formats},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&output_group, offsetof(struct export_opts, out)},
	{NULL, 0},
};

#define PER_LINE 12

static ota_status put(ota_sink *dst, const char *text, int len, ota_err *err)
{
	return ota_sink_write(dst, text, (size_t)len, err);
}

static ota_status write_c(ota_sink *dst, const uint8_t *p, size_t len, ota_err *err)
{
	char text[128];
	ota_status st;

	st = put(dst, text,
		snprintf(text, sizeof(text), "const unsigned char ota_root[%zu] = {", len), err);
	for (size_t i = 0; !st && i < len; i++)
		st = put(dst, text,
			snprintf(
				text, sizeof(text), "%s0x%02x,", i % PER_LINE ? " " : "\n\t", p[i]),
			err);
	if (!st)
		st = put(dst, text, snprintf(text, sizeof(text), "\n};\n"), err);
	return st;
}

/* A device believes it as it is: what nobody signed must not get there. */
static ota_status check(const struct cli *c, const uint8_t *p, size_t len, ota_err *err)
{
	ota_source *src = NULL;
	ota_root *root = NULL;
	ota_status st = ota_source_memory(&src, c->ctx, p, len, err);

	if (!st)
		st = ota_root_read(&root, c->ctx, src, err);
	if (!st)
		st = ota_root_follow(NULL, root, c->rep, err);
	if (!st)
		out_u64(c->out, "version", "Version", ota_root_version(root));
	ota_root_free(root);
	ota_source_close(src);
	return ota_err_in(err, st, "%s", c->args.v[0]);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct export_opts *o = c->opts;
	ota_sink *mem = NULL, *sink = NULL;
	ota_source *src = NULL;
	const uint8_t *p = NULL;
	size_t len = 0;
	ota_status st = io_create(&sink, c, &o->out, err);

	if (!st)
		st = io_open(&src, c, c->args.v[0], err);
	if (!st)
		st = ota_sink_memory(&mem, c->ctx, err);
	if (!st)
		st = io_copy(mem, src, err);
	if (!st)
		st = ota_sink_commit(mem, err);
	if (!st) {
		ota_sink_memory_bytes(mem, &p, &len);
		st = check(c, p, len, err);
	}
	if (!st)
		st = o->format == 0 ? write_c(sink, p, len, err)
				    : ota_sink_write(sink, p, len, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_str(c->out, "output", "Written", o->out.path);
		out_bytes(c->out, "length", "Length", len);
	}
	ota_source_close(src);
	ota_sink_close(mem);
	ota_sink_close(sink);
	return st;
}

static const char *const operands[] = {"ROOT", NULL};
static const char *const examples[] = {
	"otatool trust export 1.root.json -o ota_root.c",
	"otatool trust export 1.root.json --format bin -o root.bin",
	NULL,
};

const struct verb verb_trust_export = {
	.name = "trust export",
	.group = "Trust",
	.summary = "write a signed root for what is built into a device",
	.synopsis = "ROOT [--format c|bin] -o OUT",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct export_opts),
	.run = run,
	.examples = examples,
};
