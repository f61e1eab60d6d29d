/* SPDX-License-Identifier: MIT */
/* What `verify` answers, and with --explain why. */
#ifndef CLI_SHOW_VERDICT_H
#define CLI_SHOW_VERDICT_H

#include "verbs.h"

struct verdict {
	ota_status st;
	const ota_err *err;
	const ota_report *rep;
	const ota_trust *trust; /* NULL: there is none */
	const ota_pkg *pkg;     /* NULL: it never became one */
	ota_verify_result res;  /* only if st is OTA_OK */
	bool head, deep, source, timed;
};

/* "verdict", "signed", "authentic": they agree with the exit code. */
void show_verdict(struct out *o, const struct verdict *v);
/* "record": the line that `explain` reads. */
void show_record(const struct cli *c, const ota_err *err);
/* Rules, lines, roles, coverage. */
void show_explanation(const struct cli *c, const struct verdict *v);

#endif
