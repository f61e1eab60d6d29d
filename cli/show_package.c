/* SPDX-License-Identifier: MIT */
#include "show_package.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *show_get(const ota_manifest *m, const char *fmt, ...)
{
	char path[128], *text;
	size_t len = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	if (ota_manifest_get(m, path, NULL, 0, &len, NULL))
		return strdup("");
	text = malloc(len + 1);
	if (!text)
		return NULL;
	if (ota_manifest_get(m, path, text, len + 1, &len, NULL))
		*text = '\0';
	return text;
}

/* A value of the manifest, left out where there is none. false: no memory. */
static bool show(struct out *o, const char *key, const char *label, char *text)
{
	if (!text)
		return false;
	if (*text)
		out_str(o, key, label, text);
	free(text);
	return true;
}

/* The same for an integer: a number in JSON. */
static bool show_number(struct out *o, const char *key, const char *label, char *text)
{
	uint64_t n;

	if (!text)
		return false;
	if (opt_u64(&n, text))
		out_u64(o, key, label, n);
	free(text);
	return true;
}

static const char *hash_name(const ota_manifest *m, char buf[16])
{
	size_t len;

	if (ota_manifest_get(m, "hash", buf, 16, &len, NULL))
		snprintf(buf, 16, "sha256");
	return buf;
}

ota_status show_identity(
	struct out *o, const ota_manifest *m, const uint8_t *digest, size_t len, ota_err *err)
{
	static const struct {
		const char *path, *key, *label;
		bool number;
	} rows[] = {
		{"product", "product", "Product", false},
		{"version", "version", "Version", false},
		{"security_counter", "security_counter", "Counter", true},
		{"requires.version", "requires", "Requires", false},
		{"created", "created", "Created", false},
		{"expires", "expires", "Expires", false},
	};
	char alg[16];
	bool ok = true;

	out_object(o, "package", "Package");
	for (size_t i = 0; ok && i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = show_get(m, "%s", rows[i].path);

		ok = rows[i].number ? show_number(o, rows[i].key, rows[i].label, text)
				    : show(o, rows[i].key, rows[i].label, text);
	}
	out_digest(o, "digest", "Digest", hash_name(m, alg), digest, len);
	out_end(o);
	return ok ? OTA_OK : ota_fail_nomem(err);
}

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
	ok = show(o, "slot", "Slot", show_get(m, "components.%u.slot", i)) &&
	     show_number(o, "size", "Size", show_get(m, "%s.target.size", base)) &&
	     show(o, "hash", "Hash", show_get(m, "%s.target.hash", base)) &&
	     show(o, "when", "When", show_get(m, "%s.when", base));
	out_end(o);
	return ok;
}

static bool show_components(struct out *o, const ota_manifest *m)
{
	bool ok;

	out_table(o, "components", "Components");
	ok = each_image(o, m, show_image);
	out_end(o);
	return ok;
}

static bool show_payload(
	struct out *o, const ota_manifest *m, const char *name, const char *image, size_t p)
{
	char base[128];
	bool ok;

	snprintf(base, sizeof(base), "%s.payloads.%zu", image, p);
	out_row(o);
	out_str(o, "component", "Component", name);
	ok = show(o, "kind", "Kind", show_get(m, "%s.kind", base)) &&
	     show(o, "codec", "Codec", show_get(m, "%s.codec", base)) &&
	     show_number(o, "section", "Section", show_get(m, "%s.section", base)) &&
	     show(o, "source", "From", show_get(m, "%s.source.hash", base));
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

static bool show_payloads(struct out *o, const ota_manifest *m)
{
	bool ok;

	out_table(o, "payloads", "Payloads");
	ok = each_image(o, m, show_image_payloads);
	out_end(o);
	return ok;
}

static bool show_attachments(struct out *o, const ota_manifest *m)
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
	out_table(o, "attachments", "Attachments");
	for (size_t i = 0; ok && i < n; i++) {
		out_row(o);
		for (size_t k = 0; ok && k < sizeof(rows) / sizeof(*rows); k++) {
			char *text = show_get(m, "attachments.%zu.%s", i, rows[k].key);

			ok = rows[k].number ? show_number(o, rows[k].key, rows[k].label, text)
					    : show(o, rows[k].key, rows[k].label, text);
		}
		out_end(o);
	}
	out_end(o);
	return ok;
}

