/* SPDX-License-Identifier: MIT */
/* What bytes cost on a link of a device file. */
#ifndef MODEL_COST_H
#define MODEL_COST_H

#include <model/devfile.h>

/* Milliseconds, rounded up. UINT64_MAX: longer than that. */
uint64_t link_ms(const struct devfile_link *l, uint64_t bytes);
/* Thousandths of a unit of money, rounded up. */
uint64_t link_price(const struct devfile_link *l, uint64_t bytes);

#endif
