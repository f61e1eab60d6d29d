/* SPDX-License-Identifier: MIT */
#include "show_contents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show_package.h"

/* Each image of the package: that of a component, or those of its variants. */
typedef bool image_fn(struct out *o, const ota_manifest *m, const char *name, const char *base);

static bool each_image(struct out *o, const ota_manifest *m, image_fn *fn)
{
	bool ok = true;

	for (size_t i = 0; ok && i < ota_manifest_count(m, "components"); i++) {
		char *name = show_get(m, "components.%zu.name", i);
		char base[96];
		size_t n;

		snprintf(base, sizeof(base), "components.%zu.variants", i);
		n = ota_manifest_count(m, base);
		ok = name != NULL;
		for (size_t k = 0; ok && k < (n > 0 ? n : 1); k++) {
			if (n > 0)
				snprintf(base, sizeof(base), "components.%zu.variants.%zu", i, k);
			else
				snprintf(base, sizeof(base), "components.%zu", i);
			ok = fn(o, m, name, base);
		}
		free(name);
	}
	return ok;
}

static bool show_image(struct out *o, const ota_manifest *m, const char *name, const char *base)
{
	unsigned i = (unsigned)strtoul(base + strlen("components."), NULL, 10);
	bool ok;

	out_row(o);
	out_str(o, "name", "Name", name);
	ok = show_text(o, "slot", "Slot", show_get(m, "components.%u.slot", i)) &&
	     show_number(o, "size", "Size", show_get(m, "%s.target.size", base)) &&
	     show_text(o, "hash", "Hash", show_get(m, "%s.target.hash", base)) &&
	     show_text(o, "when", "When", show_get(m, "%s.when", base));
	out_end(o);
	return ok;
}

static bool show_components(struct out *o, const ota_manifest *m, bool verified)
{
	bool ok;

	out_table(o, "components", TITLE(verified, "Components"));
	ok = each_image(o, m, show_image);
	out_end(o);
	return ok;
}

static bool show_payload(
	struct out *o, const ota_manifest *m, const char *name, const char *image, size_t p)
{
	char base[128];
	char *kind, *codec;
	bool ok;

	snprintf(base, sizeof(base), "%s.payloads.%zu", image, p);
	out_row(o);
	out_str(o, "component", "Component", name);
	kind = show_get(m, "%s.kind", base);
	codec = show_get(m, "%s.codec", base);
	/* The one that a manifest never names. */
	if (codec && !*codec && kind && !strcmp(kind, "delta")) {
		free(codec);
		codec = strdup("otad");
	}
	ok = show_text(o, "kind", "Kind", kind) && show_text(o, "codec", "Codec", codec) &&
	     show_number(o, "section", "Section", show_get(m, "%s.section", base)) &&
	     show_text(o, "source", "From", show_get(m, "%s.source.hash", base));
	out_end(o);
	return ok;
}

static bool show_image_payloads(
	struct out *o, const ota_manifest *m, const char *name, const char *base)
{
	char path[128];
	bool ok = true;

	snprintf(path, sizeof(path), "%s.payloads", base);
	for (size_t p = 0; ok && p < ota_manifest_count(m, path); p++)
		ok = show_payload(o, m, name, base, p);
	return ok;
}

static bool show_payloads(struct out *o, const ota_manifest *m, bool verified)
{
	bool ok;

	out_table(o, "payloads", TITLE(verified, "Payloads"));
	ok = each_image(o, m, show_image_payloads);
	out_end(o);
	return ok;
}

static bool show_attachments(struct out *o, const ota_manifest *m, bool verified)
{
	static const struct {
		const char *key, *label;
		bool number;
	} rows[] = {
		{"name", "Attachment", false},
		{"role", "Role", false},
		{"media_type", "Type", false},
		{"section", "Section", true},
		{"uri", "Elsewhere", false},
		{"hash", "Hash", false},
		{"size", "Size", true},
	};
	size_t n = ota_manifest_count(m, "attachments");
	bool ok = true;

	if (n == 0)
		return true;
	out_table(o, "attachments", TITLE(verified, "Attachments"));
	for (size_t i = 0; ok && i < n; i++) {
		out_row(o);
		for (size_t k = 0; ok && k < sizeof(rows) / sizeof(*rows); k++) {
			char *text = show_get(m, "attachments.%zu.%s", i, rows[k].key);

			ok = rows[k].number ? show_number(o, rows[k].key, rows[k].label, text)
					    : show_text(o, rows[k].key, rows[k].label, text);
		}
		out_end(o);
	}
	out_end(o);
	return ok;
}

static bool show_sections(struct out *o, const ota_manifest *m, bool verified)
{
	static const struct {
		const char *key, *label;
	} rows[] = {
		{"compression", "Compression"},
		{"chunks", "Chunks"},
		{"chunk_size", "Chunk size"},
		{"raw_size", "Raw"},
		{"stored_size", "Stored"},
		{"table_hash", "Table hash"},
	};
	bool ok = true;

	out_table(o, "sections", TITLE(verified, "Sections"));
	for (size_t i = 0; ok && i < ota_manifest_count(m, "sections"); i++) {
		out_row(o);
		out_u64(o, "section", "Section", i);
		for (size_t k = 0; ok && k < sizeof(rows) / sizeof(*rows); k++) {
			char *text = show_get(m, "sections.%zu.%s", i, rows[k].key);

			ok = k > 0 && k < 5 ? show_number(o, rows[k].key, rows[k].label, text)
					    : show_text(o, rows[k].key, rows[k].label, text);
		}
		out_end(o);
	}
	out_end(o);
	return ok;
}

