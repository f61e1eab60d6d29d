/* SPDX-License-Identifier: MIT */
#include <trust/scope.h>

#include <inttypes.h>
#include <string.h>

#include <base/text.h>
#include <trust/stop.h>

const char *const power_names[POWERS + 1] = {
	[POWER_HOOKS] = "hooks",
	[POWER_SET_ENV] = "set-env",
	[POWER_SINGLE] = "single",
	[POWER_DOWNGRADE] = "downgrade",
	[POWER_BOOT_DOC] = "boot-doc",
	[POWERS] = NULL,
};

bool scope_is_pattern(const char *s)
{
	size_t len = strlen(s);
	bool open = len > 0 && s[len - 1] == '*';

	return strcmp(s, "*") == 0 || text_is_id(s, len - (open ? 1 : 0));
}

bool scope_pattern_has(const char *pattern, const char *s)
{
	size_t len = strlen(pattern);

	if (len > 0 && pattern[len - 1] == '*')
		return strncmp(pattern, s, len - 1) == 0;
	return strcmp(pattern, s) == 0;
}

static bool has_product(const struct trust_entry *e, const char *product)
{
	for (size_t i = 0; i < e->product_count; i++)
		if (scope_pattern_has(e->products[i], product))
			return true;
	return false;
}

static bool has_component(const struct trust_entry *e, const char *component)
{
	for (size_t i = 0; i < e->component_count; i++)
		if (strcmp(e->components[i], component) == 0)
			return true;
	return e->component_count == 0;
}

/* It speaks of the package: of any of its components, if it names some. */
static bool matches(
	const struct trust_entry *e, const char *product, const char *const *components, size_t n)
{
	if (!has_product(e, product))
		return false;
	for (size_t i = 0; i < n; i++)
		if (has_component(e, components[i]))
			return true;
	return false;
}

static bool covered(const ota_trust *t, const char *product, const char *component)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (matches(&t->entries[i], product, &component, 1))
			return true;
	return false;
}

static bool met_all(const struct role_set *met, uint32_t roles)
{
	return roles != 0 && (roles & ~met->bits) == 0;
}

ota_status scope_some(const ota_trust *t, const struct role_set *met, ota_err *err)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (met_all(met, t->entries[i].roles))
			return OTA_OK;
	return ota_fail(err, OTA_E_THRESHOLD, "the roles that are met may not sign any package");
}

ota_status scope_need(struct scope *out, const ota_trust *t, const char *product,
	const char *const *components, size_t n, ota_err *err)
{
	struct scope s = {0, (UINT32_C(1) << POWERS) - 1};

	for (size_t i = 0; i < n; i++)
		if (!covered(t, product, components[i]))
			return ota_fail(err, OTA_E_SCOPE,
				"the trust policy does not cover component %s of product %s",
				components[i], product);
	for (size_t i = 0; i < t->entry_count; i++) {
		if (!matches(&t->entries[i], product, components, n))
			continue;
		s.need |= t->entries[i].roles;
		s.may &= t->entries[i].may;
	}
	if (s.need == 0)
		return ota_fail(err, OTA_E_SCOPE, "nothing here is covered by the trust policy");
	*out = s;
	return OTA_OK;
}

bool scope_met(const struct scope *s, const struct role_set *met)
{
	return met_all(met, s->need);
}

bool scope_may(const struct scope *s, enum power p)
{
	return (s->may >> p & 1U) != 0;
}

ota_status scope_hash(const ota_trust *t, enum hash_alg alg, ota_err *err)
{
	if (t->limits.hash_algs == 0 || (t->limits.hash_algs >> alg & 1U) != 0)
		return OTA_OK;
	return ota_fail(err, OTA_E_ALG, "the trust policy does not take %s digests",
		hash_name(alg) != NULL ? hash_name(alg) : "such");
}

ota_status scope_package(const ota_trust *t, const struct digest *d, ota_err *err)
{
	for (size_t i = 0; i < t->limits.revoked_count; i++)
		if (digest_equal(&t->limits.revoked[i], d))
			return ota_fail(err, OTA_E_REVOKED, "root %" PRIu64 " revokes this package",
				ota_root_version(t->root));
	if (t->stop != NULL && stop_has(t->stop, d))
		return ota_fail(err, OTA_E_REVOKED,
			"stop document %" PRIu64 " revokes this package", t->stop->version);
	return OTA_OK;
}

static uint64_t count_of(const struct trust_counts *c, const char *product)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].product, product) == 0)
			return c->v[i].value;
	return 0;
}

ota_status scope_counter(const ota_trust *t, const char *product, uint64_t counter, ota_err *err)
{
	uint64_t least = count_of(&t->limits.min_counter, product);

	if (counter >= least)
		return OTA_OK;
	return ota_fail(err, OTA_E_COUNTER,
		"security counter %" PRIu64 "; root %" PRIu64 " wants at least %" PRIu64 " for %s",
		counter, ota_root_version(t->root), least, product);
}

uint64_t scope_step_base(const ota_trust *t, const char *product)
{
	return count_of(&t->limits.step_base, product);
}
