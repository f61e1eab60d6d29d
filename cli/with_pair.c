/* SPDX-License-Identifier: MIT */
#include "with_pair.h"

#include "with_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const pair_own_schemes[] = {"own", "ed25519", "ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384", "rsassa-pss-sha256", "rsassa-pss-sha512", NULL};

ota_status pair_open(struct pair *p, const struct cli *c, const char *name, ota_err *err)
{
	static const char *const ends[] = {".key", ".pub"};
	ota_status st = OTA_OK;

	if (!name || !strcmp(name, "-"))
		return ota_fail(err, OTA_E_ARGUMENT, "name the pair with -o NAME");
	for (int i = 0; i < 2; i++)
		if (asprintf(&p->path[i], "%s%s", name, ends[i]) < 0)
			p->path[i] = NULL;
	for (int i = 0; !st && i < 2; i++) {
		const ota_file_options opt = {.size = sizeof(opt), .secret = i == 0};

		st = p->path[i] ? ota_sink_file(&p->sink[i], c->ctx, p->path[i], &opt, err)
				: ota_fail_nomem(err);
	}
	if (st && err->id == OTA_E_EXISTS)
		st = ota_err_in(err, st, "a key is never replaced");
	return st;
}

/* A public half that cannot be stored takes the secret one with it. */
ota_status pair_commit(struct pair *p, bool secret, ota_err *err)
{
	ota_status st = OTA_OK;

	if (!secret)
		return io_commit(p->sink[1], err);
	st = io_commit(p->sink[0], err);
	if (st)
		return st;
	st = ota_sink_commit(p->sink[1], err);
	if (st)
		unlink(p->path[0]);
	return st;
}

void pair_show(struct out *o, const struct pair *p, const ota_key *pub, bool secret, bool encrypted)
{
	out_str(o, "keyid", "Key", ota_key_id(pub));
	out_str(o, "scheme", "Scheme", ota_key_scheme(pub));
	if (secret)
		out_str(o, "secret", "Secret half", p->path[0]);
	out_str(o, "public", "Public half", p->path[1]);
	if (secret)
		out_bool(o, "encrypted", "Encrypted", encrypted);
}

void pair_close(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		ota_sink_close(p->sink[i]);
		free(p->path[i]);
	}
}
