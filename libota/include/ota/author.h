/* SPDX-License-Identifier: MIT */
/*
 * Making and signing roots of trust and stop documents (formats/trust.md
 * section 3): where the keys are, never on a device.
 */
#ifndef OTA_AUTHOR_H
#define OTA_AUTHOR_H

#include <ota/root.h>
#include <ota/sign.h>

typedef enum ota_root_op {
	OTA_ROOT_ADD,            /* key to the role `name` */
	OTA_ROOT_REMOVE,         /* the key whose id begins with `text` from the role `name` */
	OTA_ROOT_THRESHOLD,      /* `value` keys of the role `name` */
	OTA_ROOT_REVOKE,         /* the key whose id begins with `text`, or that material id */
	OTA_ROOT_REVOKE_PACKAGE, /* `text`: sha256:… */
	OTA_ROOT_MIN_COUNTER,    /* `value` for the product `name` */
	OTA_ROOT_STEP_BASE,      /* `value` for the product `name` */
	OTA_ROOT_MAX_STEP,       /* `value` */
	OTA_ROOT_GRANT,          /* `text`: PRODUCT,…[:COMPONENT,…]=ROLE,…[+POWER,…] */
	OTA_ROOT_UNGRANT,        /* the `value`-th grant, from 1 */
	OTA_ROOT_EXPIRES,        /* at `time` */
	OTA_ROOT_ON_EXPIRY       /* `text`: refuse or install */
} ota_root_op;

typedef struct ota_root_edit {
	size_t size;
	ota_root_op op;
	const char *name, *text;
	const ota_key *key;
	uint64_t value;
	int64_t time;
} ota_root_edit;

/*
 * Write the root that follows old, or the first one for NULL, with those edits
 * made in order and no signature. It is read again as ota_root_read does, and
 * keeps what old has; root.* otherwise. A first root must be given keys of the
 * root role and an expiry; what is left of TUF's roles gets the root's keys,
 * and without a grant all roles of x-ota but boot and stop sign everything.
 * *made (may be NULL) is what was written. The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_root_write(ota_root **made, ota_sink *dst, const ota_ctx *ctx,
	const ota_root *old, const ota_root_edit *edits, size_t n, ota_err *err);

/*
 * Trust what a root says though nobody signed it: to show what it would change,
 * never to install. Takes *root and sets it to NULL, on failure too.
 */
OTA_API OTA_MUST_CHECK ota_status ota_trust_preview(ota_trust **out, ota_root **root, ota_err *err);

/*
 * Copy a root or stop document (src, read to its end) to dst with one signature
 * more; that of the same key is replaced. A root is checked as ota_root_read
 * does before it is signed. *root (may be NULL): what was signed; NULL for a
 * stop document. The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_document_sign(ota_root **root, ota_sink *dst,
	const ota_ctx *ctx, ota_source *src, const ota_signer *by, ota_err *err);

/*
 * Write and sign a stop document: packages by digest ("sha256:…"), n of them,
 * and what previous (NULL: none) has, in a version above its. *version may be NULL.
 */
OTA_API OTA_MUST_CHECK ota_status ota_stop_write(ota_sink *dst, uint64_t *version,
	const ota_ctx *ctx, ota_source *previous, const char *const *packages, size_t n,
	const ota_signer *by, ota_err *err);

#endif
