/* SPDX-License-Identifier: MIT */
/* TUF's part of a root: specification 1.0, section 4.3. */
#include <trust/root.h>

#include <string.h>

#include <base/text.h>
#include <crypto/scheme.h>
#include <crypto/spki.h>
#include <trust/fields.h>

const char *const tuf_roles[TUF_ROLES] = {
	[ROOT_ROLE] = ROLE_ROOT,
	[TARGETS_ROLE] = ROLE_TARGETS,
	[SNAPSHOT_ROLE] = "snapshot",
	[TIMESTAMP_ROLE] = "timestamp",
};

static ota_status parse_key(struct key *out, const ota_ctx *ctx, const struct scheme *s,
	const char *public, ota_err *err)
{
	size_t len = strlen(public);
	uint8_t raw[32];

	if (s->id != KEY_ED25519)
		return spki_read(out, ctx, s->id, public, len, err);
	if (len != 2 * sizeof(raw) || !ota_unhex(raw, sizeof(raw), public, len))
		return ota_fail(err, OTA_E_KEYFILE, "an ed25519 key is 64 lowercase hex digits");
	return key_init(out, ctx, s->id, raw, sizeof(raw), err);
}

/* Old documents give the scheme as the keytype too. */
static ota_status check_keytype(const struct scheme *s, const char *keytype, ota_err *err)
{
	if (strcmp(keytype, s->keytype) == 0 || strcmp(keytype, s->name) == 0)
		return OTA_OK;
	return ota_fail(
		err, OTA_E_ROOT, "keytype %.40s does not go with scheme %s", keytype, s->name);
}

static ota_status read_key(struct root_key *out, ota_root *r, const struct doc *d, ota_err *err)
{
	const char *keytype = NULL, *scheme = NULL, *public = NULL;
	const struct scheme *s;
	struct doc *val = NULL;
	struct key key;
	ota_status st;

	st = field_text(&keytype, d, "keytype", err);
	if (!st)
		st = field_text(&scheme, d, "scheme", err);
	if (!st)
		st = field_map(&val, d, "keyval", err);
	if (!st)
		st = field_text(&public, val, "public", err);
	if (st)
		return st;
	s = scheme_by_name(scheme);
	if (s == NULL)
		return OTA_OK;
	st = check_keytype(s, keytype, err);
	if (!st)
		st = parse_key(&key, r->ctx, s, public, err);
	if (st)
		return st;
	out->key = arena_alloc(&r->env.arena, sizeof(*out->key));
	if (out->key == NULL)
		return ota_fail_nomem(err);
	return key_fill(out->key, r->ctx, &key, NULL, err);
}

static ota_status read_keys(ota_root *r, ota_err *err)
{
	struct doc *keys = NULL;
	ota_status st = field_map(&keys, r->env.body, "keys", err);

	if (st)
		return st;
	if (keys->count == 0 || keys->count > ROOT_KEYS_MAX)
		return ota_fail(err, OTA_E_ROOT, "keys: expected 1 to %d", ROOT_KEYS_MAX);
	r->keys = arena_array(&r->env.arena, keys->count, sizeof(*r->keys));
	if (r->keys == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < keys->count; i++) {
		r->keys[i].id = keys->keys[i];
		st = read_key(&r->keys[i], r, keys->items[i], err);
		st = st ? ota_err_in(err, st, "key %.16s…", keys->keys[i]) : OTA_OK;
	}
	r->key_count = keys->count;
	return st;
}

static size_t find_key(const ota_root *r, const char *id)
{
	for (size_t i = 0; i < r->key_count; i++)
		if (strcmp(r->keys[i].id, id) == 0)
			return i;
	return r->key_count;
}

static bool counted_before(const ota_root *r, const struct trust_role *role, size_t i)
{
	const ota_key *k = r->keys[role->keys[i]].key;

	for (size_t j = 0; k != NULL && j < i; j++) {
		const ota_key *before = r->keys[role->keys[j]].key;

		if (before != NULL && digest_equal(&before->material, &k->material))
			return true;
	}
	return false;
}

size_t root_distinct(const ota_root *r, const struct trust_role *role)
{
	size_t n = 0;

	for (size_t i = 0; i < role->key_count; i++)
		n += counted_before(r, role, i) ? 0 : 1;
	return n;
}

