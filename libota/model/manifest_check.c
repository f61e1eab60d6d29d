/* SPDX-License-Identifier: MIT */
#include <model/check.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/text.h>

static const char *const codecs[] = {"auto", "otad", "bsdiff", "vcdiff", "zstd", NULL};
static const char *const profiles[] = {"tiny", "std", "max", NULL};
static const char *const profiled[] = {"otad", "vcdiff", NULL};
static const char *const windowed[] = {"auto", "otad", NULL};

static void check_hex(struct check *c, const ota_manifest *m, const char *hex, const char *place,
	const struct doc *at)
{
	size_t want = 2 * digest_len(manifest_hash_alg(m));

	if (strlen(hex) != want)
		check_find(c, OTA_E_RANGE, at, place, "expected %zu hex digits of %s, found %zu",
			want, hash_name(manifest_hash_alg(m)), strlen(hex));
}

/* ---- payloads ---- */

struct payload_at {
	const ota_manifest *m;
	const struct manifest_component *owner;
	const struct manifest_payload *p;
	const struct doc *doc;
	char place[COMPONENT_PLACE + 32];
};

/* Keys that the table knows but this kind has no use for: they would be ignored silently. */
static void check_keys(struct check *c, const struct payload_at *at)
{
	static const struct {
		const char *name;
		const char *const no[12];
	} kinds[] = {
		[PAYLOAD_FULL] = {"full",
			{"codec", "profile", "from", "from_version", "source", "window"}},
		[PAYLOAD_DELTA] = {"delta", {"compression"}},
		[PAYLOAD_PRESENT] = {"present",
			{"codec", "profile", "from", "from_version", "source", "window",
				"compression", "section", "ram", "cost"}},
	};
	const char *const *no = kinds[at->p->kind].no;

	for (; *no != NULL; no++)
		if (check_node(at->doc, *no) != NULL)
			check_find(c, OTA_E_UNKNOWN_KEY, check_node(at->doc, *no), at->place,
				"a %s payload takes no %s", kinds[at->p->kind].name, *no);
}

/* A value that must be one of the names; NULL: it is not there. */
static void check_name(struct check *c, const struct payload_at *at, const char *key,
	const char *value, const char *const *names)
{
	char list[64] = "";
	const char *near;
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		size_t n = strlen(list);

		if (value == NULL || strcmp(names[i], value) == 0)
			return;
		snprintf(list + n, sizeof(list) - n, "%s%s", n > 0 ? ", " : "", names[i]);
	}
	near = ota_nearest(value, names, i);
	check_find(c, OTA_E_TYPE, check_node(at->doc, key), at->place,
		"expected one of %s, found %s%s%s%s", list, value,
		near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		near != NULL ? "\"?" : "");
}

/* A key that only some codecs have a use for. */
static void check_takes(
	struct check *c, const struct payload_at *at, const char *key, const char *const *names)
{
	const struct doc *node = check_node(at->doc, key);

	for (size_t i = 0; names[i] != NULL; i++)
		if (node == NULL || strcmp(names[i], payload_codec(at->p)) == 0)
			return;
	check_find(c, OTA_E_UNKNOWN_KEY, node, at->place, "codec %s takes no %s",
		payload_codec(at->p), key);
}

static void check_source_payload(struct check *c, const struct payload_at *at)
{
	const struct manifest_payload *p = at->p;

	if (p->kind != PAYLOAD_DELTA)
		return;
	if (p->from_count == 0)
		check_find(c, OTA_E_MISSING, at->doc, at->place,
			"a delta needs from: the image it starts from");
	check_name(c, at, "codec", p->codec, codecs);
	check_name(c, at, "profile", p->profile, profiles);
	check_takes(c, at, "profile", profiled);
	check_takes(c, at, "window", windowed);
}

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

static void check_full(
	struct check *c, const struct payload_at *at, const struct manifest_section *s)
{
	uint64_t chunks = ceil_div(s->raw_size, s->chunk_size);

