/* SPDX-License-Identifier: MIT */
#include <pack/fielded.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <base/num.h>
#include <model/cost.h>
#include <model/geometry.h>
#include <package/choose.h>
#include <package/header.h>
#include <package/slice.h>

ota_status costs_init(struct costs *k, struct build *b, ota_err *err)
{
	ota_status st;

	k->b = b;
	k->infos = arena_array(&b->arena, b->m.section_count, sizeof(k->infos[0]));
	if (k->infos == NULL)
		return ota_fail_nomem(err);
	k->beside = b->m.resources.ram - payload_ram_max(&b->m);
	st = layout_sections(k->infos, &b->m, &b->h, err);
	return st ? st : foretell_init(k, b, err);
}

/* ---- one image ---- */

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* By hash; by version alone where the hash is that of another component, or not known. */
static bool starts_from(
	const struct manifest_component *c, const struct manifest_source *s, const struct runs *r)
{
	bool mine = r->owner == NULL || strcmp(r->owner, c->name) == 0;

	if (r->hash != NULL && mine)
		return strcmp(s->hash, r->hash) == 0;
	return same(s->version, r->version);
}

static uint64_t matches(const struct manifest_component *c, const struct runs *r)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind == PAYLOAD_DELTA &&
			starts_from(c, c->payloads[i].source, r))
			bits |= UINT64_C(1) << i;
	return bits;
}

/* The payload that the device's own rule chooses; NULL with refused set where there is none. */
static const struct manifest_payload *choose(const struct costs *k,
	const struct manifest_component *c, const struct runs *r, ota_id *refused)
{
	struct choose_input in = {.c = c, .have_source = true};
	ota_err why = OTA_ERR_INIT;
	uint32_t index = 0;

	if (c->payloads[0].kind == PAYLOAD_PRESENT)
		return &c->payloads[0];
	in.matches = matches(c, r);
	in.delta_only = manifest_patched(&k->b->m, c->name);
	if (choose_payload(&index, &in, NULL, &why) == OTA_OK)
		return &c->payloads[index];
	*refused = why.id;
	return NULL;
}

/* Its bytes and the padding before it: both are read. */
static uint64_t span(const struct costs *k, uint64_t section)
{
	uint64_t from = section > 0 ? k->infos[section - 1].end : k->b->h.data_off;

	return k->infos[section].end - from;
}

static uint64_t best_full(const struct costs *k, const struct manifest_component *c)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind == PAYLOAD_FULL)
			least = min_u64(least, span(k, c->payloads[i].section));
	return least;
}

/* ---- all of them ---- */

static void add_section(ota_source_cost *out, const struct costs *k, uint64_t section)
{
	out->fetch += span(k, section);
	out->slice += k->infos[section].table_len + k->b->m.sections[section].stored_size;
}

static void add_image(ota_source_cost *out, const struct costs *k,
	const struct manifest_component *c, const struct manifest_payload *p)
{
	const ota_devfile *d = k->b->plan->device;
	uint64_t us;

	if (p->kind == PAYLOAD_PRESENT)
		return;
	add_section(out, k, p->section);
	out->ram = max_u64(out->ram, k->beside + p->ram);
	if (d == NULL)
		return;
	out->erases += geometry_erases(d, c->target.size);
	out->programs += geometry_programs(d, c->target.size);
	us = geometry_us(d, &(struct flash_use){geometry_erases(d, c->target.size),
				    geometry_programs(d, c->target.size), 0});
	out->flash_us = us > UINT64_MAX - out->flash_us ? UINT64_MAX : out->flash_us + us;
}

static uint64_t weight(const struct costs *k, const struct manifest_payload *p)
{
	return p->kind == PAYLOAD_PRESENT ? 0 : span(k, p->section);
}

/* Of variants the one of the device; without a device the dearest, or one that is refused. */
static const struct manifest_payload *take(const struct manifest_component **c,
	const struct costs *k, const struct runs *r, ota_id *refused)
{
	const struct manifest_component *first = *c;
	const struct manifest_payload *most = NULL, *p;
	const ota_devfile *d = k->b->plan->device;

	if (d != NULL && manifest_pick(c, first, &d->facts, NULL, NULL) == OTA_OK)
		return choose(k, *c, r, refused);
	for (unsigned v = 0; v == 0 || v < first->variant_count; v++) {
		p = choose(k, &first[v], r, refused);
		if (p == NULL)
			return NULL;
		if (most == NULL || weight(k, p) > weight(k, most)) {
			most = p;
			*c = &first[v];
		}
	}
	return most;
}

static void describe(struct buf *text, const char *component, const struct manifest_payload *p)
{
	static const char *const kinds[] = {"full", "delta", "present"};

	buf_printf(text, "%s%s %s", text->len > 0 ? ", " : "", component,
		p != NULL ? kinds[p->kind] : "none");
}

