/* SPDX-License-Identifier: MIT */
/* Results as JUnit XML, which CI servers show: one test case for each kind of fault. */
#ifndef CLI_JUNIT_H
#define CLI_JUNIT_H

#include "xml.h"

/* tests, failures: how many follow. */
void junit_begin(struct xml *x, const char *name, size_t tests, size_t failures);
/* Of the suite, before its cases. */
void junit_begin_properties(struct xml *x);
void junit_property(struct xml *x, const char *name, const char *value);
void junit_end_properties(struct xml *x);
/* ran: what was done, in words. A failure each, then junit_end_case. */
void junit_begin_case(struct xml *x, const char *group, const char *name, const char *ran);
void junit_failure(struct xml *x, const char *message, const char *text);
void junit_end_case(struct xml *x);
ota_status junit_end(struct xml *x);

#endif
