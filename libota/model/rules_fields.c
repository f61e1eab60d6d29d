/* SPDX-License-Identifier: MIT */
/* Rules as text: a tree has no fixed fields, so the schema hands over to a hook. */
#include <model/rules.h>

#include <stdio.h>
#include <string.h>

#include <base/text.h>
#include <model/check.h>
#include <model/semver.h>

static const char *const op_names[] = {"eq", "ne", "in", "ge", "le", "range", "has"};
static const char *const kind_names[] = {NULL, "all", "any", "not"};

/* Keys of a leaf, then those of a group, then that of the outermost rule of either kind. */
static const char *const keys[] = {"fact", "op", "value", "absent", "all", "any", "not", "effect"};
enum { KEY_GROUP = 4, KEY_EFFECT = 7 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Which ops a type takes: bit i is op i. */
static const unsigned ops_of[] = {
	[FACT_TEXT] = 1U << OP_EQ | 1U << OP_NE | 1U << OP_IN,
	[FACT_NUMBER] = 1U << OP_EQ | 1U << OP_NE | 1U << OP_IN | 1U << OP_GE | 1U << OP_LE,
	[FACT_BOOL] = 1U << OP_EQ | 1U << OP_NE | 1U << OP_HAS,
	[FACT_VERSION] = 1U << OP_EQ | 1U << OP_NE | 1U << OP_IN | 1U << OP_GE | 1U << OP_LE |
			 1U << OP_RANGE,
};

const char *rule_word(const struct rule *r)
{
	return r->kind == RULE_LEAF ? op_names[r->op] : kind_names[r->kind];
}

/* ---- reading ---- */

struct reading {
	struct schema_read_ctx *c;
	size_t leaves;
};

static void read_rule(struct reading *r, struct rule *out, const struct doc *d, unsigned depth);

static void *array_of(struct reading *r, size_t n, size_t size)
{
	void *p = arena_array(schema_arena(r->c), n, size);

	if (p == NULL)
		schema_find(r->c, OTA_E_NOMEM, NULL, "out of memory");
	return p;
}

/* The index of a scalar's text among n names, or n. */
static size_t index_of(const char *const *names, size_t n, const struct doc *d)
{
	size_t i = 0;

	if (d == NULL || (d->kind != DOC_STR && d->kind != DOC_TEXT))
		return n;
	while (i < n && strcmp(names[i], d->s) != 0)
		i++;
	return i;
}

static void refuse_key(struct reading *r, const struct doc *d, size_t i, size_t k, bool leaf)
{
	const char *near = ota_nearest(d->keys[i], keys, COUNT(keys));
	const struct doc *at = check_key(d, i);

	if (k == COUNT(keys))
		schema_find(r->c, OTA_E_UNKNOWN_KEY, at, "unknown key \"%.64s\" in a rule%s%s",
			d->keys[i], near != NULL ? "; did you mean " : "",
			near != NULL ? near : "");
	else if (k == KEY_EFFECT)
		schema_find(r->c, OTA_E_UNKNOWN_KEY, at, "effect belongs to the outermost rule");
	else
		schema_find(r->c, OTA_E_UNKNOWN_KEY, at, "%s has no place in %s", keys[k],
			leaf ? "a rule about a fact" : "a group of rules");
}

static bool known_keys(struct reading *r, const struct doc *d, bool leaf, bool top)
{
	bool ok = true;

	for (size_t i = 0; i < d->count; i++) {
		size_t k = 0;

		while (k < COUNT(keys) && strcmp(keys[k], d->keys[i]) != 0)
			k++;
		if (k < COUNT(keys) && (k == KEY_EFFECT ? top : (k < KEY_GROUP) == leaf))
			continue;
		refuse_key(r, d, i, k, leaf);
		ok = false;
	}
	return ok;
}

static void read_effect(struct reading *r, struct rule *out, const struct doc *d)
{
	static const char *const names[] = {"require", "defer"};
	size_t i;

	if (d == NULL)
		return;
	i = index_of(names, COUNT(names), d);
	if (i == COUNT(names))
		schema_find(r->c, OTA_E_TYPE, d, "effect is require or defer");
	else
		out->effect = i == 1 ? EFFECT_DEFER : EFFECT_REQUIRE;
}

static void read_absent(struct reading *r, struct rule *out, const struct doc *d)
{
	struct fact value = {.type = FACT_BOOL};

	out->absent = -1;
	if (d == NULL)
		return;
	if (fact_read(&value, d))
		out->absent = value.b;
	else
		schema_find(r->c, OTA_E_TYPE, d, "absent is true or false");
}

static void read_value(
	struct reading *r, struct rule *out, enum fact_type type, const struct doc *d)
{
	struct fact *f = &out->values[out->value_count];
	bool ok;

