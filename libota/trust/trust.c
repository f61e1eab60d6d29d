/* SPDX-License-Identifier: MIT */
#include <trust/trust.h>

#include <string.h>

/* One key is one implied role; everything it needs is allocated at once. */
struct single {
	ota_trust trust;
	ota_key key;
	const ota_key *keys[1];
	struct trust_role role;
};

static const size_t first_key[1] = {0};

ota_status ota_trust_from_key(
	ota_trust **out, const ota_ctx *ctx, const ota_key *key, bool allow_test, ota_err *err)
{
	struct single *s = NULL;
	ota_status st;

	if (!allow_test && ota_key_is_test(key))
		return ota_fail(err, OTA_E_TEST_KEY,
			"key %.16s… is a published TEST-ONLY key: anybody can sign with it",
			key->id);
	st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	s->key = *key;
	s->keys[0] = &s->key;
	s->role = (struct trust_role){"release", 1, first_key, 1};
	s->trust = (ota_trust){ctx, s->keys, 1, &s->role, 1};
	*out = &s->trust;
	return OTA_OK;
}

void ota_trust_free(ota_trust *trust)
{
	if (trust != NULL)
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

/* A single key covers every product and component; policies of roots will narrow this. */
ota_status scope_need(struct role_set *need, const ota_trust *t, const char *product,
	const char *const *components, size_t n, ota_err *err)
{
	(void)product;
	(void)components;
	if (n == 0 || t->role_count == 0)
		return ota_fail(err, OTA_E_SCOPE, "nothing here is covered by the trust policy");
	need->bits = 1;
	return OTA_OK;
}

/* One key has none of the powers: they need a policy that grants them. */
bool trust_may(const ota_trust *t, enum power p)
{
	(void)t;
	(void)p;
	return false;
}
