/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_device.h"
#include "with_io.h"
#include "with_trust.h"

#include <ota/devfile.h>

struct extract_opts {
	struct output_opts out;
	struct trust_opts trust;
	const char *component, *attachment, *source, *device;
	struct opt_number ram;
	bool anybody, delta_only;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "component", "NAME", "the component to write",
		offsetof(struct extract_opts, component), NULL},
	{0, OPT_TEXT, "attachment", "NAME", "the attachment to write, in place of a component",
		offsetof(struct extract_opts, attachment), NULL},
	{0, OPT_TEXT, "source", "OLD", "an old image: enables the deltas made from it",
		offsetof(struct extract_opts, source), NULL},
	{0, OPT_TEXT, "device", "FILE", "the device file whose facts choose among variants",
		offsetof(struct extract_opts, device), NULL},
	{0, OPT_FLAG, "delta-only", NULL, "fail rather than take a full payload",
		offsetof(struct extract_opts, delta_only), NULL},
	{0, OPT_BYTES, "ram", "SIZE", "refuse a payload that needs more memory to apply",
		offsetof(struct extract_opts, ram), NULL},
	{0, OPT_FLAG, "unauthenticated", NULL, "accept anybody's bytes, in place of --key",
		offsetof(struct extract_opts, anybody), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&trust_group, offsetof(struct extract_opts, trust)},
	{&output_group, offsetof(struct extract_opts, out)},
	{NULL, 0},
};

static ota_status open_pkg(
	ota_pkg **out, struct trust *trust, struct cli *c, ota_source *src, ota_err *err)
{
	const struct extract_opts *x = c->opts;
	ota_status st;

	if (x->anybody) {
		st = ota_pkg_open_unauthenticated(out, c->ctx, src, c->rep, err);
	} else {
		st = trust_open(trust, c, &x->trust, err);
		if (st)
			return st;
		st = ota_pkg_open(out, c->ctx, src, trust->trust, c->rep, err);
	}
	return ota_err_in(err, st, "%s", c->args.v[0]);
}

static ota_status check(const struct extract_opts *x, ota_err *err)
{
	if (x->anybody && trust_given(&x->trust))
		return ota_fail(
			err, OTA_E_OPTION, "--key and --unauthenticated exclude each other");
	if (!x->anybody && !trust_given(&x->trust))
		return ota_fail(err, OTA_E_NO_TRUST, "nobody's signature is trusted");
	if (x->attachment &&
		(x->component || x->source || x->delta_only || x->ram.given || x->device))
		return ota_fail(err, OTA_E_OPTION,
			"--attachment is not installed: it goes with no option on payloads");
	if (!x->component && !x->attachment)
		return ota_fail(err, OTA_E_ARGUMENT,
			"name what to write with --component NAME or --attachment NAME");
	return OTA_OK;
}

static ota_status write_attachment(
	ota_sink *sink, const struct cli *c, ota_pkg *pkg, const char *name, ota_err *err)
{
	uint64_t bytes = 0;
	ota_status st = ota_pkg_write_attachment(sink, pkg, name, &bytes, err);

	if (!st) {
		out_str(c->out, "attachment", "Attachment", name);
		out_bytes(c->out, "size", "Size", bytes);
	}
	return st;
}

static void show_image(
	const struct cli *c, const struct extract_opts *x, const ota_write_result *res)
{
	out_str(c->out, "component", "Component", x->component);
	out_str(c->out, "kind", "Payload", res->delta ? "delta" : "full");
	out_u64(c->out, "payload", NULL, res->payload);
	if (x->source) {
		out_bool(c->out, "fallback", NULL, !res->delta);
		if (!res->delta)
			out_cell(c->out, "Note",
				"no delta starts from this source and fits: the full payload was "
				"taken");
	}
	out_bytes(c->out, "size", "Size", res->bytes);
}

static ota_status write_image(
	ota_sink *sink, const struct cli *c, ota_pkg *pkg, ota_source *old, ota_err *err)
{
	const struct extract_opts *x = c->opts;
	const ota_write_options opt = {
		.size = sizeof(opt),
		.delta_only = x->delta_only,
		.ram_max = x->ram.value,
	};
	ota_write_result res = {.size = sizeof(res)};
	ota_status st = ota_pkg_write(sink, pkg, x->component, old, &opt, &res, c->rep, err);

	if (!st)
		show_image(c, x, &res);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct extract_opts *x = c->opts;
	struct io_file in = {NULL, NULL}, old = {NULL, NULL};
	struct trust trust = {NULL};
	ota_sink *sink = NULL;
	ota_pkg *pkg = NULL;
	ota_status st;

	st = check(x, err);
	if (!st)
		st = io_create(&sink, c, &x->out, err);
	if (!st)
		st = io_open_file(&in, c, c->args.v[0], err);
	if (!st)
		st = open_pkg(&pkg, &trust, c, in.src, err);
	if (!st && x->device)
		st = device_choose(c, pkg, x->device, err);
	if (!st && x->source)
		st = io_open_file(&old, c, x->source, err);
	if (!st)
		st = x->attachment ? write_attachment(sink, c, pkg, x->attachment, err)
				   : write_image(sink, c, pkg, old.src, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_str(c->out, "output", "Output", x->out.path);
		out_bool(c->out, "authentic", "Authentic", ota_pkg_authentic(pkg));
	}
	ota_sink_close(sink);
	ota_pkg_free(pkg);
	trust_close(&trust);
	io_close_file(&old);
	io_close_file(&in);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool extract release.otap --component rootfs --key rel.pub -o full.img",
	"otatool extract release.otap --component rootfs --key rel.pub --source old.img -o "
	"delta.img",
	"otatool extract release.otap --component rootfs --key rel.pub --device update.device.yaml "
	"-o "
	"board.img",
	"otatool extract attached.otap --attachment sbom.json --key rel.pub -o sbom.json",
	NULL,
};

const struct verb verb_extract = {
	.name = "extract",
	.group = "Check",
	.summary = "write the image of one component, or an attachment, verified",
	.synopsis =
		"PKG.otap --component NAME|--attachment NAME --key PUB|--unauthenticated -o FILE "
		"[--source OLD]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct extract_opts),
	.run = run,
	.examples = examples,
};
