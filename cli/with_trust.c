/* SPDX-License-Identifier: MIT */
#include "with_trust.h"

#include "show_package.h"
#include "with_io.h"
#include "with_key.h"
#include "with_root.h"

#include <stdio.h>

static const struct opt trust_rows[] = {
	{'k', OPT_TEXT, "key", "PUB", "trust this public key, and no other",
		offsetof(struct trust_opts, key), NULL},
	{0, OPT_TEXT, "root", "ROOT", "trust what this root of trust says",
		offsetof(struct trust_opts, root), NULL},
	{0, OPT_TEXT, "roots", "DIR",
		"and what the roots say that follow it, N.root.json (without --root: from 1)",
		offsetof(struct trust_opts, roots), NULL},
	{0, OPT_TEXT, "stop", "STOP", "refuse the packages that this stop document names",
		offsetof(struct trust_opts, stop), NULL},
	{0, OPT_FLAG, "allow-test-keys", NULL, "accept a published TEST-ONLY key",
		offsetof(struct trust_opts, allow_test), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group trust_group = {"Trust", trust_rows};

bool trust_given(const struct trust_opts *o)
{
	return o->key || o->root || o->roots;
}

static ota_status open_key(
	ota_trust **out, const struct cli *c, const struct trust_opts *o, ota_err *err)
{
	ota_key *key = NULL;
	ota_status st;

	if (o->root || o->roots || o->stop)
		return ota_fail(err, OTA_E_OPTION,
			"--key is the only trust where it is given: it excludes --root, --roots "
			"and --stop");
	st = key_read_public(&key, c, o->key, err);
	if (!st)
		st = ota_trust_from_key(out, c->ctx, key, o->allow_test, err);
	ota_key_free(key);
	return st;
}

static ota_status open_first(
	ota_root **out, const struct cli *c, const struct trust_opts *o, ota_err *err)
{
	char path[4096];

	if (o->root)
		return root_load(out, c, o->root, err);
	if ((size_t)snprintf(path, sizeof(path), "%s/1.root.json", o->roots) >= sizeof(path))
		return ota_fail(err, OTA_E_ARGUMENT, "the path of %s is too long", o->roots);
	return root_load(out, c, path, err);
}

static ota_status open_root(
	ota_trust **out, const struct cli *c, const struct trust_opts *o, ota_err *err)
{
	struct root_dir dir = {c, o->roots};
	const ota_root_options opt = {
		.size = sizeof(opt),
		.next = o->roots ? root_next : NULL,
		.arg = &dir,
		.allow_test = o->allow_test,
	};
	ota_source *stop = NULL;
	ota_root *first = NULL;
	ota_status st = open_first(&first, c, o, err);

	if (!st)
		st = ota_trust_from_root(out, c->ctx, &first, &opt, c->rep, err);
	if (!st && o->stop)
		st = io_open(&stop, c, o->stop, err);
	if (!st && o->stop)
		st = ota_err_in(err, ota_trust_stop(*out, stop, c->rep, err), "%s", o->stop);
	ota_source_close(stop);
	return st;
}

ota_status trust_open(
	struct trust *out, const struct cli *c, const struct trust_opts *o, ota_err *err)
{
	ota_trust *trust = NULL;
	ota_status st;

	if (!trust_given(o))
		return ota_fail(err, OTA_E_NO_TRUST, "nobody's signature is trusted");
	st = o->key ? open_key(&trust, c, o, err) : open_root(&trust, c, o, err);
	if (st)
		ota_trust_free(trust);
	else
		out->trust = trust;
	return st;
}

void trust_close(struct trust *t)
{
	ota_trust_free(t->trust);
	t->trust = NULL;
}

/* A verdict is an answer; what could not be judged is a failure. */
static bool is_verdict(ota_status st)
{
	return st == OTA_UNTRUSTED || st == OTA_REFUSED || st == OTA_UNSUPPORTED;
}

ota_status trust_judge(bool *accepted, ota_err *why, const struct cli *c, const ota_trust *t,
	const char *name, const int64_t *at, ota_err *err)
{
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;
	ota_status st = ota_source_file(&src, c->ctx, name, why);

	if (!st)
		st = ota_pkg_open(&pkg, c->ctx, src, t, NULL, why);
	if (!st && at)
		st = ota_pkg_check_time(pkg, *at, why);
	ota_pkg_free(pkg);
	ota_source_close(src);
	*accepted = !st;
	if (!st || is_verdict(st))
		return OTA_OK;
	*err = *why;
	return ota_err_in(err, st, "%s", name);
}

static void show_signer(struct out *o, const ota_trust *t, const ota_sigline *line)
{
	const char *role = ota_trust_role_of(t, line->keyid);
	bool implied = !ota_trust_root(t);

	out_row(o);
	out_str(o, "keyid", "Key", line->keyid);
	out_str(o, "scheme", "Scheme", line->alg);
	out_str(o, "role", NULL, role);
	out_bool(o, "implied", NULL, implied);
	out_cell(o, "Role", implied ? "implied (no trust policy)" : role);
	out_str(o, "key_comment", implied ? "Key comment" : "Name",
		ota_trust_name_of(t, line->keyid));
	show_line_text(o, "signature_time", "signature_comment", line);
	out_end(o);
}

void trust_show(struct out *o, const struct trust *t, const ota_pkg *pkg)
{
	const ota_root *root = ota_trust_root(t->trust);

	out_table(o, "signers", "Signed by");
	for (size_t i = 0; i < ota_pkg_signer_count(pkg); i++)
		show_signer(o, t->trust, ota_pkg_signer_line(pkg, i));
	out_end(o);
	if (root)
		out_u64(o, "root_version", "Under root", ota_root_version(root));
}
