/* SPDX-License-Identifier: MIT */
/* The versions in the field, and which of them the package reaches. */
#ifndef PACK_FIELDED_H
#define PACK_FIELDED_H

#include <pack/costs.h>

#define FIELDED_FILE_MAX  (1U << 20U)
#define FIELDED_LINE_MAX  512U
#define FIELDED_ROWS_MAX  4096U
#define FIELDED_COUNT_MAX UINT64_C(1000000000000)

struct fielded_row {
	const char *version; /* NULL: not known */
	const char *hash;    /* of the image it runs, in hex of the package's algorithm; NULL */
	const char *name;    /* NULL: it has none */
	uint64_t count;      /* of devices */
	uint32_t line;
};

struct fielded {
	const char *file;
	struct fielded_row *rows;
	size_t count;
};

/* CSV as otatool-pack(1) has it, into a; every fault is a finding: lint.fielded. */
ota_status fielded_read(struct fielded *out, struct arena *a, struct lint_run *run, ota_source *src,
	const char *file, ota_err *err);
/* A finding at a line of the file. */
void fielded_find(struct lint_run *run, const char *file, uint32_t line, uint32_t col, ota_id id,
	const char *fmt, ...) OTA_PRINTF(6, 7);

/* Versions that the manifest turns away are findings: paths.stranded. Counts as check_inputs. */
ota_status reach_check(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err);
/* What each row of plan->fielded takes of the assembled package. lint.failed: some can take none. */
ota_status reach_note(struct build *b, const struct costs *k, ota_err *err);

#endif
