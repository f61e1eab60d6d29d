/* SPDX-License-Identifier: MIT */
/* Roots of trust by description: sixteen keys from seeds, and documents they sign. */
#ifndef ROOT_RIG_H
#define ROOT_RIG_H

#include <base/buf.h>
#include <trust/root.h>

#define ROOTS_KEYS 16

/* Sets of keys as bits. What is 0 has a default: root key 0, targets key 1, thresholds 1. */
struct root_spec {
	uint32_t version;
	uint32_t root, root_threshold;
	uint32_t targets, targets_threshold;
	uint32_t signers;    /* 0: the root's keys */
	const char *expires; /* NULL: 2030 */
	const char *ext;     /* x-ota as JSON, with K0 … Kf for the ids of keys; NULL: none */
};

void roots_open(void);
void roots_close(void);
const ota_key *roots_key(unsigned i);
/* The material id of key i in hex. */
void roots_material(char hex[2 * DIGEST_MAX + 1], unsigned i);
/* A TUF document of that body, K0 … Kf replaced, signed by those keys. Appends. */
void roots_sign(struct buf *out, const char *body, uint32_t signers);
void roots_doc(struct buf *out, const struct root_spec *spec);
/* The id why it is refused; OTA_E_NONE: *out is it. */
ota_id roots_read(ota_root **out, const struct buf *doc);
ota_root *roots_root(const struct root_spec *spec);

#endif
