/* SPDX-License-Identifier: MIT */
/*
 * Packages. A handle is a proof: an ota_pkg exists only after verification
 * steps 1 – 5b of formats/otap.md; an ota_peek is the unverified view, and
 * nothing installs from it. A section source returns verified bytes or an
 * error. One forward pass, also from a pipe. A handle is used by one thread
 * at a time; ctx->jobs threads work inside a call.
 */
#ifndef OTA_PACKAGE_H
#define OTA_PACKAGE_H

#include <ota/manifest.h>
#include <ota/trust.h>

typedef struct ota_pkg ota_pkg;
typedef struct ota_peek ota_peek;

#define OTA_DIGEST_MAX 64

typedef struct ota_header {
	size_t size;
	uint16_t major, minor, hash_alg;
	uint8_t align_log2;
	uint32_t crit_flags, opt_flags, manifest_len, sig_cap;
	uint64_t tables_len, data_len;
	uint64_t sig_off, tab_off, data_off, file_len; /* derived */
} ota_header;

/* The forms of a package: formats/otap.md sections 1 and 7. */
typedef enum ota_form {
	OTA_FORM_PACKAGE,
	OTA_FORM_HEAD, /* all before DATA; never told of a pipe, whose length is not known */
	OTA_FORM_SLICE /* what one device needs of it */
} ota_form;

typedef struct ota_sigline {
	size_t size;
	const char *alg, *keyid, *comment; /* borrowed; comment "" if none; unverified text */
	uint64_t time;                     /* 0: none */
	const uint8_t *sig;                /* borrowed */
	size_t sig_len;
	bool good; /* of a trusted key, over this package; never of an ota_peek */
} ota_sigline;

/* ---- the unverified view ---- */

/* Reads HEADER, MANIFEST and SIGAREA. A spoiled signature area is a finding, not a failure. */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_peek(
	ota_peek **out, const ota_ctx *ctx, ota_source *src, ota_report *rep, ota_err *err);
OTA_API void ota_peek_free(ota_peek *peek);
OTA_API ota_form ota_peek_form(const ota_peek *peek);
/* What a slice says it holds; a package and its head name all. */
OTA_API bool ota_peek_has_section(const ota_peek *peek, uint32_t index);
OTA_API const ota_header *ota_peek_header(const ota_peek *peek);
/* Structurally checked, not authentic. */
OTA_API const ota_manifest *ota_peek_manifest(const ota_peek *peek);
/* The digest D, *len bytes; borrowed. */
OTA_API const uint8_t *ota_peek_digest(const ota_peek *peek, size_t *len);
OTA_API size_t ota_peek_sig_count(const ota_peek *peek);
OTA_API const ota_sigline *ota_peek_sig_at(const ota_peek *peek, size_t index);
OTA_API bool ota_peek_sigarea_ok(const ota_peek *peek);
/* The canonical JSON; borrowed. */
OTA_API const uint8_t *ota_peek_manifest_bytes(const ota_peek *peek, size_t *len);

/* ---- the authentic package ---- */

/*
 * The steps of formats/otap.md section 6 that a host takes. With a report
 * ota_pkg_open and ota_pkg_open_with add a finding about each step up to the
 * one that fails, about each signature line, and about each role;
 * ota_pkg_verify about its steps.
 */
typedef enum ota_step {
	OTA_STEP_HEADER = 1, /* 1 */
	OTA_STEP_HEAD,       /* 2 */
	OTA_STEP_SIGNATURES, /* 3 */
	OTA_STEP_JSON,       /* 4 */
	OTA_STEP_MANIFEST,   /* 5 */
	OTA_STEP_SCOPE,      /* 5b */
	OTA_STEP_POLICY,     /* 6: the caller's */
	OTA_STEP_TABLES,     /* 7 */
	OTA_STEP_CHUNKS      /* 8 */
} ota_step;

/* Steps 1 – 5b. src is borrowed until ota_pkg_free. */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_open(ota_pkg **out, const ota_ctx *ctx, ota_source *src,
	const ota_trust *trust, ota_report *rep, ota_err *err);
