/* SPDX-License-Identifier: MIT */
/* x-ota, the part of a root that authorises packages: formats/trust.md section 3. */
#include <trust/root.h>

#include <inttypes.h>
#include <string.h>

#include <ota/text.h>

#include <base/text.h>
#include <doc/schema.h>
#include <trust/fields.h>

#define ENTRIES_MAX 64

/* As the document says it, before names become indices. */
struct ext_strs {
	const char *const *v;
	size_t n;
};

struct ext_entry {
	struct ext_strs products, components, roles, may;
};

struct ext {
	const struct doc *roles, *min_counter, *step_base, *names;
	struct ext_entry *entries;
	size_t entry_count;
	struct ext_strs revoked_keys, revoked_packages, hash_algs;
	uint64_t max_step;
	unsigned on_expiry;
};

static void map_read(
	struct schema_read_ctx *c, void *member, const struct field *f, const struct doc *d)
{
	(void)f;
	if (d->kind == DOC_MAP)
		*(const struct doc **)member = d;
	else
		schema_find(c, OTA_E_TYPE, d, "expected an object");
}

static const struct field_hook map_hook = {.read = map_read, .json_schema = "{}"};
static const char *const expiry_names[] = {"refuse", "install", NULL};

#define STRS(owner, member)                                                                        \
	.type = F_STRS, .off = offsetof(struct owner, member.v),                                   \
	.count_off = offsetof(struct owner, member.n)
#define MAP(member) .type = F_HOOK, .hook = &map_hook, .off = offsetof(struct ext, member)

static const struct field entry_fields[] = {
	{.key = "products",
		STRS(ext_entry, products),
		.flags = FIELD_REQUIRED,
		.min = 1,
		.max = 64},
	{.key = "components", STRS(ext_entry, components), .min = 1, .max = 64},
	{.key = "roles",
		STRS(ext_entry, roles),
		.flags = FIELD_REQUIRED,
		.min = 1,
		.max = TRUST_ROLES_MAX},
	{.key = "may", STRS(ext_entry, may), .max = POWERS},
	{0},
};
static const struct schema entry_schema = {
	.name = "package", .size = sizeof(struct ext_entry), .fields = entry_fields};

static const struct field ext_fields[] = {
	{.key = "roles", MAP(roles), .flags = FIELD_REQUIRED},
	{.key = "package",
		.type = F_LIST,
		.sub = &entry_schema,
		.flags = FIELD_REQUIRED,
		.off = offsetof(struct ext, entries),
		.count_off = offsetof(struct ext, entry_count),
		.min = 1,
		.max = ENTRIES_MAX},
	{.key = "min_counter", MAP(min_counter)},
	{.key = "step_base", MAP(step_base)},
	{.key = "max_counter_step",
		.type = F_U64,
		.off = offsetof(struct ext, max_step),
		.min = 1,
		.max = UINT32_MAX},
	{.key = "revoked_keys", STRS(ext, revoked_keys), .max = ROOT_REVOKED_MAX},
	{.key = "revoked_packages", STRS(ext, revoked_packages), .max = ROOT_REVOKED_MAX},
	{.key = "hash_algs", STRS(ext, hash_algs), .min = 1, .max = 3},
	{.key = "names", MAP(names)},
	{.key = "on_expiry",
		.type = F_ENUM,
		.off = offsetof(struct ext, on_expiry),
		.names = expiry_names},
	{0},
};
static const struct schema ext_schema = {
	.name = "x-ota", .size = sizeof(struct ext), .fields = ext_fields};

/* ---- roles ---- */

static ota_status check_known(const ota_root *r, const struct trust_role *role, ota_err *err)
{
	for (size_t i = 0; i < role->key_count; i++)
		if (r->keys[role->keys[i]].key == NULL)
			return ota_fail(err, OTA_E_ROOT,
				"role %s has key %.16s…, whose scheme is unknown", role->name,
				r->keys[role->keys[i]].id);
	if (role->key_count != root_distinct(r, role))
		return ota_fail(err, OTA_E_ROOT, "role %s has one key twice", role->name);
	return OTA_OK;
}

/* A key of x-ota has one duty: whoever holds it must not meet two roles, or make roots. */
static ota_status check_apart(
	const ota_root *r, const struct trust_role *a, const struct trust_role *b, ota_err *err)
{
	for (size_t i = 0; i < a->key_count; i++) {
		const ota_key *k = r->keys[a->keys[i]].key;

		for (size_t j = 0; j < b->key_count; j++) {
			const ota_key *other = r->keys[b->keys[j]].key;

			if (other != NULL && digest_equal(&other->material, &k->material))
				return ota_fail(err, OTA_E_ROOT,
					"key %.16s… is in role %s and in role %s", k->id, a->name,
					b->name);
		}
	}
	return OTA_OK;
}

