/* SPDX-License-Identifier: MIT */
/* A root while it is being changed. */
#ifndef SIGN_ROOT_EDIT_H
#define SIGN_ROOT_EDIT_H

#include <ota/author.h>

#include <doc/doc.h>

struct draft {
	struct arena arena;
	struct doc *body, *keys;
	struct doc *names; /* of keys, by id, until there is a place for them */
};

/* The member of that key; made if it is not there. NULL: no memory. */
struct doc *draft_place(struct draft *d, struct doc *map, const char *key, enum doc_kind kind);
/* old NULL: a first root. usage.argument for what cannot be done. */
ota_status draft_edit(struct draft *d, const ota_root *old, const ota_root_edit *e, ota_err *err);

#endif
