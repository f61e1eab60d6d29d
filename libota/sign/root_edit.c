/* SPDX-License-Identifier: MIT */
/* The root that follows: a copy of the old one's tree, changed edit by edit, read again. */
#include <sign/document.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ota/text.h>

#include <crypto/scheme.h>
#include <sign/grant.h>
#include <trust/keyid.h>
#include <trust/root.h>

struct draft {
	struct arena arena;
	struct doc *body, *keys;
	struct doc *names; /* of keys, by id, until there is a place for them */
};

/* ---- places in the tree ---- */

/* The member of that key; made if it is not there. NULL: no memory. */
static struct doc *place(struct draft *d, struct doc *map, const char *key, enum doc_kind kind)
{
	struct doc *at = doc_get(map, key);

	if (at != NULL)
		return at;
	at = kind == DOC_MAP ? doc_map(&d->arena, 0) : doc_list(&d->arena, 0);
	return doc_set(map, &d->arena, key, at) ? at : NULL;
}

static struct doc *ext(struct draft *d)
{
	struct doc *x = place(d, d->body, "x-ota", DOC_MAP);

	if (x == NULL || place(d, x, "package", DOC_LIST) == NULL ||
		place(d, x, "roles", DOC_MAP) == NULL)
		return NULL;
	return x;
}

static struct doc *ext_place(struct draft *d, const char *key, enum doc_kind kind)
{
	struct doc *x = ext(d);

	return x != NULL ? place(d, x, key, kind) : NULL;
}

static bool is_tuf(const char *role)
{
	for (size_t i = 0; i < TUF_ROLES; i++)
		if (strcmp(tuf_roles[i], role) == 0)
			return true;
	return false;
}

static struct doc *roles_of(struct draft *d, const char *role)
{
	return is_tuf(role) ? doc_get(d->body, "roles") : ext_place(d, "roles", DOC_MAP);
}

/* usage.argument where there is none. */
static ota_status find_role(struct doc **out, struct draft *d, const char *name, ota_err *err)
{
	const struct doc *x = doc_get(d->body, "x-ota");
	const struct doc *roles = is_tuf(name) ? doc_get(d->body, "roles")
				  : x != NULL  ? doc_get(x, "roles")
					       : NULL;

	*out = roles != NULL ? doc_get(roles, name) : NULL;
	if (*out == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "the root has no role %s", name);
	return OTA_OK;
}

/* ---- keys ---- */

static struct doc *key_object(struct draft *d, const ota_key *key)
{
	const struct scheme *s = scheme_find(key->key.scheme);
	struct doc *k = doc_map(&d->arena, 3), *val = doc_map(&d->arena, 1);
	struct doc *public = NULL;
	const char *text = NULL;
	struct buf b;

	buf_init(&b, d->arena.ctx);
	key_put_public(&b, &key->key);
	if (buf_status(&b, NULL) == OTA_OK)
		text = arena_strndup(&d->arena, (const char *)b.p, b.len);
	buf_fini(&b);
	public = text != NULL ? doc_str(&d->arena, text) : NULL;
	if (k == NULL || val == NULL || public == NULL)
		return NULL;
	doc_put(val, "public", public);
	doc_put(k, "keytype", doc_str(&d->arena, s->keytype));
	doc_put(k, "keyval", val);
	doc_put(k, "scheme", doc_str(&d->arena, s->name));
	return k->items[0] != NULL && k->items[2] != NULL ? k : NULL;
}

static bool add_key(struct draft *d, const ota_key *key, const char *id)
{
	const char *name = arena_strndup(&d->arena, key->comment, strlen(key->comment));

	if (doc_get(d->keys, id) == NULL && !doc_set(d->keys, &d->arena, id, key_object(d, key)))
		return false;
	return name != NULL &&
	       (*name == '\0' || doc_set(d->names, &d->arena, id, doc_str(&d->arena, name)));
}

