/* SPDX-License-Identifier: MIT */
/*
 * The manifest as a struct; everything it points to lives in its arena. The
 * table of both forms is manifest_fields.c.
 */
#ifndef MODEL_MANIFEST_H
#define MODEL_MANIFEST_H

#include <ota/manifest.h>

#include <base/arena.h>
#include <base/digest.h>
#include <doc/schema.h>

#define CODEC_DEFAULT           "otad" /* of a delta that names none: never written */
#define MANIFEST_COMPONENTS_MAX 64
#define MANIFEST_SECTIONS_MAX   256
#define MANIFEST_VARIANTS_MAX   16
#define MANIFEST_PAYLOADS_MAX   64
#define MANIFEST_STEPS_MAX      64
#define MANIFEST_ENV_MAX        16
#define MANIFEST_ATTACH_MAX     32
#define MANIFEST_NO_SECTION     UINT64_MAX
#define MANIFEST_CHUNK_MIN      4096U
#define MANIFEST_CHUNK_MAX      (16U << 20U)
#define MANIFEST_CHUNKS_MAX     16384U
#define MANIFEST_COUNTER_MAX    (UINT64_C(1) << 31U)
/* What a step has when the YAML does not say; the canonical form always does. */
#define STEP_TRIES   3U
#define STEP_TIMEOUT 120U /* seconds */
#define STEP_RETRIES 2U
#define STEP_NONE    UINT64_MAX /* a number that has no use there */

struct manifest_target {
	const char *hash; /* hex, of the package's algorithm */
	uint64_t size;
};

struct manifest_source {
	const char *hash; /* hex */
	uint64_t size;
	const char *version; /* NULL: unknown */
};

/* PRESENT: nothing travels; the slot that is written holds the image already. */
enum payload_kind { PAYLOAD_FULL, PAYLOAD_DELTA, PAYLOAD_PRESENT };

/* YAML form only: what `from` names, each item with its place. */
struct manifest_from {
	const char *path;
	const struct doc *at;
};

struct manifest_payload {
	unsigned kind;                  /* enum payload_kind */
	const char *codec;              /* delta: NULL means CODEC_DEFAULT */
	uint64_t section;               /* MANIFEST_NO_SECTION: present */
	uint64_t window;                /* delta: bytes of output a chunk; 0: whole */
	struct manifest_source *source; /* delta */
	uint64_t ram, cost;
	/* YAML form only */
	unsigned compression; /* enum codec order: none xz zstd; full only */
	const char *profile;  /* otad, vcdiff: NULL means the codec's own choice */
	struct manifest_from *from;
	size_t from_count;
	const char *from_version; /* NULL: not said */
};

enum manifest_slot { SLOT_AB, SLOT_SINGLE };
enum manifest_fallback { FALLBACK_FULL, FALLBACK_FAIL };
enum manifest_after { AFTER_KEEP, AFTER_DISABLE };

struct rule; /* model/rules.h */

struct manifest_variant {
	struct rule *when;
	struct manifest_target target;
	struct manifest_payload *payloads;
	size_t payload_count;
	const char *image; /* YAML form only: path */
};

/*
 * A component with variants stands here once for each of them, in a row, until
 * manifest_resolve leaves the one that fits a device.
 */
struct manifest_component {
	const char *name, *version;
	unsigned slot, fallback;
	bool delta_only;
	struct manifest_target target;
	struct manifest_payload *payloads;
	size_t payload_count;
	const char *image;                 /* YAML form only: path */
	unsigned variant, variant_count;   /* which of how many; 0: the component has none */
	struct rule *when;                 /* of a variant */
	const struct doc *doc;             /* what was read of it; NULL: made by hand */
	struct manifest_target *given;     /* table only: target as it is written */
	struct manifest_variant *variants; /* table only */
	size_t variants_len;
};

struct manifest_section {
	uint64_t chunk_size, chunks, raw_size, stored_size;
	unsigned compression; /* enum codec_id order: none, xz, zstd */
	bool raw_hashes;
	const char *table_hash; /* hex */
};

enum step_op {
	STEP_WRITE,
	STEP_PATCH,
	STEP_VERIFY,
	STEP_SET_ENV,
	STEP_RUN_HOOK,
	STEP_SWITCH_SLOT,
	STEP_REBOOT,
	STEP_HEALTH_CHECK,
	STEP_COMMIT
};

struct manifest_step {
	unsigned op;
	const char *component, *name, *value;
	uint64_t tries, timeout, retries; /* STEP_NONE where the op takes none */
	const char *hook;                 /* run-hook: name of an attachment */
	unsigned when, on_error;          /* run-hook; *_NONE elsewhere */
};

enum hook_when { HOOK_PRE, HOOK_POST, HOOK_BOOT, HOOK_WHEN_NONE };
enum hook_on_error { HOOK_FAIL, HOOK_CONTINUE, HOOK_ON_ERROR_NONE };

extern const char *const attachment_roles[]; /* by enum attachment_role; NULL-terminated */
enum attachment_role { ROLE_HOOK, ROLE_BOOT_DOC, ROLE_SBOM, ROLE_PROVENANCE, ROLE_OTHER };

/* Bytes that are not installed: in a section of the package, or elsewhere, by hash. */
struct manifest_attachment {
	const char *name, *media_type;
	unsigned role;
	uint64_t section;       /* MANIFEST_NO_SECTION: elsewhere */
	const char *uri, *hash; /* elsewhere; hash is tagged: sha256:… */
	uint64_t size;          /* elsewhere; STEP_NONE: not stated */
	const char *file;       /* YAML form only: path */
};

