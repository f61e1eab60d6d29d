/* SPDX-License-Identifier: MIT */
/* Results as JUnit XML, which CI servers show: one test case for each kind of fault. */
#ifndef CLI_JUNIT_H
#define CLI_JUNIT_H

#include <ota/io.h>

struct junit {
	ota_sink *sink;
	ota_status st; /* of the first write that failed: the others do nothing */
	ota_err *err;
};

/* tests, failures: how many follow. */
void junit_begin(struct junit *j, const char *name, size_t tests, size_t failures);
/* Of the suite, before its cases. */
void junit_begin_properties(struct junit *j);
void junit_property(struct junit *j, const char *name, const char *value);
void junit_end_properties(struct junit *j);
/* ran: what was done, in words. A failure each, then junit_end_case. */
void junit_begin_case(struct junit *j, const char *group, const char *name, const char *ran);
void junit_failure(struct junit *j, const char *message, const char *text);
void junit_end_case(struct junit *j);
ota_status junit_end(struct junit *j);

#endif
