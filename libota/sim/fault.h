/* SPDX-License-Identifier: MIT */
/*
 * What can go wrong at an operation of a flash part, as one table
 * (formats/device.md section 8), and plans: which fault strikes at which
 * operation. A plan and a seed are a case, to the bit.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The operations that are counted; a mode says at which it strikes. */
enum op_kind { OP_PROGRAM = 1, OP_ERASE = 2, OP_SYNC = 4, OP_BURN = 8 };

enum fault_id {
	FAULT_NONE,
	/* the power fails; what is on the part afterwards: */
	FAULT_CUT_BEFORE,    /* nothing of the operation */
	FAULT_CUT_AFTER,     /* all of it */
	FAULT_TORN_FIRST,    /* its first program unit */
	FAULT_TORN_HALF,     /* its first half */
	FAULT_TORN_LAST,     /* all but its last program unit */
	FAULT_TORN_BIT,      /* one bit of it */
	FAULT_TORN_BUT_BIT,  /* all but one bit */
	FAULT_TORN_MIX,      /* any mix of old and new bits */
	FAULT_TORN_UNSTABLE, /* a mix, and every read says something else until it is erased */
	FAULT_LOST,          /* of all since the last syncs, any subset */
	FAULT_TORN_BURN,     /* some of the fuses */
	FAULT_CUT_READ,      /* all of it, but the first read of that block afterwards fails */
	/* the block goes bad, from this operation on: */
	FAULT_PROGRAM_ERROR,
	FAULT_ERASE_ERROR,
	FAULT_PROGRAM_NOOP, /* it says done and does nothing */
	FAULT_ERASE_NOOP,
	FAULT_PROGRAM_FLIP, /* a bit of what is programmed is wrong */
	FAULT_READ_FLIP,    /* a bit of what is read is wrong */
	FAULT_READ_ERROR,
	FAULT_READ_ONCE, /* the next read fails, then it is well again */
	FAULT_COUNT
};

struct fault_mode {
	const char *name;
	unsigned on; /* op_kind bits */
	bool cut;    /* power fails; else a block goes bad */
};

extern const struct fault_mode fault_modes[FAULT_COUNT];

/* From operation op on, at the first that the mode knows. */
struct strike {
	uint64_t op;
	enum fault_id mode;
};

#define STRIKES_MAX   6U
#define PLAN_TEXT_MAX (STRIKES_MAX * 48U)

/* Strikes in order; each waits for the one before. */
struct plan {
	unsigned n;
	struct strike s[STRIKES_MAX];
	uint64_t seed;
};

/* FAULT_NONE: there is no such mode. */
enum fault_id fault_named(const char *name);

/* "op118:torn-half+op131:cut-after" */
void plan_text(char out[static PLAN_TEXT_MAX], const struct plan *p);
/* false: not a plan. The seed is left alone. */
bool plan_parse(struct plan *p, const char *text);
bool plan_cuts_only(const struct plan *p);

/* bytes, len of them, hold what was there; then what the torn operation left of want. */
void fault_tear(uint8_t *bytes, const uint8_t *want, size_t len, uint32_t unit, enum fault_id mode,
	uint64_t seed);

#endif
