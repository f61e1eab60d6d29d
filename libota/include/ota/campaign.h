/* SPDX-License-Identifier: MIT */
/*
 * The rehearsal: an update on a simulated device in memory, by the device's
 * own code, with the power cut and the flash failing at every operation; each
 * case is booted on to its end and judged. Nothing outside of memory is
 * written. Host only. Model and fault modes: formats/device.md section 8.
 */
#ifndef OTA_CAMPAIGN_H
#define OTA_CAMPAIGN_H

#include <ota/device.h>

typedef struct ota_campaign ota_campaign;

typedef struct ota_campaign_options {
	size_t size;
	ota_source *image; /* what runs: the bare image of the package's only component, or */
	ota_source *from;  /* the package that runs, in both slots; exactly one of the two */
	int64_t at;        /* the device's clock; OTA_TIME_NONE: it has none */
	ota_health health; /* of the new system: GOOD commits, BAD and HANG roll back */
	uint64_t seed;     /* what is random follows from it */
	const char *mode;  /* only this mode strikes; NULL: all of them */
	bool plain;        /* run every power-on, also where it was seen before: slower, the same */
} ota_campaign_options;

/*
 * Set the device up and run the update once without a fault: what it then does
 * is what cases strike at. Both packages must be authentic under trust. The
 * sources must be seekable and are borrowed, like d and trust, until
 * ota_campaign_free. *out is NULL on failure: the package does not install.
 */
OTA_API OTA_MUST_CHECK ota_status ota_campaign_new(ota_campaign **out, const ota_ctx *ctx,
	const ota_devfile *d, const ota_trust *trust, ota_source *pkg,
	const ota_campaign_options *opt, ota_err *err);
OTA_API void ota_campaign_free(ota_campaign *c);

typedef struct ota_campaign_info {
	size_t size;
	uint64_t operations; /* counted ones of the run without a fault */
	uint64_t control;    /* of them on boot control, journal, metadata and fuses */
	uint64_t programmed; /* bytes */
	uint64_t erased;     /* erase blocks */
	uint64_t worn;       /* erases of the block that had most */
	uint64_t boots;
	uint64_t tries;  /* boots on trial */
	uint64_t read;   /* bytes of flash */
	uint64_t memory; /* the most bytes that the device's code held at once */
	uint64_t us;     /* by the device file's latencies; 0: it has none; UINT64_MAX: longer */
} ota_campaign_info;

OTA_API void ota_campaign_info_get(const ota_campaign *c, ota_campaign_info *out);

typedef enum ota_phase {
	/* Each in an order that samples: */
	OTA_PHASE_CONTROL, /* every mode at every control operation */
	OTA_PHASE_DATA,    /* every mode at every operation on images */
	OTA_PHASE_PAIRS,   /* a cut at a control operation, and a second one later */
	OTA_PHASE_STORMS,  /* three to five cuts at random, in one of four after a block went bad */
	OTA_PHASES
} ota_phase;

typedef struct ota_phase_result {
	size_t size;
	uint64_t possible; /* cases there are; UINT64_MAX: no end */
	uint64_t run, ended_new, ended_old, rolled_back;
	uint64_t bad; /* bricks, updates that never end, ends that the faults do not excuse */
} ota_phase_result;

/* Valid during the call. */
typedef struct ota_case {
	size_t size;
	const char *plan;    /* "op118:torn-half+op131:cut-after", shrunk if bad */
	const char *verdict; /* new, old, rolled back, stuck, brick */
	const char *text;
	bool bad;
	unsigned boots;
} ota_case;
typedef void ota_case_fn(void *arg, const ota_case *c);
/* Asked before each case, on the caller's thread. */
typedef bool ota_more_fn(void *arg, uint64_t run);

/*
 * Run cases of a phase until there are no more or `more` (NULL: always true)
 * says no. A case does not depend on the number of jobs, nor does their order.
 * found is told of each bad one. OTA_OK however bad they are.
 */
OTA_API OTA_MUST_CHECK ota_status ota_campaign_run(ota_campaign *c, ota_phase phase,
	ota_more_fn *more, ota_case_fn *found, void *arg, ota_err *err);
OTA_API void ota_campaign_phase_get(const ota_campaign *c, ota_phase phase, ota_phase_result *out);

/* Valid during the call. */
typedef struct ota_case_op {
	size_t size;
	uint64_t index;
	const char *kind, *region; /* "program", "boot control" */
	uint64_t off, len;         /* of a burn: from, to */
	const char *struck;        /* the mode; NULL: it went well */
	unsigned boot;             /* power-on it is of, from 1 */
	uint64_t from_us, us;      /* when it begins, what it takes; 0: not known */
	uint64_t judged;           /* without a fault: cases but storms that first strike here */
} ota_case_op;
typedef void ota_case_op_fn(void *arg, const ota_case_op *op);

/*
 * One case again, told operation by operation; plan NULL: the run without a
 * fault. usage.argument when plan is none.
 */
OTA_API OTA_MUST_CHECK ota_status ota_campaign_replay(ota_campaign *c, const char *plan,
	ota_case_op_fn *op, ota_case_fn *done, void *arg, ota_err *err);

#endif
