/* SPDX-License-Identifier: MIT */
/*
 * Making keys and signatures. A signer signs only the text that libota rebuilt
 * from the very package at hand, and every answer is verified before it is
 * stored. Secrets live in guarded, wiped memory and never leave it.
 */
#ifndef OTA_SIGN_H
#define OTA_SIGN_H

#include <ota/package.h>

/*
 * Ask for a passphrase: up to cap bytes into buf (guarded memory), *len of
 * them. `what` names the key file. Fail with passphrase.missing.
 */
typedef ota_status ota_ask_fn(
	void *arg, const char *what, uint8_t *buf, size_t cap, size_t *len, ota_err *err);

#define OTA_COMMENT_MAX 200

typedef struct ota_keygen_options {
	size_t size;
	const char *comment; /* NULL: none; OTA_COMMENT_MAX bytes, words joined by one space */
	ota_ask_fn *ask;     /* NULL: the secret is stored unencrypted */
	void *ask_arg;
	const char *scheme; /* TUF's name (formats/trust.md section 1); NULL: ed25519 */
	unsigned bits;      /* of an RSA key: 3072, the default for 0, or 4096 */
} ota_keygen_options;

/* Make a pair; writes both files, commits neither. *pub may be NULL. */
OTA_API OTA_MUST_CHECK ota_status ota_keygen(ota_sink *secret_file, ota_sink *public_file,
	ota_key **pub, const ota_ctx *ctx, const ota_keygen_options *opt, ota_err *err);

typedef struct ota_import_options {
	size_t size;
	const char *scheme;  /* of an RSA key; NULL: rsassa-pss-sha256. Another key must have it */
	const char *comment; /* as for ota_keygen */
	ota_ask_fn *ask;
	void *ask_arg;
	ota_ask_fn *open; /* the passphrase of an encrypted file; NULL: passphrase.missing */
	void *open_arg;
} ota_import_options;

/*
 * A key that another program keeps, PEM or DER: PKCS #8, plain or encrypted,
 * SubjectPublicKeyInfo, or an X.509 certificate, of which nothing but the key
 * is looked at. src is read to its end. Writes secret_file only if there is a
 * secret, which *secret then says; commits neither. *pub may be NULL.
 */
OTA_API OTA_MUST_CHECK ota_status ota_key_import(ota_sink *secret_file, ota_sink *public_file,
	ota_key **pub, bool *secret, const ota_ctx *ctx, ota_source *src,
	const ota_import_options *opt, ota_err *err);

typedef struct ota_signer ota_signer;

typedef struct ota_signer_options {
	size_t size;
	ota_ask_fn *ask; /* NULL: passphrase.missing if one is needed */
	void *ask_arg;
	bool allow_readable; /* accept a key file that others can read */
	bool allow_test;     /* accept a TEST-ONLY key */
	const char *scheme;  /* of an RSA key on a token; NULL: rsassa-pss-sha256 */
	const ota_key *pub;  /* of a key on a token: must be its public half; NULL: any. Borrowed */
} ota_signer_options;

/*
 * ref: the path of a secret key file, or the pkcs11: URI of a key on a token (RFC 7512; its
 * module as p11-kit is set up, or the one of module-path). A PIN is asked for as a passphrase
 * is, and tried once. passphrase.wrong, token.failed, token.key, key.mismatch.
 */
OTA_API OTA_MUST_CHECK ota_status ota_signer_open(ota_signer **out, const ota_ctx *ctx,
	const char *ref, const ota_signer_options *opt, ota_err *err);

#define OTA_ANSWER_MAX 4096

/*
 * Sign text, which is lines of ASCII: up to cap (OTA_ANSWER_MAX) bytes into
 * answer, *answer_len of them. They are the signature, or its base64 with or
 * without white space. ECDSA's is DER.
 */
typedef ota_status ota_sign_fn(void *arg, const void *text, size_t len, uint8_t *answer, size_t cap,
	size_t *answer_len, ota_err *err);

/* A signer elsewhere, such as a key service: pub is what it signs for. Copies pub. */
OTA_API OTA_MUST_CHECK ota_status ota_signer_external(ota_signer **out, const ota_ctx *ctx,
	const ota_key *pub, ota_sign_fn *sign, void *arg, const ota_signer_options *opt,
	ota_err *err);
