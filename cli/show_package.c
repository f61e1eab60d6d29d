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

bool show_text(struct out *o, const char *key, const char *label, char *text)
{
	if (!text)
		return false;
	if (*text)
		out_str(o, key, label, text);
	free(text);
	return true;
}

bool show_number(struct out *o, const char *key, const char *label, char *text)
{
	uint64_t n;

	if (!text)
		return false;
	if (opt_u64(&n, text))
		out_u64(o, key, label, n);
	free(text);
	return true;
}

const char *show_hash_name(const ota_manifest *m, char buf[16])
{
	size_t len;

	if (ota_manifest_get(m, "hash", buf, 16, &len, NULL))
		snprintf(buf, 16, "sha256");
	return buf;
}

ota_status show_identity(struct out *o, const char *title, const ota_manifest *m,
	const uint8_t *digest, size_t len, ota_err *err)
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

	out_object(o, "package", title);
	for (size_t i = 0; ok && i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = show_get(m, "%s", rows[i].path);

		ok = rows[i].number ? show_number(o, rows[i].key, rows[i].label, text)
				    : show_text(o, rows[i].key, rows[i].label, text);
	}
	out_digest(o, "digest", "Digest", show_hash_name(m, alg), digest, len);
	out_end(o);
	return ok ? OTA_OK : ota_fail_nomem(err);
}

void show_line_text(
	struct out *o, const char *time_key, const char *comment_key, const ota_sigline *line)
{
	char time[OTA_TIME_LEN + 1];

	if (line->time && line->time <= INT64_MAX && ota_time_format(time, (int64_t)line->time))
		out_str(o, time_key, "Signature's time", time);
	if (*line->comment)
		out_str(o, comment_key, "Signature's comment", line->comment);
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
		out_cell(o, "Share", share);
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
