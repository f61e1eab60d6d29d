/* SPDX-License-Identifier: MIT */
#include <ota/io.h>

#include <base/ctx.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ota_spool {
	const ota_ctx *ctx;
	int fd;
	ota_sink *sink;
	ota_source *source;
};

/* The sink appends to the file that the source then measures: opened at the first ask. */
ota_source *ota_spool_source(ota_spool *sp)
{
	if (sp->source == NULL && ota_source_fd(&sp->source, sp->ctx, sp->fd, false, NULL))
		return NULL;
	return sp->source;
}

ota_sink *ota_spool_sink(ota_spool *sp)
{
	return sp->sink;
}

static int open_named(const char *dir)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/ota-XXXXXX", dir);
	int fd = n > 0 && (size_t)n < sizeof(path) ? mkostemp(path, O_CLOEXEC) : -1;

	if (fd >= 0)
		unlink(path);
	return fd;
}

ota_status ota_spool_new(ota_spool **out, const ota_ctx *ctx, const char *dir, ota_err *err)
{
	const char *where = dir != NULL ? dir : "/var/tmp";
	ota_spool *sp;
	ota_status st = MEM_NEW(&sp, ctx, err);

	if (st)
		return st;
	sp->ctx = ctx;
	sp->fd = open(where, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (sp->fd < 0)
		sp->fd = open_named(where);
	if (sp->fd < 0)
		st = ota_fail_sys(err, "temporary file in %s", where);
	if (!st)
		st = ota_sink_fd(&sp->sink, ctx, sp->fd, err);
	if (st) {
		ota_spool_free(sp);
		return st;
	}
	*out = sp;
	return OTA_OK;
}

void ota_spool_free(ota_spool *sp)
{
	if (sp == NULL)
		return;
	ota_sink_close(sp->sink);
	ota_source_close(sp->source);
	if (sp->fd >= 0)
		close(sp->fd);
	mem_free(sp->ctx, sp);
}