	if (s->raw_size != at->owner->target.size)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"target.size is %" PRIu64 ", its section has %" PRIu64 " bytes",
			at->owner->target.size, s->raw_size);
	if (s->chunks != chunks)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"expected %" PRIu64 " chunks in its section, found %" PRIu64, chunks,
			s->chunks);
}

/* A patch is cut at its own windows, and compresses by itself: otap.md section 2. */
static void check_patch(
	struct check *c, const struct payload_at *at, const struct manifest_section *s)
{
	uint64_t window = at->p->window;
	uint64_t chunks = window == 0 ? 1 : 1 + ceil_div(at->owner->target.size, window);

	if (s->chunks != chunks)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"expected %" PRIu64 " chunks in its section, found %" PRIu64, chunks,
			s->chunks);
	if (s->raw_size > s->chunks * s->chunk_size)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"its section has more bytes than its chunks");
	if (s->compression != 0)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"a patch is stored without compression");
}

static void check_delta(struct check *c, const struct payload_at *at)
{
	const struct manifest_payload *p = at->p;

	if (p->source == NULL)
		check_find(c, OTA_E_MISSING, at->doc, at->place, "a delta names its source");
	else
		check_hex(c, at->m, p->source->hash, at->place, at->doc);
	/* Only otad patches have windows; as the default codec it is never named. */
	if (p->codec != NULL && strcmp(p->codec, "otad") == 0)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"codec otad is the default and must be left out");
	else if ((p->codec == NULL) != (p->window > 0))
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"window %" PRIu64 " does not go with codec %s", p->window,
			p->codec != NULL ? p->codec : "otad");
	else if (p->window > at->owner->target.size)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"window %" PRIu64 " is larger than the image", p->window);
}

static void check_canon_payload(struct check *c, const struct payload_at *at)
{
	const ota_manifest *m = at->m;
	uint64_t section = at->p->section;

	if (at->p->kind == PAYLOAD_PRESENT)
		return;
	if (at->p->kind == PAYLOAD_DELTA)
		check_delta(c, at);
	if (section == MANIFEST_NO_SECTION)
		check_find(c, OTA_E_MISSING, at->doc, at->place, "a payload names its section");
	else if (section >= m->section_count)
		check_find(c, OTA_E_RANGE, at->doc, at->place,
			"section %" PRIu64 " does not exist; there are %zu", section,
			m->section_count);
	else if (at->p->kind == PAYLOAD_FULL)
		check_full(c, at, &m->sections[section]);
	else
		check_patch(c, at, &m->sections[section]);
}

/* ---- components ---- */

static void check_payload(struct check *c, const struct payload_at *at)
{
	if (unread_touches(c->unread, at->place))
		return;
	check_keys(c, at);
	if (c->form == SCHEMA_CANON)
		check_canon_payload(c, at);
	else
		check_source_payload(c, at);
}

static void check_kinds(
	struct check *c, const struct manifest_component *comp, const struct doc *list)
{
	bool full = false, present = false;

	for (size_t i = 0; i < comp->payload_count; i++) {
		full = full || comp->payloads[i].kind == PAYLOAD_FULL;
		present = present || comp->payloads[i].kind == PAYLOAD_PRESENT;
	}
	/* A slot that holds the image is never written: beside a payload, present says nothing. */
	if (present && comp->payload_count > 1)
		check_find(c, OTA_E_RANGE, list, comp->name,
			"kind: present stands alone; without it too no device writes what is "
			"there");
	if (!full && !present && !comp->delta_only)
		check_find(c, OTA_E_NO_FULL, list, comp->name,
			"V8: no full payload; add one or say delta_only: true");
}

static void check_payloads(
	struct check *c, const ota_manifest *m, size_t comp, const struct doc *doc)
{
	struct payload_at at = {.m = m, .owner = &m->components[comp]};
	const struct doc *list = check_node(doc, "payloads");
	char owner[COMPONENT_PLACE], kinds[COMPONENT_PLACE + 32];

