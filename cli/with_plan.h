/* SPDX-License-Identifier: MIT */
/* A manifest and the inputs it names. */
#ifndef CLI_WITH_PLAN_H
#define CLI_WITH_PLAN_H

#include "with_cache.h"

struct plan_opts {
	struct opt_list set;
	const char *previous, *device, *fielded;
	const char *cache; /* of pack alone */
};

extern const struct opt_group plan_group;

/* At a fixed address: the plan opens its inputs through it. Begin with zeros. */
struct plan {
	ota_plan *plan;
	const struct cli *c;
	char *folder; /* of the manifest, with its slash; "" for here */
	ota_peek *previous;
	ota_devfile *device;
	ota_source *fielded;
	struct cache cache;
	ota_err clash; /* the command would replace one of the inputs */
};

/* Paths in the manifest are relative to the folder of its file. */
ota_status plan_open(struct plan *p, const struct cli *c, const char *name,
	const struct plan_opts *opts, ota_err *err);
/* The same for a manifest that is already read; name says where it will stand. opts may be NULL. */
ota_status plan_read(struct plan *p, const struct cli *c, ota_source *yaml, const char *name,
	const struct plan_opts *opts, ota_err *err);
void plan_close(struct plan *p);

#endif
