/* SPDX-License-Identifier: MIT */
/* The table of verbs, and what a running verb has at hand. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <sys/types.h>

#include <ota/ota.h>

#include "opt.h"
#include "out.h"
#include "progress.h"

struct common_opts {
	bool help, json;
	unsigned progress; /* enum progress_when */
};

struct resource_opts {
	struct opt_number jobs, memory;
};

enum verb_flags {
	VERB_PLAIN = 1,     /* needs no ota_ctx */
	VERB_RESOURCES = 2, /* takes --jobs and --memory */
	VERB_MANY = 4,      /* the last operand may repeat */
};

/* What the operands are, for shell completion. */
enum verb_operand { OPERAND_FILE, OPERAND_VERB, OPERAND_SHELL, OPERAND_NONE };

/* A file that the command is going to write. */
struct claim {
	dev_t dev;
	ino_t ino;
};

#define CLAIMS_MAX 256

struct verb;

struct cli {
	const struct verb *verb;
	const void *opts; /* the verb's struct */
	struct opt_args args;
	struct common_opts common;
	struct resource_opts res;
	struct progress progress;
	ota_ctx *ctx;
	ota_report *rep;
	struct out *out;
	uint8_t digest[OTA_DIGEST_MAX]; /* of the package at hand, for the record of a refusal */
	size_t digest_len;
	struct claim claims[CLAIMS_MAX];
	size_t claim_count;
};

/* A name may be two words: "apply-sim init". Its first word is a verb too. */
struct verb {
	const char *name, *group, *summary, *synopsis;
	const char *const *operands; /* ends with NULL; at most so many */
	size_t operands_min;
	enum verb_operand operand;
	unsigned flags;
	const struct opt_use *options; /* ends with group NULL; NULL: none */
	size_t opts_size;
	ota_status (*run)(struct cli *c, ota_err *err);
	const char *const *examples; /* ends with NULL */
};

extern const struct opt_group common_group, resource_group;

/* Rows in the order of the manual. */
size_t verb_count(void);
const struct verb *verb_at(size_t index);
/* By its first word, or by two; sub NULL: none. */
const struct verb *verb_find(const char *name, const char *sub);
/* The second word of its name; NULL: it has one. */
const char *verb_sub(const struct verb *v);
/* v is of's own name and a second word. */
bool verb_is_under(const struct verb *v, const struct verb *of);
/* usage.verb with the nearest name. */
ota_status verb_unknown(const char *name, ota_err *err);

#define VERB_BINDS_MAX 10
/* The groups of v, then the ones every verb has, at their places; returns how many. */
size_t verb_binds(
	struct opt_bind binds[VERB_BINDS_MAX], const struct verb *v, void *opts, struct cli *c);

/* One a file of verbs/. */
extern const struct verb verb_keygen, verb_keygen_import, verb_keygen_export, verb_init, verb_diff,
	verb_patch, verb_lint, verb_pack, verb_sign, verb_export, verb_verify, verb_inspect,
	verb_compare, verb_repro_check, verb_extract, verb_apply_sim, verb_explain, verb_completion,
	verb_help, verb_version, verb_head, verb_slice, verb_rehearse, verb_apply_sim_init,
	verb_apply_sim_install, verb_apply_sim_boot, verb_apply_sim_status, verb_apply_sim_history,
	verb_trust, verb_trust_init, verb_trust_edit, verb_trust_sign, verb_trust_verify,
	verb_trust_show, verb_trust_export, verb_trust_stop, verb_trust_matrix;

/* Defined beside `completion`, and beside `help`: NULL beyond the last. */
extern const char *const completion_shells[];
const char *help_topic(size_t index);

#endif
