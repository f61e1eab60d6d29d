/* SPDX-License-Identifier: MIT */
/* What a trust is made of: keys, roles that need so many of them, and what those may sign. */
#ifndef TRUST_TRUST_H
#define TRUST_TRUST_H

#include <ota/root.h>

#include <trust/quorum.h>

struct trust_role {
	const char *name;
	uint32_t threshold; /* ≥ 1 */
	const size_t *keys; /* indices into the trust's keys */
	size_t key_count;
};

/* Packages of these products and components need all those roles. */
struct trust_entry {
	const char *const *products; /* "*", an id, or the start of one and "*" */
	size_t product_count;
	const char *const *components; /* none: all */
	size_t component_count;
	uint32_t roles, may; /* bit i: role i of the trust; power i */
};

/* A number for one product. */
struct trust_count {
	const char *product;
	uint64_t value;
};

struct trust_counts {
	const struct trust_count *v;
	size_t n;
};

/* What a root says of packages beside who signs them. */
struct trust_limits {
	struct trust_counts min_counter, step_base;
	uint64_t max_step;  /* 0: not said */
	uint32_t hash_algs; /* bit per enum hash_alg; 0: all */
	int64_t expires;    /* OTA_TIME_NONE: it stops no install */
	const struct digest *revoked;
	size_t revoked_count;
};

struct ota_trust {
	const ota_ctx *ctx;
	const ota_key *const *keys;
	size_t key_count;
	const struct trust_role *roles;
	size_t role_count;            /* ≤ TRUST_ROLES_MAX */
	const struct digest *revoked; /* materials of keys that count for nothing */
	size_t revoked_count;
	const struct trust_entry *entries;
	size_t entry_count;
	struct trust_limits limits;
	ota_root *root; /* owned; NULL: one key */
	ota_stop *stop;
};

/* The entry that covers everything and grants no power. */
extern const struct trust_entry trust_all;
/* signature.test_key for a published key. */
ota_status trust_check_test(const ota_key *key, ota_err *err);

#endif