static bool show_sections(struct out *o, const ota_manifest *m)
{
	static const struct {
		const char *key, *label;
	} rows[] = {
		{"compression", "Compression"},
		{"chunks", "Chunks"},
		{"chunk_size", "Chunk size"},
		{"raw_size", "Raw"},
		{"stored_size", "Stored"},
	};
	bool ok = true;

	out_table(o, "sections", "Sections");
	for (size_t i = 0; ok && i < ota_manifest_count(m, "sections"); i++) {
		out_row(o);
		out_u64(o, "section", "Section", i);
		for (size_t k = 0; ok && k < sizeof(rows) / sizeof(*rows); k++) {
			char *text = show_get(m, "sections.%zu.%s", i, rows[k].key);

			ok = k ? show_number(o, rows[k].key, rows[k].label, text)
			       : show(o, rows[k].key, rows[k].label, text);
		}
		out_end(o);
	}
	out_end(o);
	return ok;
}

ota_status show_contents(struct out *o, const ota_manifest *m, ota_err *err)
{
	bool ok = show_components(o, m) && show_payloads(o, m) && show_attachments(o, m) &&
		  show_sections(o, m);

	return ok ? OTA_OK : ota_fail_nomem(err);
}

void show_header(struct out *o, const ota_header *h)
{
	char version[16];

	snprintf(version, sizeof(version), "%u.%u", h->major, h->minor);
	out_object(o, "header", "Container");
	out_str(o, "format", "Format", version);
	out_bytes(o, "length", "Length", h->file_len);
	out_bytes(o, "manifest", "Manifest", h->manifest_len);
	out_bytes(o, "signature_area", "Signature area", h->sig_cap);
	out_bytes(o, "tables", "Tables", h->tables_len);
	out_bytes(o, "data", "Data", h->data_len);
	out_end(o);
}

void show_signatures(struct out *o, const ota_peek *peek)
{
	if (!ota_peek_sigarea_ok(peek))
		out_str(o, "signature_area_state", "Signatures", "the signature area is spoiled");
	out_table(o, "signatures", "Signatures (not verified)");
	for (size_t i = 0; i < ota_peek_sig_count(peek); i++) {
		const ota_sigline *line = ota_peek_sig_at(peek, i);
		char time[OTA_TIME_LEN + 1];

		out_row(o);
		out_str(o, "keyid", "Key", line->keyid);
		out_str(o, "algorithm", "Algorithm", line->alg);
		if (line->time && line->time <= INT64_MAX &&
			ota_time_format(time, (int64_t)line->time))
			out_str(o, "time", "Time", time);
		out_str(o, "comment", "Comment", line->comment);
		out_end(o);
	}
	out_end(o);
}

void show_costs(struct out *o, const ota_plan *plan)
{
	out_table(o, "payloads", "Payloads");
	for (size_t i = 0; i < ota_plan_cost_count(plan); i++) {
		const ota_payload_cost *cost = ota_plan_cost_at(plan, i);
		char share[16];

		out_row(o);
		out_str(o, "component", "Component", cost->component);
		out_str(o, "kind", "Kind", cost->kind);
		out_str(o, "codec", "Codec", cost->codec);
		out_u64(o, "stored", "Stored", cost->stored);
		out_u64(o, "image", "Image", cost->image);
		snprintf(share, sizeof(share), "%.1f %%",
			cost->image ? 100.0 * (double)cost->stored / (double)cost->image : 0.0);
		out_str(o, "share", "Share", share);
		out_u64(o, "ram", "RAM to apply", cost->ram);
		out_bool(o, "dropped", "Dropped", cost->dropped);
		out_end(o);
	}
	out_end(o);
}

void show_keep_digest(struct cli *c, const uint8_t *digest, size_t len)
{
	if (len <= sizeof(c->digest)) {
		memcpy(c->digest, digest, len);
		c->digest_len = len;
	}
}
