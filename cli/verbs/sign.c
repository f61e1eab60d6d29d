/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "show_package.h"
#include "verbs.h"
#include "with_approval.h"
#include "with_io.h"
#include "with_key.h"
#include "with_trust.h"

#include <stdlib.h>
#include <string.h>

struct sign_opts {
	struct output_opts out;
	struct key_opts key;
	struct pass_opts pass;
	struct approval_opts approval;
	const char *comment;
	const char *root, *roots; /* with --attach */
	struct opt_time time;
	bool append, replace, strip, attach;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "comment", "TEXT", "stands in the signature, such as 'build 42'",
		offsetof(struct sign_opts, comment), NULL},
	{0, OPT_TIME, "time", "TIME",
		"stands in the signature (default and 0: none, so that bytes repeat)",
		offsetof(struct sign_opts, time), NULL},
	{0, OPT_FLAG, "append", NULL, "add to the signatures there are",
		offsetof(struct sign_opts, append), NULL},
	{0, OPT_FLAG, "replace", NULL, "drop the signatures there are",
		offsetof(struct sign_opts, replace), NULL},
	{0, OPT_FLAG, "strip", NULL, "drop all signatures, add none; takes no key",
		offsetof(struct sign_opts, strip), NULL},
	{0, OPT_FLAG, "attach", NULL,
		"add the lines of detached files (.otsig) to the packages; -k is the public key",
		offsetof(struct sign_opts, attach), NULL},
	{0, OPT_TEXT, "root", "ROOT", "with --attach: the root of trust, instead of a key",
		offsetof(struct sign_opts, root), NULL},
	{0, OPT_TEXT, "roots", "DIR", "with --attach: and the roots that follow it, N.root.json",
		offsetof(struct sign_opts, roots), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Signature", rows};
static const struct opt_use options[] = {
	{&key_group, offsetof(struct sign_opts, key)},
	{&group, 0},
	{&approval_group, offsetof(struct sign_opts, approval)},
	{&output_group, offsetof(struct sign_opts, out)},
	{&pass_group, offsetof(struct sign_opts, pass)},
	{NULL, 0},
};

static ota_status check(const struct sign_opts *s, const char *pkg, ota_err *err)
{
	if (s->append + s->replace + s->strip + s->attach > 1)
		return ota_fail(err, OTA_E_OPTION,
			"--append, --replace, --strip and --attach exclude each other");
	if (s->attach && (s->comment || s->time.given || s->out.path || s->key.pub))
		return ota_fail(err, OTA_E_OPTION,
			"--attach takes no comment, time, output or --public: they are signed, "
			"each package is replaced, and -k is the public key");
	if ((s->attach || s->strip) && (s->approval.policy || s->approval.expect))
		return ota_fail(
			err, OTA_E_OPTION, "--policy and --expect go with a key that signs");
	if (s->strip && (s->key.ref || s->key.pub || s->comment || s->time.given))
		return ota_fail(err, OTA_E_OPTION, "--strip takes no key, comment or time");
	if (!s->attach && (s->root || s->roots))
		return ota_fail(err, OTA_E_OPTION, "--root and --roots go with --attach");
	if (!s->strip && !s->key.ref && !s->root && !s->roots)
		return ota_fail(err, OTA_E_ARGUMENT, "name the key with -k KEY");
	if (!strcmp(pkg, "-") && !s->out.path)
		return ota_fail(err, OTA_E_ARGUMENT, "a package from stdin needs -o");
	return pass_check(&s->pass, err);
}

/* An input, open and seen to be good but for its signatures; free with close_input. */
struct input {
	const char *name;
	struct io_file file;
	ota_source *view;
	ota_pkg *pkg;
};

static ota_status open_input(struct input *in, struct cli *c, const char *name, ota_err *err)
{
	uint64_t len = 0;
	ota_status st;

	in->name = name;
	st = io_open_file(&in->file, c, name, err);
	if (!st)
		st = ota_source_length(in->file.src, &len, err);
	if (!st)
		st = ota_source_slice(&in->view, c->ctx, in->file.src, 0, len, err);
	if (!st)
		st = ota_err_in(err,
			ota_pkg_open_unauthenticated(&in->pkg, c->ctx, in->view, NULL, err), "%s",
			name);
	return st;
}

static void close_input(struct input *in)
{
	ota_pkg_free(in->pkg);
	ota_source_close(in->view);
	io_close_file(&in->file);
}

/* What is being signed, from the very bytes and before any key is unlocked. */
static ota_status show(struct cli *c, const struct input *in, ota_err *err)
{
	const uint8_t *digest;
	ota_status st;
	size_t len;

	digest = ota_pkg_digest(in->pkg, &len);
	show_keep_digest(c, digest, len);
	out_str(c->out, "input", "File", in->name);
	st = show_identity(c->out, "Package", ota_pkg_manifest(in->pkg), digest, len, err);
	out_flush(c->out);
	return st;
}

static void done(struct cli *c, const struct sign_opts *s, const ota_signer *by)
{
	out_str(c->out, "output", "Written", s->out.path ? s->out.path : c->args.v[0]);
	if (by) {
		out_str(c->out, "keyid", "Signed by", ota_key_id(ota_signer_key(by)));
		out_str(c->out, "scheme", "Scheme", ota_key_scheme(ota_signer_key(by)));
	} else {
		out_cell(c->out, "Signed by", "nobody");
	}
}

static ota_sign_options sign_options(const struct sign_opts *s, const struct approval *allowed)
{
	ota_sign_options opt = {
		.size = sizeof(ota_sign_options),
		.mode = s->append    ? OTA_SIGN_APPEND
			: s->replace ? OTA_SIGN_REPLACE
			: s->strip   ? OTA_SIGN_STRIP
				     : OTA_SIGN_FIRST,
		.comment = s->comment,
		.time = s->time.given ? (uint64_t)s->time.value : 0,
	};

	approval_into(&opt, allowed, &s->approval);
	return opt;
}

static ota_status sign_package(
	struct cli *c, const struct input *in, const ota_sign_options *opt, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_signer *by = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	st = io_create_over(&sink, c, &s->out, in->name, err);
	if (!st)
		st = io_spare(c, in->name, err);
	if (!st)
		st = show(c, in, err);
	if (!st)
		st = ota_sign_expected(opt, in->pkg, err);
	if (!st && !s->strip)
		st = key_open(&by, c, &s->key, &s->pass, err);
	if (!st)
		st = ota_pkg_sign(sink, c->ctx, in->file.src, by, opt, c->rep, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		done(c, s, by);
	ota_sink_close(sink);
	ota_signer_close(by);
	return st;
}

/* ---- heads: into one detached file, under one unlocked key ---- */

static ota_status open_heads(struct cli *c, struct input *in, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < c->args.n; i++) {
		if (i > 0)
			st = open_input(&in[i], c, c->args.v[i], err);
		if (!st && ota_pkg_form(in[i].pkg) != OTA_FORM_HEAD)
			st = ota_fail(err, OTA_E_FORM,
				"%s is no head: several are signed together by their heads",
				in[i].name);
	}
	return st;
}

static bool show_head(struct cli *c, const struct input *in)
{
	const ota_manifest *m = ota_pkg_manifest(in->pkg);
	char alg[16];
	char *product = show_get(m, "product"), *version = show_get(m, "version");
	const uint8_t *d;
	size_t len;

	d = ota_pkg_digest(in->pkg, &len);
	out_row(c->out);
	out_str(c->out, "input", "File", in->name);
	out_str(c->out, "product", "Product", product);
	out_str(c->out, "version", "Version", version);
	out_digest(c->out, "digest", "Digest", show_hash_name(m, alg), d, len);
	out_end(c->out);
	free(version);
	free(product);
	return product && version;
}

static ota_status show_heads(struct cli *c, const struct input *in, ota_err *err)
{
	bool ok = true;

	out_table(c->out, "heads", "What is signed");
	for (size_t i = 0; ok && i < c->args.n; i++)
		ok = show_head(c, &in[i]);
	out_end(c->out);
	out_flush(c->out);
	return ok ? OTA_OK : ota_fail_nomem(err);
}

static ota_status sign_heads(
	struct cli *c, struct input *in, const ota_sign_options *opt, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_signer *by = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	if (opt->mode != OTA_SIGN_FIRST)
		return ota_fail(err, OTA_E_OPTION,
			"a head is signed into a file of its own: there is nothing to append to, "
			"replace or strip");
	st = open_heads(c, in, err);
	if (!st)
		st = io_create(&sink, c, &s->out, err);
	for (size_t i = 0; !st && i < c->args.n; i++)
		st = io_spare(c, in[i].name, err);
	if (!st)
		st = show_heads(c, in, err);
	for (size_t i = 0; !st && i < c->args.n; i++)
		st = ota_err_in(err, ota_sign_expected(opt, in[i].pkg, err), "%s", in[i].name);
	if (!st)
		st = key_open(&by, c, &s->key, &s->pass, err);
	for (size_t i = 0; !st && i < c->args.n; i++)
		st = ota_pkg_sign_detached(sink, c->ctx, in[i].file.src, by, opt, c->rep, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		done(c, s, by);
	ota_sink_close(sink);
	ota_signer_close(by);
	return st;
}

/* ---- detached files back into packages ---- */

/* Anything that does not begin like a package is taken for a detached file. */
static ota_status is_package(bool *yes, struct cli *c, const char *name, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_peek *peek = NULL;
	ota_status st = ota_source_file(&src, c->ctx, name, err);

	if (st)
		return st;
	*yes = ota_pkg_peek(&peek, c->ctx, src, NULL, &why) == OTA_OK || why.id != OTA_E_MAGIC;
	ota_peek_free(peek);
	ota_source_close(src);
	return OTA_OK;
}

static ota_status collect(ota_sink *all, struct cli *c, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = ota_source_file(&src, c->ctx, name, err);

	if (!st)
		st = io_copy(all, src, err);
	ota_source_close(src);
	return st;
}

static ota_status attach_one(struct cli *c, const ota_sink *all, const struct trust *trust,
	const char *name, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	ota_attach_result res = {.size = sizeof(res)};
	ota_source *src = NULL, *sigs = NULL;
	const uint8_t *p = NULL;
	ota_sink *sink = NULL;
	size_t len = 0;
	ota_status st;

	ota_sink_memory_bytes(all, &p, &len);
	st = ota_source_memory(&sigs, c->ctx, p, len, err);
	if (!st)
		st = ota_source_file(&src, c->ctx, name, err);
	if (!st)
		st = io_create_over(&sink, c, &s->out, name, err);
	if (!st)
		st = ota_pkg_attach(sink, c->ctx, src, sigs, trust->trust, &res, c->rep, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st) {
		out_row(c->out);
		out_str(c->out, "output", "Written", name);
		out_u64(c->out, "added", "Signatures added", res.added);
		out_u64(c->out, "there", "There before", res.there);
		out_end(c->out);
	}
	st = st ? ota_err_in(err, st, "%s", name) : OTA_OK;
	ota_sink_close(sink);
	ota_source_close(src);
	ota_source_close(sigs);
	return st;
}

static ota_status attach(struct cli *c, const struct trust *trust, ota_sink *all, ota_err *err)
{
	size_t packages = 0, files = 0;
	ota_status st = OTA_OK;
	bool yes = false;

	for (size_t i = 0; !st && i < c->args.n; i++) {
		st = is_package(&yes, c, c->args.v[i], err);
		packages += !st && yes;
		if (!st && !yes)
			st = collect(all, c, c->args.v[i], err);
	}
	files = c->args.n - packages;
	if (!st && (packages == 0 || files == 0))
		st = ota_fail(err, OTA_E_ARGUMENT,
			"name detached files and the packages they are for; there are %zu and %zu",
			files, packages);
	if (!st)
		st = ota_sink_commit(all, err);
	out_table(c->out, "packages", "Packages");
	for (size_t i = 0; !st && i < c->args.n; i++) {
		st = is_package(&yes, c, c->args.v[i], err);
		if (!st && yes)
			st = attach_one(c, all, trust, c->args.v[i], err);
	}
	out_end(c->out);
	return st;
}

static ota_status run_attach(struct cli *c, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	const struct trust_opts by = {
		.key = s->key.ref,
		.root = s->root,
		.roots = s->roots,
		.allow_test = s->key.allow_test,
	};
	struct trust trust = {NULL};
	ota_sink *all = NULL;
	ota_status st;

	st = trust_open(&trust, c, &by, err);
	if (!st)
		st = ota_sink_memory(&all, c->ctx, err);
	if (!st)
		st = attach(c, &trust, all, err);
	ota_sink_close(all);
	trust_close(&trust);
	return st;
}

static ota_status sign_all(struct cli *c, const struct approval *allowed, ota_err *err)
{
	const ota_sign_options opt = sign_options(c->opts, allowed);
	struct input *in = calloc(c->args.n, sizeof(*in));
	ota_status st;

	if (!in)
		return ota_fail_nomem(err);
	st = open_input(&in[0], c, c->args.v[0], err);
	if (!st && (c->args.n > 1 || ota_pkg_form(in[0].pkg) == OTA_FORM_HEAD))
		st = sign_heads(c, in, &opt, err);
	else if (!st)
		st = sign_package(c, &in[0], &opt, err);
	for (size_t i = 0; i < c->args.n; i++)
		close_input(&in[i]);
	free(in);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	struct approval allowed = {.policy = NULL};
	ota_status st;

	st = check(s, c->args.v[0], err);
	if (st)
		return st;
	if (s->attach)
		return run_attach(c, err);
	st = approval_open(&allowed, c, &s->approval, err);
	if (!st)
		st = sign_all(c, &allowed, err);
	if (st && s->approval.policy) {
		if (!c->common.json)
			explain_report(c->rep, stderr, false);
		st = explain_count(c, st, s->approval.policy, err);
	}
	approval_close(&allowed);
	return st;
}

static const char *const operands[] = {"PKG.otap|HEAD", NULL};
static const char *const examples[] = {
	"otatool sign unsigned.otap -k rel.key -o signed.otap",
	"otatool sign release.otap -k second.key --append --comment 'quality assurance'",
	"otatool sign release.head -k ci.key -o ci.otsig",
	"otatool sign --attach ci.otsig release.otap -k ci.pub",
	"otatool sign --attach ana.otsig ben.otsig release.otap --roots roots",
	"otatool sign release.otap -k cmd:./ask-token --public token.pub --append",
	"otatool sign release.otap -k rel.key -o checked.otap --replace --policy policy.yaml "
	"--expect approved.txt",
	"otatool sign release.head -k 'pkcs11:token=release;object=firmware' --passphrase-file "
	"pin.txt -o hsm.otsig",
	NULL,
};

const struct verb verb_sign = {
	.name = "sign",
	.group = "Sign",
	.summary = "sign a package; without -o it replaces its input",
	.synopsis = "PKG.otap -k KEY [--public PUB] [-o OUT] [--comment TEXT] [--time TIME] "
		    "[--append | --replace | --strip | --attach] [--policy FILE] [--expect FILE]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES | VERB_MANY,
	.options = options,
	.opts_size = sizeof(struct sign_opts),
	.run = run,
	.examples = examples,
};