/*
 * As ota_pkg_open, with the signature lines of a detached file (formats/otap.md
 * section 4; may be NULL) beside those of the package; sigs is read to its end.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_open_with(ota_pkg **out, const ota_ctx *ctx,
	ota_source *src, const ota_trust *trust, ota_source *sigs, ota_report *rep, ota_err *err);
/*
 * As ota_pkg_open without signatures: nothing vouches for the bytes but their
 * own hashes. For `extract --unauthenticated` and for checking before signing.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_open_unauthenticated(
	ota_pkg **out, const ota_ctx *ctx, ota_source *src, ota_report *rep, ota_err *err);
OTA_API void ota_pkg_free(ota_pkg *pkg);
OTA_API bool ota_pkg_authentic(const ota_pkg *pkg);
OTA_API ota_form ota_pkg_form(const ota_pkg *pkg);
/* false: no such section, or not in this slice. */
OTA_API bool ota_pkg_has_section(const ota_pkg *pkg, uint32_t index);
OTA_API const ota_header *ota_pkg_header(const ota_pkg *pkg);
OTA_API const ota_manifest *ota_pkg_manifest(const ota_pkg *pkg);
OTA_API const uint8_t *ota_pkg_digest(const ota_pkg *pkg, size_t *len);
/* The key ids whose signatures counted. */
OTA_API size_t ota_pkg_signer_count(const ota_pkg *pkg);
OTA_API const char *ota_pkg_signer_at(const ota_pkg *pkg, size_t index);
/* Its good line: time and comment are what it signed. Borrowed. */
OTA_API const ota_sigline *ota_pkg_signer_line(const ota_pkg *pkg, size_t index);

/* ---- what it is made of ---- */

/* The lines of the package's own signature area, whether they count or not; false: no such line. */
OTA_API bool ota_pkg_sig_at(ota_sigline *out, const ota_pkg *pkg, size_t index);
OTA_API size_t ota_pkg_sig_count(const ota_pkg *pkg);
/* false: the area is spoiled, and none of its lines counts. */
OTA_API bool ota_pkg_sigarea_ok(const ota_pkg *pkg);
/* The canonical JSON, as it was signed; borrowed. */
OTA_API const uint8_t *ota_pkg_manifest_bytes(const ota_pkg *pkg, size_t *len);

typedef enum ota_part_kind {
	OTA_PART_SLICE_HEADER,
	OTA_PART_HEADER,
	OTA_PART_MANIFEST,
	OTA_PART_PAD,
	OTA_PART_SIGNATURES,
	OTA_PART_RESERVE, /* room for further signatures */
	OTA_PART_TABLE,
	OTA_PART_DATA
} ota_part_kind; /* append only */

typedef struct ota_part {
	size_t size;
	ota_part_kind kind;
	uint32_t section; /* of TABLE and DATA */
	uint64_t off, len;
} ota_part;

typedef ota_status ota_part_fn(void *arg, const ota_part *part, ota_err *err);
/*
 * What stands where, in order and without a gap, to the end of the file as it
 * should be: of the package, of the head or of the slice that was opened.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_each_part(
	const ota_pkg *pkg, ota_part_fn *fn, void *arg, ota_err *err);

typedef struct ota_owner {
	size_t size;
	const char *component, *attachment; /* one of them is NULL */
	int variant;                        /* of the component; -1: it has none */
	uint32_t payload;                   /* index in the component's or the variant's payloads */
	const char *kind, *codec; /* of the payload; codec: of its delta, or compression */
	const char *source;       /* of a delta: hex digest; NULL: a full payload */
} ota_owner;

/* Whose bytes a section holds; borrowed. false: no such section. */
OTA_API bool ota_pkg_owner(ota_owner *out, const ota_pkg *pkg, uint32_t section);

#define OTA_OWNER_MAX 256
/* The same in a few words; of a digest the first 12 digits. */
OTA_API void ota_owner_text(char out[OTA_OWNER_MAX], const ota_owner *owner);

#define OTA_CHUNK_STORED_RAW 1U
#define OTA_CHUNK_ZERO       2U

