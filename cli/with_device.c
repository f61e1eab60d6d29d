/* SPDX-License-Identifier: MIT */
#include "with_device.h"

#include "with_io.h"

ota_status device_open(
	ota_devfile **out, const struct cli *c, const char *path, const char *product, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	if (!path)
		return ota_devfile_default(out, c->ctx, product, err);
	st = io_open(&src, c, path, err);
	if (!st)
		st = ota_devfile_read(out, c->ctx, src, path, c->rep, err);
	ota_source_close(src);
	return st;
}

ota_status device_choose(const struct cli *c, ota_pkg *pkg, const char *path, ota_err *err)
{
	ota_devfile *device = NULL;
	ota_status st = device_open(&device, c, path, NULL, err);

	if (!st)
		st = ota_pkg_choose(pkg, device, c->rep, err);
	ota_devfile_free(device);
	return st;
}
