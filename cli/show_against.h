/* SPDX-License-Identifier: MIT */
/* What packages or heads, the operands, change against what was released before. */
#ifndef CLI_SHOW_AGAINST_H
#define CLI_SHOW_AGAINST_H

#include "verbs.h"

/*
 * before: a package or head, or a folder of them, of which the one of that product with the
 * highest version is taken that is not the operand itself.
 */
ota_status show_against(struct cli *c, const char *before, ota_err *err);

#endif