ota_status show_contents(struct out *o, const ota_pkg *pkg, ota_err *err)
{
	const ota_manifest *m = ota_pkg_manifest(pkg);
	bool verified = ota_pkg_authentic(pkg);
	bool ok = show_components(o, m, verified) && show_payloads(o, m, verified) &&
		  show_attachments(o, m, verified) && show_sections(o, m, verified);

	return ok ? OTA_OK : ota_fail_nomem(err);
}

static void show_numbers(struct out *o, const ota_header *h)
{
	char flags[16];

	out_u64(o, "align", "Alignment", UINT64_C(1) << h->align_log2);
	out_u64(o, "hash_alg", "Hash algorithm", h->hash_alg);
	snprintf(flags, sizeof(flags), "0x%08" PRIx32, h->crit_flags);
	out_str(o, "crit_flags", "Critical flags", flags);
	snprintf(flags, sizeof(flags), "0x%08" PRIx32, h->opt_flags);
	out_str(o, "opt_flags", "Other flags", flags);
	out_u64(o, "sig_off", "Signatures at", h->sig_off);
	out_u64(o, "tab_off", "Tables at", h->tab_off);
	out_u64(o, "data_off", "Data at", h->data_off);
}

void show_header(struct out *o, const ota_pkg *pkg, bool full)
{
	const ota_header *h = ota_pkg_header(pkg);
	char version[16];

	snprintf(version, sizeof(version), "%u.%u", h->major, h->minor);
	out_object(o, "header", TITLE(ota_pkg_authentic(pkg), "Container"));
	out_str(o, "format", "Format", version);
	out_bytes(o, "length", "Length", h->file_len);
	out_bytes(o, "manifest", "Manifest", h->manifest_len);
	out_bytes(o, "signature_area", "Signature area", h->sig_cap);
	out_bytes(o, "tables", "Tables", h->tables_len);
	out_bytes(o, "data", "Data", h->data_len);
	if (full)
		show_numbers(o, h);
	out_end(o);
}

static bool show_line(struct out *o, const ota_pkg *pkg, const ota_sigline *line, bool full)
{
	char *hex;

	out_row(o);
	out_str(o, "keyid", "Key", line->keyid);
	out_str(o, "algorithm", "Algorithm", line->alg);
	show_line_text(o, "time", "comment", line);
	out_bool(o, "verified", ota_pkg_authentic(pkg) ? "Verified" : NULL, line->good);
	if (full) {
		hex = malloc(2 * line->sig_len + 1);
		if (!hex)
			return false;
		ota_hex(hex, line->sig, line->sig_len);
		out_str(o, "signature", "Signature", hex);
		free(hex);
	}
	out_end(o);
	return true;
}

ota_status show_signatures(struct out *o, const ota_pkg *pkg, bool full, ota_err *err)
{
	ota_sigline line;
	bool ok = true;

	if (!ota_pkg_sigarea_ok(pkg))
		out_cell(o, "Signatures", "the signature area is spoiled");
	out_bool(o, "signature_area_ok", NULL, ota_pkg_sigarea_ok(pkg));
	out_table(o, "signatures",
		ota_pkg_authentic(pkg) ? "Signatures" : "Signatures (not verified)");
	for (size_t i = 0; ok && ota_pkg_sig_at(&line, pkg, i); i++)
		ok = show_line(o, pkg, &line, full);
	out_end(o);
	return ok ? OTA_OK : ota_fail_nomem(err);
}

static ota_status show_value(void *arg, const ota_value *v, ota_err *err)
{
	struct out *o = arg;

	(void)err;
	out_row(o);
	out_str(o, "path", "Path", v->path);
	out_cell(o, "Value", v->text);
	out_raw(o, "value", v->json);
	out_end(o);
	return OTA_OK;
}

ota_status show_fields(struct out *o, const ota_pkg *pkg, ota_err *err)
{
	ota_status st;

	out_table(o, "fields", TITLE(ota_pkg_authentic(pkg), "Manifest"));
	st = ota_manifest_each(ota_pkg_manifest(pkg), show_value, o, err);
	out_end(o);
	return st;
}

static void unverified(struct out *o, const char *members, const char *why)
{
	out_row(o);
	out_str(o, "members", "What", members);
	out_str(o, "why", "Why", why);
	out_end(o);
}

void show_unverified(struct out *o, const ota_pkg *pkg)
{
	out_table(o, "unverified", "Not verified");
	if (ota_pkg_authentic(pkg))
		unverified(o, "signatures",
			"lines that are not marked as verified: anybody may have added them");
	else
		unverified(o, "all", "no key was named: anybody may have written every value here");
	unverified(o, "data", "the payload was not read: `otatool verify` does");
	out_end(o);
}
