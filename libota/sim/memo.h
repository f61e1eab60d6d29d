/* SPDX-License-Identifier: MIT */
/*
 * A power-on depends on what it reads and on nothing else. So each one is run
 * once without a fault, with what it read first and what it did noted; where
 * another device holds the same in those places, it did the same. A power cut
 * leaves the operations before it and what the fault makes of the one it hits,
 * without any of the device's code. Only a block that goes bad needs that run.
 */
#ifndef SIM_MEMO_H
#define SIM_MEMO_H

#include <sim/leg.h>

struct memo;

/* Of one media m, a fork of s->start; both stay for as long. */
ota_status memo_new(struct memo **out, const struct scene *s, struct media *m, ota_err *err);
void memo_free(struct memo *k);
/* Between two cases: m was reset. Forgets all when it has become too much. */
ota_status memo_begin(struct memo *k, ota_err *err);
/* As leg_run on m, by its plan. */
ota_status memo_leg(struct leg *out, struct memo *k, ota_err *err);

#endif