struct manifest_requires {
	const char *version; /* a range; NULL: any */
	uint64_t counter_min;
};

struct manifest_release {
	unsigned severity; /* info normal security critical */
	const char *notes, *channel;
};

struct manifest_build_source {
	const char *uri, *commit;
};

struct manifest_build {
	const char *id, *builder, *tools;
	struct manifest_build_source *source;
	const char **sets; /* what --set replaced: PATH=VALUE, of a file PATH alone */
	size_t set_count;
};

/* Scalars to replace after the YAML is parsed: PATH=VALUE. */
struct manifest_sets {
	const char *const *v;
	size_t n;
};

#define MANIFEST_SETS_MAX 32

struct manifest_resources {
	uint64_t ram, download_max, flash_write;
};

struct ota_manifest {
	struct arena arena;
	const struct doc *doc; /* what was read, for places in findings; NULL: made by hand */
	const char *format, *spec, *product, *version;
	struct manifest_requires requires;
	uint64_t security_counter;
	bool allow_downgrade;
	int64_t created, expires;
	struct manifest_release *release;
	struct manifest_build *build;
	struct manifest_component *components;
	size_t component_count;
	struct rule *rules; /* an `all` of the top-level rules */
	size_t rule_count;
	struct manifest_step *steps; /* never empty after reading: defaults filled in */
	size_t step_count;
	bool steps_default;
	struct manifest_attachment *attachments;
	size_t attachment_count;
	unsigned after_commit; /* manifest_after */
	unsigned signatures;   /* roomy, compact */
	unsigned hash;         /* sha256, sha512, sha3-256: enum hash_alg - 1 */
	const char **critical;
	size_t critical_count;
	struct xmap x;
	/* generated */
	struct manifest_section *sections;
	size_t section_count;
	const char *payload_hash; /* hex */
	struct manifest_resources resources;
};

extern const struct schema manifest_schema; /* both forms: FIELD_SOURCE, FIELD_CANON */

enum hash_alg manifest_hash_alg(const ota_manifest *m);
/*
 * Parse canonical JSON strictly, check it statically and that
 * manifest_write gives the same bytes again: one meaning has one form. *out is
 * freed with manifest_free.
 */
ota_status manifest_read(ota_manifest **out, const ota_ctx *ctx, const uint8_t *p, size_t len,
	ota_report *rep, ota_err *err);
/* The two halves of it, steps 4 and 5 of formats/otap.md section 6: the same bytes in both. */
ota_status manifest_parse(ota_manifest **out, struct doc **root, const ota_ctx *ctx,
	const uint8_t *p, size_t len, ota_err *err);
ota_status manifest_judge(ota_manifest *m, struct doc *root, const uint8_t *p, size_t len,
	ota_report *rep, ota_err *err);
/*
 * From YAML. Findings with file, line and column go to rep. sets (NULL: none)
 * is recorded in build; usage.field where a path is no scalar of the file.
 * Host only (source_fields.c).
 */
ota_status manifest_read_source(ota_manifest **out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, const struct manifest_sets *sets, ota_report *rep, ota_err *err);
/* Its two halves; the caller owns m, and reads nothing of it where judging fails. */
struct manifest_draft {
	ota_manifest *m;
	struct doc *root;
	const char **sets;
	size_t set_count;
};
ota_status manifest_draft_read(struct manifest_draft *out, const ota_ctx *ctx, ota_source *yaml,
	const char *name, const struct manifest_sets *sets, ota_report *rep, ota_err *err);
ota_status manifest_draft_judge(
	const struct manifest_draft *d, const char *name, ota_report *rep, ota_err *err);
/* Canonical JSON. */
ota_status manifest_write(struct buf *out, const ota_manifest *m, ota_err *err);
void manifest_free(ota_manifest *m);
/* What stands at path ("" is all), defaults included, in a. usage.field */
ota_status manifest_tree(
	struct doc **out, struct arena *a, const ota_manifest *m, const char *path, ota_err *err);
/* The default sequence of section 5 for m's components, in m's arena. */
ota_status manifest_default_steps(ota_manifest *m, ota_err *err);
struct facts;
/*
 * Of the component whose first variant is c, the one that the facts choose; c
 * itself where it has none. incompatible.variant
 */
ota_status manifest_pick(const struct manifest_component **out, const struct manifest_component *c,
	const struct facts *facts, ota_report *rep, ota_err *err);
/*
 * Leave of every component the one variant whose rule the facts fulfil:
 * incompatible.variant where none or several do, or where one is unknown.
 */
ota_status manifest_resolve(
	ota_manifest *m, const struct facts *facts, ota_report *rep, ota_err *err);
/* NULL when there is none; of a component with variants the first. */
const struct manifest_component *manifest_component(const ota_manifest *m, const char *name);
/* The codec of a delta payload. */
const char *payload_codec(const struct manifest_payload *p);
/* Its step is patch: only a delta may be taken. */
bool manifest_patched(const ota_manifest *m, const char *component);
const struct manifest_attachment *manifest_attachment(const ota_manifest *m, const char *name);
/* A device reads it: it stands in the package, before the images. */
bool attachment_for_device(const struct manifest_attachment *a);

#endif
