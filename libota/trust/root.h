/* SPDX-License-Identifier: MIT */
/* One version of the root of trust, read and checked: formats/trust.md section 3. */
#ifndef TRUST_ROOT_H
#define TRUST_ROOT_H

#include <trust/envelope.h>
#include <trust/scope.h>

#define ROOT_KEYS_MAX    256
#define ROOT_REVOKED_MAX 1024
#define ROOT_FLOOR_STEP  64
#define ROOT_CHAIN_MAX   1024

#define TUF_SPEC "1.0.31" /* of what we write */

#define ROLE_ROOT    "root"
#define ROLE_TARGETS "targets"
#define ROLE_BOOT    "boot"
#define ROLE_STOP    "stop"

/* TUF's four roles come first, in this order; then those of x-ota. */
enum { ROOT_ROLE, TARGETS_ROLE, SNAPSHOT_ROLE, TIMESTAMP_ROLE, TUF_ROLES };
extern const char *const tuf_roles[TUF_ROLES];

struct root_key {
	const char *id; /* as the document calls it */
	ota_key *key;   /* NULL: of a scheme that is unknown here */
};

struct ota_root {
	const ota_ctx *ctx;
	struct envelope env;
	uint64_t version;
	int64_t expires;
	struct root_key *keys;
	size_t key_count;
	struct trust_role *roles; /* indices into keys */
	size_t role_count;
	bool ext; /* x-ota is there: the rest only then */
	bool install_expired;
	struct trust_entry *entries; /* bits count from the first role of x-ota */
	size_t entry_count;
	struct trust_limits limits;
	struct digest *revoked; /* materials */
	size_t revoked_count;
};

/* `signed` of a root that envelope_load read: TUF's part, then x-ota. malformed.root. */
ota_status root_read_role(
	struct trust_role *out, ota_root *r, const char *name, const struct doc *d, ota_err *err);
ota_status root_read_ext(ota_root *r, const struct doc *ext, ota_err *err);
/* The root role of r as its own trust, for the signatures of root documents. */
struct root_view {
	struct arena arena;
	ota_trust trust;
	const ota_key **keys; /* their ids are those of the document */
	struct trust_role role;
};
ota_status root_view_init(struct root_view *v, const ota_root *r, ota_err *err);
void root_view_fini(struct root_view *v);
/* What r says of packages, whoever signed it; r's owner once it is made. */
ota_status root_trust(ota_trust **out, ota_root *r, ota_err *err);
/* All but signatures and version: what next must keep of old. */
ota_status root_check_kept(const ota_root *old, const ota_root *next, ota_err *err);
/* Distinct materials of the role's keys; those of unknown schemes count one each. */
size_t root_distinct(const ota_root *r, const struct trust_role *role);

#endif
