/* SPDX-License-Identifier: MIT */
/* Findings of the readers: all go to the report, the first is the error. */
#ifndef DOC_FIND_H
#define DOC_FIND_H

#include <doc/doc.h>

#define FINDINGS_MAX 100

struct finds {
	const char *name; /* of the document; may be NULL */
	ota_report *rep;
	ota_err *err;
	ota_status st; /* of the first finding */
	size_t count;
};

struct find {
	ota_id id;
	const struct doc *at;                   /* NULL: no place */
	const char *subject, *expected, *found; /* NULL: none */
	const char *text;
};

/* Beyond FINDINGS_MAX nothing but a note is added: hostile input must not fill the report. */
void finds_add(struct finds *f, const struct find *what);

#endif
