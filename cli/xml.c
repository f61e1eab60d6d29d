/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_ 512

static void put(struct xml *x, const char *text, size_t len)
{
	if (!x->st && len > 0)
		x->st = ota_sink_write(x->sink, text, len, x->err);
}

void xml_put(struct xml *x, const char *markup)
{
	put(x, markup, strlen(markup));
}

void xml_printf(struct xml *x, const char *fmt, ...)
{
	char line[LINE_MAX_];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	xml_put(x, line);
}

static const char *escaped(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	default:
		return (unsigned char)c < ' ' ? "?" : NULL;
	}
}

void xml_text(struct xml *x, const char *text)
{
	const char *from = text;

	for (; *text; text++) {
		const char *instead = escaped(*text);

		if (!instead)
			continue;
		put(x, from, (size_t)(text - from));
		xml_put(x, instead);
		from = text + 1;
	}
	put(x, from, (size_t)(text - from));
}

void xml_attribute(struct xml *x, const char *name, const char *value)
{
	xml_printf(x, " %s=\"", name);
	xml_text(x, value);
	xml_put(x, "\"");
}

void xml_count(struct xml *x, const char *name, uint64_t n)
{
	xml_printf(x, " %s=\"%" PRIu64 "\"", name, n);
}
