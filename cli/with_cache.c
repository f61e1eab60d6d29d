/* SPDX-License-Identifier: MIT */
#include "with_cache.h"

#include "with_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static ota_status path_of(char **out, const struct cache *k, const char *name, ota_err *err)
{
	return asprintf(out, "%s/%s", k->dir, name) < 0 ? ota_fail_nomem(err) : OTA_OK;
}

static ota_status get(void *arg, const char *name, ota_source **out, ota_err *err)
{
	const struct cache *k = arg;
	ota_err why = OTA_ERR_INIT;
	char *path = NULL;
	ota_status st = path_of(&path, k, name, &why);

	if (!st)
		st = ota_source_file(out, k->c->ctx, path, &why);
	free(path);
	if (!st || why.sys_errno == ENOENT)
		return OTA_OK;
	*err = why;
	return st;
}

static ota_status put(void *arg, const char *name, ota_source *patch, ota_err *err)
{
	const ota_file_options opt = {.size = sizeof(opt), .replace = true, .secret = true};
	const struct cache *k = arg;
	ota_sink *sink = NULL;
	char *path = NULL;
	ota_status st = path_of(&path, k, name, err);

	if (!st)
		st = ota_sink_file(&sink, k->c->ctx, path, &opt, err);
	if (!st)
		st = io_copy(sink, patch, err);
	if (!st)
		st = io_commit(sink, err);
	ota_sink_close(sink);
	free(path);
	return st;
}

ota_status cache_open(struct cache *out, const struct cli *c, const char *dir, ota_err *err)
{
	struct stat sb;

	*out = (struct cache){{sizeof(out->ops), out, get, put}, c, dir};
	if (mkdir(dir, 0700) && errno != EEXIST)
		return ota_fail_sys(err, "make %s", dir);
	if (stat(dir, &sb))
		return ota_fail_sys(err, "look at %s", dir);
	if (!S_ISDIR(sb.st_mode))
		return ota_fail(err, OTA_E_ARGUMENT, "%s is no folder", dir);
	if (sb.st_mode & (S_IWGRP | S_IWOTH))
		return ota_fail(err, OTA_E_ARGUMENT,
			"others can write to %s: a cache is for one user (chmod 700)", dir);
	return OTA_OK;
}
