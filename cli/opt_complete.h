/* SPDX-License-Identifier: MIT */
/* Completion scripts from the tables. */
#ifndef CLI_OPT_COMPLETE_H
#define CLI_OPT_COMPLETE_H

#include <stdio.h>

#include "verbs.h"

void complete_bash(struct cli *c, FILE *f);
void complete_zsh(struct cli *c, FILE *f);
void complete_fish(struct cli *c, FILE *f);

#endif
