/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "out.h"
#include "term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ota/text.h>

#define QUIET_MS 1000
#define PACE_MS  100

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_begin(struct progress *p, unsigned when)
{
	p->when = when;
	p->start = now_ms();
	p->last = 0;
	p->drawn = false;
}

static void json_line(const ota_event *ev)
{
	static const char *const kinds[] = {"progress", "state", "flash", "note"};
	char *line = out_json_event(kinds[ev->kind], ev->what, ev->done, ev->total, ev->text);

	if (line)
		fprintf(stderr, "%s\n", line);
	free(line);
}

static void draw(struct progress *p, const ota_event *ev)
{
	char what[64];

	ota_mask(what, sizeof(what), ev->what, ev->what ? strlen(ev->what) : 0);
	if (ev->total)
		fprintf(stderr, "\r\033[K%s %3.0f %%  %.1f of %.1f MiB", what,
			100.0 * (double)ev->done / (double)ev->total, (double)ev->done / 1048576,
			(double)ev->total / 1048576);
	else
		fprintf(stderr, "\r\033[K%s %.1f MiB", what, (double)ev->done / 1048576);
	p->drawn = true;
}

void progress_event(void *arg, const ota_event *ev)
{
	struct progress *p = arg;
	int64_t now = now_ms();
	bool last = ev->total && ev->done == ev->total;

	if (p->when == PROGRESS_NEVER)
		return;
	if (ev->kind == OTA_EV_PROGRESS && now - p->last < PACE_MS && !last)
		return;
	if (p->when == PROGRESS_JSON) {
		json_line(ev);
	} else if (ev->kind != OTA_EV_PROGRESS) {
		return;
	} else if (p->when == PROGRESS_AUTO) {
		if (now - p->start < QUIET_MS || !term_live(STDERR_FILENO))
			return;
		draw(p, ev);
	} else {
		draw(p, ev);
	}
	p->last = now;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs(p->when == PROGRESS_AUTO ? "\r\033[K" : "\n", stderr);
	p->drawn = false;
}
