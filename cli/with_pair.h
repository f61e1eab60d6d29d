/* SPDX-License-Identifier: MIT */
/* NAME.key and NAME.pub, made together; neither ever replaces a file. */
#ifndef CLI_WITH_PAIR_H
#define CLI_WITH_PAIR_H

#include "verbs.h"

#include <ota/key.h>

extern const char *const pair_own_schemes[]; /* "own", the schemes by name, NULL */
#define pair_schemes (pair_own_schemes + 1)  /* ed25519 first */

struct pair {
	char *path[2]; /* .key, .pub */
	ota_sink *sink[2];
};

/* usage.argument without a name. Close with pair_close, also after a failure. */
ota_status pair_open(struct pair *p, const struct cli *c, const char *name, ota_err *err);
/* Both or neither; without a secret the public half alone. */
ota_status pair_commit(struct pair *p, bool secret, ota_err *err);
void pair_show(
	struct out *o, const struct pair *p, const ota_key *pub, bool secret, bool encrypted);
void pair_close(struct pair *p);

#endif
