/* SPDX-License-Identifier: MIT */
/* Progress on stderr. Text waits a second: what is quick stays quiet. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <ota/ctx.h>

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER, PROGRESS_JSON };

struct progress {
	unsigned when; /* enum progress_when */
	bool drawn;
	int64_t start, last; /* ms of the monotonic clock; last: of the last line */
};

void progress_begin(struct progress *p, unsigned when);
/* An ota_event_fn; arg is the struct. */
void progress_event(void *arg, const ota_event *ev);
/* Wipe the line, so that other text can follow. */
void progress_end(struct progress *p);

#endif
