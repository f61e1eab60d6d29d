/* SPDX-License-Identifier: MIT */
/* Whose signatures count: one key, or what a root of trust says. */
#ifndef CLI_WITH_TRUST_H
#define CLI_WITH_TRUST_H

#include "verbs.h"

struct trust_opts {
	const char *key, *root, *roots, *stop;
	bool allow_test;
};

extern const struct opt_group trust_group; /* -k, --root, --roots, --stop, --allow-test-keys */

struct trust {
	ota_trust *trust;
};

/* A key or a root is named. */
bool trust_given(const struct trust_opts *o);
/* usage.no_trust where none is. */
ota_status trust_open(
	struct trust *out, const struct cli *c, const struct trust_opts *o, ota_err *err);
void trust_close(struct trust *t);
/*
 * Does t accept the package of that name, at that time (NULL: not judged)? why is filled where it
 * does not. What could not be judged is a failure.
 */
ota_status trust_judge(bool *accepted, ota_err *why, const struct cli *c, const ota_trust *t,
	const char *name, const int64_t *at, ota_err *err);
/* What vouched for pkg, in words and JSON. */
void trust_show(struct out *o, const struct trust *t, const ota_pkg *pkg);

#endif
