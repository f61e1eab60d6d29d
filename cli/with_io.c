/* SPDX-License-Identifier: MIT */
#include "with_io.h"

#include "interrupt.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct opt output_rows[] = {
	{'o', OPT_TEXT, "output", "FILE", "where the result goes; - is stdout",
		offsetof(struct output_opts, path), NULL},
	{0, OPT_FLAG, "force", NULL, "replace an existing file",
		offsetof(struct output_opts, force), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group output_group = {"Output", output_rows};

static bool is_secret(const char *path)
{
	static const char head[] = "otap-secret-key-v1";
	char text[sizeof(head) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(text) && !memcmp(text, head, sizeof(text));
}

/* Names may differ: it is the file that counts. */
static bool claimed(const struct cli *c, const struct stat *info)
{
	for (size_t i = 0; i < c->claim_count; i++)
		if (c->claims[i].dev == info->st_dev && c->claims[i].ino == info->st_ino)
			return true;
	return false;
}

ota_status io_claim(struct cli *c, const char *path, ota_err *err)
{
	struct stat info;

	if (stat(path, &info))
		return OTA_OK;
	if (is_secret(path))
		return ota_fail(err, OTA_E_SECRET_FILE, "%s is a secret key", path);
	if (claimed(c, &info))
		return ota_fail(err, OTA_E_OWN_INPUT, "%s would be written twice", path);
	if (c->claim_count == CLAIMS_MAX)
		return ota_fail(
			err, OTA_E_LIMIT_COUNT, "more than %d files would be replaced", CLAIMS_MAX);
	c->claims[c->claim_count++] = (struct claim){info.st_dev, info.st_ino};
	return OTA_OK;
}

ota_status io_spare(const struct cli *c, const char *name, ota_err *err)
{
	struct stat info;
	int rc = strcmp(name, "-") ? stat(name, &info) : fstat(STDIN_FILENO, &info);

	if (!rc && claimed(c, &info))
		return ota_fail(err, OTA_E_OWN_INPUT, "the result would replace the input %s",
			strcmp(name, "-") ? name : "on stdin");
	return OTA_OK;
}

ota_status io_open(ota_source **out, const struct cli *c, const char *name, ota_err *err)
{
	ota_status st = io_spare(c, name, err);

	if (st)
		return st;
	if (!strcmp(name, "-"))
		return ota_source_fd(out, c->ctx, STDIN_FILENO, false, err);
	return ota_source_file(out, c->ctx, name, err);
}

ota_status io_copy(ota_sink *dst, ota_source *src, ota_err *err)
{
	const size_t cap = 1 << 16;
	uint8_t *buf = malloc(cap);
	ota_status st = buf ? OTA_OK : ota_fail_nomem(err);
	size_t n = cap;

	while (!st && n == cap) {
		st = ota_source_read(src, buf, cap, &n, err);
		if (!st)
			st = ota_sink_write(dst, buf, n, err);
	}
	free(buf);
	return st;
}

static ota_status copy_head(ota_sink *dst, ota_source *src, io_head_fn *check, ota_err *err)
{
	uint8_t head[OTA_PATCH_HEAD];
	size_t n = 0;
	ota_status st = ota_source_read(src, head, sizeof(head), &n, err);

	if (!st)
		st = check(head, n, err);
	return st ? st : ota_sink_write(dst, head, n, err);
}

ota_status io_open_file(struct io_file *out, const struct cli *c, const char *name, ota_err *err)
{
	return io_open_file_if(out, c, name, NULL, err);
}

ota_status io_open_file_if(
	struct io_file *out, const struct cli *c, const char *name, io_head_fn *check, ota_err *err)
{
	ota_source *src = NULL;
	ota_spool *spool = NULL;
	ota_status st;

	st = io_open(&src, c, name, err);
	if (st)
		goto out;
	if (ota_source_seekable(src)) {
		*out = (struct io_file){src, NULL};
		return OTA_OK;
	}
	st = ota_spool_new(&spool, c->ctx, io_tmpdir(), err);
	if (!st && check)
		st = copy_head(ota_spool_sink(spool), src, check, err);
	if (!st)
		st = io_copy(ota_spool_sink(spool), src, err);
	st = ota_err_in(err, st, "copying %s to a temporary file in %s", name,
		io_tmpdir() ? io_tmpdir() : "/var/tmp");
	if (!st)
		st = ota_sink_commit(ota_spool_sink(spool), err);
	if (st)
		goto out;
	*out = (struct io_file){ota_spool_source(spool), spool};
	spool = NULL;
out:
	ota_spool_free(spool);
	ota_source_close(src);
	return st;
}

void io_close_file(struct io_file *f)
{
	if (f->spool)
		ota_spool_free(f->spool);
	else
		ota_source_close(f->src);
	*f = (struct io_file){NULL, NULL};
}

ota_status io_create(ota_sink **out, struct cli *c, const struct output_opts *o, ota_err *err)
{
	const ota_file_options opt = {.size = sizeof(opt), .replace = o->force};
	ota_status st;

	if (!o->path)
		return ota_fail(err, OTA_E_ARGUMENT, "say with -o where the result goes");
	if (strcmp(o->path, "-") != 0) {
		st = io_regular(o->path, err);
		if (!st)
			st = io_claim(c, o->path, err);
		return st ? st : ota_sink_file(out, c->ctx, o->path, &opt, err);
	}
	if (isatty(STDOUT_FILENO))
		return ota_fail(
			err, OTA_E_TERMINAL, "the result is binary and stdout is a terminal");
	if (c->common.json)
		return ota_fail(err, OTA_E_OPTION, "--json and -o - both want stdout");
	out_mute(c->out);
	return ota_sink_fd(out, c->ctx, STDOUT_FILENO, err);
}

ota_status io_create_over(
	ota_sink **out, struct cli *c, const struct output_opts *o, const char *name, ota_err *err)
{
	const ota_file_options opt = {.size = sizeof(opt), .replace = true};
	ota_status st;
	char *path;

	if (o->path)
		return io_create(out, c, o, err);
	st = io_regular(name, err);
	if (st)
		return st;
	path = realpath(name, NULL);
	st = path ? ota_sink_file(out, c->ctx, path, &opt, err)
		  : ota_fail_sys(err, "cannot find %s", name);
	free(path);
	return st;
}

ota_status io_commit(ota_sink *sink, ota_err *err)
{
	if (interrupt_seen())
		return ota_fail(err, OTA_E_CANCELLED, "stopped by a signal");
	return ota_sink_commit(sink, err);
}

ota_status io_regular(const char *path, ota_err *err)
{
	struct stat info;

	if (stat(path, &info) || S_ISREG(info.st_mode))
		return OTA_OK;
	return ota_fail(err, OTA_E_ARGUMENT,
		"%s is not a regular file, and results appear by rename; use -o - and redirect",
		path);
}

const char *io_tmpdir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : NULL;
}

ota_status io_epoch(int64_t *out, ota_err *err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	*out = OTA_TIME_NONE;
	if (!text || !*text)
		return OTA_OK;
	if (!opt_u64(&seconds, text) || seconds > 253402300799)
		return ota_fail(err, OTA_E_ARGUMENT,
			"SOURCE_DATE_EPOCH is '%s'; it takes seconds since 1970", text);
	*out = (int64_t)seconds;
	return OTA_OK;
}

char *io_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}
