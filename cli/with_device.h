/* SPDX-License-Identifier: MIT */
/* The device that a command is about. */
#ifndef CLI_WITH_DEVICE_H
#define CLI_WITH_DEVICE_H

#include "verbs.h"

/* path NULL: any device of product. */
ota_status device_open(ota_devfile **out, const struct cli *c, const char *path,
	const char *product, ota_err *err);

#endif
