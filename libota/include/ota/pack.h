/* SPDX-License-Identifier: MIT */
/*
 * Packing: a YAML manifest becomes a package. The plan is `lint` and
 * `--dry-run`; packing a plan gives the same bytes for any number of jobs.
 * Host only.
 */
#ifndef OTA_PACK_H
#define OTA_PACK_H

#include <ota/devfile.h>
#include <ota/package.h>

typedef struct ota_plan ota_plan;

/* Open an input that the manifest names; paths stay out of the library. */
typedef ota_status ota_open_fn(void *arg, const char *name, ota_source **out, ota_err *err);

/* A file that a pattern of the manifest stands for. */
typedef ota_status ota_found_fn(void *arg, const char *name, ota_err *err);
/*
 * Call found for each name that pattern stands for, in byte order; for the
 * pattern itself where it is none or matches nothing.
 */
typedef ota_status ota_glob_fn(
	void *arg, const char *pattern, ota_found_fn *found, void *found_arg, ota_err *err);

/*
 * Where deltas are kept between runs, by names of 64 hex digits; paths stay out
 * of the library. A name stands for one patch, and what comes back is proved
 * again before it is used: applied, and compared with the image.
 */
typedef struct ota_cache {
	size_t size;
	void *arg;
	/* *out stays NULL where there is nothing of the name. */
	ota_status (*get)(void *arg, const char *name, ota_source **out, ota_err *err);
	/* Whole or not at all; replaces. patch is borrowed. */
	ota_status (*put)(void *arg, const char *name, ota_source *patch, ota_err *err);
} ota_cache;

typedef struct ota_plan_options {
	size_t size;
	const char *name; /* of the manifest, for messages */
	ota_open_fn *open;
	void *open_arg;
	int64_t created;         /* for manifests without `created:`; OTA_TIME_NONE: leave out */
	uint64_t memory;         /* cap for making deltas; 0: none */
	const char *tmpdir;      /* for spools; NULL: /var/tmp */
	const char *const *sets; /* PATH=VALUE: replace an existing single value of the manifest */
	size_t set_count;
	ota_glob_fn *glob;            /* arg: open_arg; NULL: names are taken as they are */
	const ota_manifest *previous; /* what was released before; NULL: not compared */
	const ota_devfile *device;    /* what it must fit, borrowed by the plan; NULL: any */
	ota_source *fielded;          /* CSV of what runs in the field, read here; NULL: not told */
	const char *fielded_name;
	const ota_cache *cache; /* of deltas, borrowed by the plan; NULL: none */
	const char *tools;      /* what build.tools records; NULL: nothing */
} ota_plan_options;

#define OTA_TOOLS_LEN 96

/* "otatool 1.2.3, xz 5.4.1, zstd 1.5.4": whoever decides over the bytes of a package. */
OTA_API void ota_tools(char out[OTA_TOOLS_LEN]);

/*
 * Read and check a manifest and every input it names. All findings go to rep
 * (lint.*); OTA_REFUSED with lint.failed if one of them is a failure.
 */
OTA_API OTA_MUST_CHECK ota_status ota_plan_new(ota_plan **out, const ota_ctx *ctx, ota_source *yaml,
	const ota_plan_options *opt, ota_report *rep, ota_err *err);
OTA_API void ota_plan_free(ota_plan *plan);
/* The checked manifest, without what packing generates; borrowed. */
OTA_API const ota_manifest *ota_plan_manifest(const ota_plan *plan);

typedef struct ota_payload_cost {
	size_t size;
	const char *component, *kind, *codec;
	uint64_t stored, image; /* bytes in the package, bytes of the image */
	uint64_t ram;           /* to apply */
	bool dropped;           /* a delta not smaller than the full image */
} ota_payload_cost;

/* What was packed, per payload; filled by ota_pack. */
OTA_API size_t ota_plan_cost_count(const ota_plan *plan);
OTA_API const ota_payload_cost *ota_plan_cost_at(const ota_plan *plan, size_t index);

/* What the update costs a device, by what that runs. */
typedef struct ota_source_cost {
	size_t size;
	const char *version,
		*hash;     /* of what it runs, "sha256:…"; NULL: not known; both: all else */
	const char *takes; /* "rootfs delta, boot full" */
	ota_id refused;    /* why it can take none of the payloads; OTA_E_NONE: it can */
	uint64_t fetch;    /* bytes of the package that it reads */
	uint64_t full;     /* the same with full payloads alone; 0: there are none */
	uint64_t slice;    /* of its slice, without signatures */
	uint64_t ram;
	/* 0 without a device file */
	uint64_t erases;   /* blocks of the slot */
	uint64_t programs; /* bytes, at most: erased ones are not programmed */
	uint64_t flash_us; /* for both; 0: not known */
	/* The same of the whole update, as a rehearsal tells it (ota_campaign_info) */
	uint64_t read, programmed, erased, worn, memory, us;
	uint64_t boots, tries;
} ota_source_cost;

/*
 * One for each source of a delta, the last for all others: of several variants
 * that of the device, without one the dearest. Filled by ota_pack.
 */
OTA_API size_t ota_plan_source_count(const ota_plan *plan);
OTA_API const ota_source_cost *ota_plan_source_at(const ota_plan *plan, size_t index);

/* A row of the fielded versions, in their order. */
typedef struct ota_fielded_cost {
	size_t size;
	const char *name;            /* NULL: none */
	uint64_t count;              /* of devices */
	const ota_source_cost *cost; /* of one of them; all 0 where it runs this version */
} ota_fielded_cost;