	f->name = out->fact;
	f->type = out->op == OP_RANGE ? FACT_TEXT : type;
	ok = fact_read(f, d);
	if (ok && out->op == OP_RANGE)
		ok = semver_range_ok(f->text);
	if (ok)
		out->value_count++;
	else
		schema_find(r->c, OTA_E_TYPE, d, "value: %s %s takes %s", out->fact,
			op_names[out->op],
			out->op == OP_RANGE ? "a range such as \">=1.2.0 <2.0.0\""
					    : fact_type_name(type));
}

static void read_values(struct reading *r, struct rule *out, enum fact_type type,
	const struct doc *rule, const struct doc *d)
{
	bool list = out->op == OP_IN;

	if (out->op == OP_HAS) {
		if (d != NULL)
			schema_find(r->c, OTA_E_TYPE, d, "value: has takes none");
		return;
	}
	if (d == NULL) {
		schema_find(r->c, OTA_E_MISSING, rule, "the rule about %s has no value", out->fact);
		return;
	}
	if (list && (d->kind != DOC_LIST || d->count == 0 || d->count > RULES_VALUES_MAX)) {
		schema_find(r->c, OTA_E_TYPE, d, "value: in takes a list of 1 to %d values",
			RULES_VALUES_MAX);
		return;
	}
	out->values = array_of(r, list ? d->count : 1, sizeof(*out->values));
	if (out->values == NULL)
		return;
	if (!list)
		read_value(r, out, type, d);
	for (size_t i = 0; list && i < d->count; i++)
		read_value(r, out, type, d->items[i]);
}

static void read_leaf(struct reading *r, struct rule *out, const struct doc *d)
{
	const struct doc *fact = doc_get(d, "fact"), *op = doc_get(d, "op");
	size_t i = index_of(op_names, COUNT(op_names), op);
	enum fact_type type;

	out->kind = RULE_LEAF;
	if (++r->leaves > RULES_LEAVES_MAX) {
		if (r->leaves == RULES_LEAVES_MAX + 1)
			schema_find(r->c, OTA_E_RANGE, d, "more than %d conditions in the rules",
				RULES_LEAVES_MAX);
		return;
	}
	if ((fact->kind != DOC_STR && fact->kind != DOC_TEXT) || !fact_type(&type, fact->s)) {
		const char *near = fact->s != NULL ? fact_nearest(fact->s) : NULL;

		schema_find(r->c, OTA_E_UNKNOWN_KEY, fact, "unknown fact \"%.64s\"%s%s",
			fact->s != NULL ? fact->s : "", near != NULL ? "; did you mean " : "",
			near != NULL ? near : "");
		return;
	}
	out->fact = fact->s;
	if (op == NULL || i == COUNT(op_names) || !(ops_of[type] >> i & 1U)) {
		schema_find(r->c, op == NULL ? OTA_E_MISSING : OTA_E_TYPE, op != NULL ? op : d,
			"op: %s is %s, which takes eq, ne%s%s%s%s", out->fact, fact_type_name(type),
			type == FACT_BOOL ? "" : ", in",
			type == FACT_NUMBER || type == FACT_VERSION ? ", ge, le" : "",
			type == FACT_VERSION ? ", range" : "", type == FACT_BOOL ? ", has" : "");
		return;
	}
	out->op = (enum rule_op)i;
	read_absent(r, out, doc_get(d, "absent"));
	read_values(r, out, type, d, doc_get(d, "value"));
}

static void read_group(struct reading *r, struct rule *out, enum rule_kind kind,
	const struct doc *d, unsigned depth)
{
	bool list = kind != RULE_NOT;

	out->kind = kind;
	/* An empty `all` would be true and an empty `any` false: nobody means either. */
	if (list && (d->kind != DOC_LIST || d->count == 0)) {
		schema_find(r->c, OTA_E_TYPE, d, "%s takes a list of rules", kind_names[kind]);
		return;
	}
	if (depth == RULES_DEPTH_MAX) {
		schema_find(r->c, OTA_E_RANGE, d, "rules nest deeper than %d", RULES_DEPTH_MAX);
		return;
	}
	out->items = array_of(r, list ? d->count : 1, sizeof(*out->items));
	if (out->items == NULL)
		return;
	out->count = list ? d->count : 1;
	for (size_t i = 0; i < out->count; i++)
		read_rule(r, &out->items[i], list ? d->items[i] : d, depth + 1);
}

static void read_rule(struct reading *r, struct rule *out, const struct doc *d, unsigned depth)
{
	const struct doc *fact = NULL;
	enum rule_kind kind = RULE_LEAF;

	if (d->kind == DOC_MAP) {
		fact = doc_get(d, "fact");
		for (enum rule_kind k = RULE_ALL; kind == RULE_LEAF && k <= RULE_NOT; k++)
			if (doc_get(d, kind_names[k]) != NULL)
				kind = k;
	}
	if (fact == NULL && kind == RULE_LEAF) {
		schema_find(r->c, OTA_E_TYPE, d,
			"a rule is {fact, op, value}, {all: […]}, {any: […]} or {not: …}");
		return;
	}
	if (!known_keys(r, d, fact != NULL, depth == 1))
		return;
	if (fact == NULL && d->count > 1U + (doc_get(d, "effect") != NULL)) {
		schema_find(r->c, OTA_E_TYPE, d, "one of all, any, not a rule");
		return;
	}
	read_effect(r, out, doc_get(d, "effect"));
	if (fact != NULL)
		read_leaf(r, out, d);
	else
		read_group(r, out, kind, doc_get(d, kind_names[kind]), depth);
}

static void rules_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	struct rule **out = member;
	size_t *count = (void *)((char *)member - f->off + f->count_off);
	struct reading r = {.c = c};

