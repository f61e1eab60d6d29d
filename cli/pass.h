/* SPDX-License-Identifier: MIT */
/*
 * Passphrases: from a descriptor, a file, a variable, or else the terminal.
 * Never from argv, never from stdin by surprise; without a terminal it fails at
 * once.
 */
#ifndef CLI_PASS_H
#define CLI_PASS_H

#include <ota/sign.h>

#include "opt.h"

struct pass_opts {
	struct opt_number fd;
	const char *file, *env;
};

extern const struct opt_group pass_group;

/* The argument of pass_ask. */
struct pass {
	const struct pass_opts *opts;
	bool confirm; /* ask twice: a new key */
};

/* usage.option when more than one place is named. */
ota_status pass_check(const struct pass_opts *opts, ota_err *err);
/* An ota_ask_fn; arg is a struct pass. */
ota_status pass_ask(
	void *arg, const char *what, uint8_t *buf, size_t cap, size_t *len, ota_err *err);
/* No core dump and no ptrace from now on: secrets are about to be in memory. */
void pass_no_dumps(void);

#endif
