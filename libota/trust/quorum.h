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
	const char *alg, *keyid; /* as the line says; alg NULL: it does not, the key has one */
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
/* The trust revokes that key, by its material: it counts for nothing. */
bool trust_revokes(const ota_trust *t, const ota_key *k);
/*
 * Verify all claims and set the roles whose threshold is met. Fails with
 * unsigned (n = 0), signature.unknown (no trusted key), signature.bad (only
 * bad ones), revoked.key (only revoked keys), signature.threshold unless at
 * least one role is met. of: what is signed, for findings about roles; NULL: the
 * package.
 */
ota_status quorum_met(struct role_set *met, const ota_ctx *ctx, const ota_trust *t,
	struct claim *claims, size_t n, const char *of, ota_report *rep, ota_err *err);

#endif
