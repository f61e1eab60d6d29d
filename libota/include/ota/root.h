/* SPDX-License-Identifier: MIT */
/*
 * Roots of trust: TUF 1.0 root metadata, with x-ota for what packages need
 * (formats/trust.md sections 2 and 3). A root is read and checked by itself,
 * and accepted by the signatures of the root before it and its own.
 */
#ifndef OTA_ROOT_H
#define OTA_ROOT_H

#include <ota/trust.h>

typedef struct ota_root ota_root;

/* Read src to its end; no signature is verified. malformed.json, malformed.root, key.*, limit.*. */
OTA_API OTA_MUST_CHECK ota_status ota_root_read(
	ota_root **out, const ota_ctx *ctx, ota_source *src, ota_err *err);
OTA_API void ota_root_free(ota_root *root);
OTA_API uint64_t ota_root_version(const ota_root *root);
/* Unix seconds. */
OTA_API int64_t ota_root_expires(const ota_root *root);

/*
 * May next follow old? Version n + 1, signed by both root roles, and it keeps
 * what a root must keep. old NULL: only next's own root role. unsigned,
 * signature.*, revoked.key, root.*.
 */
OTA_API OTA_MUST_CHECK ota_status ota_root_follow(
	const ota_root *old, const ota_root *next, ota_report *rep, ota_err *err);

/* Root version n: *out NULL when there is none. The caller of this closes *out. */
typedef ota_status ota_root_next_fn(void *arg, uint64_t version, ota_source **out, ota_err *err);

typedef struct ota_root_options {
	size_t size;
	ota_root_next_fn *next; /* NULL: the root at hand is the newest */
	void *arg;
	bool allow_test; /* keys that are published may be in it */
} ota_root_options;

/*
 * Trust what the newest root says: from first, which is believed if its own
 * root role signed it, each next one is followed, at most 1024. Expiry is left
 * to who has a clock: ota_pkg_check_time. Takes *first and sets it to NULL, on
 * failure too. The walk is in rep, one finding of OTA_ABOUT_ROOT for each root.
 */
OTA_API OTA_MUST_CHECK ota_status ota_trust_from_root(ota_trust **out, const ota_ctx *ctx,
	ota_root **first, const ota_root_options *opt, ota_report *rep, ota_err *err);
/* The newest root; NULL where one key is trusted. Borrowed. */
OTA_API const ota_root *ota_trust_root(const ota_trust *trust);
typedef struct ota_stop ota_stop;

/* Read src to its end; its signatures are not judged. malformed.json, malformed.root, limit.*. */
OTA_API OTA_MUST_CHECK ota_status ota_stop_read(
	ota_stop **out, const ota_ctx *ctx, ota_source *src, ota_err *err);
/* NULL is fine. */
OTA_API void ota_stop_free(ota_stop *stop);
OTA_API uint64_t ota_stop_version(const ota_stop *stop);
/* The index-th package that it revokes, its digest by *alg; NULL: there is none. Borrowed. */
OTA_API const uint8_t *ota_stop_package_at(
	const ota_stop *stop, size_t index, const char **alg, size_t *len);
/* Whose the index-th signature says it is; NULL: there is none. Borrowed. */
OTA_API const char *ota_stop_keyid_at(const ota_stop *stop, size_t index);

/*
 * Believe a stop document too (formats/trust.md section 3): its role signed it,
 * and from now on the packages that it names are refused. usage.argument for a
 * trust without a root.
 */
OTA_API OTA_MUST_CHECK ota_status ota_trust_stop(
	ota_trust *trust, ota_source *src, ota_report *rep, ota_err *err);

/* ---- what a root says ---- */

typedef struct ota_root_role {
	size_t size;
	const char *name;
	bool tuf; /* one of TUF's four */
	uint32_t threshold;
	size_t keys;
} ota_root_role;

typedef struct ota_root_key {
	size_t size;
	const char *keyid;
	const char *scheme;      /* NULL: unknown here, and the rest too */
	const char *name;        /* by x-ota.names; NULL: none */
	const uint8_t *material; /* 32 bytes */
	bool revoked, test;
} ota_root_key;

typedef struct ota_root_grant {
	size_t size;
	const char *const *products;
	size_t product_count;
	const char *const *components; /* none: all */
	size_t component_count;
} ota_root_grant;

/* All strings are borrowed from the root. false: there is no such index. */
OTA_API bool ota_root_role_at(ota_root_role *out, const ota_root *root, size_t index);
OTA_API bool ota_root_key_of(ota_root_key *out, const ota_root *root, size_t role, size_t index);
/* Is key, by its material, one of that role's? */
OTA_API bool ota_root_role_has(const ota_root *root, size_t role, const ota_key *key);
/* x-ota is there: it alone authorises packages. */
OTA_API bool ota_root_extended(const ota_root *root);
OTA_API bool ota_root_grant_at(ota_root_grant *out, const ota_root *root, size_t index);
/* The index-th role or power of that grant; NULL: there is none. */
OTA_API const char *ota_root_grant_role(const ota_root *root, size_t grant, size_t index);
OTA_API const char *ota_root_grant_power(const ota_root *root, size_t grant, size_t index);
/* min_counter in the document's order. */
OTA_API bool ota_root_floor_at(
	const char **product, uint64_t *value, const ota_root *root, size_t index);
OTA_API size_t ota_root_revoked_keys(const ota_root *root);
OTA_API size_t ota_root_revoked_packages(const ota_root *root);
/* Where on_expiry is `install`, an expired root refuses no package. */
OTA_API bool ota_root_installs_expired(const ota_root *root);

#endif