static bool is_tuf_role(const char *name)
{
	for (size_t i = 0; i < TUF_ROLES; i++)
		if (strcmp(tuf_roles[i], name) == 0)
			return true;
	return false;
}

static ota_status read_role(ota_root *r, const char *name, const struct doc *d, ota_err *err)
{
	struct trust_role *role = &r->roles[r->role_count];
	ota_status st = OTA_OK;

	if (!text_is_id(name, strlen(name)) || is_tuf_role(name))
		return ota_fail(err, OTA_E_ROOT,
			"\"%s\" is no role: a name that none of TUF's roles has", name);
	if (d->kind == DOC_MAP && d->count != 2)
		return ota_fail(err, OTA_E_ROOT, "role %s has exactly keyids and threshold", name);
	st = root_read_role(role, r, name, d, err);
	if (!st)
		st = check_known(r, role, err);
	if (!st)
		st = check_apart(r, role, &r->roles[ROOT_ROLE], err);
	for (size_t i = TUF_ROLES; !st && i < r->role_count; i++)
		st = check_apart(r, role, &r->roles[i], err);
	r->role_count++;
	return st;
}

static ota_status read_roles(ota_root *r, const struct doc *roles, ota_err *err)
{
	ota_status st = OTA_OK;

	if (roles->count == 0 || roles->count > TRUST_ROLES_MAX)
		return ota_fail(err, OTA_E_ROOT, "roles: expected 1 to %d", TRUST_ROLES_MAX);
	for (size_t i = 0; !st && i < roles->count; i++)
		st = read_role(r, roles->keys[i], roles->items[i], err);
	return st;
}

/* ---- what may be signed ---- */

static ota_status check_distinct(const struct ext_strs *s, const char *what, ota_err *err)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(s->v[i], s->v[j]) == 0)
				return ota_fail(err, OTA_E_ROOT, "%s: \"%.80s\" stands twice", what,
					s->v[i]);
	return OTA_OK;
}

static ota_status role_bits(
	uint32_t *out, const ota_root *r, const struct ext_strs *names, ota_err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		size_t at = TUF_ROLES;

		while (at < r->role_count && strcmp(r->roles[at].name, names->v[i]) != 0)
			at++;
		if (at == r->role_count)
			return ota_fail(
				err, OTA_E_ROOT, "package: there is no role %.64s", names->v[i]);
		/* The one can stop packages, the other images: neither can accept any. */
		if (strcmp(names->v[i], ROLE_STOP) == 0 || strcmp(names->v[i], ROLE_BOOT) == 0)
			return ota_fail(
				err, OTA_E_ROOT, "package: role %s signs no packages", names->v[i]);
		*out |= UINT32_C(1) << (at - TUF_ROLES);
	}
	return OTA_OK;
}

static ota_status power_bits(uint32_t *out, const struct ext_strs *names, ota_err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		unsigned p = 0;

		while (p < POWERS && strcmp(power_names[p], names->v[i]) != 0)
			p++;
		if (p == POWERS)
			return ota_fail(
				err, OTA_E_ROOT, "may: there is no power \"%.64s\"", names->v[i]);
		*out |= UINT32_C(1) << p;
	}
	return OTA_OK;
}

static ota_status check_names(const struct ext_entry *e, ota_err *err)
{
	for (size_t i = 0; i < e->products.n; i++)
		if (!scope_is_pattern(e->products.v[i]))
			return ota_fail(err, OTA_E_ROOT,
				"products: \"%.64s\" is no product, nor the start of one and *",
				e->products.v[i]);
	for (size_t i = 0; i < e->components.n; i++)
		if (!text_is_id(e->components.v[i], strlen(e->components.v[i])))
			return ota_fail(err, OTA_E_ROOT, "components: \"%.64s\" is no name",
				e->components.v[i]);
	return OTA_OK;
}

static ota_status read_entry(
	struct trust_entry *out, const ota_root *r, const struct ext_entry *e, ota_err *err)
{
	ota_status st = check_names(e, err);

	*out = (struct trust_entry){
		e->products.v, e->products.n, e->components.v, e->components.n, 0, 0};
	if (!st)
		st = check_distinct(&e->products, "products", err);
	if (!st)
		st = check_distinct(&e->components, "components", err);
	if (!st)
		st = check_distinct(&e->roles, "roles", err);
	if (!st)
		st = check_distinct(&e->may, "may", err);
	if (!st)
		st = role_bits(&out->roles, r, &e->roles, err);
	if (!st)
		st = power_bits(&out->may, &e->may, err);
	return st;
}

static ota_status read_entries(ota_root *r, const struct ext *x, ota_err *err)
{
	ota_status st = OTA_OK;

	r->entries = arena_array(&r->env.arena, x->entry_count, sizeof(*r->entries));
	if (r->entries == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < x->entry_count; i++)
		st = read_entry(&r->entries[i], r, &x->entries[i], err);
	r->entry_count = x->entry_count;
	return st;
}