static ota_status edit_add(struct draft *d, const ota_root_edit *e, ota_err *err)
{
	const char *id = arena_strndup(&d->arena, e->key->id, OTA_KEYID_HEX);
	const char *name = arena_strndup(&d->arena, e->name, strlen(e->name));
	struct doc *roles = roles_of(d, e->name), *role, *ids;

	if (id == NULL || name == NULL || roles == NULL || !add_key(d, e->key, id))
		return ota_fail_nomem(err);
	role = place(d, roles, name, DOC_MAP);
	ids = role != NULL ? place(d, role, "keyids", DOC_LIST) : NULL;
	if (ids == NULL)
		return ota_fail_nomem(err);
	if (doc_index(ids, id) < ids->count)
		return ota_fail(err, OTA_E_ARGUMENT, "role %s has key %.16s… already", e->name, id);
	if (!doc_push(ids, &d->arena, doc_str(&d->arena, id)))
		return ota_fail_nomem(err);
	if (doc_get(role, "threshold") == NULL &&
		!doc_set(role, &d->arena, "threshold", doc_int(&d->arena, 1)))
		return ota_fail_nomem(err);
	return OTA_OK;
}

/* The one of those names that begins like that; usage.argument for none or several. */
static ota_status match(
	size_t *out, const char *const *names, size_t n, const char *prefix, ota_err *err)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (strncmp(names[i], prefix, strlen(prefix)) != 0)
			continue;
		*out = i;
		found++;
	}
	if (found == 1)
		return OTA_OK;
	return ota_fail(err, OTA_E_ARGUMENT, "%s key id begins with \"%.64s\"",
		found == 0 ? "no" : "more than one", prefix);
}

static ota_status edit_remove(struct draft *d, const ota_root_edit *e, ota_err *err)
{
	const char *names[ROOT_KEYS_MAX];
	struct doc *role = NULL, *ids;
	size_t at = 0;
	ota_status st = find_role(&role, d, e->name, err);

	if (st)
		return st;
	ids = doc_get(role, "keyids");
	assert(ids->count <= ROOT_KEYS_MAX);
	for (size_t i = 0; i < ids->count; i++)
		names[i] = ids->items[i]->s;
	st = match(&at, names, ids->count, e->text, err);
	if (st)
		return ota_err_in(err, st, "role %s", e->name);
	doc_drop(ids, at);
	return OTA_OK;
}

static ota_status edit_threshold(struct draft *d, const ota_root_edit *e, ota_err *err)
{
	struct doc *role = NULL;
	ota_status st = find_role(&role, d, e->name, err);

	if (!st && !doc_set(role, &d->arena, "threshold", doc_int(&d->arena, (int64_t)e->value)))
		st = ota_fail_nomem(err);
	return st;
}

/* ---- revocation ---- */

static ota_status add_revoked(struct draft *d, const char *list, const char *text, ota_err *err)
{
	const char *s = arena_strndup(&d->arena, text, strlen(text));
	struct doc *revoked = ext_place(d, list, DOC_LIST);

	if (s == NULL || revoked == NULL)
		return ota_fail_nomem(err);
	if (doc_index(revoked, s) == revoked->count &&
		!doc_push(revoked, &d->arena, doc_str(&d->arena, s)))
		return ota_fail_nomem(err);
	return OTA_OK;
}

static void drop_from_roles(struct doc *roles, const char *id)
{
	for (size_t i = 0; i < roles->count; i++) {
		struct doc *ids = doc_get(roles->items[i], "keyids");
		size_t at = doc_index(ids, id);

		if (at < ids->count)
			doc_drop(ids, at);
	}
}

static bool is_material(const char *text)
{
	struct digest d;

	return digest_parse(&d, HASH_SHA256, text, strlen(text));
}

/* The old root knows the material; an id that is no key's of it may be one itself. */
static ota_status edit_revoke(
	struct draft *d, const ota_root *old, const ota_root_edit *e, ota_err *err)
{
	const char *names[ROOT_KEYS_MAX];
	char hex[2 * DIGEST_MAX + 1];
	const struct root_key *k;
	size_t at = 0;
	ota_status st;

