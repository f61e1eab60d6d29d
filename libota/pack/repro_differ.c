/* SPDX-License-Identifier: MIT */
/* Other content: header and manifest say what differs, the tables which chunk of what. */
#include <pack/repro.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/buf.h>
#include <base/num.h>
#include <pack/compare.h>
#include <package/header.h>
#include <package/table.h>

#define PATH_LEN   1024U
#define FIELDS_MAX 32 /* findings on fields; `compare` shows them all */

/* The first byte that differs. */
struct differ {
	const struct repro *r;
	uint64_t off;              /* in a */
	char first[PATH_LEN + 32]; /* whose it is */
};

/* ---- the header ---- */

static void find_header(struct differ *d, size_t at)
{
	const struct repro *r = d->r;
	static const struct {
		const char *name;
		unsigned off, len;
	} fields[] = {
		{"major", 8, 2},
		{"minor", 10, 2},
		{"hash_alg", 14, 2},
		{"crit_flags", 16, 4},
		{"opt_flags", 20, 4},
		{"manifest_len", 24, 4},
		{"sig_cap", 28, 4},
		{"tables_len", 32, 8},
		{"data_len", 40, 8},
		{"align_log2", 48, 1},
		{"crc32", 124, 4},
	};
	const uint8_t *p = r->a->head.bytes, *q = r->b->head.bytes;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char subject[40], x[24], y[24];
		uint64_t v = 0, w = 0;

		if (at < fields[i].off || at >= fields[i].off + fields[i].len)
			continue;
		for (unsigned k = fields[i].len; k-- > 0;) {
			v = v << 8U | p[fields[i].off + k];
			w = w << 8U | q[fields[i].off + k];
		}
		snprintf(subject, sizeof(subject), "header field %s", fields[i].name);
		snprintf(x, sizeof(x), "%" PRIu64, v);
		snprintf(y, sizeof(y), "%" PRIu64, w);
		snprintf(d->first, sizeof(d->first), "%s", subject);
		repro_find(r, d->off, subject, x, y, "the first byte that differs");
	}
}

/* ---- the manifest: its first byte ---- */

static ota_status text_of(struct buf *b, const struct doc *d, ota_err *err)
{
	ota_status st = OTA_OK;

	buf_clear(b);
	if (d == NULL)
		buf_str(b, "nothing");
	else
		st = json_write(b, d, err);
	buf_put(b, "", 1);
	return st ? st : buf_status(b, err);
}

/* A value in both manifests. */
struct spot {
	const struct doc *a, *b; /* NULL: not there */
	char path[PATH_LEN];
	size_t len;
	struct buf x, y; /* as text */
};

static void enter(struct spot *at, const char *part, const struct doc *a, const struct doc *b)
{
	size_t room = sizeof(at->path) - at->len;
	int n = snprintf(at->path + at->len, room, "%s%s", at->len > 0 ? "." : "", part);

	at->len += min_size((size_t)n, room - 1);
	at->a = a;
	at->b = b;
}

static ota_status equal(
	bool *same, struct spot *at, const struct doc *a, const struct doc *b, ota_err *err)
{
	ota_status st = text_of(&at->x, a, err);

	if (!st)
		st = text_of(&at->y, b, err);
	*same = !st && at->x.len == at->y.len && memcmp(at->x.p, at->y.p, at->x.len) == 0;
	return st;
}

/* Into the i-th item of the list or map, if it is not the same in both; keys are in order. */
static ota_status try_item(bool *in, struct spot *at, size_t i, ota_err *err)
{
	const struct doc *a = at->a, *b = at->b;
	const struct doc *x = i < a->count ? a->items[i] : NULL;
	const struct doc *y = i < b->count ? b->items[i] : NULL;
	const char *key;
	char digits[24];
	bool same = false;
	int order = x == NULL ? 1 : y == NULL ? -1 : 0;
	ota_status st = OTA_OK;

	if (a->kind == DOC_MAP && order == 0)
		order = strcmp(a->keys[i], b->keys[i]);
	if (order == 0)
		st = equal(&same, at, x, y, err);
	*in = !st && !same;
	if (!*in)
		return st;
	snprintf(digits, sizeof(digits), "%zu", i);
	key = a->kind == DOC_LIST ? digits : order > 0 ? b->keys[i] : a->keys[i];
	enter(at, key, order > 0 ? NULL : x, order < 0 ? NULL : y);
	return OTA_OK;
}

static bool has_items(const struct doc *d)
{
	return d != NULL && (d->kind == DOC_LIST || d->kind == DOC_MAP);
}

