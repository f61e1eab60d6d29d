/* SPDX-License-Identifier: MIT */
#include <trust/root.h>

#include <string.h>

bool ota_root_role_at(ota_root_role *out, const ota_root *root, size_t index)
{
	if (index >= root->role_count)
		return false;
	out->name = root->roles[index].name;
	out->tuf = index < TUF_ROLES;
	out->threshold = root->roles[index].threshold;
	out->keys = root->roles[index].key_count;
	return true;
}

static bool is_revoked(const ota_root *r, const ota_key *k)
{
	for (size_t i = 0; i < r->revoked_count; i++)
		if (digest_equal(&r->revoked[i], &k->material))
			return true;
	return false;
}

bool ota_root_key_of(ota_root_key *out, const ota_root *root, size_t role, size_t index)
{
	const struct root_key *k;

	if (role >= root->role_count || index >= root->roles[role].key_count)
		return false;
	k = &root->keys[root->roles[role].keys[index]];
	*out = (ota_root_key){.size = out->size, .keyid = k->id};
	if (k->key == NULL)
		return true;
	out->scheme = ota_key_scheme(k->key);
	out->name = *k->key->comment != '\0' ? k->key->comment : NULL;
	out->material = k->key->material.b;
	out->revoked = is_revoked(root, k->key);
	out->test = ota_key_is_test(k->key);
	return true;
}

bool ota_root_role_has(const ota_root *root, size_t role, const ota_key *key)
{
	const struct trust_role *r;

	if (role >= root->role_count)
		return false;
	r = &root->roles[role];
	for (size_t i = 0; i < r->key_count; i++) {
		const ota_key *k = root->keys[r->keys[i]].key;

		if (k != NULL && digest_equal(&k->material, &key->material))
			return true;
	}
	return false;
}

bool ota_root_extended(const ota_root *root)
{
	return root->ext;
}

bool ota_root_grant_at(ota_root_grant *out, const ota_root *root, size_t index)
{
	const struct trust_entry *e = &root->entries[index];

	if (index >= root->entry_count)
		return false;
	out->products = e->products;
	out->product_count = e->product_count;
	out->components = e->components;
	out->component_count = e->component_count;
	return true;
}

/* The place of the index-th bit that is set; 32: there is none. */
static unsigned nth_bit(uint32_t bits, size_t index)
{
	unsigned i = 0;

	for (; i < 32; i++)
		if ((bits >> i & 1U) != 0 && index-- == 0)
			break;
	return i;
}

const char *ota_root_grant_role(const ota_root *root, size_t grant, size_t index)
{
	unsigned i = grant < root->entry_count ? nth_bit(root->entries[grant].roles, index) : 32;

	return i < 32 ? root->roles[TUF_ROLES + i].name : NULL;
}

const char *ota_root_grant_power(const ota_root *root, size_t grant, size_t index)
{
	unsigned i = grant < root->entry_count ? nth_bit(root->entries[grant].may, index) : 32;

	return i < POWERS ? power_names[i] : NULL;
}

bool ota_root_floor_at(const char **product, uint64_t *value, const ota_root *root, size_t index)
{
	if (index >= root->limits.min_counter.n)
		return false;
	*product = root->limits.min_counter.v[index].product;
	*value = root->limits.min_counter.v[index].value;
	return true;
}

size_t ota_root_revoked_keys(const ota_root *root)
{
	return root->revoked_count;
}

size_t ota_root_revoked_packages(const ota_root *root)
{
	return root->limits.revoked_count;
}

bool ota_root_installs_expired(const ota_root *root)
{
	return root->install_expired;
}