	if (old == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "a first root has no key to revoke");
	for (size_t i = 0; i < old->key_count; i++)
		names[i] = old->keys[i].id;
	st = match(&at, names, old->key_count, e->text, err);
	if (st && is_material(e->text))
		return add_revoked(d, "revoked_keys", e->text, err);
	if (st)
		return st;
	k = &old->keys[at];
	if (k->key == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "key %.16s… is of an unknown scheme", k->id);
	drop_from_roles(doc_get(d->body, "roles"), k->id);
	if (ext(d) == NULL)
		return ota_fail_nomem(err);
	drop_from_roles(doc_get(ext(d), "roles"), k->id);
	digest_hex(hex, &k->key->material);
	return add_revoked(d, "revoked_keys", hex, err);
}

/* ---- packages, time ---- */

static ota_status set_count(struct draft *d, const char *map, const ota_root_edit *e, ota_err *err)
{
	const char *product = arena_strndup(&d->arena, e->name, strlen(e->name));
	struct doc *counts = ext_place(d, map, DOC_MAP);

	if (product == NULL || counts == NULL ||
		!doc_set(counts, &d->arena, product, doc_int(&d->arena, (int64_t)e->value)))
		return ota_fail_nomem(err);
	return OTA_OK;
}

static ota_status edit_grant(struct draft *d, const ota_root_edit *e, ota_err *err)
{
	struct doc *entries = ext_place(d, "package", DOC_LIST), *entry = NULL;
	ota_status st = grant_parse(&entry, &d->arena, e->text, err);

	if (!st && (entries == NULL || !doc_push(entries, &d->arena, entry)))
		st = ota_fail_nomem(err);
	return st;
}

static ota_status edit_ungrant(struct draft *d, const ota_root_edit *e, ota_err *err)
{
	struct doc *entries = ext_place(d, "package", DOC_LIST);

	if (entries == NULL)
		return ota_fail_nomem(err);
	if (e->value < 1 || e->value > entries->count)
		return ota_fail(err, OTA_E_ARGUMENT, "there is no grant %" PRIu64 " of %zu",
			e->value, entries->count);
	doc_drop(entries, (size_t)e->value - 1);
	return OTA_OK;
}

static ota_status set_ext(struct draft *d, const char *key, struct doc *value, ota_err *err)
{
	struct doc *x = ext(d);

	return x != NULL && doc_set(x, &d->arena, key, value) ? OTA_OK : ota_fail_nomem(err);
}

static ota_status edit_expires(struct draft *d, const ota_root_edit *e, ota_err *err)
{
	char text[OTA_TIME_LEN + 1];
	const char *s;

	if (!ota_time_format(text, e->time))
		return ota_fail(err, OTA_E_ARGUMENT, "that time has no year of four digits");
	s = arena_strndup(&d->arena, text, strlen(text));
	return s != NULL && doc_set(d->body, &d->arena, "expires", doc_str(&d->arena, s))
		       ? OTA_OK
		       : ota_fail_nomem(err);
}

static ota_status apply(struct draft *d, const ota_root *old, const ota_root_edit *e, ota_err *err)
{
	switch (e->op) {
	case OTA_ROOT_ADD:
		return edit_add(d, e, err);
	case OTA_ROOT_REMOVE:
		return edit_remove(d, e, err);
	case OTA_ROOT_THRESHOLD:
		return edit_threshold(d, e, err);
	case OTA_ROOT_REVOKE:
		return edit_revoke(d, old, e, err);
	case OTA_ROOT_REVOKE_PACKAGE:
		return add_revoked(d, "revoked_packages", e->text, err);
	case OTA_ROOT_MIN_COUNTER:
		return set_count(d, "min_counter", e, err);
	case OTA_ROOT_STEP_BASE:
		return set_count(d, "step_base", e, err);
	case OTA_ROOT_MAX_STEP:
		return set_ext(d, "max_counter_step", doc_int(&d->arena, (int64_t)e->value), err);
	case OTA_ROOT_GRANT:
		return edit_grant(d, e, err);
	case OTA_ROOT_UNGRANT:
		return edit_ungrant(d, e, err);
	case OTA_ROOT_EXPIRES:
		return edit_expires(d, e, err);
	case OTA_ROOT_ON_EXPIRY:
		return set_ext(d, "on_expiry", doc_str(&d->arena, e->text), err);
	}
	return ota_fail(err, OTA_E_ARGUMENT, "edit %d is unknown", (int)e->op);
}

