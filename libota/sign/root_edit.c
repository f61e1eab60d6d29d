/* SPDX-License-Identifier: MIT */
/* The edits of a root, one function each. */
#include <sign/root_edit.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ota/text.h>

#include <crypto/scheme.h>
#include <sign/grant.h>
#include <trust/keyid.h>
#include <trust/root.h>

/* ---- places in the tree ---- */

struct doc *draft_place(struct draft *d, struct doc *map, const char *key, enum doc_kind kind)
{
	struct doc *at = doc_get(map, key);

	if (at != NULL)
		return at;
	at = kind == DOC_MAP ? doc_map(&d->arena, 0) : doc_list(&d->arena, 0);
	return doc_set(map, &d->arena, key, at) ? at : NULL;
}

static struct doc *ext(struct draft *d)
{
	struct doc *x = draft_place(d, d->body, "x-ota", DOC_MAP);

	if (x == NULL || draft_place(d, x, "package", DOC_LIST) == NULL ||
		draft_place(d, x, "roles", DOC_MAP) == NULL)
		return NULL;
	return x;
}

static struct doc *ext_place(struct draft *d, const char *key, enum doc_kind kind)
{
	struct doc *x = ext(d);

	return x != NULL ? draft_place(d, x, key, kind) : NULL;
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
	role = draft_place(d, roles, name, DOC_MAP);
	ids = role != NULL ? draft_place(d, role, "keyids", DOC_LIST) : NULL;
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

ota_status draft_edit(struct draft *d, const ota_root *old, const ota_root_edit *e, ota_err *err)
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
