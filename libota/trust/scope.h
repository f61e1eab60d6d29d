/* SPDX-License-Identifier: MIT */
/* What the roles that signed may sign: formats/otap.md section 6, steps 2b, 3, 5b and 6. */
#ifndef TRUST_SCOPE_H
#define TRUST_SCOPE_H

#include <trust/trust.h>

/* The powers that a package may use only where the trust says so. */
enum power { POWER_HOOKS, POWER_SET_ENV, POWER_SINGLE, POWER_DOWNGRADE, POWER_BOOT_DOC, POWERS };
extern const char *const power_names[POWERS + 1]; /* NULL-terminated */

/* Roles and powers as bits. */
struct scope {
	uint32_t need, may;
};

/* Before a byte is parsed: all roles of some entry are met, or signature.threshold. */
ota_status scope_some(const ota_trust *t, const struct role_set *met, ota_err *err);
/*
 * The roles that this product and these components need, which is those of all
 * entries that match, and the powers that all of those grant. refused.scope for
 * what no entry covers.
 */
ota_status scope_need(struct scope *out, const ota_trust *t, const char *product,
	const char *const *components, size_t n, ota_err *err);
bool scope_met(const struct scope *s, const struct role_set *met);
bool scope_may(const struct scope *s, enum power p);
/* unsupported.algorithm where the trust does not take that digest. */
ota_status scope_hash(const ota_trust *t, enum hash_alg alg, ota_err *err);
/* revoked.package by the root or the stop document. */
ota_status scope_package(const ota_trust *t, const struct digest *d, ota_err *err);
/* rollback.counter below the root's min_counter of that product. */
ota_status scope_counter(const ota_trust *t, const char *product, uint64_t counter, ota_err *err);
/* Where max_counter_step may count from at least; 0: not said. */
uint64_t scope_step_base(const ota_trust *t, const char *product);
/* A product pattern: "*", an id, or the start of one and a final "*". */
bool scope_is_pattern(const char *s);
/* Is s the pattern, or has it the start that stands before the pattern's final "*"? */
bool scope_pattern_has(const char *pattern, const char *s);

#endif