/* ---- the whole ---- */

static ota_status start_new(struct draft *d, ota_err *err)
{
	d->body = doc_map(&d->arena, 0);
	if (d->body == NULL || place(d, d->body, "keys", DOC_MAP) == NULL ||
		place(d, d->body, "roles", DOC_MAP) == NULL ||
		!doc_set(d->body, &d->arena, "_type", doc_str(&d->arena, ROLE_ROOT)) ||
		!doc_set(d->body, &d->arena, "consistent_snapshot", doc_bool(&d->arena, true)) ||
		!doc_set(d->body, &d->arena, "spec_version", doc_str(&d->arena, TUF_SPEC)))
		return ota_fail_nomem(err);
	return OTA_OK;
}

static ota_status start(struct draft *d, const ota_root *old, ota_err *err)
{
	uint64_t version = old != NULL ? old->version + 1 : 1;
	ota_status st;

	st = old != NULL ? document_copy(&d->body, &d->arena, old->env.body, err)
			 : start_new(d, err);
	if (st)
		return st;
	d->keys = doc_get(d->body, "keys");
	d->names = doc_map(&d->arena, 0);
	if (d->names == NULL ||
		!doc_set(d->body, &d->arena, "version", doc_int(&d->arena, (int64_t)version)))
		return ota_fail_nomem(err);
	return OTA_OK;
}

/* TUF wants four roles; a small organisation has one set of keys for those. */
static ota_status fill_roles(struct draft *d, ota_err *err)
{
	struct doc *roles = doc_get(d->body, "roles"), *root = doc_get(roles, ROLE_ROOT);

	if (root == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "the root role has no key");
	for (size_t i = 0; i < TUF_ROLES; i++) {
		struct doc *copy = NULL;
		ota_status st;

		if (doc_get(roles, tuf_roles[i]) != NULL)
			continue;
		st = document_copy(&copy, &d->arena, root, err);
		if (st)
			return st;
		if (!doc_set(copy, &d->arena, "threshold", doc_int(&d->arena, 1)) ||
			!doc_set(roles, &d->arena, tuf_roles[i], copy))
			return ota_fail_nomem(err);
	}
	return OTA_OK;
}

/* Every role of x-ota that signs packages, for everything. */
static ota_status fill_grants(struct draft *d, struct doc *x, ota_err *err)
{
	struct doc *entries = doc_get(x, "package"), *roles = doc_get(x, "roles"), *list;
	struct doc *entry = NULL;
	ota_status st;

	if (entries->count > 0)
		return OTA_OK;
	st = grant_parse(&entry, &d->arena, "*=?", err);
	if (st)
		return st;
	list = doc_get(entry, "roles");
	list->count = 0;
	for (size_t i = 0; i < roles->count; i++) {
		const char *name = roles->keys[i];

		if (strcmp(name, ROLE_BOOT) != 0 && strcmp(name, ROLE_STOP) != 0 &&
			!doc_push(list, &d->arena, doc_str(&d->arena, name)))
			return ota_fail_nomem(err);
	}
	return doc_push(entries, &d->arena, entry) ? OTA_OK : ota_fail_nomem(err);
}

static bool in_role(const struct doc *roles, const char *id)
{
	for (size_t i = 0; i < roles->count; i++) {
		const struct doc *ids = doc_get(roles->items[i], "keyids");

		if (doc_index(ids, id) < ids->count)
			return true;
	}
	return false;
}

