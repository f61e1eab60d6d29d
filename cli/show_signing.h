/* SPDX-License-Identifier: MIT */
/* Who has signed a root, and who must. */
#ifndef CLI_SHOW_SIGNING_H
#define CLI_SHOW_SIGNING_H

#include "verbs.h"

/* By its own root role, and by that of previous (NULL: it is the first), how many of how many. */
ota_status show_signing(
	struct cli *c, const ota_root *previous, const ota_root *root, ota_err *err);

#endif