/* ---- limits, revocations, names ---- */

static ota_status read_counts(struct trust_counts *out, ota_root *r, const struct doc *map,
	const char *what, ota_err *err)
{
	struct trust_count *v;

	if (map == NULL)
		return OTA_OK;
	v = arena_array(&r->env.arena, map->count + 1, sizeof(*v));
	if (v == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < map->count; i++) {
		const struct doc *d = map->items[i];

		if (!text_is_id(map->keys[i], strlen(map->keys[i])))
			return ota_fail(
				err, OTA_E_ROOT, "%s: \"%s\" is no product", what, map->keys[i]);
		if (d->kind != DOC_INT || d->i < 0 || d->i > UINT32_MAX)
			return ota_fail(err, OTA_E_ROOT,
				"%s: %s: expected a whole number to 2^32 - 1", what, map->keys[i]);
		v[i] = (struct trust_count){map->keys[i], (uint64_t)d->i};
	}
	*out = (struct trust_counts){v, map->count};
	return OTA_OK;
}

static ota_status read_revoked(ota_root *r, const struct ext *x, ota_err *err)
{
	ota_status st = check_distinct(&x->revoked_keys, "revoked_keys", err);

	r->revoked = arena_array(&r->env.arena, x->revoked_keys.n + 1, sizeof(*r->revoked));
	if (r->revoked == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < x->revoked_keys.n; i++)
		if (!digest_parse(&r->revoked[i], HASH_SHA256, x->revoked_keys.v[i],
			    strlen(x->revoked_keys.v[i])))
			st = ota_fail(err, OTA_E_ROOT,
				"revoked_keys: \"%.80s\" is no material id of 64 hex digits",
				x->revoked_keys.v[i]);
	r->revoked_count = x->revoked_keys.n;
	return st;
}

static ota_status read_algs(uint32_t *out, const struct ext *x, ota_err *err)
{
	ota_status st = check_distinct(&x->hash_algs, "hash_algs", err);

	for (size_t i = 0; !st && i < x->hash_algs.n; i++) {
		enum hash_alg alg = hash_by_name(x->hash_algs.v[i]);

		if (alg == HASH_NONE)
			st = ota_fail(err, OTA_E_ROOT, "hash_algs: \"%.40s\" is unknown",
				x->hash_algs.v[i]);
		else
			*out |= UINT32_C(1) << alg;
	}
	return st;
}

static ota_status read_name(ota_root *r, const char *id, const struct doc *d, ota_err *err)
{
	if (d->kind != DOC_STR || d->s_len == 0 || !key_comment_ok(d->s, d->s_len))
		return ota_fail(err, OTA_E_ROOT, "names: a name is " KEY_COMMENT_RULE);
	for (size_t i = 0; i < r->key_count; i++)
		if (strcmp(r->keys[i].id, id) == 0 && r->keys[i].key != NULL)
			memcpy(r->keys[i].key->comment, d->s, d->s_len);
	return OTA_OK;
}

static ota_status read_limits(ota_root *r, const struct ext *x, const struct doc *d, ota_err *err)
{
	struct digest *packages = NULL;
	ota_status st;

	st = read_counts(&r->limits.min_counter, r, x->min_counter, "min_counter", err);
	if (!st)
		st = read_counts(&r->limits.step_base, r, x->step_base, "step_base", err);
	if (!st)
		st = read_revoked(r, x, err);
	if (!st)
		st = read_algs(&r->limits.hash_algs, x, err);
	if (!st && doc_get(d, "revoked_packages") != NULL)
		st = field_packages(&packages, &r->limits.revoked_count, &r->env.arena, d,
			"revoked_packages", ROOT_REVOKED_MAX, err);
	for (size_t i = 0; !st && x->names != NULL && i < x->names->count; i++)
		st = read_name(r, x->names->keys[i], x->names->items[i], err);
	r->limits.revoked = packages;
	r->limits.max_step = x->max_step;
	r->install_expired = x->on_expiry == 1;
	if (r->install_expired)
		r->limits.expires = OTA_TIME_NONE;
	return st;
}

ota_status root_read_ext(ota_root *r, const struct doc *d, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	struct ext x = {0};
	ota_status st = schema_read(
		&x, &ext_schema, d, &r->env.arena, SCHEMA_SOURCE, NULL, NULL, NULL, &why);

	if (st == OTA_NOMEM)
		return ota_fail_nomem(err);
	if (st)
		return ota_fail(err, OTA_E_ROOT, "%s", why.msg);
	r->ext = true;
	st = read_roles(r, x.roles, err);
	if (!st)
		st = read_entries(r, &x, err);
	if (!st)
		st = read_limits(r, &x, d, err);
	return st ? ota_err_in(err, st, "x-ota") : OTA_OK;
}
