/* SPDX-License-Identifier: MIT */
/* Errors and reports in words. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stdio.h>

#include "verbs.h"

/* 128 + n after signal n, of which the process then dies. */
int exit_code(ota_status st);
/* "exit_code" of an error id. */
void explain_exit(struct out *o, const char *label, ota_status st);

/* `otatool: error[id]: message`, what to do, the one-line record of a refusal: to stderr. */
void explain_err(const struct cli *c, ota_status st, const ota_err *err);
/* "ok", "exit" and, on failure, "error" into the JSON object; nothing in text. */
void explain_json(const struct cli *c, ota_status st, const ota_err *err);

/* Findings as `file:line:col: error[id]: text`; passes and notes only if all. */
void explain_report(const ota_report *rep, FILE *f, bool all);
/*
 * After st: what stands in the report is shown from there, and not once more as the error, which
 * says how many there are in the file of that name.
 */
ota_status explain_count(const struct cli *c, ota_status st, const char *name, ota_err *err);
/* The same for GitHub's annotations. */
void explain_github(const ota_report *rep, FILE *f);
/* "findings" into the JSON object, but for the steps of a verification; nothing in text. */
void explain_report_json(struct out *o, const ota_report *rep);

#endif
