/* SPDX-License-Identifier: MIT */
/*
 * The only function that turns signatures into roles, counted by key material
 * (theorem 1 lives here). A claim whose key is not trusted counts for nothing.
 */
#ifndef TRUST_QUORUM_H
#define TRUST_QUORUM_H

#include <ota/trust.h>

#include <trust/keyid.h>

#define TRUST_ROLES_MAX 32

struct role_set {
	uint32_t bits; /* bit i: role i of the trust */
};

/* One signature over one message. */
struct claim {
	const char *alg, *keyid; /* as the line says */
	const uint8_t *sig;
	size_t sig_len;
	const void *msg;
	size_t msg_len;
	const char *source; /* where the line stands, for findings; NULL: not said */
	uint32_t line;      /* from 1 */
	bool good;          /* set by quorum_met */
};

/* NULL when that key id is not trusted. */
const ota_key *trust_key(const ota_trust *t, const char *keyid);
/*
 * Verify all claims and set the roles whose threshold is met. Fails with
 * unsigned (n = 0), signature.unknown (no trusted key), signature.bad (only
 * bad ones), signature.threshold unless at least one role is met.
 */
ota_status quorum_met(struct role_set *met, const ota_ctx *ctx, const ota_trust *t,
	struct claim *claims, size_t n, ota_report *rep, ota_err *err);
/* The roles that this product and these components need; refused.scope if uncovered. */
ota_status scope_need(struct role_set *need, const ota_trust *t, const char *product,
	const char *const *components, size_t n, ota_err *err);

/* The powers that a package may use only where the trust says so. */
enum power { POWER_HOOKS, POWER_SET_ENV, POWER_SINGLE, POWER_DOWNGRADE, POWER_BOOT_DOC, POWERS };
bool trust_may(const ota_trust *t, enum power p);

#endif
