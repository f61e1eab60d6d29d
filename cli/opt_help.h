/* SPDX-License-Identifier: MIT */
/* Help from the tables. */
#ifndef CLI_OPT_HELP_H
#define CLI_OPT_HELP_H

#include "verbs.h"

/* Every verb in its group. */
void help_overview(struct out *o);
/* Usage, options and examples of one verb. */
void help_usage(struct cli *c, const struct verb *v);

#endif
