/* SPDX-License-Identifier: MIT */
/* A patch in words and JSON. */
#ifndef CLI_SHOW_PATCH_H
#define CLI_SHOW_PATCH_H

#include "verbs.h"

/* Does src, of which nothing is read, begin as a patch? A pipe is not looked at. */
bool show_is_patch(ota_source *src);
ota_status show_patch(struct cli *c, ota_source *src, ota_err *err);

#endif
