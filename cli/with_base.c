/* SPDX-License-Identifier: MIT */
#include "with_base.h"

ota_status base_open(struct base *b, const struct cli *c, const char *name, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = io_open_file(&b->file, c, name, err);

	if (st)
		return st;
	st = ota_pkg_peek(&b->peek, c->ctx, b->file.src, NULL, &why);
	if (why.id == OTA_E_MAGIC)
		return OTA_OK;
	if (st)
		*err = why;
	return st ? ota_err_in(err, st, "%s", name) : OTA_OK;
}

void base_close(struct base *b)
{
	ota_peek_free(b->peek);
	io_close_file(&b->file);
}
