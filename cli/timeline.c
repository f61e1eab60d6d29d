/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BIT_ERASE = 1, BIT_PROGRAM = 2, BIT_OTHER = 4, BIT_JUDGED = 8 };

/* What a column of a lane holds, from top to bottom. */
static const struct band {
	uint8_t bit;
	unsigned top, height; /* within the lane */
	const char *name, *color;
} bands[] = {
	{BIT_ERASE, 0, 8, "erase", "#c2662d"},
	{BIT_PROGRAM, 8, 8, "program", "#2f6fab"},
	{BIT_OTHER, 16, 3, "sync, burn", "#777777"},
	{BIT_JUDGED, 20, 2, "cuts judged", "#4c9a52"},
};
#define BANDS (sizeof(bands) / sizeof(bands[0]))

#define LEFT        170U /* of the time */
#define RIGHT       300U /* for the figures of the longest simulation */
#define TOP         56U
#define LANE_HEIGHT 34U
#define TEXT_HEIGHT 16U
#define TICKS       4U

/* ---- drawing ---- */

struct pen {
	struct timeline *t;
	const struct rehearsal *r;
};

/* The lane of a region; the last one takes what is left when there are too many. */
static struct lane *lane_of(struct timeline *t, const char *region)
{
	struct lane *lane;
	size_t i = 0;

	while (i < t->lane_count && strcmp(t->lane[i].region, region))
		i++;
	if (i < t->lane_count)
		return &t->lane[i];
	if (i == TIMELINE_LANES)
		return &t->lane[i - 1];
	lane = &t->lane[i];
	lane->region = strdup(region);
	lane->column = calloc(TIMELINE_COLUMNS, 1);
	if (!lane->region || !lane->column) {
		free(lane->region);
		free(lane->column);
		t->oom = true;
		return NULL;
	}
	t->lane_count++;
	return lane;
}

static bool is_timed(const struct timeline *t)
{
	return t->info.us > 0 && t->info.us < UINT64_MAX / TIMELINE_COLUMNS;
}

static uint64_t whole(const struct timeline *t)
{
	uint64_t all = is_timed(t) ? t->info.us : t->info.operations;

	return all ? all : 1;
}

static unsigned column_at(const struct timeline *t, uint64_t when)
{
	uint64_t c = when * TIMELINE_COLUMNS / whole(t);

	return c < TIMELINE_COLUMNS ? (unsigned)c : TIMELINE_COLUMNS - 1;
}

static uint8_t bits_of(const ota_case_op *op)
{
	uint8_t bits = BIT_OTHER;

	if (!strcmp(op->kind, "erase"))
		bits = BIT_ERASE;
	if (!strcmp(op->kind, "program"))
		bits = BIT_PROGRAM;
	return op->judged ? bits | BIT_JUDGED : bits;
}

static void note(struct lane *lane, const ota_case_op *op)
{
	uint8_t bits = bits_of(op);

	lane->erases += bits & BIT_ERASE;
	lane->judged += op->judged;
	if (bits & BIT_PROGRAM) {
		lane->programs++;
		lane->bytes += op->len;
	}
}

/* A bad case whose first fault is at this operation. */
static void mark(const struct pen *pen, const ota_case_op *op, size_t lane, unsigned column)
{
	struct timeline *t = pen->t;
	char begin[32];
	size_t len = (size_t)snprintf(begin, sizeof(begin), "op%" PRIu64 ":", op->index);

	for (size_t i = 0; i < pen->r->found_count; i++) {
		const struct found *f = &pen->r->found[i];

		if (f->health == t->health && f->plan && !strncmp(f->plan, begin, len))
			t->mark[t->mark_count++] = (struct timeline_mark){f, lane, column};
	}
}

