/* SPDX-License-Identifier: MIT */
#include <pack/compare.h>

#include <stdio.h>
#include <string.h>

#include <ota/text.h>

#include <base/ctx.h>

/* A change a node of either manifest, and the pseudo-fields. */
#define CHANGES_MAX (2 * DOC_NODES_MAX + 1024)
#define PATH_LEN    160

struct ota_comparison {
	struct arena arena;
	ota_change *changes;
	size_t count, cap;
};

/* ---- the list ---- */

static ota_status grow(ota_comparison *c, ota_err *err)
{
	size_t cap = c->cap > 0 ? 2 * c->cap : 64;
	ota_change *more;

	if (c->count >= CHANGES_MAX)
		return ota_fail(err, OTA_E_LIMIT_COUNT, "more than %d differences", CHANGES_MAX);
	more = arena_array(&c->arena, cap, sizeof(more[0]));
	if (more == NULL)
		return ota_fail_nomem(err);
	if (c->count > 0)
		memcpy(more, c->changes, c->count * sizeof(more[0]));
	c->changes = more;
	c->cap = cap;
	return OTA_OK;
}

static ota_status text_of(
	const char **text, const char **json, ota_comparison *c, const struct doc *d, ota_err *err)
{
	struct buf b;
	ota_status st;

	if (d == NULL)
		return OTA_OK;
	buf_init(&b, c->arena.ctx);
	st = json_write(&b, d, err);
	if (!st) {
		*json = arena_strndup(&c->arena, (const char *)b.p, b.len);
		*text = d->kind == DOC_STR || d->kind == DOC_TEXT
				? arena_strndup(&c->arena, d->s, d->s_len)
				: *json;
		st = *json != NULL && *text != NULL ? OTA_OK : ota_fail_nomem(err);
	}
	buf_fini(&b);
	return st;
}

static ota_status add(ota_comparison *c, ota_change_kind kind, const char *path,
	const struct doc *a, const struct doc *b, ota_err *err)
{
	ota_change *out;
	ota_status st = OTA_OK;

	if (c->count == c->cap)
		st = grow(c, err);
	if (st)
		return st;
	out = &c->changes[c->count];
	*out = (ota_change){.size = sizeof(*out), .kind = kind};
	out->path = arena_strndup(&c->arena, path, strlen(path));
	st = out->path != NULL ? OTA_OK : ota_fail_nomem(err);
	if (!st)
		st = text_of(&out->a, &out->a_json, c, a, err);
	if (!st)
		st = text_of(&out->b, &out->b_json, c, b, err);
	if (!st)
		c->count++;
	return st;
}

static ota_status add_field(void *arg, const struct schema_change *change, ota_err *err)
{
	static const ota_change_kind kinds[] = {[CHANGE_ADDED] = OTA_CHANGE_ADDED,
		[CHANGE_REMOVED] = OTA_CHANGE_REMOVED,
		[CHANGE_VALUE] = OTA_CHANGE_VALUE,
		[CHANGE_ORDER] = OTA_CHANGE_ORDER};

	return add(arg, kinds[change->kind], change->path, change->a, change->b, err);
}

/* ---- the manifest ---- */

/* The index of a section says where it stands; what it is stands there instead. */
static void inline_section(struct doc *owner, const struct doc *sections)
{
	for (size_t i = 0; i < owner->count; i++) {
		struct doc *d = owner->items[i];

		if (strcmp(owner->keys[i], "section") == 0 && d->kind == DOC_INT && d->i >= 0 &&
			(uint64_t)d->i < sections->count)
			owner->items[i] = sections->items[d->i];
	}
}

static void inline_list(const struct doc *owner, const char *key, const struct doc *sections)
{
	struct doc *list = doc_get(owner, key);

	for (size_t i = 0; list != NULL && i < list->count; i++)
		inline_section(list->items[i], sections);
}

static void drop(struct doc *map, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->keys[i], key) == 0)
			continue;
		map->keys[n] = map->keys[i];
		map->items[n++] = map->items[i];
	}
	map->count = n;
}

static void inline_sections(struct doc *root)
{
	const struct doc *sections = doc_get(root, "sections");
	const struct doc *components = doc_get(root, "components");

	for (size_t i = 0; i < components->count; i++) {
		const struct doc *c = components->items[i], *variants = doc_get(c, "variants");

		inline_list(c, "payloads", sections);
		for (size_t k = 0; variants != NULL && k < variants->count; k++)
			inline_list(variants->items[k], "payloads", sections);
	}
	inline_list(root, "attachments", sections);
	drop(root, "sections");
}

static ota_status tree(struct doc **out, struct arena *a, const ota_manifest *m, ota_err *err)
{
	ota_status st = manifest_tree(out, a, m, "", err);

	if (!st)
		inline_sections(*out);
	return st;
}

static ota_status add_manifests(
	ota_comparison *c, const ota_manifest *a, const ota_manifest *b, ota_err *err)
{
	struct doc *x = NULL, *y = NULL;
	ota_status st = tree(&x, &c->arena, a, err);

	if (!st)
		st = tree(&y, &c->arena, b, err);
	if (!st)
		st = schema_diff(&manifest_schema, x, y, &c->arena, add_field, c, err);
	return st;
}

