/* SPDX-License-Identifier: MIT */
/* The root that follows: a copy of the old one's tree, changed edit by edit, read again. */
#include <sign/root_edit.h>

#include <string.h>

#include <sign/document.h>
#include <sign/grant.h>
#include <trust/root.h>

static ota_status start_new(struct draft *d, ota_err *err)
{
	d->body = doc_map(&d->arena, 0);
	if (d->body == NULL || draft_place(d, d->body, "keys", DOC_MAP) == NULL ||
		draft_place(d, d->body, "roles", DOC_MAP) == NULL ||
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
	if (list->count == 0)
		return ota_fail(err, OTA_E_ARGUMENT,
			"no role signs packages: add a key to one, such as release");
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
	struct doc *names = d->names->count > 0 ? draft_place(d, x, "names", DOC_MAP) : NULL;

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
		st = draft_edit(&d, old, &edits[i], err);
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

ota_status ota_trust_preview(ota_trust **out, ota_root **root, ota_err *err)
{
	ota_root *r = *root;
	ota_status st = root_trust(out, r, err);

	*root = NULL;
	if (st)
		ota_root_free(r);
	return st;
}