/* All of them together; UINT64_MAX: more than that. */
typedef struct ota_fielded_total {
	size_t size;
	uint64_t devices, bytes;
	uint64_t full; /* with full payloads alone */
} ota_fielded_total;

/* Filled by ota_pack when it was told; false past the end. */
OTA_API size_t ota_plan_fielded_count(const ota_plan *plan);
OTA_API bool ota_plan_fielded_at(ota_fielded_cost *out, const ota_plan *plan, size_t index);
OTA_API const ota_fielded_total *ota_plan_fielded_total(const ota_plan *plan);

typedef struct ota_link_cost {
	size_t size;
	const char *name;
	uint64_t ms;    /* UINT64_MAX: longer than that */
	uint64_t price; /* thousandths of a unit of money */
} ota_link_cost;

/* The links of the device file; what so many bytes cost on one of them. */
OTA_API size_t ota_plan_link_count(const ota_plan *plan);
OTA_API void ota_plan_link_cost(
	ota_link_cost *out, const ota_plan *plan, size_t link, uint64_t bytes);

/* How many deltas ota_pack made, and how many it took from the cache. */
OTA_API size_t ota_plan_deltas_made(const ota_plan *plan);
OTA_API size_t ota_plan_deltas_cached(const ota_plan *plan);

/*
 * Every delta is applied and compared before it enters the package. dst may be
 * a null sink (--dry-run). The digest D goes to digest (OTA_DIGEST_MAX bytes,
 * *digest_len used). The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pack(ota_sink *dst, ota_plan *plan, uint8_t *digest,
	size_t *digest_len, ota_report *rep, ota_err *err);

/*
 * The YAML that packs to the manifest m of a package again, once the files that
 * its first lines name are put in place: images as COMPONENT@DIGEST.img, with 16
 * digits, attachments under their names. What packing generates it leaves out.
 * limit.size: more than a manifest may have.
 */
OTA_API OTA_MUST_CHECK ota_status ota_manifest_print(
	ota_sink *dst, const ota_manifest *m, ota_report *rep, ota_err *err);

/* ---- two packages ---- */

typedef enum ota_change_kind {
	OTA_CHANGE_NONE, /* of images and sizes alone: told though they are the same */
	OTA_CHANGE_ADDED,
	OTA_CHANGE_REMOVED,
	OTA_CHANGE_VALUE,
	OTA_CHANGE_ORDER /* a and b: the items in their order */
} ota_change_kind;

typedef struct ota_change {
	size_t size;
	ota_change_kind kind;
	const char *path;
	const char *a, *b;           /* as text; NULL: not there */
	const char *a_json, *b_json; /* the same as JSON */
} ota_change;

typedef struct ota_comparison ota_comparison;
/*
 * What two packages, heads or slices mean differently, whoever signed them:
 * manifest fields by path; components, payloads and attachments are matched by
 * what they are, not by their place, and a payload's section stands in it. Then
 * images.COMPONENT, size, size.COMPONENT, size.attachments (data) and
 * signatures.KEYID. A component with variants is COMPONENT.0, COMPONENT.1 …
 */
OTA_API OTA_MUST_CHECK ota_status ota_compare(
	ota_comparison **out, const ota_peek *a, const ota_peek *b, ota_err *err);
OTA_API void ota_comparison_free(ota_comparison *c);
OTA_API size_t ota_comparison_count(const ota_comparison *c);
/* Borrowed; NULL beyond the last. */
OTA_API const ota_change *ota_comparison_at(const ota_comparison *c, size_t index);
/* The change is one of field, a path or how one begins; or field went with it. */
OTA_API bool ota_change_in(const ota_change *c, const char *field);
/* usage.field for what no change can be in: a misspelt field would guard nothing. */
OTA_API OTA_MUST_CHECK ota_status ota_change_field(const char *field, ota_err *err);

/*
 * The same content, whoever signed it: one digest D, and all of what is there
 * of each (package, head or slice) is what it hashes. Else repro.differs at the
 * first byte that is another; findings say whose it is, and what it comes from.
 * Each is read once, forward.
 */
OTA_API OTA_MUST_CHECK ota_status ota_repro_check(
	ota_pkg *a, ota_pkg *b, ota_report *rep, ota_err *err);

/* ---- the smaller forms ---- */

/*
 * Everything before the payload, tables checked: what is reviewed, signed and
 * kept. usage.form for a slice, signature.spoiled.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_head(ota_sink *dst, ota_pkg *pkg, ota_err *err);

/* What the device runs; at most one is set. */
typedef struct ota_slice_options {
	size_t size;
	ota_source *image;        /* seekable */
	const ota_manifest *from; /* of the package it runs */
	const char *hash;         /* of its image: "sha256:…" */
} ota_slice_options;

typedef struct ota_slice_result {
	size_t size;
	uint64_t length, data;  /* of the slice; of the sections in it */
	unsigned deltas, fulls; /* chosen, one a component */
} ota_slice_result;

/*
 * What that device needs: of each component the cheapest delta from what it
 * runs, else the full image. Only bytes that hash to what the manifest says
 * are copied. Also of a slice that holds them. The caller commits dst.
 */
OTA_API OTA_MUST_CHECK ota_status ota_pkg_slice(ota_sink *dst, ota_pkg *pkg,
	const ota_slice_options *opt, ota_slice_result *res, ota_report *rep, ota_err *err);

#endif
