/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show_contents.h"

/* Sections that a package can have. */
#define SECTIONS_MAX 256

struct tree {
	struct out *o;
	const ota_pkg *pkg;
	uint64_t kind[OTA_PART_DATA + 1];
	uint64_t table[SECTIONS_MAX], data[SECTIONS_MAX];
	uint64_t whole;
};

static ota_status count(void *arg, const ota_part *part, ota_err *err)
{
	struct tree *t = arg;

	(void)err;
	t->kind[part->kind] += part->len;
	t->whole += part->len;
	if (part->kind == OTA_PART_TABLE)
		t->table[part->section] = part->len;
	if (part->kind == OTA_PART_DATA)
		t->data[part->section] = part->len;
	return OTA_OK;
}

/* The end of a row: what it costs. sum: it adds rows up that are shown too. */
static void cost(struct tree *t, uint64_t bytes, bool sum)
{
	char text[32];

	out_u64(t->o, "bytes", "Bytes", bytes);
	snprintf(text, sizeof(text), "%.1f %%", 100.0 * (double)bytes / (double)t->whole);
	out_cell(t->o, "Share", text);
	out_bool(t->o, "sum", NULL, sum);
	out_end(t->o);
}

static void part(struct tree *t, const char *key, const char *text, uint64_t bytes, bool sum)
{
	if (!bytes)
		return;
	out_row(t->o);
	out_str(t->o, "part", NULL, key);
	out_cell(t->o, "Part", text);
	cost(t, bytes, sum);
}

static void leaf(struct tree *t, const char *key, uint32_t section, uint64_t bytes)
{
	char words[OTA_OWNER_MAX], text[OTA_OWNER_MAX + 32];
	ota_owner w;

	if (!bytes || !ota_pkg_owner(&w, t->pkg, section))
		return;
	ota_owner_text(words, &w);
	snprintf(text, sizeof(text), "    %s (section %" PRIu32 ")", words, section);
	out_row(t->o);
	out_str(t->o, "part", NULL, key);
	out_cell(t->o, "Part", text);
	out_u64(t->o, "section", NULL, section);
	out_str(t->o, "component", NULL, w.component);
	if (w.variant >= 0)
		out_u64(t->o, "variant", NULL, (uint64_t)w.variant);
	out_str(t->o, "attachment", NULL, w.attachment);
	if (w.component)
		out_u64(t->o, "payload", NULL, w.payload);
	out_str(t->o, "kind", NULL, w.kind);
	out_str(t->o, "codec", NULL, w.codec);
	out_str(t->o, "source", NULL, w.source);
	cost(t, bytes, false);
}

static bool owned_by(const struct tree *t, uint32_t section, const char *component)
{
	ota_owner w;

	if (!ota_pkg_owner(&w, t->pkg, section))
		return false;
	return component ? w.component && !strcmp(w.component, component) : !w.component;
}

/* The data of one component, or (NULL) of the attachments, under their sum. */
static void data_of(struct tree *t, const char *component)
{
	size_t n = ota_manifest_count(ota_pkg_manifest(t->pkg), "sections");
	char text[128];
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += owned_by(t, i, component) ? t->data[i] : 0;
	if (!sum)
		return;
	snprintf(text, sizeof(text), "  %s%s", component ? "component " : "attachments",
		component ? component : "");
	out_row(t->o);
	out_str(t->o, "part", NULL, component ? "component" : "attachments");
	out_cell(t->o, "Part", text);
	out_str(t->o, "component", NULL, component);
	cost(t, sum, true);
	for (uint32_t i = 0; i < n; i++)
		if (owned_by(t, i, component))
			leaf(t, "data", i, t->data[i]);
}

static bool components(struct tree *t)
{
	const ota_manifest *m = ota_pkg_manifest(t->pkg);

	for (size_t i = 0; i < ota_manifest_count(m, "components"); i++) {
		char path[64], name[65];
		size_t len;

		snprintf(path, sizeof(path), "components.%zu.name", i);
		if (ota_manifest_get(m, path, name, sizeof(name), &len, NULL))
			return false;
		data_of(t, name);
	}
	return true;
}

