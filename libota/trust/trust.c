/* SPDX-License-Identifier: MIT */
#include <trust/trust.h>

#include <string.h>

#include <ota/text.h>

#include <trust/stop.h>

/* One key is one implied role; everything it needs is allocated at once. */
struct single {
	ota_trust trust;
	ota_key key;
	const ota_key *keys[1];
	struct trust_role role;
};

static const size_t first_key[1] = {0};
static const char *const any_product[1] = {"*"};
const struct trust_entry trust_all = {any_product, 1, NULL, 0, 1, 0};

ota_status trust_check_test(const ota_key *key, ota_err *err)
{
	if (!ota_key_is_test(key))
		return OTA_OK;
	return ota_fail(err, OTA_E_TEST_KEY,
		"key %.16s… is a published TEST-ONLY key: anybody can sign with it", key->id);
}

ota_status ota_trust_from_key(
	ota_trust **out, const ota_ctx *ctx, const ota_key *key, bool allow_test, ota_err *err)
{
	struct single *s = NULL;
	ota_status st = allow_test ? OTA_OK : trust_check_test(key, err);

	if (!st)
		st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	s->key = *key;
	s->keys[0] = &s->key;
	s->role = (struct trust_role){"release", 1, first_key, 1};
	s->trust = (ota_trust){.ctx = ctx,
		.keys = s->keys,
		.key_count = 1,
		.roles = &s->role,
		.role_count = 1,
		.entries = &trust_all,
		.entry_count = 1,
		.limits = {.expires = OTA_TIME_NONE}};
	*out = &s->trust;
	return OTA_OK;
}

void ota_trust_free(ota_trust *trust)
{
	if (trust == NULL)
		return;
	ota_stop_free(trust->stop);
	ota_root_free(trust->root);
	mem_free(trust->ctx, trust);
}

const ota_key *trust_key(const ota_trust *t, const char *keyid)
{
	for (size_t i = 0; i < t->key_count; i++) {
		if (strcmp(t->keys[i]->id, keyid) == 0)
			return t->keys[i];
	}
	return NULL;
}

static bool role_has(const ota_trust *t, const struct trust_role *role, const char *keyid)
{
	for (size_t i = 0; i < role->key_count; i++)
		if (strcmp(t->keys[role->keys[i]]->id, keyid) == 0)
			return true;
	return false;
}

const char *ota_trust_role_of(const ota_trust *trust, const char *keyid)
{
	for (size_t i = 0; i < trust->role_count; i++)
		if (role_has(trust, &trust->roles[i], keyid))
			return trust->roles[i].name;
	return NULL;
}

const char *ota_trust_name_of(const ota_trust *trust, const char *keyid)
{
	const ota_key *k = trust_key(trust, keyid);

	return k != NULL && *k->comment != '\0' ? k->comment : NULL;
}
