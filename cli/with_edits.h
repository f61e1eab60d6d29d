/* SPDX-License-Identifier: MIT */
/* What is to change in a root of trust. */
#ifndef CLI_WITH_EDITS_H
#define CLI_WITH_EDITS_H

#include "verbs.h"

struct edit_opts {
	struct opt_list root_key, release_key, role; /* of `trust init` */
	struct opt_list add, remove, revoke, revoke_package, ungrant;
	struct opt_list threshold, grant, min_counter, step_base;
	struct opt_number max_step;
	struct opt_time expires;
	const char *on_expiry;
};

extern const struct opt_group edits_first_group;  /* --root-key, --release-key, --role */
extern const struct opt_group edits_change_group; /* --add, --remove, --revoke, … */
extern const struct opt_group edits_policy_group; /* --threshold, --grant, --expires, … */

#define EDITS_MAX (12 * OPT_LIST_MAX)

/* The edits in the order in which they are made; zeroed before, edits_close after. */
struct edits {
	ota_root_edit v[EDITS_MAX];
	size_t n;
	void *owned[EDITS_MAX]; /* words */
	size_t owned_count;
	ota_key *keys[EDITS_MAX];
	size_t key_count;
};

ota_status edits_open(
	struct edits *out, const struct cli *c, const struct edit_opts *o, ota_err *err);
void edits_close(struct edits *e);

/* "sha256:…" as it is, or of the package of that name, which is not verified; to be freed. */
ota_status edits_digest(char **out, const struct cli *c, const char *name, ota_err *err);

#endif