ota_status show_tree(struct out *o, const ota_pkg *pkg, ota_err *err)
{
	struct tree *t = calloc(1, sizeof(*t));
	const uint64_t *kind;
	ota_status st;
	bool ok;

	if (!t)
		return ota_fail_nomem(err);
	t->o = o;
	t->pkg = pkg;
	kind = t->kind;
	st = ota_pkg_each_part(pkg, count, t, err);
	out_table(o, "sizes", TITLE(ota_pkg_authentic(pkg), "Sizes"));
	part(t, "slice_header", "slice header", kind[OTA_PART_SLICE_HEADER], false);
	part(t, "header", "header", kind[OTA_PART_HEADER], false);
	part(t, "manifest", "manifest", kind[OTA_PART_MANIFEST], false);
	part(t, "signatures", "signatures", kind[OTA_PART_SIGNATURES], false);
	part(t, "signature_reserve", "room for signatures", kind[OTA_PART_RESERVE], false);
	part(t, "tables", "tables", kind[OTA_PART_TABLE], true);
	for (uint32_t i = 0; i < SECTIONS_MAX; i++)
		leaf(t, "table", i, t->table[i]);
	part(t, "all_data", "data", kind[OTA_PART_DATA], true);
	ok = components(t);
	data_of(t, NULL);
	part(t, "padding", "padding", kind[OTA_PART_PAD], false);
	part(t, "whole", "whole", t->whole, true);
	out_end(o);
	free(t);
	return !st && !ok ? ota_fail_nomem(err) : st;
}

/* ---- chunk tables ---- */

struct rows {
	struct out *o;
	uint32_t section;
	uint64_t n;
};

static void digest(struct out *o, const char *key, const char *label, const uint8_t *p, size_t len)
{
	char hex[2 * OTA_DIGEST_MAX + 1];

	if (!p)
		return;
	ota_hex(hex, p, len);
	out_str(o, key, label, hex);
}

static ota_status row(void *arg, const ota_chunk *c, ota_err *err)
{
	static const char *const forms[] = {"compressed", "raw", "zero"};
	struct rows *r = arg;

	(void)err;
	if (r->n++ >= SHOW_CHUNKS_MAX)
		return OTA_OK;
	out_row(r->o);
	out_u64(r->o, "section", "Section", r->section);
	out_u64(r->o, "chunk", "Chunk", c->index);
	out_u64(r->o, "offset", "Offset", c->off);
	out_u64(r->o, "stored_len", "Stored", c->stored_len);
	out_u64(r->o, "raw_len", "Raw", c->raw_len);
	out_str(r->o, "flags", "Flags", forms[c->flags]);
	digest(r->o, "hash", "Hash", c->hash, c->hash_len);
	digest(r->o, "raw_hash", "Raw hash", c->raw_hash, c->hash_len);
	out_end(r->o);
	return OTA_OK;
}

ota_status show_tables(struct out *o, ota_pkg *pkg, uint64_t section, ota_err *err)
{
	size_t n = ota_manifest_count(ota_pkg_manifest(pkg), "sections");
	struct rows r = {.o = o};
	ota_status st = OTA_OK;

	if (section != SHOW_SECTIONS_ALL && section >= n)
		return ota_fail(err, OTA_E_ARGUMENT,
			"there is no section %" PRIu64 "; there are %zu", section, n);
	out_table(o, "chunks", TITLE(ota_pkg_authentic(pkg), "Chunks"));
	for (r.section = 0; !st && r.section < n; r.section++)
		if (section == r.section ||
			(section == SHOW_SECTIONS_ALL && ota_pkg_has_section(pkg, r.section)))
			st = ota_pkg_each_chunk(pkg, r.section, row, &r, err);
	out_end(o);
	if (r.n > SHOW_CHUNKS_MAX) {
		out_u64(o, "chunks_left_out", NULL, r.n - SHOW_CHUNKS_MAX);
		out_line(o, "More chunks than are shown: name one section with --section.");
	}
	return st;
}
