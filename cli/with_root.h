/* SPDX-License-Identifier: MIT */
/* Roots of trust by name. */
#ifndef CLI_WITH_ROOT_H
#define CLI_WITH_ROOT_H

#include "verbs.h"

/* Read and checked by itself. */
ota_status root_load(ota_root **out, const struct cli *c, const char *name, ota_err *err);

/* A folder of roots, N.root.json: the argument of root_next. */
struct root_dir {
	const struct cli *c;
	const char *path;
};
/* An ota_root_next_fn. */
ota_status root_next(void *arg, uint64_t version, ota_source **out, ota_err *err);

/* A root in one block: version, roles, keys, what they may sign. */
ota_status root_show(struct out *o, const ota_root *root, ota_err *err);
/* Of the roots that were followed: version, outcome, why not. Nothing where none was. */
void root_show_walk(struct out *o, const ota_report *rep);

#endif
