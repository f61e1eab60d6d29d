/* SPDX-License-Identifier: MIT */
/* Inputs and outputs by name; "-" is stdin or stdout. */
#ifndef CLI_WITH_IO_H
#define CLI_WITH_IO_H

#include "verbs.h"

struct output_opts {
	const char *path;
	bool force;
};

extern const struct opt_group output_group; /* -o, --force */

/* Once a name; "-" may be read once. usage.own_input for what the command is going to write. */
ota_status io_open(ota_source **out, const struct cli *c, const char *name, ota_err *err);

/* To its end, uncommitted. */
ota_status io_copy(ota_sink *dst, ota_source *src, ota_err *err);

/* An input with random access: a pipe is copied to a temporary file first. */
struct io_file {
	ota_source *src;
	ota_spool *spool; /* owns src if not NULL */
};
ota_status io_open_file(struct io_file *out, const struct cli *c, const char *name, ota_err *err);
/* The same, but a pipe is copied only if its first bytes pass: it may have no end. */
typedef ota_status io_head_fn(const void *head, size_t len, ota_err *err);
ota_status io_open_file_if(struct io_file *out, const struct cli *c, const char *name,
	io_head_fn *check, ota_err *err);
void io_close_file(struct io_file *f);

/* usage.argument without -o, usage.terminal for binary to a terminal. */
ota_status io_create(ota_sink **out, struct cli *c, const struct output_opts *o, ota_err *err);
/*
 * As io_create with -o; without it the input `name` itself is replaced, by rename;
 * through a link, its target is.
 */
ota_status io_create_over(
	ota_sink **out, struct cli *c, const struct output_opts *o, const char *name, ota_err *err);
/* ota_sink_commit, but not after a signal. */
ota_status io_commit(ota_sink *sink, ota_err *err);
/*
 * Claim a file that is there and will be written, before any input is opened;
 * usage.secret_file for a secret key. Then every input asks io_spare.
 */
ota_status io_claim(struct cli *c, const char *path, ota_err *err);
ota_status io_spare(const struct cli *c, const char *name, ota_err *err);
/* Absent or a regular file: a device or a pipe must not be replaced by rename. */
ota_status io_regular(const char *path, ota_err *err);

/* TMPDIR, or NULL. */
const char *io_tmpdir(void);
/* SOURCE_DATE_EPOCH, else OTA_TIME_NONE. */
ota_status io_epoch(int64_t *out, ota_err *err);
/* The folder part of path with its slash, to be freed: "" for a bare name. NULL: no memory. */
char *io_folder(const char *path);

#endif
