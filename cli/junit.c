/* SPDX-License-Identifier: MIT */
#include "junit.h"

#include <stdio.h>
#include <string.h>

static void put(struct junit *j, const char *text)
{
	if (!j->st)
		j->st = ota_sink_write(j->sink, text, strlen(text), j->err);
}

/* What XML 1.0 cannot hold becomes a question mark; all text here is UTF-8 already. */
static void put_text(struct junit *j, const char *text)
{
	for (; *text; text++) {
		char one[2] = {*text, '\0'};

		if (*text == '<')
			put(j, "&lt;");
		else if (*text == '>')
			put(j, "&gt;");
		else if (*text == '&')
			put(j, "&amp;");
		else if (*text == '"')
			put(j, "&quot;");
		else
			put(j, (unsigned char)*text < ' ' ? "?" : one);
	}
}

static void put_attribute(struct junit *j, const char *name, const char *value)
{
	put(j, " ");
	put(j, name);
	put(j, "=\"");
	put_text(j, value);
	put(j, "\"");
}

static void put_count(struct junit *j, const char *name, size_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", n);
	put_attribute(j, name, text);
}

void junit_begin(struct junit *j, const char *name, size_t tests, size_t failures)
{
	put(j, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
	put_attribute(j, "name", name);
	put_count(j, "tests", tests);
	put_count(j, "failures", failures);
	put(j, ">\n");
}

void junit_begin_properties(struct junit *j)
{
	put(j, "<properties>\n");
}

void junit_property(struct junit *j, const char *name, const char *value)
{
	put(j, "<property");
	put_attribute(j, "name", name);
	put_attribute(j, "value", value);
	put(j, "/>\n");
}

void junit_end_properties(struct junit *j)
{
	put(j, "</properties>\n");
}

void junit_begin_case(struct junit *j, const char *group, const char *name, const char *ran)
{
	put(j, "<testcase");
	put_attribute(j, "classname", group);
	put_attribute(j, "name", name);
	put(j, ">\n<system-out>");
	put_text(j, ran);
	put(j, "</system-out>\n");
}

void junit_failure(struct junit *j, const char *message, const char *text)
{
	put(j, "<failure");
	put_attribute(j, "message", message);
	put(j, ">");
	put_text(j, text);
	put(j, "</failure>\n");
}

void junit_end_case(struct junit *j)
{
	put(j, "</testcase>\n");
}

ota_status junit_end(struct junit *j)
{
	put(j, "</testsuite>\n");
	return j->st;
}