/* ---- images and sizes ---- */

static void name_of(char out[PATH_LEN], const char *head, const struct manifest_component *c)
{
	if (c->variant_count > 0)
		snprintf(out, PATH_LEN, "%s.%s.%u", head, c->name, c->variant);
	else
		snprintf(out, PATH_LEN, "%s.%s", head, c->name);
}

static const struct manifest_component *twin(
	const ota_manifest *m, const struct manifest_component *c)
{
	for (size_t i = 0; i < m->component_count; i++) {
		const struct manifest_component *other = &m->components[i];

		if (strcmp(other->name, c->name) == 0 && other->variant == c->variant &&
			(other->variant_count > 0) == (c->variant_count > 0))
			return other;
	}
	return NULL;
}

static uint64_t stored(const ota_manifest *m, uint64_t section)
{
	return section < m->section_count ? m->sections[section].stored_size : 0;
}

static struct doc *image_of(
	ota_comparison *c, const ota_manifest *m, const struct manifest_component *comp)
{
	char text[16 + 2 * DIGEST_MAX + 1];

	snprintf(text, sizeof(text), "%s:%s", hash_name(manifest_hash_alg(m)), comp->target.hash);
	return doc_str(&c->arena, arena_strndup(&c->arena, text, strlen(text)));
}

static struct doc *size_of(
	ota_comparison *c, const ota_manifest *m, const struct manifest_component *comp)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < comp->payload_count; i++)
		sum += stored(m, comp->payloads[i].section);
	return doc_int(&c->arena, (int64_t)sum);
}

typedef struct doc *value_fn(
	ota_comparison *c, const ota_manifest *m, const struct manifest_component *comp);

static ota_status add_pair(
	ota_comparison *c, const char *path, const struct doc *a, const struct doc *b, ota_err *err)
{
	bool same = a != NULL && b != NULL && a->kind == b->kind &&
		    (a->kind == DOC_INT ? a->i == b->i : strcmp(a->s, b->s) == 0);

	return add(c,
		same        ? OTA_CHANGE_NONE
		: a == NULL ? OTA_CHANGE_ADDED
		: b == NULL ? OTA_CHANGE_REMOVED
			    : OTA_CHANGE_VALUE,
		path, a, b, err);
}

/* One value of every component and variant, by name. */
static ota_status each_component(ota_comparison *c, const char *head, value_fn *fn,
	const ota_manifest *a, const ota_manifest *b, ota_err *err)
{
	char path[PATH_LEN];
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < a->component_count + b->component_count; i++) {
		bool first = i < a->component_count;
		const struct manifest_component *comp =
			first ? &a->components[i] : &b->components[i - a->component_count];
		const struct manifest_component *other = twin(first ? b : a, comp);
		struct doc *x = NULL, *y = NULL;

		if (!first && other != NULL)
			continue;
		if (first)
			x = fn(c, a, comp);
		if (!first || other != NULL)
			y = fn(c, b, first ? other : comp);
		if ((first && x == NULL) || ((!first || other != NULL) && y == NULL))
			return ota_fail_nomem(err);
		name_of(path, head, comp);
		st = add_pair(c, path, x, y, err);
	}
	return st;
}

static uint64_t attached(const ota_manifest *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->attachment_count; i++)
		sum += stored(m, m->attachments[i].section);
	return sum;
}

static ota_status add_sizes(
	ota_comparison *c, const char *path, uint64_t a, uint64_t b, ota_err *err)
{
	struct doc *x = doc_int(&c->arena, (int64_t)a), *y = doc_int(&c->arena, (int64_t)b);

	if (x == NULL || y == NULL)
		return ota_fail_nomem(err);
	return add_pair(c, path, x, y, err);
}

/* ---- signatures ---- */

static const ota_sigline *line_of(const ota_peek *p, const char *keyid)
{
	for (size_t i = 0; i < ota_peek_sig_count(p); i++)
		if (strcmp(ota_peek_sig_at(p, i)->keyid, keyid) == 0)
			return ota_peek_sig_at(p, i);
	return NULL;
}

/* The keys that p has and other has not; one that signed twice is one. */
static ota_status add_keys(ota_comparison *c, const ota_peek *p, const ota_peek *other,
	ota_change_kind kind, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < ota_peek_sig_count(p); i++) {
		const ota_sigline *line = ota_peek_sig_at(p, i);
		char path[PATH_LEN];
		struct doc *alg;

		if (line_of(p, line->keyid) != line || line_of(other, line->keyid) != NULL)
			continue;
		snprintf(path, sizeof(path), "signatures.%s", line->keyid);
		alg = doc_str(&c->arena, line->alg);
		if (alg == NULL)
			return ota_fail_nomem(err);
		st = add(c, kind, path, kind == OTA_CHANGE_REMOVED ? alg : NULL,
			kind == OTA_CHANGE_ADDED ? alg : NULL, err);
	}
	return st;
}

