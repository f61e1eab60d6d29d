/* SPDX-License-Identifier: MIT */
/*
 * Tables of forged packages: what is forged, from which good one, and the id
 * that must refuse it ("ok": nothing may). tests/forge/README.md has the form.
 */
#ifndef FORGE_ROWS_H
#define FORGE_ROWS_H

#include "forge.h"

#define ROW_EDITS_MAX 12

struct row {
	const char *base, *name, *want;
	ota_id id; /* of want; OTA_E_NONE for "ok" */
	char *edits[ROW_EDITS_MAX];
	size_t n;
};

struct rows {
	struct row *row;
	size_t n;
	char *text; /* the file; the rows point into it */
};

/* From a file; freed with rows_free. Aborts where a line is not a row. */
void rows_read(struct rows *out, const char *path);
void rows_free(struct rows *r);
const struct row *rows_find(const struct rows *r, const char *name);

/* The good packages that rows start from, and the images that are in them. */
struct base {
	const char *name;
	const char *yaml;
	uint8_t *pkg; /* signed */
	size_t len;
};
struct bases {
	const ota_ctx *ctx;
	struct base *base;
	size_t n;
	struct forge_file *files;
	size_t file_count;
};

void bases_init(struct bases *b, const ota_ctx *ctx);
void bases_fini(struct bases *b);
const struct base *bases_find(const struct bases *b, const char *name);
/* An image by its name; NULL if there is none. */
const struct forge_file *bases_file(const struct bases *b, const char *name);

/* The package that the row says, malloc'd; h (may be NULL) is how it was laid out. */
uint8_t *row_make(size_t *len, const struct row *r, const struct bases *b, ota_header *h);

#endif
