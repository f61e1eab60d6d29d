/* SPDX-License-Identifier: MIT */
/* XML into a sink. The first write that fails sticks, and the others do nothing. */
#ifndef CLI_XML_H
#define CLI_XML_H

#include <ota/io.h>

struct xml {
	ota_sink *sink;
	ota_status st; /* of the first write that failed */
	ota_err *err;
};

/* As it is: markup. */
void xml_put(struct xml *x, const char *markup);
void xml_printf(struct xml *x, const char *fmt, ...) OTA_PRINTF(2, 3);
/* UTF-8 without control characters; others become a question mark. */
void xml_text(struct xml *x, const char *text);
/* With a blank before it. */
void xml_attribute(struct xml *x, const char *name, const char *value);
void xml_count(struct xml *x, const char *name, uint64_t n);

#endif
