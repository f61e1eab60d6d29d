/* SPDX-License-Identifier: MIT */
/*
 * The edits that a row of a table makes to a package, one verb each:
 * tests/forge/README.md has the list. They abort where they cannot do what
 * they are told.
 */
#ifndef FORGE_EDITS_H
#define FORGE_EDITS_H

#include "forge.h"

/* What an edit needs besides the package in parts. */
struct edit_env {
	/* Take another base apart into f; freed by the caller. */
	void (*base)(void *arg, struct forge *f, const char *name);
	void *arg;
	uint8_t *sealed; /* the package once sealed; NULL before */
	size_t len;
	ota_header h; /* its header, for places in it */
};

struct edit {
	const char *verb;
	unsigned args; /* words; the last one takes the rest of the line */
	bool after;    /* on the sealed bytes */
	void (*run)(struct forge *f, struct edit_env *env, char **arg);
};
extern const struct edit manifest_edits[], byte_edits[]; /* ended by a NULL verb */

/* "7", "0x07"; from was: "+1", "-1", "^1". */
uint64_t edit_number(const char *text, uint64_t was);

/* A package whose parts lie close together: alignment 8, 256 bytes for signatures. */
void edit_small(struct forge *f);

#endif
