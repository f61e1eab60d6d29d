/* SPDX-License-Identifier: MIT */
/* What may be signed: a policy, and a list of packages by their digests. */
#ifndef CLI_WITH_APPROVAL_H
#define CLI_WITH_APPROVAL_H

#include "verbs.h"

#include <ota/sign.h>

struct approval_opts {
	const char *policy, *expect;
	struct opt_time at;
};

extern const struct opt_group approval_group; /* --policy, --at, --expect */

struct approval {
	ota_sign_policy *policy;
	char *text;         /* of the list */
	const char **words; /* the first of each line, in text; NULL: no list */
	size_t count;
};

/* Zeroed before; close with approval_close, also after a failure. */
ota_status approval_open(
	struct approval *a, struct cli *c, const struct approval_opts *o, ota_err *err);
/* What of it goes into the options. */
void approval_into(ota_sign_options *opt, const struct approval *a, const struct approval_opts *o);
void approval_close(struct approval *a);

#endif
