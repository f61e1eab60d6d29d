/* SPDX-License-Identifier: MIT */
/* A program that signs: the text on its stdin, the signature on its stdout. */
#ifndef CLI_WITH_PROGRAM_H
#define CLI_WITH_PROGRAM_H

#include <ota/sign.h>

/* arg: the program, a path or a name in PATH (const char *). It is run without a shell. */
ota_sign_fn program_sign;

#endif
