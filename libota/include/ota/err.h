/* SPDX-License-Identifier: MIT */
/*
 * Statuses, errors and reports: how libota says no, and why.
 *
 * Every fallible call returns an ota_status and takes an optional ota_err that
 * lives on the caller's stack. The error's id carries everything else: status,
 * threat and hint come from <ota/ids.h>. A report (ota_report) collects any
 * number of findings: lint, explain and rule traces are reports. On failure a
 * call changes nothing but its err and report. Nothing here is thread-local;
 * an ota_err or ota_report is used by one thread at a time.
 */
#ifndef OTA_ERR_H
#define OTA_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ota/ids.h>

#define OTA_API          __attribute__((visibility("default")))
#define OTA_MUST_CHECK   __attribute__((warn_unused_result))
#define OTA_PRINTF(f, a) __attribute__((format(printf, f, a)))

typedef enum ota_status {
	OTA_OK,
	OTA_USAGE,
	OTA_NOMEM,
	OTA_IO,
	OTA_FORMAT,
	OTA_UNSUPPORTED,
	OTA_LIMIT,
	OTA_UNTRUSTED,
	OTA_REFUSED,
	OTA_DEFERRED,
	OTA_CANCELLED
} ota_status; /* append only */

#define OTA_ID_ENUM(num, sym, name, status, threat, hint) sym = num,
typedef enum ota_id { OTA_E_NONE = 0, OTA_IDS(OTA_ID_ENUM) } ota_id;
#undef OTA_ID_ENUM

#define OTA_NO_OFF UINT64_MAX

typedef struct ota_err {
	ota_id id;     /* OTA_E_NONE: no error */
	int sys_errno; /* 0 unless the system was the cause */
	uint64_t off;  /* byte offset in the input; OTA_NO_OFF: none */
	char msg[256]; /* UTF-8, one line, already masked for a terminal */
} ota_err;

/* clang-format off */
#define OTA_ERR_INIT { OTA_E_NONE, 0, OTA_NO_OFF, "" }
/* clang-format on */

typedef struct ota_id_info {
	ota_id id;
	const char *name; /* "signature.threshold" */
	ota_status status;
	const char *threat; /* "-" where none */
	const char *hint;
} ota_id_info;

/* The row of an id; NULL when there is none. Static storage. */
OTA_API const ota_id_info *ota_id_find(ota_id id);
OTA_API const ota_id_info *ota_id_by_name(const char *name);
/* Rows in table order, 0 … ota_id_count() - 1. */
OTA_API size_t ota_id_count(void);
OTA_API const ota_id_info *ota_id_at(size_t index);
/* "refused", "usage", …; static storage. */
OTA_API const char *ota_status_name(ota_status st);

/*
 * Set *err (may be NULL) and return the status of the id. The text is masked
 * and cut to fit. ota_fail_sys takes errno: ENOMEM becomes memory.exhausted.
 */
OTA_API ota_status ota_fail(ota_err *err, ota_id id, const char *fmt, ...) OTA_PRINTF(3, 4);
OTA_API ota_status ota_fail_at(ota_err *err, ota_id id, uint64_t off, const char *fmt, ...)
	OTA_PRINTF(4, 5);
OTA_API ota_status ota_fail_sys(ota_err *err, const char *fmt, ...) OTA_PRINTF(2, 3);
OTA_API ota_status ota_fail_nomem(ota_err *err);
/* Put "context: " before the message of a failure on its way up; returns st. */
OTA_API ota_status ota_err_in(ota_err *err, ota_status st, const char *fmt, ...) OTA_PRINTF(3, 4);

#define OTA_LINE_MAX 160
/*
 * The one-line record of a verdict, ≤ 160 bytes, the same from a device and a
 * host: "ota1 E0302 signature.threshold d=9f2c41d0"; of success (no id)
 * "ota1 E0000 ok d=9f2c41d0". digest: at least 4 bytes of the package digest,
 * or NULL. `otatool explain` reads it.
 */
OTA_API void ota_err_line(char line[OTA_LINE_MAX + 1], const ota_err *err, const uint8_t *digest);

/* ---- reports ---- */

typedef enum ota_outcome { OTA_PASS, OTA_FAIL, OTA_WARN, OTA_SKIP, OTA_NOTE } ota_outcome;

/* Of what a finding of a verification speaks: <ota/package.h>. */
typedef enum ota_about {
	OTA_ABOUT_ANY,
	OTA_ABOUT_STEP, /* step is done, or failed for id and text */
	OTA_ABOUT_LINE, /* a line of signatures, by subject, its key id; NULL: all of file */
	OTA_ABOUT_ROLE, /* subject: so many keys expected, so many found */
	OTA_ABOUT_ROOT  /* root version `step` is accepted, or not for id and text */
} ota_about;

typedef struct ota_finding {
	size_t size; /* sizeof(ota_finding) */
	ota_outcome outcome;
	ota_id id;                                     /* OTA_E_NONE for notes and passes */
	const char *file;                              /* NULL: none */
	uint32_t line, col;                            /* from 1; 0: none */
	uint64_t off;                                  /* OTA_NO_OFF: none */
	const char *subject, *expected, *found, *text; /* NULL: none */
	ota_about about;
	uint32_t step; /* ota_step; 0: none; a root's version */
} ota_finding;

typedef struct ota_ctx ota_ctx;
typedef struct ota_report ota_report;

OTA_API OTA_MUST_CHECK ota_status ota_report_new(
	ota_report **out, const ota_ctx *ctx, ota_err *err);
OTA_API void ota_report_free(ota_report *rep);
/* Copies. rep may be NULL. Running out of memory is sticky: see ota_report_status. */
OTA_API void ota_report_add(ota_report *rep, const ota_finding *f);
OTA_API OTA_MUST_CHECK ota_status ota_report_status(const ota_report *rep, ota_err *err);
OTA_API size_t ota_report_count(const ota_report *rep);
OTA_API size_t ota_report_failures(const ota_report *rep);
/* Borrowed, valid until the report changes or is freed. */
OTA_API const ota_finding *ota_report_at(const ota_report *rep, size_t index);

#endif