	component_place(owner, m, comp);
	for (size_t i = 0; i < at.owner->payload_count; i++) {
		at.p = &at.owner->payloads[i];
		at.doc = check_item(list, i);
		snprintf(at.place, sizeof(at.place), "%s.payloads.%zu", owner, i);
		check_payload(c, &at);
	}
	snprintf(kinds, sizeof(kinds), "%s.payloads.*.kind", owner);
	if (check_read(c, (const char *const[]){kinds, "components.*.delta_only", NULL}))
		check_kinds(c, at.owner, list);
}

static void check_component(struct check *c, const ota_manifest *m, size_t i)
{
	const struct manifest_component *comp = &m->components[i];
	const struct doc *doc = comp->doc;
	char place[COMPONENT_PLACE];

	component_place(place, m, i);
	for (size_t k = 0; comp->variant == 0 && k < i; k++)
		if (m->components[k].name != NULL && comp->name != NULL &&
			strcmp(m->components[k].name, comp->name) == 0)
			check_find(c, OTA_E_DUPLICATE, doc, place,
				"V11: a component %s stands before", comp->name);
	if (c->form == SCHEMA_CANON)
		check_hex(c, m, comp->target.hash, place, doc);
	check_payloads(c, m, i, doc);
}

/* ---- sections ---- */

static size_t references(const ota_manifest *m, uint64_t section)
{
	size_t n = 0;

	for (size_t i = 0; i < m->component_count; i++)
		for (size_t k = 0; k < m->components[i].payload_count; k++)
			n += m->components[i].payloads[k].section == section;
	for (size_t i = 0; i < m->attachment_count; i++)
		n += m->attachments[i].section == section;
	return n;
}

static void check_section(struct check *c, const ota_manifest *m, size_t i, const struct doc *doc)
{
	const struct manifest_section *s = &m->sections[i];
	size_t refs = references(m, i);
	char place[32];

	snprintf(place, sizeof(place), "sections.%zu", i);
	if (refs != 1)
		check_find(c, OTA_E_RANGE, doc, place,
			"expected exactly one payload or attachment that names it, found %zu",
			refs);
	if ((s->chunk_size & (s->chunk_size - 1)) != 0)
		check_find(c, OTA_E_RANGE, doc, place,
			"expected a power of two as chunk_size, found %" PRIu64, s->chunk_size);
	if (s->stored_size > s->raw_size || (s->compression == 0 && s->stored_size != s->raw_size))
		check_find(c, OTA_E_RANGE, doc, place,
			"stored_size %" PRIu64 " does not go with raw_size %" PRIu64,
			s->stored_size, s->raw_size);
	check_hex(c, m, s->table_hash, place, doc);
}

/* ---- the whole ---- */

static void check_canon(struct check *c, const ota_manifest *m)
{
	const struct doc *sections = check_node(m->doc, "sections");

	for (size_t i = 0; i < m->section_count; i++)
		check_section(c, m, i, check_item(sections, i));
	check_hex(c, m, m->payload_hash, "payload_hash", check_node(m->doc, "payload_hash"));
}

static void check_source(struct check *c, const ota_manifest *m)
{
	const struct doc *at = check_node(m->doc, "version");
	ota_finding f = {.size = sizeof(f),
		.outcome = OTA_WARN,
		.file = c->finds.name,
		.line = at != NULL ? at->line : 0,
		.col = at != NULL ? at->col : 0,
		.off = OTA_NO_OFF,
		.subject = "version",
		.text = "what follows + does not count in SemVer's order: the next build needs "
			"another number before it"};

	if (m->version != NULL && strchr(m->version, '+') != NULL)
		ota_report_add(c->finds.rep, &f);
	if (m->created != OTA_TIME_NONE && m->expires != OTA_TIME_NONE && m->expires <= m->created)
		check_find(c, OTA_E_RANGE, check_node(m->doc, "expires"), "expires",
			"not after created");
}

void manifest_check(struct check *c, const ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++)
		check_component(c, m, i);
	steps_check(c, m);
	attachments_check(c, m);
	if (c->form == SCHEMA_CANON)
		check_canon(c, m);
	else
		check_source(c, m);
}
