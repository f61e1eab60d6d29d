/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_io.h"
#include "with_key.h"

#include <stdlib.h>
#include <string.h>

struct sign_opts {
	struct output_opts out;
	struct key_opts key;
	struct pass_opts pass;
	const char *comment;
	struct opt_time time;
	bool append, replace, strip;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "comment", "TEXT", "stands in the signature, such as 'build 42'",
		offsetof(struct sign_opts, comment), NULL},
	{0, OPT_TIME, "time", "TIME",
		"stands in the signature (default: none, so that bytes repeat)",
		offsetof(struct sign_opts, time), NULL},
	{0, OPT_FLAG, "append", NULL, "add to the signatures there are",
		offsetof(struct sign_opts, append), NULL},
	{0, OPT_FLAG, "replace", NULL, "drop the signatures there are",
		offsetof(struct sign_opts, replace), NULL},
	{0, OPT_FLAG, "strip", NULL, "drop all signatures, add none; takes no key",
		offsetof(struct sign_opts, strip), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Signature", rows};
static const struct opt_use options[] = {
	{&key_group, offsetof(struct sign_opts, key)},
	{&group, 0},
	{&output_group, offsetof(struct sign_opts, out)},
	{&pass_group, offsetof(struct sign_opts, pass)},
	{NULL, 0},
};

static ota_status check(const struct sign_opts *s, const char *pkg, ota_err *err)
{
	if (s->append + s->replace + s->strip > 1)
		return ota_fail(
			err, OTA_E_OPTION, "--append, --replace and --strip exclude each other");
	if (s->strip && (s->key.ref || s->comment || s->time.given))
		return ota_fail(err, OTA_E_OPTION, "--strip takes no key, comment or time");
	if (!s->strip && !s->key.ref)
		return ota_fail(err, OTA_E_ARGUMENT, "name the secret key that signs with -k KEY");
	if (!strcmp(pkg, "-") && !s->out.path)
		return ota_fail(err, OTA_E_ARGUMENT, "a package from stdin needs -o");
	return pass_check(&s->pass, err);
}

/* What is being signed, from the very bytes and before any key is unlocked. */
static ota_status show(struct cli *c, const char *name, ota_source *src, ota_err *err)
{
	ota_source *whole = NULL;
	ota_pkg *pkg = NULL;
	const uint8_t *digest;
	uint64_t file_len = 0;
	ota_status st;
	size_t len;

	st = ota_source_length(src, &file_len, err);
	if (!st)
		st = ota_source_slice(&whole, c->ctx, src, 0, file_len, err);
	if (!st)
		st = ota_pkg_open_unauthenticated(&pkg, c->ctx, whole, NULL, err);
	if (st)
		goto out;
	digest = ota_pkg_digest(pkg, &len);
	show_keep_digest(c, digest, len);
	out_str(c->out, "input", "File", name);
	st = show_identity(c->out, ota_pkg_manifest(pkg), digest, len, err);
	out_flush(c->out);
out:
	ota_pkg_free(pkg);
	ota_source_close(whole);
	return st;
}

/* Without -o the input itself is replaced, by rename; through a link, its target is. */
static ota_status create(ota_sink **out, struct cli *c, const struct sign_opts *s, ota_err *err)
{
	const ota_file_options opt = {.size = sizeof(opt), .replace = true};
	ota_status st;
	char *path;

	if (s->out.path)
		return io_create(out, c, &s->out, err);
	st = io_regular(c->args.v[0], err);
	if (st)
		return st;
	path = realpath(c->args.v[0], NULL);
	st = path ? ota_sink_file(out, c->ctx, path, &opt, err)
		  : ota_fail_sys(err, "cannot find %s", c->args.v[0]);
	free(path);
	return st;
}

static void done(struct cli *c, const struct sign_opts *s, const ota_signer *by)
{
	out_str(c->out, "output", "Written", s->out.path ? s->out.path : c->args.v[0]);
	if (by) {
		out_str(c->out, "keyid", "Signed by", ota_key_id(ota_signer_key(by)));
		out_str(c->out, "scheme", "Scheme", ota_key_scheme(ota_signer_key(by)));
	} else {
		out_str(c->out, "keyid", "Signed by", "nobody");
	}
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct sign_opts *s = c->opts;
	const ota_sign_options opt = {
		.size = sizeof(opt),
		.mode = s->append    ? OTA_SIGN_APPEND
			: s->replace ? OTA_SIGN_REPLACE
			: s->strip   ? OTA_SIGN_STRIP
				     : OTA_SIGN_FIRST,
		.comment = s->comment,
		.time = s->time.given ? (uint64_t)s->time.value : 0,
	};
	struct io_file in = {NULL, NULL};
	ota_signer *by = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	st = check(s, c->args.v[0], err);
	if (st)
		return st;
	st = io_open_file(&in, c, c->args.v[0], err);
	if (!st)
		st = create(&sink, c, s, err);
	if (!st)
		st = show(c, c->args.v[0], in.src, err);
	if (!st && !s->strip)
		st = key_open(&by, c, &s->key, &s->pass, err);
	if (!st)
		st = ota_pkg_sign(sink, c->ctx, in.src, by, &opt, c->rep, err);
	if (!st)
		st = ota_sink_commit(sink, err);
	if (!st)
		done(c, s, by);
	ota_sink_close(sink);
	ota_signer_close(by);
	io_close_file(&in);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool sign unsigned.otap -k rel.key -o signed.otap",
	"otatool sign release.otap -k second.key --append --comment 'quality assurance'",
	NULL,
};

const struct verb verb_sign = {
	.name = "sign",
	.group = "Sign",
	.summary = "sign a package; without -o it replaces its input",
	.synopsis = "PKG.otap -k KEY [-o OUT] [--comment TEXT] [--time TIME] "
		    "[--append | --replace | --strip]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct sign_opts),
	.run = run,
	.examples = examples,
};
