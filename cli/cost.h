/* SPDX-License-Identifier: MIT */
/* What an update costs a device, as one table of figures. */
#ifndef CLI_COST_H
#define CLI_COST_H

#include "junit.h"
#include "out.h"

#include <ota/ota.h>

#define COST_TEXT_MAX    64
#define COST_FIGURES_MAX 16

enum cost_kind { COST_COUNT, COST_BYTES, COST_MS };

struct figure {
	const char *key, *label;
	enum cost_kind kind;
	size_t off;         /* of the uint64_t in ota_campaign_info; of a time in microseconds */
	const char *budget; /* its name for --budget; NULL: it has none */
	const char *cure;   /* what to do where it is over */
};

extern const struct figure cost_figures[]; /* ends with key NULL */

/* Milliseconds of a time. */
uint64_t cost_value(const ota_campaign_info *info, const struct figure *f);
/* false: the device file does not say. */
bool cost_known(const ota_campaign_info *info, const struct figure *f);
/* "4.0 s", "2 h 05 min" */
const char *cost_duration(char out[COST_TEXT_MAX], uint64_t ms);
/* "4096 bytes", "4.0 s", "3" */
const char *cost_amount(char out[COST_TEXT_MAX], const struct figure *f, uint64_t v);
/* Of the run without a fault. */
void cost_show(struct out *o, const ota_campaign_info *info);
/* The same as properties of a test suite. */
void cost_junit(struct xml *x, const ota_campaign_info *info);

#endif
