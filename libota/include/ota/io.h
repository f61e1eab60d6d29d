/* SPDX-License-Identifier: MIT */
/*
 * Sources are pulled, sinks are pushed; stages know bytes, not files. A NULL
 * method is an absent capability: a source without pread is a pipe, a sink
 * without zeros gets zeros written out. A sink's destination does not exist
 * (or is the old one) until commit succeeds; close without commit leaves no
 * trace. One thread at a time, except that pread is safe from several.
 */
#ifndef OTA_IO_H
#define OTA_IO_H

#include <ota/ctx.h>

typedef struct ota_source ota_source;
typedef struct ota_sink ota_sink;

typedef struct ota_source_ops {
	size_t size;
	/* Up to cap bytes into buf, *n of them; *n < cap only at the end. */
	ota_status (*read)(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err);
	/* Exactly len bytes at off, without moving read's position; NULL: a pipe. */
	ota_status (*pread)(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err);
	/* The length in bytes; NULL: unknown. */
	ota_status (*length)(ota_source *s, uint64_t *len, ota_err *err);
	void (*close)(ota_source *s);
} ota_source_ops;

typedef struct ota_sink_ops {
	size_t size;
	ota_status (*write)(ota_sink *s, const void *buf, size_t len, ota_err *err);
	ota_status (*zeros)(ota_sink *s, uint64_t len, ota_err *err);
	ota_status (*commit)(ota_sink *s, ota_err *err);
	void (*close)(ota_sink *s);
} ota_sink_ops;

/* Implementations put these first. */
struct ota_source {
	const ota_source_ops *ops;
};
struct ota_sink {
	const ota_sink_ops *ops;
};

OTA_API OTA_MUST_CHECK ota_status ota_source_read(
	ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err);
/* io.seek when the source is a pipe; malformed.truncated past the end. */
OTA_API OTA_MUST_CHECK ota_status ota_source_pread(
	ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err);
/* Exactly len bytes forward, else malformed.truncated. */
OTA_API OTA_MUST_CHECK ota_status ota_source_read_all(
	ota_source *s, void *buf, size_t len, ota_err *err);
/* io.seek when the length is not known. */
OTA_API OTA_MUST_CHECK ota_status ota_source_length(ota_source *s, uint64_t *len, ota_err *err);
OTA_API bool ota_source_seekable(const ota_source *s);
OTA_API void ota_source_close(ota_source *s); /* NULL is fine */

OTA_API OTA_MUST_CHECK ota_status ota_sink_write(
	ota_sink *s, const void *buf, size_t len, ota_err *err);
OTA_API OTA_MUST_CHECK ota_status ota_sink_zeros(ota_sink *s, uint64_t len, ota_err *err);
OTA_API OTA_MUST_CHECK ota_status ota_sink_commit(ota_sink *s, ota_err *err);
OTA_API void ota_sink_close(ota_sink *s); /* NULL is fine */

/* len bytes at p, borrowed until close. */
OTA_API OTA_MUST_CHECK ota_status ota_source_memory(
	ota_source **out, const ota_ctx *ctx, const void *p, size_t len, ota_err *err);
/* Bytes off … off+len of a seekable parent, borrowed until close. */
OTA_API OTA_MUST_CHECK ota_status ota_source_slice(ota_source **out, const ota_ctx *ctx,
	ota_source *parent, uint64_t off, uint64_t len, ota_err *err);
/* A growing buffer; *p and *len are valid from commit until close. */
OTA_API OTA_MUST_CHECK ota_status ota_sink_memory(ota_sink **out, const ota_ctx *ctx, ota_err *err);
OTA_API void ota_sink_memory_bytes(const ota_sink *s, const uint8_t **p, size_t *len);
/* Swallows. */
OTA_API OTA_MUST_CHECK ota_status ota_sink_null(ota_sink **out, const ota_ctx *ctx, ota_err *err);

/* ---- files (POSIX) ---- */

/* Opened once, O_CLOEXEC; regular files and block devices seek, others are pipes. */
OTA_API OTA_MUST_CHECK ota_status ota_source_file(
	ota_source **out, const ota_ctx *ctx, const char *path, ota_err *err);
/* Takes fd over only if close_fd; a seekable fd is read from offset 0. */
OTA_API OTA_MUST_CHECK ota_status ota_source_fd(
	ota_source **out, const ota_ctx *ctx, int fd, bool close_fd, ota_err *err);

typedef struct ota_file_options {
	size_t size;
	unsigned mode; /* permission bits, before umask; 0: 0666 */
	bool replace;  /* replace an existing file (rename); else usage.exists */
	bool secret;   /* 0600 whatever the umask, from the first byte */
} ota_file_options;

/*
 * A file that appears whole at commit: O_TMPFILE linked into place, or a
 * temporary beside the target and rename where that cannot be. File and folder
 * are synced. Long zero runs become holes. opt may be NULL.
 */
OTA_API OTA_MUST_CHECK ota_status ota_sink_file(ota_sink **out, const ota_ctx *ctx,
	const char *path, const ota_file_options *opt, ota_err *err);
/* Writes straight to fd (a pipe, stdout); not closed; commit only reports errors. */
OTA_API OTA_MUST_CHECK ota_status ota_sink_fd(
	ota_sink **out, const ota_ctx *ctx, int fd, ota_err *err);
/*
 * An unnamed temporary file in dir (NULL: /var/tmp): written through its sink,
 * then read through its source. Ask for the source after the last write; NULL
 * when out of memory. Both belong to the spool.
 */
typedef struct ota_spool ota_spool;
OTA_API OTA_MUST_CHECK ota_status ota_spool_new(
	ota_spool **out, const ota_ctx *ctx, const char *dir, ota_err *err);
OTA_API ota_sink *ota_spool_sink(ota_spool *sp);
OTA_API ota_source *ota_spool_source(ota_spool *sp);
OTA_API void ota_spool_free(ota_spool *sp);

#endif