ota_status root_read_role(
	struct trust_role *out, ota_root *r, const char *name, const struct doc *d, ota_err *err)
{
	struct doc *ids = NULL;
	uint64_t threshold = 0;
	size_t *keys;
	ota_status st = OTA_OK;

	if (d->kind != DOC_MAP)
		return ota_fail(err, OTA_E_ROOT, "role %s: expected an object", name);
	st = field_list(&ids, d, "keyids", ROOT_KEYS_MAX, err);
	if (!st)
		st = field_count(&threshold, d, "threshold", ROOT_KEYS_MAX, err);
	if (st)
		return ota_err_in(err, st, "role %s", name);
	keys = arena_array(&r->env.arena, ids->count + 1, sizeof(*keys));
	if (keys == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < ids->count; i++) {
		keys[i] = find_key(r, ids->items[i]->s);
		if (keys[i] == r->key_count)
			return ota_fail(err, OTA_E_ROOT,
				"role %s names key %.16s…, which is not there", name,
				ids->items[i]->s);
	}
	*out = (struct trust_role){name, (uint32_t)threshold, keys, ids->count};
	if (threshold > root_distinct(r, out))
		return ota_fail(err, OTA_E_ROOT, "role %s needs %u of %zu keys", name,
			out->threshold, root_distinct(r, out));
	return OTA_OK;
}

static ota_status read_roles(ota_root *r, ota_err *err)
{
	struct doc *roles = NULL;
	ota_status st = field_map(&roles, r->env.body, "roles", err);

	if (st)
		return st;
	if (roles->count != TUF_ROLES)
		return ota_fail(err, OTA_E_ROOT, "roles: expected the four of TUF, found %zu",
			roles->count);
	r->roles = arena_array(&r->env.arena, TUF_ROLES + TRUST_ROLES_MAX, sizeof(*r->roles));
	if (r->roles == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < TUF_ROLES; i++) {
		const struct doc *d = doc_get(roles, tuf_roles[i]);

		if (d == NULL)
			return ota_fail(err, OTA_E_ROOT, "role %s is missing", tuf_roles[i]);
		st = root_read_role(&r->roles[i], r, tuf_roles[i], d, err);
	}
	r->role_count = TUF_ROLES;
	return st;
}

static ota_status read_head(ota_root *r, ota_err *err)
{
	const struct doc *body = r->env.body;
	const char *spec = NULL, *expires = NULL;
	ota_status st;

	if (strcmp(r->env.type, ROLE_ROOT) != 0)
		return ota_fail(
			err, OTA_E_ROOT, "a root has _type root, this one %.64s", r->env.type);
	st = field_text(&spec, body, "spec_version", err);
	if (!st && strncmp(spec, "1.", 2) != 0)
		st = ota_fail(err, OTA_E_ROOT, "spec_version %.40s: this is not TUF 1", spec);
	if (!st)
		st = field_count(&r->version, body, "version", UINT32_MAX, err);
	if (!st)
		st = field_text(&expires, body, "expires", err);
	if (!st && !ota_time_parse(&r->expires, expires))
		st = ota_fail(err, OTA_E_ROOT,
			"expires: expected a time such as "
			"2026-01-31T23:59:59Z");
	return st;
}

static ota_status read_body(ota_root *r, ota_err *err)
{
	const struct doc *ext = doc_get(r->env.body, "x-ota");
	ota_status st = read_head(r, err);

	if (!st)
		st = read_keys(r, err);
	if (!st)
		st = read_roles(r, err);
	r->limits.expires = r->expires;
	if (!st && ext != NULL)
		st = root_read_ext(r, ext, err);
	return st;
}

ota_status ota_root_read(ota_root **out, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	ota_root *r = NULL;
	ota_status st = MEM_NEW(&r, ctx, err);

	if (st)
		return st;
	r->ctx = ctx;
	st = envelope_load(&r->env, ctx, src, err);
	if (!st)
		st = read_body(r, err);
	if (st)
		ota_root_free(r);
	else
		*out = r;
	return st;
}

void ota_root_free(ota_root *root)
{
	if (root == NULL)
		return;
	envelope_fini(&root->env);
	mem_free(root->ctx, root);
}

uint64_t ota_root_version(const ota_root *root)
{
	return root->version;
}

int64_t ota_root_expires(const ota_root *root)
{
	return root->expires;
}
