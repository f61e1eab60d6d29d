/* SPDX-License-Identifier: MIT */
/* From one root to the next: TUF 1.0 section 5.3, and what x-ota adds to it. */
#include <trust/root.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const size_t *identity(struct arena *a, size_t n)
{
	size_t *v = arena_array(a, n + 1, sizeof(*v));

	for (size_t i = 0; v != NULL && i < n; i++)
		v[i] = i;
	return v;
}

ota_status root_view_init(struct root_view *v, const ota_root *r, ota_err *err)
{
	const struct trust_role *role = &r->roles[ROOT_ROLE];
	ota_key *keys;
	size_t n = 0;

	arena_init(&v->arena, r->ctx);
	keys = arena_array(&v->arena, role->key_count + 1, sizeof(*keys));
	v->keys = arena_array(&v->arena, role->key_count + 1, sizeof(*v->keys));
	v->role = (struct trust_role){
		ROLE_ROOT, role->threshold, identity(&v->arena, role->key_count), 0};
	if (keys == NULL || v->keys == NULL || v->role.keys == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < role->key_count; i++) {
		const struct root_key *k = &r->keys[role->keys[i]];

		if (k->key == NULL)
			continue;
		keys[n] = *k->key;
		/* No longer than a member's name may be, which is as long as an id of ours. */
		snprintf(keys[n].id, sizeof(keys[n].id), "%s", k->id);
		v->keys[n] = &keys[n];
		n++;
	}
	v->role.key_count = n;
	v->trust = (ota_trust){
		.ctx = r->ctx, .keys = v->keys, .key_count = n, .roles = &v->role, .role_count = 1};
	return OTA_OK;
}

void root_view_fini(struct root_view *v)
{
	arena_fini(&v->arena);
}

/* judge NULL: nothing is revoked yet. */
static ota_status signed_by(const ota_root *next, const ota_root *by, const ota_root *judge,
	ota_report *rep, ota_err *err)
{
	struct root_view v = {0};
	char of[48];
	ota_status st = root_view_init(&v, by, err);

	if (!st && judge != NULL) {
		v.trust.revoked = judge->revoked;
		v.trust.revoked_count = judge->revoked_count;
	}
	snprintf(of, sizeof(of), "root %" PRIu64 " by %" PRIu64, next->version, by->version);
	if (!st)
		st = envelope_quorum(&next->env, &v.trust, ROLE_ROOT, of, rep, err);
	root_view_fini(&v);
	return st ? ota_err_in(err, st, "by root %" PRIu64, by->version) : OTA_OK;
}

static bool revokes(const ota_root *r, const struct digest *material)
{
	for (size_t i = 0; i < r->revoked_count; i++)
		if (digest_equal(&r->revoked[i], material))
			return true;
	return false;
}

static bool revokes_package(const ota_root *r, const struct digest *d)
{
	for (size_t i = 0; i < r->limits.revoked_count; i++)
		if (digest_equal(&r->limits.revoked[i], d))
			return true;
	return false;
}

static ota_status check_revoked(const ota_root *old, const ota_root *next, ota_err *err)
{
	char hex[2 * DIGEST_MAX + 1];

	for (size_t i = 0; i < old->revoked_count; i++) {
		if (revokes(next, &old->revoked[i]))
			continue;
		digest_hex(hex, &old->revoked[i]);
		return ota_fail(err, OTA_E_UNREVOKED,
			"root %" PRIu64 " no longer revokes key material %.16s…", next->version,
			hex);
	}
	for (size_t i = 0; i < old->limits.revoked_count; i++) {
		if (revokes_package(next, &old->limits.revoked[i]))
			continue;
		digest_hex(hex, &old->limits.revoked[i]);
		return ota_fail(err, OTA_E_UNREVOKED,
			"root %" PRIu64 " no longer revokes package %.16s…", next->version, hex);
	}
	return OTA_OK;
}

static uint64_t floor_of(const ota_root *r, const char *product)
{
	const struct trust_counts *c = &r->limits.min_counter;

	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].product, product) == 0)
			return c->v[i].value;
	return 0;
}

static ota_status check_floor(
	const ota_root *old, const ota_root *next, const char *product, ota_err *err)
{
	uint64_t was = floor_of(old, product), is = floor_of(next, product);

	if (is >= was && is - was <= ROOT_FLOOR_STEP)
		return OTA_OK;
	return ota_fail(err, OTA_E_ROOT_FLOOR,
		"min_counter of %s goes from %" PRIu64 " to %" PRIu64 ": it may rise by at most %d",
		product, was, is, ROOT_FLOOR_STEP);
}

ota_status root_check_kept(const ota_root *old, const ota_root *next, ota_err *err)
{
	ota_status st;

	if (old->ext && !next->ext)
		return ota_fail(err, OTA_E_ROOT_EXT,
			"root %" PRIu64 " has no x-ota, the one before has", next->version);
	st = check_revoked(old, next, err);
	for (size_t i = 0; !st && i < old->limits.min_counter.n; i++)
		st = check_floor(old, next, old->limits.min_counter.v[i].product, err);
	for (size_t i = 0; !st && i < next->limits.min_counter.n; i++)
		st = check_floor(old, next, next->limits.min_counter.v[i].product, err);
	return st;
}

static ota_status follow(const ota_root *old, const ota_root *next, ota_report *rep, ota_err *err)
{
	ota_status st;

	if (old == NULL)
		return signed_by(next, next, NULL, rep, err);
	if (next->version != old->version + 1)
		return ota_fail(err, OTA_E_ROOT_VERSION,
			"root %" PRIu64 " is followed by %" PRIu64 ", this is root %" PRIu64,
			old->version, old->version + 1, next->version);
	st = signed_by(next, old, old, rep, err);
	if (!st)
		st = signed_by(next, next, old, rep, err);
	if (!st)
		st = root_check_kept(old, next, err);
	return st;
}

ota_status ota_root_follow(const ota_root *old, const ota_root *next, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = follow(old, next, rep, &why);

	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = st ? OTA_FAIL : OTA_PASS,
				    .id = why.id,
				    .off = OTA_NO_OFF,
				    .subject = old == NULL ? "the root that is believed"
							   : "the root that follows",
				    .text = st ? why.msg : NULL,
				    .about = OTA_ABOUT_ROOT,
				    .step = (uint32_t)next->version});
	if (st && err != NULL)
		*err = why;
	return st;
}
