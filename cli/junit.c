/* SPDX-License-Identifier: MIT */
#include "junit.h"

void junit_begin(struct xml *x, const char *name, size_t tests, size_t failures)
{
	xml_put(x, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
	xml_attribute(x, "name", name);
	xml_count(x, "tests", tests);
	xml_count(x, "failures", failures);
	xml_put(x, ">\n");
}

void junit_begin_properties(struct xml *x)
{
	xml_put(x, "<properties>\n");
}

void junit_property(struct xml *x, const char *name, const char *value)
{
	xml_put(x, "<property");
	xml_attribute(x, "name", name);
	xml_attribute(x, "value", value);
	xml_put(x, "/>\n");
}

void junit_end_properties(struct xml *x)
{
	xml_put(x, "</properties>\n");
}

void junit_begin_case(struct xml *x, const char *group, const char *name, const char *ran)
{
	xml_put(x, "<testcase");
	xml_attribute(x, "classname", group);
	xml_attribute(x, "name", name);
	xml_put(x, ">\n<system-out>");
	xml_text(x, ran);
	xml_put(x, "</system-out>\n");
}

void junit_failure(struct xml *x, const char *message, const char *text)
{
	xml_put(x, "<failure");
	xml_attribute(x, "message", message);
	xml_put(x, ">");
	xml_text(x, text);
	xml_put(x, "</failure>\n");
}

void junit_end_case(struct xml *x)
{
	xml_put(x, "</testcase>\n");
}

ota_status junit_end(struct xml *x)
{
	xml_put(x, "</testsuite>\n");
	return x->st;
}
