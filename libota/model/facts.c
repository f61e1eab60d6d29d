/* SPDX-License-Identifier: MIT */
#include <model/facts.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/text.h>
#include <model/check.h>
#include <model/semver.h>

#define FEATURE "feature."

static const struct {
	const char *name;
	enum fact_type type;
} listed[] = {
	{"agent.version", FACT_VERSION},
	{"battery.percent", FACT_NUMBER},
	{"bootloader.version", FACT_VERSION},
	{"hw.model", FACT_TEXT},
	{"hw.revision", FACT_NUMBER},
	{"hw.soc", FACT_TEXT},
	{"machine.state", FACT_TEXT},
	{"network.metered", FACT_BOOL},
	{"os.version", FACT_VERSION},
	{"power.external", FACT_BOOL},
	{"ram.free", FACT_NUMBER},
	{"region", FACT_TEXT},
	{"safety.interlock", FACT_BOOL},
	{"security_counter", FACT_NUMBER},
	{"storage.free", FACT_NUMBER},
	{"user.consent", FACT_BOOL},
};

#define LISTED (sizeof(listed) / sizeof(listed[0]))

bool fact_type(enum fact_type *out, const char *name)
{
	for (size_t i = 0; i < LISTED; i++) {
		if (strcmp(listed[i].name, name) == 0) {
			*out = listed[i].type;
			return true;
		}
	}
	if (strncmp(name, FEATURE, strlen(FEATURE)) != 0 || name[strlen(FEATURE)] == '\0' ||
		!text_is_id(name, strlen(name)))
		return false;
	*out = FACT_BOOL;
	return true;
}

const char *fact_nearest(const char *name)
{
	const char *names[LISTED];

	for (size_t i = 0; i < LISTED; i++)
		names[i] = listed[i].name;
	return ota_nearest(name, names, LISTED);
}

const char *fact_type_name(enum fact_type type)
{
	static const char *const names[] = {
		"text", "a number", "true or false", "a SemVer version"};

	return names[type];
}

const struct fact *fact_find(const struct facts *f, const char *name)
{
	for (size_t i = 0; f != NULL && i < f->count; i++)
		if (strcmp(f->items[i].name, name) == 0)
			return &f->items[i];
	return NULL;
}

static bool text_read(const char **out, const struct doc *d)
{
	if ((d->kind != DOC_STR && d->kind != DOC_TEXT) || d->s_len == 0 ||
		d->s_len > FACT_TEXT_MAX)
		return false;
	*out = d->s;
	return true;
}

static bool number_read(int64_t *out, const struct doc *d)
{
	uint64_t v = 0;

	if (d->kind == DOC_INT && d->i >= 0)
		*out = d->i;
	else if (d->kind == DOC_TEXT && text_u64(&v, d->s, d->s_len, DOC_INT_MAX))
		*out = (int64_t)v;
	else
		return false;
	return true;
}

static bool bool_read(bool *out, const struct doc *d)
{
	bool is_true = d->kind == DOC_TEXT && strcmp(d->s, "true") == 0;

	if (d->kind == DOC_BOOL)
		*out = d->b;
	else if (is_true || (d->kind == DOC_TEXT && strcmp(d->s, "false") == 0))
		*out = is_true;
	else
		return false;
	return true;
}

bool fact_read(struct fact *f, const struct doc *d)
{
	switch (f->type) {
	case FACT_TEXT:
		return text_read(&f->text, d);
	case FACT_NUMBER:
		return number_read(&f->number, d);
	case FACT_BOOL:
		return bool_read(&f->b, d);
	case FACT_VERSION:
		return text_read(&f->text, d) && semver_ok(f->text);
	}
	return false;
}

struct doc *fact_write(struct arena *a, const struct fact *f)
{
	if (f->type == FACT_NUMBER)
		return doc_int(a, f->number);
	if (f->type == FACT_BOOL)
		return doc_bool(a, f->b);
	return doc_str(a, f->text);
}

void fact_show(char out[FACT_SHOW_MAX], const struct fact *f)
{
	if (f->type == FACT_NUMBER)
		snprintf(out, FACT_SHOW_MAX, "%" PRId64, f->number);
	else
		snprintf(out, FACT_SHOW_MAX, "%s",
			f->type != FACT_BOOL ? f->text
			: f->b               ? "true"
					     : "false");
}

static void facts_read_one(
	struct schema_read_ctx *c, struct facts *out, const struct doc *map, size_t i)
{
	struct fact *f = &out->items[out->count];
	const char *name = map->keys[i];
	const struct doc *d = map->items[i];

	f->name = name;
	if (!fact_type(&f->type, name)) {
		const char *near = fact_nearest(name);

		schema_find(c, OTA_E_UNKNOWN_KEY, check_key(map, i), "unknown fact \"%.64s\"%s%s",
			name, near != NULL ? "; did you mean " : "", near != NULL ? near : "");
	} else if (!fact_read(f, d)) {
		schema_find(c, OTA_E_TYPE, d, "the fact %s is %s", name, fact_type_name(f->type));
	} else {
		out->count++;
	}
}

static void facts_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	struct facts *out = member;

	(void)f;
	if (d->kind != DOC_MAP) {
		schema_find(c, OTA_E_TYPE, d, "expected a map of names and values");
		return;
	}
	if (d->count > FACTS_MAX) {
		schema_find(c, OTA_E_RANGE, d, "%zu facts; at most %d", d->count, FACTS_MAX);
		return;
	}
	out->items = arena_array(schema_arena(c), d->count, sizeof(*out->items));
	if (out->items == NULL && d->count > 0) {
		schema_find(c, OTA_E_NOMEM, NULL, "out of memory");
		return;
	}
	for (size_t i = 0; i < d->count; i++)
		facts_read_one(c, out, d, i);
}

static ota_status facts_write(
	struct doc **out, struct arena *a, const void *member, const struct field *f, ota_err *err)
{
	const struct facts *facts = member;
	struct doc *map;

	(void)f;
	*out = NULL;
	if (facts->count == 0)
		return OTA_OK;
	map = doc_map(a, facts->count);
	if (map == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < facts->count; i++) {
		struct doc *value = fact_write(a, &facts->items[i]);

		if (value == NULL)
			return ota_fail_nomem(err);
		doc_put(map, facts->items[i].name, value);
	}
	*out = map;
	return OTA_OK;
}

const struct field_hook facts_hook = {
	.read = facts_read,
	.write = facts_write,
	.json_schema = "{\"type\":\"object\",\"maxProperties\":64,\"additionalProperties\":"
		       "{\"type\":[\"string\",\"integer\",\"boolean\"]}}",
};
