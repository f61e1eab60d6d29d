/* SPDX-License-Identifier: MIT */
#include "with_trust.h"

#include "show_package.h"
#include "with_io.h"

static const struct opt trust_rows[] = {
	{'k', OPT_TEXT, "key", "PUB", "trust this public key, and no other",
		offsetof(struct trust_opts, key), NULL},
	{0, OPT_FLAG, "allow-test-keys", NULL, "accept a published TEST-ONLY key",
		offsetof(struct trust_opts, allow_test), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group trust_group = {"Trust", trust_rows};

ota_status trust_open(
	struct trust *out, const struct cli *c, const struct trust_opts *o, ota_err *err)
{
	struct trust t = {NULL, NULL};
	ota_status st = OTA_UNTRUSTED;
	ota_source *src = NULL;

	if (!o->key)
		return ota_fail(err, OTA_E_NO_TRUST, "nobody's signature is trusted");
	st = io_open(&src, c, o->key, err);
	if (st)
		goto out;
	st = ota_key_read(&t.key, c->ctx, src, err);
	if (st) {
		st = ota_err_in(err, st, "%s", o->key);
		goto out;
	}
	st = ota_trust_from_key(&t.trust, c->ctx, t.key, o->allow_test, err);
	if (st)
		goto out;
	*out = t;
	t = (struct trust){NULL, NULL};
out:
	trust_close(&t);
	ota_source_close(src);
	return st;
}

void trust_close(struct trust *t)
{
	ota_trust_free(t->trust);
	ota_key_free(t->key);
}

void trust_show(struct out *o, const struct trust *t, const ota_pkg *pkg)
{
	out_table(o, "signers", "Signed by");
	for (size_t i = 0; i < ota_pkg_signer_count(pkg); i++) {
		const ota_sigline *line = ota_pkg_signer_line(pkg, i);

		out_row(o);
		out_str(o, "keyid", "Key", line->keyid);
		out_str(o, "scheme", "Scheme", ota_key_scheme(t->key));
		out_str(o, "role", NULL, ota_trust_role_of(t->trust, line->keyid));
		out_bool(o, "implied", NULL, true);
		out_cell(o, "Role", "implied (no trust policy)");
		if (*ota_key_comment(t->key))
			out_str(o, "key_comment", "Key comment", ota_key_comment(t->key));
		show_line_text(o, "signature_time", "signature_comment", line);
		out_end(o);
	}
	out_end(o);
}
