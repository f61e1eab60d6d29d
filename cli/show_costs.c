/* SPDX-License-Identifier: MIT */
#include "show_costs.h"

#include "cost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHORT_HEX 12
#define TEXT_MAX  COST_TEXT_MAX

static const char *share(char out[TEXT_MAX], uint64_t part, uint64_t whole)
{
	snprintf(out, TEXT_MAX, "%.1f %%", 100.0 * (double)part / (double)whole);
	return out;
}

/* A version, else the first digits of the digest. */
static const char *name_of(char out[TEXT_MAX], const ota_source_cost *s)
{
	const char *colon = s->hash ? strchr(s->hash, ':') : NULL;

	if (s->version)
		snprintf(out, TEXT_MAX, "%.*s", TEXT_MAX - 1, s->version);
	else if (colon)
		snprintf(out, TEXT_MAX, "%.*s", (int)(colon - s->hash) + 1 + SHORT_HEX, s->hash);
	else
		snprintf(out, TEXT_MAX, "anything else");
	return out;
}

/* Of the slot alone: what the whole update does has a table of its own. */
static void show_flash(struct out *o, const ota_source_cost *s)
{
	if (!s->erases)
		return;
	out_u64(o, "erases", NULL, s->erases);
	out_u64(o, "programs", NULL, s->programs);
	if (s->flash_us)
		out_u64(o, "flash_ms", NULL, s->flash_us / 1000);
}

/* What it runs, and what it takes. */
static void show_choice(struct out *o, const ota_source_cost *s)
{
	char text[TEXT_MAX];

	out_str(o, "runs", "Runs", name_of(text, s));
	out_str(o, "version", NULL, s->version);
	out_str(o, "hash", NULL, s->hash);
	out_str(o, "takes", "Takes", s->takes);
}

static void show_source(struct out *o, const ota_source_cost *s)
{
	char text[TEXT_MAX];

	out_row(o);
	show_choice(o, s);
	if (s->refused) {
		out_str(o, "refused", "Refused", ota_id_find(s->refused)->name);
		out_end(o);
		return;
	}
	out_u64(o, "fetch", "Fetch", s->fetch);
	if (s->full) {
		out_u64(o, "full", NULL, s->full);
		out_cell(o, "Of full", share(text, s->fetch, s->full));
	}
	out_u64(o, "slice", "Slice", s->slice);
	out_u64(o, "ram", "RAM", s->ram);
	show_flash(o, s);
	out_end(o);
}

static void show_price(struct out *o, uint64_t price)
{
	char text[TEXT_MAX];

	out_u64(o, "price", NULL, price);
	snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64, price / 1000, price % 1000);
	if (price)
		out_cell(o, "Price", text);
}

static void show_link(struct out *o, const char *runs, const ota_link_cost *l)
{
	char text[TEXT_MAX];

	out_row(o);
	out_str(o, "runs", "Runs", runs);
	out_str(o, "link", "Link", l->name);
	out_u64(o, "ms", NULL, l->ms);
	out_cell(o, "Time", cost_duration(text, l->ms));
	show_price(o, l->price);
	out_end(o);
}

static void show_links(struct out *o, const ota_plan *plan)
{
	if (ota_plan_link_count(plan) == 0)
		return;
	out_table(o, "links", "Links");
	for (size_t i = 0; i < ota_plan_source_count(plan); i++) {
		const ota_source_cost *s = ota_plan_source_at(plan, i);
		char runs[TEXT_MAX];

		for (size_t k = 0; !s->refused && k < ota_plan_link_count(plan); k++) {
			ota_link_cost l;

			ota_plan_link_cost(&l, plan, k, s->fetch);
			show_link(o, name_of(runs, s), &l);
		}
	}
	out_end(o);
}

static void show_fielded_row(struct out *o, const ota_fielded_cost *f)
{
	char text[TEXT_MAX];

	out_row(o);
	out_str(o, "name", "Name", f->name);
	show_choice(o, f->cost);
	out_u64(o, "count", "Devices", f->count);
	out_u64(o, "fetch", "Fetch", f->cost->fetch);
	if (f->cost->full) {
		out_u64(o, "full", NULL, f->cost->full);
		out_cell(o, "Of full", share(text, f->cost->fetch, f->cost->full));
	}
	out_end(o);
}

static void show_total(struct out *o, const ota_plan *plan)
{
	const ota_fielded_total *t = ota_plan_fielded_total(plan);
	char text[TEXT_MAX];

	out_object(o, "fleet", "The fleet");
	out_u64(o, "devices", "Devices", t->devices);
	out_bytes(o, "bytes", "Fetches", t->bytes);
	out_bytes(o, "full", "Without deltas", t->full);
	if (t->full)
		out_str(o, "share", "Of that", share(text, t->bytes, t->full));
	out_table(o, "links", NULL);
	for (size_t k = 0; k < ota_plan_link_count(plan); k++) {
		ota_link_cost l;

		ota_plan_link_cost(&l, plan, k, t->bytes);
		out_row(o);
		out_str(o, "link", "On link", l.name);
		show_price(o, l.price);
		out_end(o);
	}
	out_end(o);
	out_end(o);
}

void show_fielded(struct out *o, const ota_plan *plan)
{
	ota_fielded_cost f;

	if (!ota_plan_fielded_count(plan))
		return;
	out_table(o, "fielded", "Fielded versions");
	for (size_t i = 0; ota_plan_fielded_at(&f, plan, i); i++)
		show_fielded_row(o, &f);
	out_end(o);
	show_total(o, plan);
}

void show_deltas(struct out *o, const ota_plan *plan, const char *cache)
{
	uint64_t made = ota_plan_deltas_made(plan), cached = ota_plan_deltas_cached(plan);

	out_u64(o, "deltas_made", cache ? "Deltas made" : NULL, made);
	out_u64(o, "deltas_cached", cache ? "From the cache" : NULL, cached);
}

static void show_install(struct out *o, const ota_source_cost *s)
{
	char text[TEXT_MAX];

	out_row(o);
	out_str(o, "runs", "Runs", name_of(text, s));
	out_u64(o, "read", "Read", s->read);
	out_u64(o, "programmed", "Programmed", s->programmed);
	out_u64(o, "erased", "Blocks erased", s->erased);
	out_u64(o, "worn", "Most on one", s->worn);
	out_u64(o, "memory", "Memory", s->memory);
	out_u64(o, "boots", "Boots", s->boots);
	out_u64(o, "tries", "Tries", s->tries);
	if (s->us) {
		out_u64(o, "time_ms", NULL, s->us / 1000);
		out_cell(o, "Time", cost_duration(text, s->us / 1000));
	}
	out_end(o);
}

static void show_installs(struct out *o, const ota_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < ota_plan_source_count(plan); i++)
		n += ota_plan_source_at(plan, i)->boots > 0;
	if (n == 0)
		return;
	out_table(o, "installs", "The whole update, on the device");
	for (size_t i = 0; i < ota_plan_source_count(plan); i++)
		if (ota_plan_source_at(plan, i)->boots)
			show_install(o, ota_plan_source_at(plan, i));
	out_end(o);
}

void show_sources(struct out *o, const ota_plan *plan)
{
	out_table(o, "sources", "Costs, by what a device runs");
	for (size_t i = 0; i < ota_plan_source_count(plan); i++)
		show_source(o, ota_plan_source_at(plan, i));
	out_end(o);
	show_installs(o, plan);
	show_links(o, plan);
}