static void draw_op(void *arg, const ota_case_op *op)
{
	const struct pen *pen = arg;
	struct timeline *t = pen->t;
	struct lane *lane = lane_of(t, op->region);
	uint64_t from = is_timed(t) ? op->from_us : op->index;
	unsigned first = column_at(t, from);
	unsigned last = column_at(t, from + (is_timed(t) ? op->us : 1));

	if (!lane)
		return;
	if (op->boot > t->boot_count && t->boot_count < TIMELINE_BOOTS)
		t->boot[t->boot_count++] = first;
	note(lane, op);
	mark(pen, op, (size_t)(lane - t->lane), first);
	do
		lane->column[first] |= bits_of(op);
	while (++first < last);
}

ota_status timeline_draw(struct timeline *t, ota_campaign *c, const struct rehearsal *r,
	const char *health, ota_err *err)
{
	struct pen pen = {t, r};
	ota_status st;

	t->health = health;
	t->info.size = sizeof(t->info);
	ota_campaign_info_get(c, &t->info);
	st = ota_campaign_replay(c, NULL, draw_op, NULL, &pen, err);
	return !st && t->oom ? ota_fail_nomem(err) : st;
}

void timeline_fini(struct timeline *t)
{
	for (size_t i = 0; i < t->lane_count; i++) {
		free(t->lane[i].region);
		free(t->lane[i].column);
	}
}

/* ---- writing ---- */

static unsigned bottom(const struct timeline *t)
{
	return TOP + LANE_HEIGHT * (unsigned)t->lane_count;
}

static size_t notes_of(const struct timeline *t, const struct rehearsal *r)
{
	return r->found_count > t->mark_count ? r->found_count - t->mark_count : 0;
}

static void put_style(struct xml *x)
{
	xml_put(x, "<style>text{font:12px sans-serif;fill:#222}.t{fill:#666}.l{stroke:#ddd}"
		   ".b{stroke:#999;stroke-dasharray:3 3}.m{fill:#d00000}");
	for (size_t b = 0; b < BANDS; b++)
		xml_printf(x, ".k%zu{fill:%s}", b, bands[b].color);
	xml_put(x, "</style>\n");
}