/* Keys that no role has any more are no keys of this root. */
static void drop_unused(struct draft *d, const struct doc *x)
{
	const struct doc *tuf = doc_get(d->body, "roles");
	const struct doc *ours = x != NULL ? doc_get(x, "roles") : NULL;
	struct doc *names = x != NULL ? doc_get(x, "names") : NULL;

	for (size_t i = d->keys->count; i-- > 0;) {
		const char *id = d->keys->keys[i];

		if (in_role(tuf, id) || (ours != NULL && in_role(ours, id)))
			continue;
		if (names != NULL && doc_get(names, id) != NULL)
			doc_drop(names, doc_index(names, id));
		doc_drop(d->keys, i);
	}
}

static ota_status put_names(struct draft *d, struct doc *x, ota_err *err)
{
	struct doc *names = d->names->count > 0 ? place(d, x, "names", DOC_MAP) : NULL;

	for (size_t i = 0; names != NULL && i < d->names->count; i++)
		if (!doc_set(names, &d->arena, d->names->keys[i], d->names->items[i]))
			return ota_fail_nomem(err);
	return d->names->count == 0 || names != NULL ? OTA_OK : ota_fail_nomem(err);
}

static ota_status finish(struct draft *d, ota_err *err)
{
	struct doc *x = doc_get(d->body, "x-ota");
	ota_status st = fill_roles(d, err);

	if (!st && doc_get(d->body, "expires") == NULL)
		st = ota_fail(err, OTA_E_ARGUMENT, "say when the root expires");
	if (!st && x != NULL)
		st = fill_grants(d, x, err);
	if (!st && x != NULL)
		st = put_names(d, x, err);
	if (!st)
		drop_unused(d, x);
	return st;
}

/* What is written is what everybody else will read. */
static ota_status check(ota_root **out, const ota_root *old, const uint8_t *p, size_t len,
	const ota_ctx *ctx, ota_err *err)
{
	ota_source *src = NULL;
	ota_root *r = NULL;
	ota_status st = ota_source_memory(&src, ctx, p, len, err);

	if (!st)
		st = ota_root_read(&r, ctx, src, err);
	if (!st && old != NULL)
		st = root_check_kept(old, r, err);
	ota_source_close(src);
	if (st)
		ota_root_free(r);
	else
		*out = r;
	return st;
}

static ota_status write_draft(ota_root **made, ota_sink *dst, struct draft *d, const ota_root *old,
	const ota_ctx *ctx, ota_err *err)
{
	struct doc *none = doc_list(&d->arena, 0);
	ota_sink *mem = NULL;
	const uint8_t *p = NULL;
	size_t len = 0;
	ota_status st;

	if (none == NULL)
		return ota_fail_nomem(err);
	st = ota_sink_memory(&mem, ctx, err);
	if (!st)
		st = document_write(mem, ctx, &d->arena, none, d->body, err);
	if (!st)
		st = ota_sink_commit(mem, err);
	if (!st) {
		ota_sink_memory_bytes(mem, &p, &len);
		st = check(made, old, p, len, ctx, err);
	}
	if (!st)
		st = ota_sink_write(dst, p, len, err);
	ota_sink_close(mem);
	return st;
}

ota_status ota_root_write(ota_root **made, ota_sink *dst, const ota_ctx *ctx, const ota_root *old,
	const ota_root_edit *edits, size_t n, ota_err *err)
{
	ota_root *r = NULL;
	struct draft d = {.body = NULL};
	ota_status st;

	arena_init(&d.arena, ctx);
	st = start(&d, old, err);
	for (size_t i = 0; !st && i < n; i++)
		st = apply(&d, old, &edits[i], err);
	if (!st)
		st = finish(&d, err);
	if (!st)
		st = write_draft(&r, dst, &d, old, ctx, err);
	arena_fini(&d.arena);
	if (!st && made != NULL) {
		*made = r;
		r = NULL;
	}
	ota_root_free(r);
	return st;
}
