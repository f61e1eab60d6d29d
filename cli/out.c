/* SPDX-License-Identifier: MIT */
#include "out.h"

#include <stdio.h>
#include <string.h>

#include <ota/ota.h>

static void value(struct out *o, const struct out_value *v)
{
	if (!o->failed && !o->muted)
		o->failed = !o->ops->value(o, v);
}

void out_str(struct out *o, const char *key, const char *label, const char *text)
{
	if (text)
		value(o, &(struct out_value){key, label, OUT_STR, text, 0});
}

void out_u64(struct out *o, const char *key, const char *label, uint64_t number)
{
	value(o, &(struct out_value){key, label, OUT_U64, NULL, number});
}

void out_bytes(struct out *o, const char *key, const char *label, uint64_t number)
{
	value(o, &(struct out_value){key, label, OUT_BYTES, NULL, number});
}

void out_bool(struct out *o, const char *key, const char *label, bool b)
{
	value(o, &(struct out_value){key, label, OUT_BOOL, NULL, b});
}

void out_digest(struct out *o, const char *key, const char *label, const char *alg,
	const uint8_t *digest, size_t len)
{
	char text[16 + 2 * OTA_DIGEST_MAX + 1];
	size_t head = (size_t)snprintf(text, 16, "%s:", alg);

	ota_hex(text + head, digest, len);
	out_str(o, key, label, text);
}

void out_bare(struct out *o, const char *key, const char *text)
{
	value(o, &(struct out_value){key, "", OUT_BARE, text, 0});
}

void out_line(struct out *o, const char *line)
{
	value(o, &(struct out_value){NULL, "", OUT_LINE, line, 0});
}

void out_cell(struct out *o, const char *label, const char *text)
{
	value(o, &(struct out_value){NULL, label, OUT_LINE, text, 0});
}

void out_raw(struct out *o, const char *key, const char *json)
{
	value(o, &(struct out_value){key, NULL, OUT_RAW, json, 0});
}

static void open_shape(struct out *o, enum out_shape shape, const char *key, const char *label)
{
	o->depth++;
	if (!o->failed && !o->muted)
		o->failed = !o->ops->open(o, shape, key, label);
}

void out_object(struct out *o, const char *key, const char *label)
{
	open_shape(o, OUT_OBJECT, key, label);
}

void out_table(struct out *o, const char *key, const char *label)
{
	open_shape(o, OUT_TABLE, key, label);
}

void out_row(struct out *o)
{
	open_shape(o, OUT_ROW, NULL, NULL);
}

void out_end(struct out *o)
{
	o->depth--;
	if (!o->failed && !o->muted)
		o->failed = !o->ops->close(o);
}

void out_mute(struct out *o)
{
	o->muted = true;
}

void out_flush(struct out *o)
{
	if (fflush(stdout))
		o->failed = true;
}

bool out_finish(struct out *o)
{
	bool ok;

	while (o->depth)
		out_end(o);
	if (!o->failed && !o->muted)
		o->failed = !o->ops->finish(o);
	ok = !o->failed;
	o->ops->free(o);
	return !fflush(stdout) && !ferror(stdout) && ok;
}
