/* SPDX-License-Identifier: MIT */
/* The device that a command is about. */
#ifndef CLI_WITH_DEVICE_H
#define CLI_WITH_DEVICE_H

#include "verbs.h"

/* path NULL: any device of product. */
ota_status device_open(ota_devfile **out, const struct cli *c, const char *path,
	const char *product, ota_err *err);

/* Take the variants and payloads of pkg that suit the device of a device file. */
ota_status device_choose(const struct cli *c, ota_pkg *pkg, const char *path, ota_err *err);

#endif