/* Nobody's name is in a spoiled area. */
static ota_status add_spoiled(ota_comparison *c, const ota_peek *a, const ota_peek *b, ota_err *err)
{
	bool x = ota_peek_sigarea_ok(a), y = ota_peek_sigarea_ok(b);
	struct doc *from = doc_str(&c->arena, x ? "readable" : "spoiled");
	struct doc *to = doc_str(&c->arena, y ? "readable" : "spoiled");

	if (from == NULL || to == NULL)
		return ota_fail_nomem(err);
	return x == y ? OTA_OK : add(c, OTA_CHANGE_VALUE, "signatures", from, to, err);
}

/* ---- the whole ---- */

static ota_status compare(ota_comparison *c, const ota_peek *a, const ota_peek *b, ota_err *err)
{
	const ota_manifest *m = ota_peek_manifest(a), *n = ota_peek_manifest(b);
	ota_status st;

	st = add_manifests(c, m, n, err);
	if (!st)
		st = each_component(c, "images", image_of, m, n, err);
	if (!st)
		st = add_sizes(
			c, "size", ota_peek_header(a)->file_len, ota_peek_header(b)->file_len, err);
	if (!st)
		st = each_component(c, "size", size_of, m, n, err);
	if (!st && (m->attachment_count > 0 || n->attachment_count > 0))
		st = add_sizes(c, "size.attachments", attached(m), attached(n), err);
	if (!st)
		st = add_spoiled(c, a, b, err);
	if (!st)
		st = add_keys(c, a, b, OTA_CHANGE_REMOVED, err);
	if (!st)
		st = add_keys(c, b, a, OTA_CHANGE_ADDED, err);
	return st;
}

static ota_status comparison_new(ota_comparison **out, const ota_ctx *ctx, ota_err *err)
{
	ota_status st = MEM_NEW(out, ctx, err);

	if (!st)
		arena_init(&(*out)->arena, ctx);
	return st;
}

ota_status ota_compare(ota_comparison **out, const ota_peek *a, const ota_peek *b, ota_err *err)
{
	ota_comparison *c = NULL;
	ota_status st = comparison_new(&c, ota_peek_manifest(a)->arena.ctx, err);

	if (!st)
		st = compare(c, a, b, err);
	if (st) {
		ota_comparison_free(c);
		return st;
	}
	*out = c;
	return OTA_OK;
}

ota_status compare_manifests(
	ota_comparison **out, const ota_manifest *a, const ota_manifest *b, ota_err *err)
{
	ota_comparison *c = NULL;
	ota_status st = comparison_new(&c, a->arena.ctx, err);

	if (!st)
		st = add_manifests(c, a, b, err);
	if (st) {
		ota_comparison_free(c);
		return st;
	}
	*out = c;
	return OTA_OK;
}

void ota_comparison_free(ota_comparison *c)
{
	const ota_ctx *ctx;

	if (c == NULL)
		return;
	ctx = c->arena.ctx;
	arena_fini(&c->arena);
	mem_free(ctx, c);
}

size_t ota_comparison_count(const ota_comparison *c)
{
	return c->count;
}

const ota_change *ota_comparison_at(const ota_comparison *c, size_t index)
{
	return index < c->count ? &c->changes[index] : NULL;
}

/* ---- which of them ---- */

/* path is head, or lies below it. */
static bool below(const char *path, const char *head)
{
	size_t len = strlen(head);

	return strncmp(path, head, len) == 0 && (path[len] == '\0' || path[len] == '.');
}

bool ota_change_in(const ota_change *c, const char *field)
{
	bool whole = c->kind == OTA_CHANGE_ADDED || c->kind == OTA_CHANGE_REMOVED;

	if (c->kind == OTA_CHANGE_NONE)
		return false;
	return below(c->path, field) || (whole && below(field, c->path));
}

/* A section stands in what it belongs to. */
static bool known_section(const char *field)
{
	const char *at = strstr(field, ".section.");
	char head[PATH_LEN], tail[PATH_LEN];

	if (at == NULL || strlen(field) + sizeof("sections.0") >= PATH_LEN)
		return false;
	snprintf(head, sizeof(head), "%.*s", (int)(at - field) + (int)strlen(".section"), field);
	snprintf(tail, sizeof(tail), "sections.0.%s", at + strlen(".section."));
	return schema_has_path(&manifest_schema, head) && schema_has_path(&manifest_schema, tail);
}

ota_status ota_change_field(const char *field, ota_err *err)
{
	static const char *const own[] = {"images", "size", "signatures"};
	const char *names[96], *near;
	char word[DOC_KEY_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (below(field, own[i]))
			return OTA_OK;
		names[n++] = own[i];
	}
	if (!below(field, "sections") &&
		(schema_has_path(&manifest_schema, field) || known_section(field)))
		return OTA_OK;
	for (const struct field *f = manifest_schema.fields; f->key != NULL && n < 96; f++)
		names[n++] = f->key;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(field, "."), field);
	near = ota_nearest(word, names, n);
	if (near != NULL && strcmp(near, word) != 0)
		return ota_fail(err, OTA_E_FIELD,
			"nothing can differ in \"%.64s\"; did you mean %s?", field, near);
	return ota_fail(err, OTA_E_FIELD, "nothing can differ in \"%.64s\"", field);
}
