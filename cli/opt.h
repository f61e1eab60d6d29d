/* SPDX-License-Identifier: MIT */
/*
 * Options as tables. One row gives parsing, --help, the check of the manual and
 * shell completion. A group is a table over a small struct of its own; a verb
 * says at which offset of its struct each group lives, so groups are shared.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <ota/err.h>

enum opt_type {
	OPT_FLAG,   /* bool */
	OPT_TEXT,   /* const char *; never empty */
	OPT_LIST,   /* struct opt_list; may be repeated */
	OPT_NUMBER, /* struct opt_number */
	OPT_BYTES,  /* struct opt_number; K, M, G, T for powers of 1024 */
	OPT_TIME,   /* struct opt_time: "now", seconds, 2026-01-01T00:00:00Z, +90d, +2y */
	OPT_CHOICE  /* unsigned, the index into choices; 0 is the default */
};

#define OPT_LIST_MAX 32

struct opt_list {
	const char *v[OPT_LIST_MAX];
	size_t n;
};

struct opt_number {
	bool given;
	uint64_t value;
};

struct opt_time {
	bool given;
	int64_t value;
};

struct opt {
	char letter; /* 0: none */
	enum opt_type type;
	const char *name, *arg, *help;
	size_t off;
	const char *const *choices; /* ends with NULL; of OPT_TEXT for completion alone */
};

struct opt_group {
	const char *title;
	const struct opt *opts; /* ends with name NULL */
};

struct opt_use {
	const struct opt_group *group; /* NULL ends a list */
	size_t off;                    /* of the group's struct in the verb's */
};

/* A group at its place in memory. */
struct opt_bind {
	const struct opt_group *group;
	void *base;
};

struct opt_args {
	const char **v; /* operands, in order; room for argc of them */
	size_t n;
};

/*
 * Parse argv[0 … argc - 1]. No abbreviations; a repeated option is an error;
 * `--` ends the options; a lone `-` is an operand.
 */
ota_status opt_parse(struct opt_args *args, const struct opt_bind *binds, size_t nbinds, int argc,
	char **argv, ota_err *err);
/* Decimal digits only. */
bool opt_u64(uint64_t *out, const char *text);
/* A time as OPT_TIME takes it. */
bool opt_time(int64_t *out, const char *text);
/* The same, with K, M, G, T for powers of 1024. */
bool opt_bytes(uint64_t *out, const char *text);
/* "-o, --output FILE" */
void opt_label(char *out, size_t cap, const struct opt *o);

#endif