	if (d->kind != DOC_LIST) {
		schema_find(c, OTA_E_TYPE, d, "expected a list of rules");
		return;
	}
	if (d->count == 0)
		return;
	*out = array_of(&r, d->count, sizeof(**out));
	if (*out == NULL)
		return;
	*count = d->count;
	for (size_t i = 0; i < d->count; i++)
		read_rule(&r, &(*out)[i], d->items[i], 1);
}

/* ---- writing ---- */

static void put(struct doc *map, bool *failed, const char *key, struct doc *item)
{
	if (item != NULL)
		doc_put(map, key, item);
	else
		*failed = true;
}

static struct doc *write_rule(struct arena *a, const struct rule *r);

static struct doc *write_items(struct arena *a, const struct rule *r)
{
	struct doc *list = doc_list(a, r->count);

	for (size_t i = 0; list != NULL && i < r->count; i++) {
		struct doc *item = write_rule(a, &r->items[i]);

		if (item == NULL)
			return NULL;
		doc_add(list, item);
	}
	return list;
}

static struct doc *write_values(struct arena *a, const struct rule *r)
{
	struct doc *list = doc_list(a, r->value_count);

	for (size_t i = 0; list != NULL && i < r->value_count; i++) {
		struct doc *item = fact_write(a, &r->values[i]);

		if (item == NULL || r->op != OP_IN)
			return item;
		doc_add(list, item);
	}
	return list;
}

static struct doc *write_rule(struct arena *a, const struct rule *r)
{
	struct doc *map = doc_map(a, 5);
	bool failed = map == NULL;

	if (failed)
		return NULL;
	if (r->effect == EFFECT_DEFER)
		put(map, &failed, "effect", doc_str(a, "defer"));
	if (r->kind == RULE_NOT)
		put(map, &failed, "not", write_rule(a, &r->items[0]));
	else if (r->kind != RULE_LEAF)
		put(map, &failed, kind_names[r->kind], write_items(a, r));
	if (r->kind != RULE_LEAF)
		return failed ? NULL : map;
	put(map, &failed, "fact", doc_str(a, r->fact));
	put(map, &failed, "op", doc_str(a, op_names[r->op]));
	if (r->op != OP_HAS)
		put(map, &failed, "value", write_values(a, r));
	if (r->absent >= 0)
		put(map, &failed, "absent", doc_bool(a, r->absent > 0));
	return failed ? NULL : map;
}

static ota_status rules_write(
	struct doc **out, struct arena *a, const void *member, const struct field *f, ota_err *err)
{
	struct rule *const *rules = member;
	const size_t *count = (const void *)((const char *)member - f->off + f->count_off);
	struct rule all = {.kind = RULE_ALL, .items = *rules, .count = *count};

	*out = NULL;
	if (*count == 0)
		return OTA_OK;
	*out = write_items(a, &all);
	return *out != NULL ? OTA_OK : ota_fail_nomem(err);
}

const struct field_hook rules_hook = {
	.read = rules_read,
	.write = rules_write,
	.json_schema = "{\"type\":\"array\",\"maxItems\":64,\"items\":{\"type\":\"object\"}}",
};

static void when_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	struct reading r = {.c = c};
	struct rule *rule = array_of(&r, 1, sizeof(*rule));

	(void)f;
	if (rule == NULL)
		return;
	if (d->kind == DOC_MAP && doc_get(d, "effect") != NULL)
		schema_find(c, OTA_E_UNKNOWN_KEY, doc_get(d, "effect"),
			"a variant is taken or not: its rule has no effect");
	read_rule(&r, rule, d, 1);
	*(struct rule **)member = rule;
}

static ota_status when_write(
	struct doc **out, struct arena *a, const void *member, const struct field *f, ota_err *err)
{
	const struct rule *rule = *(struct rule *const *)member;

	(void)f;
	*out = rule != NULL ? write_rule(a, rule) : NULL;
	return rule == NULL || *out != NULL ? OTA_OK : ota_fail_nomem(err);
}

const struct field_hook when_hook = {
	.read = when_read,
	.write = when_write,
	.json_schema = "{\"type\":\"object\"}",
};