/* Down to the first value, in the order of the bytes, that is not the same in both. */
static ota_status descend(struct spot *at, ota_err *err)
{
	bool in = true;
	ota_status st = OTA_OK;

	while (!st && in && has_items(at->a) && has_items(at->b) && at->a->kind == at->b->kind) {
		const struct doc *a = at->a, *b = at->b;

		in = false;
		for (size_t i = 0; !st && !in && (i < a->count || i < b->count); i++)
			st = try_item(&in, at, i, err);
	}
	return st;
}

static ota_status find_manifest(struct differ *d, ota_err *err)
{
	const struct repro *r = d->r;
	struct spot at = {.a = r->a->m->doc, .b = r->b->m->doc};
	char subject[PATH_LEN + 16];
	bool same;
	ota_status st;

	buf_init(&at.x, r->a->ctx);
	buf_init(&at.y, r->a->ctx);
	st = descend(&at, err);
	if (!st)
		st = equal(&same, &at, at.a, at.b, err);
	if (!st && at.len > 0) {
		snprintf(subject, sizeof(subject), "manifest %s", at.path);
		repro_find(r, d->off, subject, (const char *)at.x.p, (const char *)at.y.p,
			"the first of the manifest that differs");
		if (*d->first == '\0')
			snprintf(d->first, sizeof(d->first), "%s", subject);
	}
	buf_fini(&at.x);
	buf_fini(&at.y);
	return st;
}

/* ---- what it comes from ---- */

/* By rank: what stands first explains what stands below it. */
enum cause {
	CAUSE_IMAGE,
	CAUSE_FILE,
	CAUSE_PAYLOADS,
	CAUSE_SETTINGS,
	CAUSE_FIELD,
	CAUSE_TOOLS,
	CAUSE_TIME,
	CAUSE_CODEC,
	CAUSE_DERIVED,
	CAUSES
};

static const char *const causes[] = {
	[CAUSE_IMAGE] = "another image went in",
	[CAUSE_FILE] = "another file was attached, or one that was compressed otherwise",
	[CAUSE_PAYLOADS] = "other payloads: another base image, or a delta that was dropped",
	[CAUSE_SETTINGS] = "packed with other settings",
	[CAUSE_FIELD] = "the manifests say something else",
	[CAUSE_TOOLS] = "other versions of the packer or its libraries",
	[CAUSE_TIME] = "made at another time: set SOURCE_DATE_EPOCH, or created: in the manifest",
	[CAUSE_CODEC] = "other bytes of the same input: another version of the packer or a library",
	[CAUSE_DERIVED] = "it follows from the others",
};

static bool begins(const char *s, const char *head)
{
	return strncmp(s, head, strlen(head)) == 0;
}

static bool ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n >= k && strcmp(s + n - k, tail) == 0;
}

static enum cause cause_of(const ota_change *c)
{
	const char *path = c->path;
	bool component = begins(path, "components.");

	if (begins(path, "payload_hash") || begins(path, "resources.") || ends(path, ".ram") ||
		ends(path, ".cost"))
		return CAUSE_DERIVED;
	if (ends(path, ".section.compression") || ends(path, ".section.chunk_size") ||
		ends(path, ".section.raw_hashes"))
		return CAUSE_SETTINGS;
	if (begins(path, "attachments.") && strstr(path, ".section.") != NULL)
		return CAUSE_FILE;
	if (component && strstr(path, ".section.") != NULL)
		return CAUSE_CODEC;
	if (component && strstr(path, ".target.") != NULL)
		return CAUSE_IMAGE;
	if (component && strstr(path, ".payloads") != NULL)
		return CAUSE_PAYLOADS;
	if (begins(path, "build.tools"))
		return CAUSE_TOOLS;
	return begins(path, "created") ? CAUSE_TIME : CAUSE_FIELD;
}

/* What another image explains is no news; nor is what is always computed. */
static bool is_news(enum cause cause, enum cause root)
{
	return cause == root ||
	       (cause < CAUSE_DERIVED && (cause != CAUSE_CODEC || root > CAUSE_PAYLOADS));
}

static ota_status find_causes(const struct repro *r, enum cause *root, ota_err *err)
{
	ota_comparison *cmp = NULL;
	size_t told = 0;
	ota_status st = compare_manifests(&cmp, r->a->m, r->b->m, err);

	if (st)
		return st;
	*root = CAUSE_DERIVED;
	for (size_t i = 0; i < ota_comparison_count(cmp); i++) {
		enum cause cause = cause_of(ota_comparison_at(cmp, i));

		*root = cause < *root ? cause : *root;
	}
	for (size_t i = 0; i < ota_comparison_count(cmp); i++) {
		const ota_change *c = ota_comparison_at(cmp, i);

		if (!is_news(cause_of(c), *root) || told++ >= FIELDS_MAX)
			continue;
		repro_find(r, OTA_NO_OFF, c->path, c->a != NULL ? c->a : "nothing",
			c->b != NULL ? c->b : "nothing", causes[cause_of(c)]);
	}
	ota_comparison_free(cmp);
	return OTA_OK;
}

