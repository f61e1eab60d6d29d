/* SPDX-License-Identifier: MIT */
/* What a trust is made of: keys, and roles that need so many of them. */
#ifndef TRUST_TRUST_H
#define TRUST_TRUST_H

#include <trust/quorum.h>

struct trust_role {
	const char *name;
	uint32_t threshold; /* ≥ 1 */
	const size_t *keys; /* indices into the trust's keys */
	size_t key_count;
};

struct ota_trust {
	const ota_ctx *ctx;
	const ota_key *const *keys;
	size_t key_count;
	const struct trust_role *roles;
	size_t role_count; /* ≤ TRUST_ROLES_MAX */
};

#endif
