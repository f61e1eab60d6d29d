/* SPDX-License-Identifier: MIT */
#include "show_signing.h"
#include "verbs.h"
#include "with_io.h"
#include "with_root.h"

struct show_opts {
	const char *previous;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "previous", "ROOT", "the root it follows: say who of that has signed",
		offsetof(struct show_opts, previous), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {{&group, 0}, {NULL, 0}};

static void show_stop(struct out *o, const ota_stop *stop)
{
	const char *alg = NULL, *keyid = ota_stop_keyid_at(stop, 0);
	size_t len = 0, i = 0;
	const uint8_t *digest = ota_stop_package_at(stop, 0, &alg, &len);

	out_object(o, "stop", "Stop document");
	out_u64(o, "version", "Version", ota_stop_version(stop));
	out_end(o);
	out_table(o, "revoked_packages", "Revokes");
	for (; digest; digest = ota_stop_package_at(stop, ++i, &alg, &len)) {
		out_row(o);
		out_digest(o, "package", "Package", alg, digest, len);
		out_end(o);
	}
	out_end(o);
	out_table(o, "signatures", "Signatures (not verified: a root says whose count)");
	for (i = 0; keyid; keyid = ota_stop_keyid_at(stop, ++i)) {
		out_row(o);
		out_str(o, "keyid", "Key", keyid);
		out_end(o);
	}
	out_end(o);
}

/* A root, or else a stop document: *root stays NULL. What is neither is told as a bad root. */
static ota_status load(ota_root **root, ota_stop **stop, struct cli *c, ota_err *err)
{
	const char *name = c->args.v[0];
	struct io_file in = {.src = NULL};
	ota_source *again = NULL;
	uint64_t len = 0;
	ota_status st = io_open_file(&in, c, name, err);

	if (!st)
		st = ota_source_length(in.src, &len, err);
	if (!st)
		st = ota_source_slice(&again, c->ctx, in.src, 0, len, err);
	if (!st)
		st = ota_err_in(err, ota_root_read(root, c->ctx, in.src, err), "%s", name);
	if (st == OTA_FORMAT && ota_stop_read(stop, c->ctx, again, NULL) == OTA_OK)
		st = OTA_OK;
	ota_source_close(again);
	io_close_file(&in);
	return st;
}

static ota_status show_root(struct cli *c, const ota_root *root, ota_err *err)
{
	const struct show_opts *o = c->opts;
	ota_root *previous = NULL;
	ota_status st = OTA_OK;

	if (o->previous)
		st = root_load(&previous, c, o->previous, err);
	if (!st)
		st = root_show(c->out, root, err);
	if (!st)
		st = show_signing(c, previous, root, err);
	ota_root_free(previous);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct show_opts *o = c->opts;
	ota_root *root = NULL;
	ota_stop *stop = NULL;
	ota_status st = load(&root, &stop, c, err);

	if (!st && stop && o->previous)
		st = ota_fail(
			err, OTA_E_OPTION, "--previous goes with a root; this is a stop document");
	else if (!st && stop)
		show_stop(c->out, stop);
	else if (!st)
		st = show_root(c, root, err);
	ota_stop_free(stop);
	ota_root_free(root);
	return st;
}

static const char *const operands[] = {"ROOT|STOP", NULL};
static const char *const examples[] = {
	"otatool trust show 1.root.json",
	"otatool trust show stop.json",
	"otatool trust show 2.root.json --previous 1.root.json --json",
	NULL,
};

const struct verb verb_trust_show = {
	.name = "trust show",
	.group = "Trust",
	.summary = "show what a root or stop document says, and who signed it",
	.synopsis = "ROOT|STOP [--previous ROOT]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct show_opts),
	.run = run,
	.examples = examples,
};
