/* SPDX-License-Identifier: MIT */
/* cJSON renders here and nowhere else: it may never decide or make signed bytes. */
#include "out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define DEPTH_MAX    8
#define JSON_INT_MAX (((uint64_t)1 << 53) - 1)

struct json {
	struct out base;
	cJSON *root, *at[DEPTH_MAX];
	unsigned depth; /* at[depth] is open */
};

/* Bytes of the UTF-8 sequence at p, 0 if it is none. */
static size_t utf8_len(const unsigned char *p)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	uint32_t code = len > 1 ? *p & (0x7Fu >> len) : *p;

	for (size_t i = 1; i < len; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		code = code << 6 | (p[i] & 0x3F);
	}
	if (len > 1 && (code < least[len] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)))
		return 0;
	return len;
}

/* Names of files may be any bytes. What is UTF-8 stays as it is, escaped; other bytes are \xNN. */
static cJSON *string(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char *valid = malloc(4 * strlen(text) + 1), *out = valid;
	cJSON *node;

	if (!valid)
		return NULL;
	while (*p) {
		size_t len = utf8_len(p);

		if (len)
			memcpy(out, p, len);
		else
			snprintf(out, 5, "\\x%02X", *p);
		out += len ? len : 4;
		p += len ? len : 1;
	}
	*out = '\0';
	node = cJSON_CreateString(valid);
	free(valid);
	return node;
}

static cJSON *number(uint64_t n)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	return n <= JSON_INT_MAX ? cJSON_CreateRaw(digits) : cJSON_CreateString(digits);
}

static bool add(struct json *j, const char *key, cJSON *node)
{
	cJSON *parent = j->at[j->depth];
	bool ok;

	if (!node)
		return false;
	ok = key ? cJSON_AddItemToObject(parent, key, node) : cJSON_AddItemToArray(parent, node);
	if (!ok)
		cJSON_Delete(node);
	return ok;
}

static bool json_value(struct out *o, const struct out_value *v)
{
	struct json *j = (struct json *)o;

	switch (v->kind) {
	case OUT_STR:
	case OUT_BARE:
		return add(j, v->key, string(v->text));
	case OUT_U64:
	case OUT_BYTES:
		return add(j, v->key, number(v->number));
	case OUT_BOOL:
		return add(j, v->key, cJSON_CreateBool(v->number != 0));
	case OUT_RAW:
		return add(j, v->key, cJSON_CreateRaw(v->text));
	case OUT_LINE:
		break;
	}
	return true;
}

static bool json_open(struct out *o, enum out_shape shape, const char *key, const char *label)
{
	struct json *j = (struct json *)o;
	cJSON *node = shape == OUT_TABLE ? cJSON_CreateArray() : cJSON_CreateObject();

	(void)label;
	if (j->depth + 1 >= DEPTH_MAX || !add(j, key, node))
		return false;
	j->at[++j->depth] = node;
	return true;
}

static bool json_close(struct out *o)
{
	((struct json *)o)->depth--;
	return true;
}

static bool json_finish(struct out *o)
{
	char *text = cJSON_Print(((struct json *)o)->root);

	if (!text)
		return false;
	puts(text);
	cJSON_free(text);
	return true;
}

static void json_free(struct out *o)
{
	cJSON_Delete(((struct json *)o)->root);
	free(o);
}

struct out *out_json_new(const char *schema)
{
	static const struct out_ops ops = {
		json_value, json_open, json_close, json_finish, json_free};
	struct json *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->base.ops = &ops;
	j->root = j->at[0] = cJSON_CreateObject();
	if (!j->root) {
		free(j);
		return NULL;
	}
	out_str(&j->base, "schema", NULL, schema);
	out_u64(&j->base, "version", NULL, 1);
	return &j->base;
}

char *out_json_event(
	const char *kind, const char *what, uint64_t done, uint64_t total, const char *text)
{
	struct json j = {.root = cJSON_CreateObject()};
	char *line = NULL;
	bool ok;

	j.at[0] = j.root;
	ok = j.root && add(&j, "event", string(kind)) && (!what || add(&j, "what", string(what)));
	if (ok && total)
		ok = add(&j, "done", number(done)) && add(&j, "total", number(total));
	if (ok && text)
		ok = add(&j, "text", string(text));
	if (ok)
		line = cJSON_PrintUnformatted(j.root);
	cJSON_Delete(j.root);
	return line;
}
