/* SPDX-License-Identifier: MIT */
/* From the root that is believed to the newest, and what that one says of packages. */
#include <trust/root.h>

#include <string.h>

static ota_status next_root(ota_root **out, const ota_root *cur, const ota_root_options *opt,
	ota_report *rep, ota_err *err)
{
	ota_source *src = NULL;
	ota_root *next = NULL;
	ota_status st = opt->next(opt->arg, cur->version + 1, &src, err);

	*out = NULL;
	if (st || src == NULL)
		return st;
	st = ota_root_read(&next, cur->ctx, src, err);
	ota_source_close(src);
	if (!st)
		st = ota_root_follow(cur, next, rep, err);
	if (st)
		ota_root_free(next);
	else
		*out = next;
	return st;
}

/* A step counts only once all of its checks passed. */
static ota_status walk(ota_root **cur, const ota_root_options *opt, ota_report *rep, ota_err *err)
{
	ota_status st = ota_root_follow(NULL, *cur, rep, err);

	if (opt->next == NULL)
		return st;
	for (size_t i = 0; !st; i++) {
		ota_root *next = NULL;

		st = next_root(&next, *cur, opt, rep, err);
		if (st || next == NULL)
			break;
		ota_root_free(*cur);
		*cur = next;
		if (i == ROOT_CHAIN_MAX)
			st = ota_fail(err, OTA_E_LIMIT_COUNT,
				"more than %d roots follow one another", ROOT_CHAIN_MAX);
	}
	return st;
}

static ota_status check_test(const ota_root *r, const ota_root_options *opt, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && !opt->allow_test && i < r->key_count; i++)
		if (r->keys[i].key != NULL)
			st = trust_check_test(r->keys[i].key, err);
	return st;
}

/* Without x-ota the role targets may sign everything, and has none of the powers. */
static ota_status fill(ota_trust *t, ota_root *r, ota_err *err)
{
	struct arena *a = &r->env.arena;
	const ota_key **keys = arena_array(a, r->key_count, sizeof(*keys));
	struct trust_role *roles = arena_array(a, r->role_count, sizeof(*roles));
	size_t from = r->ext ? TUF_ROLES : TARGETS_ROLE;

	if (keys == NULL || roles == NULL)
		return ota_fail_nomem(err);
	t->keys = keys;
	t->roles = roles;
	t->role_count = (r->ext ? r->role_count : TARGETS_ROLE + 1) - from;
	for (size_t i = 0; i < t->role_count; i++) {
		const struct trust_role *role = &r->roles[from + i];
		size_t *idx = arena_array(a, role->key_count + 1, sizeof(*idx));

		if (idx == NULL)
			return ota_fail_nomem(err);
		roles[i] = (struct trust_role){role->name, role->threshold, idx, 0};
		for (size_t k = 0; k < role->key_count; k++) {
			const ota_key *key = r->keys[role->keys[k]].key;

			if (key != NULL)
				idx[roles[i].key_count++] = t->key_count;
			if (key != NULL)
				keys[t->key_count++] = key;
		}
	}
	return OTA_OK;
}

ota_status root_trust(ota_trust **out, ota_root *r, ota_err *err)
{
	ota_trust *t = NULL;
	ota_status st = MEM_NEW(&t, r->ctx, err);

	if (st)
		return st;
	t->ctx = r->ctx;
	t->revoked = r->revoked;
	t->revoked_count = r->revoked_count;
	t->entries = r->ext ? r->entries : &trust_all;
	t->entry_count = r->ext ? r->entry_count : 1;
	t->limits = r->limits;
	t->root = r;
	st = fill(t, r, err);
	if (st)
		mem_free(t->ctx, t);
	else
		*out = t;
	return st;
}

ota_status ota_trust_from_root(ota_trust **out, const ota_ctx *ctx, ota_root **first,
	const ota_root_options *opt, ota_report *rep, ota_err *err)
{
	static const ota_root_options alone = {.size = sizeof(alone)};
	const ota_root_options *o = opt != NULL ? opt : &alone;
	ota_root *cur = *first;
	ota_trust *t = NULL;
	ota_status st;

	(void)ctx;
	*first = NULL;
	st = walk(&cur, o, rep, err);
	if (!st)
		st = check_test(cur, o, err);
	if (!st)
		st = root_trust(&t, cur, err);
	if (st) {
		ota_root_free(cur);
		return st;
	}
	*out = t;
	return OTA_OK;
}

const ota_root *ota_trust_root(const ota_trust *trust)
{
	return trust->root;
}
