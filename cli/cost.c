/* SPDX-License-Identifier: MIT */
#include "cost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(ota_campaign_info, member)

/* clang-format off */
const struct figure cost_figures[] = {
	{"operations", "Operations", COST_COUNT, AT(operations), NULL, NULL},
	{"control", "Of them control", COST_COUNT, AT(control), NULL, NULL},
	{"read", "Read", COST_BYTES, AT(read), "read",
	 "each component is hashed at every step; smaller images, or fewer of them"},
	{"programmed", "Programmed", COST_BYTES, AT(programmed), "written",
	 "a smaller image, or `kind: present` for what does not change"},
	{"erased", "Blocks erased", COST_COUNT, AT(erased), "erases",
	 "a smaller image, or `kind: present` for what does not change"},
	{"worn", "Most on one block", COST_COUNT, AT(worn), "block-erases",
	 "journal or boot control wear it: larger erase blocks, or a larger budget"},
	{"memory", "Memory", COST_BYTES, AT(memory), "memory",
	 "pack with --device and this much `ram`: chunks and patches get smaller"},
	{"boots", "Boots", COST_COUNT, AT(boots), NULL, NULL},
	{"tries", "Of them on trial", COST_COUNT, AT(tries), NULL, NULL},
	{"time_ms", "Time of the flash", COST_MS, AT(us), "time",
	 "a smaller image, or `kind: present` for what does not change"},
	{NULL, NULL, COST_COUNT, 0, NULL, NULL}};
/* clang-format on */

const char *cost_duration(char out[COST_TEXT_MAX], uint64_t ms)
{
	uint64_t s = ms / 1000, min = s / 60, h = min / 60;

	if (ms == UINT64_MAX)
		snprintf(out, COST_TEXT_MAX, "for ever");
	else if (s == 0)
		snprintf(out, COST_TEXT_MAX, "%" PRIu64 " ms", ms);
	else if (s < 100)
		snprintf(out, COST_TEXT_MAX, "%" PRIu64 ".%" PRIu64 " s", s, ms % 1000 / 100);
	else if (min < 100)
		snprintf(out, COST_TEXT_MAX, "%" PRIu64 " min %02" PRIu64 " s", min, s % 60);
	else if (h < 100)
		snprintf(out, COST_TEXT_MAX, "%" PRIu64 " h %02" PRIu64 " min", h, min % 60);
	else
		snprintf(out, COST_TEXT_MAX, "%" PRIu64 " days %" PRIu64 " h", h / 24, h % 24);
	return out;
}

uint64_t cost_value(const ota_campaign_info *info, const struct figure *f)
{
	uint64_t v;

	memcpy(&v, (const char *)info + f->off, sizeof(v));
	return f->kind == COST_MS && v != UINT64_MAX ? v / 1000 : v;
}

bool cost_known(const ota_campaign_info *info, const struct figure *f)
{
	return f->kind != COST_MS || info->us > 0;
}

const char *cost_amount(char out[COST_TEXT_MAX], const struct figure *f, uint64_t v)
{
	if (f->kind == COST_MS)
		return cost_duration(out, v);
	snprintf(out, COST_TEXT_MAX, "%" PRIu64 "%s", v, f->kind == COST_BYTES ? " bytes" : "");
	return out;
}

static void show_one(struct out *o, const struct figure *f, uint64_t v)
{
	char text[COST_TEXT_MAX];

	switch (f->kind) {
	case COST_BYTES:
		out_bytes(o, f->key, f->label, v);
		break;
	case COST_COUNT:
		out_u64(o, f->key, f->label, v);
		break;
	case COST_MS:
		out_u64(o, f->key, NULL, v);
		out_cell(o, f->label, cost_amount(text, f, v));
		break;
	}
}

void cost_show(struct out *o, const ota_campaign_info *info)
{
	out_object(o, "cost", "Without a fault");
	for (const struct figure *f = cost_figures; f->key; f++)
		if (cost_known(info, f))
			show_one(o, f, cost_value(info, f));
	out_end(o);
}

void cost_junit(struct xml *x, const ota_campaign_info *info)
{
	char text[24];

	junit_begin_properties(x);
	for (const struct figure *f = cost_figures; f->key; f++) {
		snprintf(text, sizeof(text), "%" PRIu64, cost_value(info, f));
		if (cost_known(info, f))
			junit_property(x, f->key, text);
	}
	junit_end_properties(x);
}