static void put_begin(struct xml *x, const struct timeline *t, const struct rehearsal *r)
{
	unsigned width = LEFT + TIMELINE_COLUMNS + RIGHT;
	unsigned height = bottom(t) + TEXT_HEIGHT * (2 + (unsigned)notes_of(t, r));

	xml_put(x, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	xml_printf(x,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		"viewBox=\"0 0 %u %u\">\n",
		width, height, width, height);
	put_style(x);
	xml_put(x, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
}

static void put_title(struct xml *x, const struct timeline *t)
{
	char time[COST_TEXT_MAX] = "the device file does not say how long they take";

	if (is_timed(t))
		cost_duration(time, t->info.us / 1000);
	xml_printf(x,
		"<text x=\"8\" y=\"18\">Without a fault, health %s: %" PRIu64
		" operations, %" PRIu64 " bytes programmed, %" PRIu64 " blocks erased, %s</text>\n",
		t->health, t->info.operations, t->info.programmed, t->info.erased, time);
	for (unsigned b = 0; b < BANDS; b++)
		xml_printf(x,
			"<rect class=\"k%u\" x=\"%u\" y=\"28\" width=\"10\" height=\"8\"/>"
			"<text x=\"%u\" y=\"36\">%s</text>\n",
			b, LEFT + 110 * b, LEFT + 14 + 110 * b, bands[b].name);
	xml_printf(x,
		"<path class=\"m\" d=\"M%u 27l5 9h-10z\"/><text x=\"%u\" y=\"36\">bad "
		"case</text>\n",
		LEFT + 446, LEFT + 456);
}

static void put_axis(struct xml *x, const struct timeline *t)
{
	for (unsigned i = 0; i <= TICKS; i++) {
		unsigned at = LEFT + TIMELINE_COLUMNS * i / TICKS;
		uint64_t v = whole(t) * i / TICKS;
		char text[COST_TEXT_MAX];

		if (is_timed(t))
			cost_duration(text, v / 1000);
		else
			snprintf(text, sizeof(text), "op %" PRIu64, v);
		xml_printf(x,
			"<path class=\"l\" d=\"M%u %uV%u\"/><text class=\"t\" x=\"%u\" "
			"y=\"%u\">%s</text>\n",
			at, TOP, bottom(t), at, bottom(t) + 14, text);
	}
	for (size_t i = 0; i < t->boot_count; i++)
		xml_printf(x, "<path class=\"b\" d=\"M%u %uV%u\"><title>boot %zu</title></path>\n",
			LEFT + t->boot[i], TOP - 6, bottom(t), i + 1);
}

static void put_band(struct xml *x, const struct lane *lane, size_t b, unsigned y)
{
	const struct band *band = &bands[b];

	unsigned at = 0;

	while (at < TIMELINE_COLUMNS && !(lane->column[at] & band->bit))
		at++;
	if (at == TIMELINE_COLUMNS)
		return;
	xml_printf(x, "<path class=\"k%zu\" d=\"", b);
	for (unsigned from = at, to; from < TIMELINE_COLUMNS; from = to + 1) {
		for (to = from; to < TIMELINE_COLUMNS && (lane->column[to] & band->bit);)
			to++;
		if (to > from)
			xml_printf(x, "M%u %uh%uv%uh-%uz", LEFT + from, y + band->top, to - from,
				band->height, to - from);
	}
	xml_put(x, "\"/>\n");
}

static void put_lane(struct xml *x, const struct lane *lane, unsigned y)
{
	xml_printf(x, "<text x=\"8\" y=\"%u\">", y + 14);
	xml_text(x, lane->region);
	xml_put(x, "</text>\n");
	for (size_t b = 0; b < BANDS; b++)
		put_band(x, lane, b, y);
	xml_printf(x,
		"<text class=\"t\" x=\"%u\" y=\"%u\">%" PRIu64 " erases, %" PRIu64
		" programs, %" PRIu64 " bytes<title>%" PRIu64 " cases</title></text>\n",
		LEFT + TIMELINE_COLUMNS + 8, y + 14, lane->erases, lane->programs, lane->bytes,
		lane->judged);
}

static void put_found(struct xml *x, const struct rehearsal *r, const struct found *f)
{
	xml_printf(x, "--health %s --seed %" PRIu64 " --case ", f->health, r->seed);
	xml_text(x, f->plan);
	xml_printf(x, ": %s: ", f->verdict);
	xml_text(x, f->text);
}

static bool is_marked(const struct timeline *t, const struct found *f)
{
	bool is = false;

	for (size_t i = 0; i < t->mark_count; i++)
		is = is || t->mark[i].found == f;
	return is;
}

/* Bad cases where they strike; those of other ends of the new system in words. */
static void put_bad(struct xml *x, const struct timeline *t, const struct rehearsal *r)
{
	unsigned y = bottom(t) + TEXT_HEIGHT;

	for (size_t i = 0; i < t->mark_count; i++) {
		const struct timeline_mark *m = &t->mark[i];

		xml_printf(x, "<path class=\"m\" d=\"M%u %zul5 9h-10z\"><title>", LEFT + m->column,
			TOP + LANE_HEIGHT * m->lane + 14);
		put_found(x, r, m->found);
		xml_put(x, "</title></path>\n");
	}
	for (const struct found *f = r->found; f < r->found + r->found_count; f++) {
		if (is_marked(t, f))
			continue;
		y += TEXT_HEIGHT;
		xml_printf(x, "<text x=\"8\" y=\"%u\">", y);
		put_found(x, r, f);
		xml_put(x, "</text>\n");
	}
}

ota_status timeline_write(
	const struct timeline *t, const struct rehearsal *r, ota_sink *sink, ota_err *err)
{
	struct xml x = {sink, OTA_OK, err};

	put_begin(&x, t, r);
	put_title(&x, t);
	put_axis(&x, t);
	for (size_t i = 0; i < t->lane_count; i++)
		put_lane(&x, &t->lane[i], TOP + LANE_HEIGHT * (unsigned)i);
	put_bad(&x, t, r);
	xml_put(&x, "</svg>\n");
	return x.st;
}