/* ---- the first chunk ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The section of b that holds the same thing, or the number of its sections. */
static uint32_t twin(const struct repro *r, const ota_owner *w)
{
	uint32_t i = 0;
	ota_owner v;

	for (; ota_pkg_owner(&v, r->b, i); i++)
		if (same_text(w->component, v.component) && w->variant == v.variant &&
			same_text(w->attachment, v.attachment) && same_text(w->kind, v.kind) &&
			same_text(w->source, v.source) &&
			(w->source != NULL || same_text(w->codec, v.codec)))
			break;
	return i;
}

static void show_row(char out[160], const uint8_t *entry, const struct manifest_section *s,
	const ota_pkg *pkg, uint64_t k, bool delta, size_t len)
{
	char hex[2 * DIGEST_MAX + 1];
	struct chunk c;

	if (chunk_parse(&c, entry, len, s, pkg->head.h.hash_alg, k, delta, NULL) != OTA_OK) {
		snprintf(out, 160, "a row that breaks a rule");
		return;
	}
	digest_hex(hex, &c.stored);
	snprintf(out, 160, "%u bytes of %u, %.32s", c.stored_len, c.raw_len, hex);
}

/* The first row that differs between section i of a and k of b; false: none that both have. */
static bool find_row(const struct repro *r, uint32_t i, uint32_t k, const char *owner)
{
	const struct section_info *x = &r->a->infos[i], *y = &r->b->infos[k];
	const struct manifest_section *s = &r->a->m->sections[i], *t = &r->b->m->sections[k];
	const uint8_t *p = r->a->tables + x->table_off, *q = r->b->tables + y->table_off;
	uint64_t rows = min_u64(s->chunks, t->chunks), off = x->off;

	if (x->entry_len != y->entry_len)
		return false;
	for (uint64_t n = 0; n < rows; n++) {
		char subject[REPRO_SUBJECT], was[160], is[160];
		struct chunk c;

		if (memcmp(p + n * x->entry_len, q + n * x->entry_len, x->entry_len) == 0) {
			if (chunk_parse(&c, p + n * x->entry_len, x->entry_len, s,
				    r->a->head.h.hash_alg, n, x->delta, NULL) == OTA_OK)
				off += c.stored_len;
			continue;
		}
		snprintf(subject, sizeof(subject),
			"table row and chunk %" PRIu64 " of %s "
			"(section %u)",
			n, owner, i);
		show_row(was, p + n * x->entry_len, s, r->a, n, x->delta, x->entry_len);
		show_row(is, q + n * x->entry_len, t, r->b, n, y->delta, y->entry_len);
		repro_find(r, off, subject, was, is, "the first chunk that differs");
		return true;
	}
	return false;
}

/* Where the tables of either cannot be had, it goes without. */
static void find_chunk(const struct repro *r)
{
	bool done = r->a->head.h.hash_alg != r->b->head.h.hash_alg;
	ota_owner w;

	r->a->extent = r->b->extent = OTA_EXTENT_HEAD;
	if (done || tables_load(r->a, NULL) != OTA_OK || tables_load(r->b, NULL) != OTA_OK)
		return;
	for (uint32_t i = 0; !done && ota_pkg_owner(&w, r->a, i); i++) {
		uint32_t k = twin(r, &w);
		char owner[OTA_OWNER_MAX];

		if (k == r->b->m->section_count || r->a->infos[i].absent || r->b->infos[k].absent)
			continue;
		ota_owner_text(owner, &w);
		done = find_row(r, i, k, owner);
	}
}

/* ---- other content ---- */

ota_status repro_other_content(const struct repro *r, size_t at, ota_err *err)
{
	struct differ d = {.r = r, .off = r->a->head.at.base + at};
	enum cause root = CAUSE_FIELD;
	ota_status st;

	if (at < HEADER_LEN)
		find_header(&d, at);
	st = find_manifest(&d, err);
	if (!st)
		st = find_causes(r, &root, err);
	if (st)
		return st;
	find_chunk(r);
	return ota_fail_at(err, OTA_E_REPRO, d.off, "the first difference is in %.96s: %s", d.first,
		causes[root]);
}