OTA_API void ota_signer_close(ota_signer *signer);
OTA_API const ota_key *ota_signer_key(const ota_signer *signer);
/* Is ref a pkcs11: URI? */
OTA_API bool ota_signer_is_token(const char *ref);
/*
 * The key of a secret key file as PKCS #8, PEM; ask: the passphrase that encrypts it, NULL:
 * unencrypted. usage.argument for a signer that is elsewhere.
 */
OTA_API OTA_MUST_CHECK ota_status ota_signer_export(
	ota_sink *dst, const ota_signer *signer, ota_ask_fn *ask, void *ask_arg, ota_err *err);

/*
 * What may be signed here (formats/trust.md section 4). Read from YAML; name
 * stands in messages, every finding goes to rep, the first to err.
 */
typedef struct ota_sign_policy ota_sign_policy;
OTA_API OTA_MUST_CHECK ota_status ota_sign_policy_read(ota_sign_policy **out, const ota_ctx *ctx,
	ota_source *yaml, const char *name, ota_report *rep, ota_err *err);
/* NULL is fine. */
OTA_API void ota_sign_policy_free(ota_sign_policy *policy);
/*
 * May this package be signed with that key at that time (unix seconds)? Each
 * breach goes to rep, the first to err: refused.sign_policy.
 */
OTA_API OTA_MUST_CHECK ota_status ota_sign_policy_check(const ota_sign_policy *policy,
	const ota_manifest *m, const ota_key *key, int64_t at, ota_report *rep, ota_err *err);

typedef enum ota_sign_mode {
	OTA_SIGN_FIRST, /* usage.signed if there is a signature already */
	OTA_SIGN_APPEND,
	OTA_SIGN_REPLACE, /* drop the others */
	OTA_SIGN_STRIP    /* drop all; signer may be NULL */
} ota_sign_mode;

typedef struct ota_sign_options {
	size_t size;
	ota_sign_mode mode;
	const char *comment; /* NULL: none */
	uint64_t time;       /* unix seconds, informative; 0: none */
	/* What may be signed; NULL: anything. Checked against the very bytes that are signed. */
	const ota_sign_policy *policy;
	int64_t at; /* unix seconds now, for policy */
	/* The only packages that may be signed, "sha256:…"; NULL: all. refused.unexpected */
	const char *const *expect;
	size_t expect_count;
} ota_sign_options;

/* Is pkg in opt->expect? For who wants to know before a key is unlocked; signing asks again. */
OTA_API OTA_MUST_CHECK ota_status ota_sign_expected(
	const ota_sign_options *opt, const ota_pkg *pkg, ota_err *err);

/*
 * Copy the package at src to dst with its signature area changed; payload,
 * digest and length stay. Verification order of formats/otap.md but for the
 * signatures runs first. src must be seekable. The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_sign(ota_sink *dst, const ota_ctx *ctx, ota_source *src,
	ota_signer *by, const ota_sign_options *opt, ota_report *rep, ota_err *err);

/*
 * One line of a detached file for the package, head or slice at src, under the
 * same checks as far as the form goes. opt->mode is not asked.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_sign_detached(ota_sink *otsig, const ota_ctx *ctx,
	ota_source *src, ota_signer *by, const ota_sign_options *opt, ota_report *rep,
	ota_err *err);

typedef struct ota_attach_result {
	size_t size;
	size_t added, there; /* lines; there: the package had it already */
} ota_attach_result;

/*
 * Copy the package at src to dst with the lines of a detached file (read to its
 * end) that are for it: each must verify under its key of trust (signature.bad,
 * usage.signed); a line of another key is a finding. signature.no_line if none
 * is left. src must be seekable. The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_attach(ota_sink *dst, const ota_ctx *ctx, ota_source *src,
	ota_source *sigs, const ota_trust *trust, ota_attach_result *res, ota_report *rep,
	ota_err *err);

/*
 * What the package, head or slice at src says of its origin, under the checks of signing: an
 * in-toto Statement v1 with SLSA's provenance v1, in a DSSE envelope that `by` signs. Subjects
 * are the images and the package's digest. lint.missing without build.builder. src must be
 * seekable. The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_export_dsse(ota_sink *dst, const ota_ctx *ctx,
	ota_source *src, const ota_signer *by, ota_report *rep, ota_err *err);

#endif
