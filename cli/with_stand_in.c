/* SPDX-License-Identifier: MIT */
#include "with_stand_in.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static ota_status make_key(struct stand_in *s, const struct cli *c, ota_err *err)
{
	const ota_signer_options opt = {.size = sizeof(opt), .allow_readable = true};
	ota_sink *secret = NULL, *pub = NULL;
	ota_key *key = NULL;
	char path[32];
	ota_status st;

	s->fd = memfd_create("stand-in", MFD_CLOEXEC);
	if (s->fd < 0)
		return ota_fail_sys(err, "make a file in memory");
	st = ota_sink_fd(&secret, c->ctx, s->fd, err);
	if (!st)
		st = ota_sink_null(&pub, c->ctx, err);
	if (!st)
		st = ota_keygen(secret, pub, &key, c->ctx, NULL, err);
	if (!st)
		st = ota_sink_commit(secret, err);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
	if (!st)
		st = ota_signer_open(&s->signer, c->ctx, path, &opt, err);
	if (!st)
		st = ota_trust_from_key(&s->trust.trust, c->ctx, key, false, err);
	ota_key_free(key);
	ota_sink_close(secret);
	ota_sink_close(pub);
	return st;
}

ota_status stand_in_open(
	struct stand_in *out, const struct cli *c, const struct trust_opts *o, ota_err *err)
{
	struct stand_in s = {.fd = -1};
	ota_status st = trust_given(o) ? trust_open(&s.trust, c, o, err) : make_key(&s, c, err);

	if (st)
		stand_in_close(&s);
	else
		*out = s;
	return st;
}

void stand_in_close(struct stand_in *s)
{
	ota_signer_close(s->signer);
	trust_close(&s->trust);
	if (s->fd >= 0)
		close(s->fd);
}

ota_status stand_in_package(
	const struct stand_in *s, const struct cli *c, struct io_file *f, ota_err *err)
{
	const ota_sign_options opt = {.size = sizeof(opt), .mode = OTA_SIGN_REPLACE};
	struct io_file signed_ = {NULL, NULL};
	ota_status st;

	if (!s->signer)
		return OTA_OK;
	st = ota_spool_new(&signed_.spool, c->ctx, io_tmpdir(), err);
	if (st)
		return st;
	st = ota_pkg_sign(
		ota_spool_sink(signed_.spool), c->ctx, f->src, s->signer, &opt, NULL, err);
	if (st && err->id == OTA_E_FORM)
		st = ota_fail(err, OTA_E_FORM,
			"without --key or --root a package is signed with a throw-away key, and a "
			"slice "
			"cannot be: give one");
	if (!st) {
		signed_.src = ota_spool_source(signed_.spool);
		st = signed_.src ? OTA_OK : ota_fail_nomem(err);
	}
	if (st) {
		io_close_file(&signed_);
		return st;
	}
	io_close_file(f);
	*f = signed_;
	return OTA_OK;
}
