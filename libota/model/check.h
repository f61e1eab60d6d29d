/* SPDX-License-Identifier: MIT */
/* One run of checks over a manifest or device file: every finding to a report, the first to err. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include <stdarg.h>

#include <doc/find.h>
#include <model/manifest.h>

struct check {
	enum schema_form form;
	struct finds finds;
	const struct unread *unread; /* what no rule may judge */
};

/*
 * In canonical form a lint.* id becomes malformed.manifest. at NULL: no place;
 * subject: the path of what is wrong.
 */
void check_find(struct check *c, ota_id id, const struct doc *at, const char *subject,
	const char *fmt, ...) OTA_PRINTF(5, 6);
void check_vfind(struct check *c, ota_id id, const struct doc *at, const char *subject,
	const char *fmt, va_list ap);
/* As doc_get, NULL where d is NULL or no map; an item of a list likewise. */
const struct doc *check_node(const struct doc *d, const char *key);
const struct doc *check_item(const struct doc *list, size_t index);
/* Where the i-th key of a map stands. */
const struct doc *check_key(const struct doc *map, size_t i);
/* Was everything read that is at, above or below one of these paths, NULL-terminated? */
bool check_read(const struct check *c, const char *const *paths);
/*
 * format, spec, critical, before anything else is read: a newer format must be
 * called newer, not malformed.
 */
void check_gate(struct check *c, const struct doc *root, const char *format);

extern const char *const step_names[]; /* by enum step_op; NULL-terminated */
void steps_check(struct check *c, const ota_manifest *m);
#define COMPONENT_PLACE 64
/* The path of m->components[i] in the document: "components.0", "components.0.variants.1". */
void component_place(char out[static COMPONENT_PLACE], const ota_manifest *m, size_t i);
/* After reading: each variant an entry of its own; what is there twice or not at all. */
ota_status variants_flatten(struct check *c, ota_manifest *m);
/* Before writing: m's components as the table has them, in a. */
ota_status variants_group(ota_manifest *m, struct arena *a, ota_err *err);
/* One path, or a list of them; member: struct manifest_from *, count at count_off. */
extern const struct field_hook from_hook;
/*
 * Rules on steps, components, payloads, names (V1 – V4, V7, V8, V11) and, in
 * canonical form, on sections.
 */
void manifest_check(struct check *c, const ota_manifest *m);
void attachments_check(struct check *c, const ota_manifest *m);
/* YAML form: what a step leaves open gets its default. */
void steps_fill(ota_manifest *m);
/*
 * After reading: the default sequence where there is none; steps_default too
 * where the written one is the same.
 */
ota_status steps_finish(ota_manifest *m, ota_err *err);

ota_status manifest_new(ota_manifest **out, const ota_ctx *ctx, ota_err *err);
/* What the two readers share once the document is parsed. */
ota_status manifest_from_doc(ota_manifest *m, struct doc *root, enum schema_form form,
	const char *name, ota_report *rep, ota_err *err);

#endif
