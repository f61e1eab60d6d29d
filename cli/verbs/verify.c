/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "show_package.h"
#include "verbs.h"
#include "with_io.h"
#include "with_trust.h"

#include <inttypes.h>
#include <string.h>

struct verify_opts {
	struct trust_opts trust;
	struct opt_time at;
	bool deep, explain;
};

static const struct opt rows[] = {
	{0, OPT_TIME, "at", "TIME", "judge `expires` at this time (default: not judged)",
		offsetof(struct verify_opts, at), NULL},
	{0, OPT_FLAG, "deep", NULL, "decode every full payload and check the image's hash too",
		offsetof(struct verify_opts, deep), NULL},
	{0, OPT_FLAG, "explain", NULL, "say what was checked, and the threat behind a refusal",
		offsetof(struct verify_opts, explain), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&trust_group, offsetof(struct verify_opts, trust)},
	{&group, 0},
	{NULL, 0},
};

static void covered(struct out *o, const ota_pkg *pkg, bool deep)
{
	const ota_header *h = ota_pkg_header(pkg);
	char text[160];

	snprintf(text, sizeof(text),
		"all %" PRIu64 " bytes: header, manifest, %zu tables, %" PRIu64 " bytes of data%s",
		h->file_len, ota_manifest_count(ota_pkg_manifest(pkg), "sections"), h->data_len,
		deep ? ", decoded images" : "");
	out_str(o, "covered", "Covered", text);
	out_u64(o, "length", NULL, h->file_len);
	out_bool(o, "deep", NULL, deep);
}

static ota_status verify(struct cli *c, const struct verify_opts *v, const struct trust *trust,
	ota_pkg *pkg, ota_err *err)
{
	const ota_verify_options opt = {.size = sizeof(opt), .deep = v->deep};
	const uint8_t *digest;
	ota_status st;
	size_t len;

	digest = ota_pkg_digest(pkg, &len);
	show_keep_digest(c, digest, len);
	st = ota_pkg_check_time(pkg, v->at.given ? v->at.value : OTA_TIME_NONE, err);
	if (!st)
		st = ota_pkg_verify(pkg, &opt, c->rep, err);
	if (st)
		return st;
	st = show_identity(c->out, ota_pkg_manifest(pkg), digest, len, err);
	if (st)
		return st;
	trust_show(c->out, trust, pkg);
	out_line(c->out, "");
	covered(c->out, pkg, v->deep);
	out_str(c->out, "expiry", "Expiry", v->at.given ? "judged" : "not judged (no --at)");
	out_bool(c->out, "authentic", NULL, true);
	out_str(c->out, "verdict", "Verdict", "authentic and whole");
	return OTA_OK;
}

/* The record of a refusal names what never became a package: from an unverified look. */
static void keep_digest(struct cli *c, ota_source *src)
{
	ota_source *whole = NULL;
	ota_peek *peek = NULL;
	uint64_t file_len = 0;
	ota_status st;
	size_t len;

	st = ota_source_length(src, &file_len, NULL);
	if (!st)
		st = ota_source_slice(&whole, c->ctx, src, 0, file_len, NULL);
	if (!st)
		st = ota_pkg_peek(&peek, c->ctx, whole, NULL, NULL);
	if (!st) {
		const uint8_t *digest = ota_peek_digest(peek, &len);

		show_keep_digest(c, digest, len);
	}
	ota_peek_free(peek);
	ota_source_close(whole);
}

static void explain(
	const struct cli *c, const struct verify_opts *v, ota_status st, const ota_err *err)
{
	const ota_id_info *info = st ? ota_id_find(err->id) : NULL;

	if (!v->explain || c->common.json)
		return;
	out_line(c->out, "");
	explain_report(c->rep, stdout, true);
	if (info && strcmp(info->threat, "-") != 0)
		out_str(c->out, "threat", "Threat", info->threat);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct verify_opts *v = c->opts;
	struct trust trust = {NULL, NULL};
	ota_status st = OTA_UNTRUSTED;
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;

	st = trust_open(&trust, c, &v->trust, err);
	if (!st)
		st = io_open(&src, c, c->args.v[0], err);
	if (!st)
		st = ota_pkg_open(&pkg, c->ctx, src, trust.trust, c->rep, err);
	if (!st)
		st = verify(c, v, &trust, pkg, err);
	else if (src)
		keep_digest(c, src);
	explain(c, v, st, err);
	ota_pkg_free(pkg);
	ota_source_close(src);
	trust_close(&trust);
	return st;
}

static const char *const operands[] = {"PKG.otap|-", NULL};
static const char *const examples[] = {
	"otatool verify release.otap --key rel.pub",
	"otatool verify - --key rel.pub --deep < release.otap",
	NULL,
};

const struct verb verb_verify = {
	.name = "verify",
	.group = "Check",
	.summary = "check that a package is authentic and whole",
	.synopsis = "PKG.otap|- --key PUB [--at TIME] [--deep] [--explain]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct verify_opts),
	.run = run,
	.examples = examples,
};
