/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "show_verdict.h"
#include "verbs.h"
#include "with_base.h"
#include "with_trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify_opts {
	struct trust_opts trust;
	struct opt_time at;
	const char *sig, *source;
	bool deep, explain, head, partial;
};

static const struct opt rows[] = {
	{0, OPT_TIME, "at", "TIME", "judge `expires` at this time (default: not judged)",
		offsetof(struct verify_opts, at), NULL},
	{0, OPT_FLAG, "deep", NULL, "decode every full payload and check the image's hash too",
		offsetof(struct verify_opts, deep), NULL},
	{0, OPT_FLAG, "head", NULL, "check a head, or that much of a package: not the payload",
		offsetof(struct verify_opts, head), NULL},
	{0, OPT_FLAG, "partial", NULL, "check the first part of a package, up to a whole chunk",
		offsetof(struct verify_opts, partial), NULL},
	{0, OPT_TEXT, "source", "IMG|PKG",
		"apply the deltas that start from this image, or from the images of this package",
		offsetof(struct verify_opts, source), NULL},
	{0, OPT_TEXT, "sig", "F.otsig", "count the signatures of this detached file as well",
		offsetof(struct verify_opts, sig), NULL},
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

static const char *const form_names[] = {"package", "head", "slice"};

static void covered(struct out *o, const struct verify_opts *v, const ota_pkg *pkg,
	const ota_verify_result *res)
{
	const char *form = form_names[ota_pkg_form(pkg)];
	char text[160];

	if (res->bytes == res->length)
		snprintf(text, sizeof(text),
			"all %" PRIu64 " bytes of the %s: %" PRIu64 " chunks%s", res->length, form,
			res->chunks, v->deep ? ", decoded images" : "");
	else
		snprintf(text, sizeof(text),
			"the first %" PRIu64 " of %" PRIu64 " bytes: %" PRIu64 " chunks",
			res->bytes, res->length, res->chunks);
	out_cell(o, "Covered", text);
	out_str(o, "form", NULL, form);
	out_u64(o, "length", NULL, res->length);
	out_u64(o, "verified", NULL, res->bytes);
	out_u64(o, "chunks", NULL, res->chunks);
	out_bool(o, "deep", NULL, v->deep);
}

/* The deltas of one component from its image in an older package. */
static ota_status apply_from_component(
	size_t *applied, struct cli *c, ota_pkg *old, const char *name, ota_pkg *pkg, ota_err *err)
{
	ota_spool *spool = NULL;
	ota_status st = ota_spool_new(&spool, c->ctx, io_tmpdir(), err);

	if (!st)
		st = ota_pkg_write(ota_spool_sink(spool), old, name, NULL, NULL, NULL, NULL, err);
	if (!st)
		st = ota_sink_commit(ota_spool_sink(spool), err);
	if (!st && !ota_spool_source(spool))
		st = ota_fail_nomem(err);
	if (!st)
		st = ota_pkg_verify_deltas(
			pkg, name, ota_spool_source(spool), applied, c->rep, err);
	ota_spool_free(spool);
	return st;
}

static ota_status apply_from_package(
	size_t *applied, struct cli *c, ota_source *src, ota_pkg *pkg, ota_err *err)
{
	ota_pkg *old = NULL;
	ota_status st = ota_pkg_open_unauthenticated(&old, c->ctx, src, NULL, err);
	size_t n = st ? 0 : ota_manifest_count(ota_pkg_manifest(old), "components");

	for (size_t i = 0; !st && i < n; i++) {
		char *name = show_get(ota_pkg_manifest(old), "components.%zu.name", i);
		size_t some = 0;

		st = name ? apply_from_component(&some, c, old, name, pkg, err)
			  : ota_fail_nomem(err);
		*applied += some;
		free(name);
	}
	ota_pkg_free(old);
	return st;
}

/* Nothing applied is no answer to what was asked. */
static ota_status apply_deltas(
	size_t *applied, struct cli *c, const char *name, ota_pkg *pkg, ota_err *err)
{
	struct base base = {.peek = NULL};
	ota_status st = base_open(&base, c, name, err);

	if (!st)
		st = base.peek ? apply_from_package(applied, c, base.file.src, pkg, err)
			       : ota_pkg_verify_deltas(
					 pkg, NULL, base.file.src, applied, c->rep, err);
	if (!st && *applied == 0)
		st = ota_fail(err, OTA_E_SOURCE,
			"no delta of the package was applied: none starts from %s", name);
	base_close(&base);
	return st;
}

static ota_status check_time(
	const struct cli *c, const struct verify_opts *v, const ota_pkg *pkg, ota_err *err)
{
	ota_status st = ota_pkg_check_time(pkg, v->at.given ? v->at.value : OTA_TIME_NONE, err);

	ota_report_add(c->rep, &(ota_finding){.size = sizeof(ota_finding),
				       .outcome = st ? OTA_FAIL : OTA_PASS,
				       .id = st ? err->id : OTA_E_NONE,
				       .off = OTA_NO_OFF,
				       .text = st ? err->msg : NULL,
				       .about = OTA_ABOUT_STEP,
				       .step = OTA_STEP_POLICY});
	return st;
}

static ota_status verify(ota_verify_result *res, struct cli *c, const struct trust *trust,
	ota_pkg *pkg, ota_err *err)
{
	const struct verify_opts *v = c->opts;
	const ota_verify_options opt = {
		.size = sizeof(opt),
		.deep = v->deep,
		.extent = v->head      ? OTA_EXTENT_HEAD
			  : v->partial ? OTA_EXTENT_PREFIX
				       : OTA_EXTENT_WHOLE,
		.result = res,
	};
	const uint8_t *digest;
	size_t len, applied = 0;
	ota_status st;

	digest = ota_pkg_digest(pkg, &len);
	show_keep_digest(c, digest, len);
	st = check_time(c, v, pkg, err);
	if (!st)
		st = ota_pkg_verify(pkg, &opt, c->rep, err);
	if (!st && v->source)
		st = apply_deltas(&applied, c, v->source, pkg, err);
	if (!st)
		st = show_identity(c->out, "Package", ota_pkg_manifest(pkg), digest, len, err);
	if (st)
		return st;
	trust_show(c->out, trust, pkg);
	out_line(c->out, "");
	covered(c->out, v, pkg, res);
	if (v->source)
		out_u64(c->out, "applied", "Deltas applied", applied);
	out_str(c->out, "expiry", NULL, v->at.given ? "judged" : "not_judged");
	out_cell(c->out, "Expiry", v->at.given ? "judged" : "not judged (no --at)");
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

static void answer(struct cli *c, ota_status st, const ota_err *err, const struct trust *trust,
	const ota_pkg *pkg, const ota_verify_result *res)
{
	const struct verify_opts *o = c->opts;
	const struct verdict v = {
		.st = st,
		.err = err,
		.rep = c->rep,
		.trust = trust->trust,
		.pkg = pkg,
		.res = *res,
		.head = o->head,
		.deep = o->deep,
		.source = o->source != NULL,
		.timed = o->at.given,
	};

	if (!st || o->explain || c->common.json)
		show_verdict(c->out, &v);
	if (o->explain || c->common.json)
		show_record(c, err);
	if (o->explain)
		show_explanation(c, &v);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct verify_opts *v = c->opts;
	struct trust trust = {NULL};
	ota_status st = OTA_UNTRUSTED;
	struct io_file in = {NULL, NULL};
	ota_verify_result res = {.size = sizeof(res)};
	ota_source *sigs = NULL;
	ota_pkg *pkg = NULL;

	if (v->deep + v->head + v->partial > 1 || (v->source && v->head + v->partial > 0))
		return ota_fail(err, OTA_E_OPTION,
			"--head and --partial exclude each other, and --deep and --source");
	st = trust_open(&trust, c, &v->trust, err);
	if (!st)
		st = v->source ? io_open_file(&in, c, c->args.v[0], err)
			       : io_open(&in.src, c, c->args.v[0], err);
	if (!st && v->sig)
		st = io_open(&sigs, c, v->sig, err);
	if (!st)
		st = ota_err_in(err,
			ota_pkg_open_with(&pkg, c->ctx, in.src, trust.trust, sigs, c->rep, err),
			"%s", c->args.v[0]);
	if (!st)
		st = verify(&res, c, &trust, pkg, err);
	else if (in.src)
		keep_digest(c, in.src);
	answer(c, st, err, &trust, pkg, &res);
	ota_pkg_free(pkg);
	ota_source_close(sigs);
	io_close_file(&in);
	trust_close(&trust);
	return st;
}

static const char *const operands[] = {"PKG.otap|-", NULL};
static const char *const examples[] = {
	"otatool verify release.otap --key rel.pub",
	"otatool verify - --key rel.pub --deep < release.otap",
	"otatool verify release.otap --key rel.pub --source old.img --explain",
	"otatool verify release.head --key rel.pub --head",
	NULL,
};

const struct verb verb_verify = {
	.name = "verify",
	.group = "Check",
	.summary = "check that a package is authentic and whole",
	.synopsis = "PKG.otap|- --key PUB [--at TIME] [--deep | --head | --partial] "
		    "[--source IMG|PKG] [--sig F.otsig] [--explain]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct verify_opts),
	.run = run,
	.examples = examples,
};
