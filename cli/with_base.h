/* SPDX-License-Identifier: MIT */
/* What a device runs, as the command line names it: an image, or the package it came from. */
#ifndef CLI_WITH_BASE_H
#define CLI_WITH_BASE_H

#include "with_io.h"

struct base {
	struct io_file file;
	ota_peek *peek; /* NULL: it is an image */
};

ota_status base_open(struct base *b, const struct cli *c, const char *name, ota_err *err);
void base_close(struct base *b);

#endif