static void add_component(ota_source_cost *out, struct install_cost *sum, struct buf *text,
	const struct costs *k, const struct manifest_component *c, const struct runs *r)
{
	const struct manifest_payload *p = take(&c, k, r, &out->refused);
	uint64_t full = best_full(k, c);

	describe(text, c->name, p);
	if (p != NULL)
		add_image(out, k, c, p);
	if (p != NULL && k->b->plan->device != NULL)
		foretell_image(sum, k, c, p);
	if (p == NULL || p->kind == PAYLOAD_PRESENT)
		return;
	if (full == UINT64_MAX || out->full == 0)
		out->full = 0;
	else
		out->full += full;
}

/* full stands at the head's bytes until a component without a full payload makes it 0. */
ota_status costs_of(ota_source_cost *out, const struct costs *k, const struct runs *r, ota_err *err)
{
	const struct build *b = k->b;
	struct arena *a = &b->plan->arena;
	struct install_cost sum = {0};
	struct buf text;
	ota_status st;

	*out = (ota_source_cost){.size = sizeof(*out), .ram = k->beside};
	out->slice = SLICE_LEN + HEADER_LEN + b->h.manifest_len;
	out->fetch = b->h.data_off;
	for (size_t i = 0; i < b->m.section_count; i++)
		if (k->infos[i].attachment != NULL && attachment_for_device(k->infos[i].attachment))
			add_section(out, k, i);
	out->full = out->fetch;
	buf_init(&text, b->ctx);
	for (size_t i = 0; i < b->m.component_count; i++)
		if (b->m.components[i].variant == 0)
			add_component(out, &sum, &text, k, &b->m.components[i], r);
	if (b->plan->device != NULL && out->refused == OTA_E_NONE)
		foretell_end(out, k, &sum);
	st = buf_status(&text, err);
	if (!st)
		out->takes = arena_strndup(a, (const char *)text.p, text.len);
	buf_fini(&text);
	return st || out->takes != NULL ? st : ota_fail_nomem(err);
}

/* ---- the table ---- */

static bool is_listed(const struct runs *list, size_t n, const struct manifest_component *c,
	const struct manifest_source *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].hash, s->hash) == 0 ||
			(same(list[i].version, s->version) && strcmp(list[i].owner, c->name) != 0))
			return true;
	return false;
}

/* One for each source: what several components name by one version is one. */
static size_t list_sources(struct runs *list, const ota_manifest *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->component_count; i++)
		for (size_t p = 0; p < m->components[i].payload_count; p++) {
			const struct manifest_component *c = &m->components[i];
			const struct manifest_source *s = c->payloads[p].source;

			if (c->payloads[p].kind != PAYLOAD_DELTA || is_listed(list, n, c, s))
				continue;
			list[n++] = (struct runs){s->version, s->hash, c->name};
		}
	return n;
}

ota_status costs_name(
	ota_source_cost *out, const struct costs *k, const struct runs *r, ota_err *err)
{
	struct arena *a = &k->b->plan->arena;
	char hash[2 * DIGEST_MAX + 16];

	if (r->hash != NULL) {
		snprintf(hash, sizeof(hash), "%s:%s", hash_name(k->b->alg), r->hash);
		out->hash = arena_strndup(a, hash, strlen(hash));
	}
	if (r->version != NULL)
		out->version = arena_strndup(a, r->version, strlen(r->version));
	if ((r->hash != NULL && out->hash == NULL) || (r->version != NULL && out->version == NULL))
		return ota_fail_nomem(err);
	return OTA_OK;
}

ota_status costs_note(struct build *b, ota_err *err)
{
	ota_plan *plan = b->plan;
	struct costs k = {.b = b};
	struct runs *list = arena_array(&b->arena, b->m.section_count + 1, sizeof(list[0]));
	size_t n;
	ota_status st;

	plan->sources = arena_array(&plan->arena, b->m.section_count + 1, sizeof(plan->sources[0]));
	if (list == NULL || plan->sources == NULL)
		return ota_fail_nomem(err);
	st = costs_init(&k, b, err);
	n = list_sources(list, &b->m) + 1;
	for (size_t i = 0; !st && i < n; i++) {
		st = costs_of(&plan->sources[i], &k, &list[i], err);
		if (!st)
			st = costs_name(&plan->sources[i], &k, &list[i], err);
	}
	plan->source_count = st ? 0 : n;
	if (!st && plan->fielded != NULL)
		st = reach_note(b, &k, err);
	return st;
}

size_t ota_plan_source_count(const ota_plan *plan)
{
	return plan->source_count;
}

const ota_source_cost *ota_plan_source_at(const ota_plan *plan, size_t index)
{
	return index < plan->source_count ? &plan->sources[index] : NULL;
}

size_t ota_plan_link_count(const ota_plan *plan)
{
	return plan->device != NULL ? plan->device->link_count : 0;
}

void ota_plan_link_cost(ota_link_cost *out, const ota_plan *plan, size_t link, uint64_t bytes)
{
	const struct devfile_link *l;

	assert(link < ota_plan_link_count(plan));
	l = &plan->device->links[link];
	*out = (ota_link_cost){sizeof(*out), l->name, link_ms(l, bytes), link_price(l, bytes)};
}