typedef struct ota_chunk {
	size_t size;
	uint64_t index, off; /* in its section; in the file */
	uint32_t stored_len, raw_len, flags;
	const uint8_t *hash,
		*raw_hash; /* of hash_len bytes, until fn returns; raw_hash NULL: none */
	size_t hash_len;
} ota_chunk;

typedef ota_status ota_chunk_fn(void *arg, const ota_chunk *chunk, ota_err *err);
/*
 * The rows of one section's table. TABLES are read and checked against the
 * manifest first; nothing is said about DATA. payload.not_in_slice
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_each_chunk(
	ota_pkg *pkg, uint32_t section, ota_chunk_fn *fn, void *arg, ota_err *err);

/* The part of step 6 that needs no device: `expires` against at (OTA_TIME_NONE: not judged). */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_check_time(const ota_pkg *pkg, int64_t at, ota_err *err);

typedef struct ota_devfile ota_devfile;
/*
 * Leave of each component with variants the one that fits the device:
 * incompatible.variant unless exactly one does. Once; ota_dev_install does it.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_choose(
	ota_pkg *pkg, const ota_devfile *device, ota_report *rep, ota_err *err);

typedef enum ota_extent {
	OTA_EXTENT_WHOLE,
	OTA_EXTENT_HEAD,  /* TABLES, no chunk: a package or its head */
	OTA_EXTENT_PREFIX /* as much as is there, ending where a chunk begins or ends */
} ota_extent;

typedef struct ota_verify_result {
	size_t size;
	uint64_t bytes, length; /* verified, of that many */
	uint64_t chunks;        /* verified */
	uint64_t tables, data;  /* bytes of them, verified */
	uint64_t images;        /* decoded, and compared with target.hash */
} ota_verify_result;

typedef struct ota_verify_options {
	size_t size;
	bool deep; /* also decode every payload that needs no source and check target.hash */
	ota_extent extent;
	ota_verify_result *result; /* NULL: not asked */
} ota_verify_options;

/*
 * Steps 7 – 8 over every chunk, to the last byte of the file, but for the
 * extents that say otherwise: OK is then about that much, and only result->bytes
 * == result->length is a whole package. What a slice has not is a finding. opt
 * may be NULL.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_verify(
	ota_pkg *pkg, const ota_verify_options *opt, ota_report *rep, ota_err *err);
/*
 * Apply every delta of one component (NULL: of all) whose source old begins
 * with, as a device would: with no more memory than the payload declares
 * (malformed.resources), the result against target.hash. *applied of them; a
 * delta that could not be applied here is a finding. Both inputs seekable.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_verify_deltas(ota_pkg *pkg, const char *component,
	ota_source *old, size_t *applied, ota_report *rep, ota_err *err);
/* Verified, decompressed bytes of one section. Borrowed pkg; close before ota_pkg_free. */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_section(
	ota_source **out, ota_pkg *pkg, uint32_t index, ota_err *err);

/*
 * The verified bytes of one attachment; *bytes (may be NULL) are written, the
 * caller commits dst. usage.argument when there is none of that name in the
 * package; what stands elsewhere is never fetched.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_write_attachment(
	ota_sink *dst, ota_pkg *pkg, const char *name, uint64_t *bytes, ota_err *err);

typedef struct ota_write_options {
	size_t size;
	bool delta_only;  /* never take a full payload */
	uint64_t ram_max; /* resource.ram above this; 0: no cap */
	/*
	 * An interrupted write goes on: the first have bytes of the image were written, and
	 * are read from done. dst gets what follows them, and of the package no more is
	 * read than that takes. hash.target where those bytes turn out to be others.
	 */
	uint64_t have;
	ota_source *done;
} ota_write_options;

typedef struct ota_write_result {
	size_t size;
	uint32_t payload; /* index in the component's payloads */
	bool delta;
	uint64_t bytes; /* written */
} ota_write_result;

/*
 * Write one component's image: the cheapest payload that fits, a delta only
 * where old (may be NULL) hashes to its source; old must be seekable. Every
 * byte is verified before it is written and the whole against target.hash;
 * the caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_write(ota_sink *dst, ota_pkg *pkg, const char *component,
	ota_source *old, const ota_write_options *opt, ota_write_result *res, ota_report *rep,
	ota_err *err);

#endif
