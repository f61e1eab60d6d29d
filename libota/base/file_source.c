/* SPDX-License-Identifier: MIT */
#include <base/file.h>

#include <base/ctx.h>
#include <base/num.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#endif

/* One system call moves at most this much, everywhere. */
#define IO_MAX (1U << 30U)

struct file_source {
	ota_source base;
	const ota_ctx *ctx;
	int fd;
	bool close_fd;
	unsigned mode;
	uint64_t pos, len; /* len only where seekable */
};

/* A pipe may never answer: the signal that cancels wakes the read. */
static ota_status read_some(
	const struct file_source *f, void *buf, size_t len, size_t *n, ota_err *err)
{
	ota_status st;
	ssize_t r;

	do {
		st = ctx_poll(f->ctx, err);
		if (st)
			return st;
		r = read(f->fd, buf, min_size(len, IO_MAX));
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return ota_fail_sys(err, "read");
	*n = (size_t)r;
	return OTA_OK;
}

static ota_status pipe_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct file_source *f = (struct file_source *)s;
	size_t total = 0, got = 1;

	while (total < cap && got > 0) {
		ota_status st = read_some(f, (char *)buf + total, cap - total, &got, err);

		if (st)
			return st;
		total += got;
	}
	*n = total;
	return OTA_OK;
}

static ota_status pread_some(
	struct file_source *f, void *buf, size_t len, uint64_t off, size_t *n, ota_err *err)
{
	size_t total = 0;

	while (total < len) {
		ssize_t r = pread(f->fd, (char *)buf + total, min_size(len - total, IO_MAX),
			(off_t)(off + total));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return ota_fail_sys(
				err, "read at byte %llu", (unsigned long long)(off + total));
		if (r == 0)
			break;
		total += (size_t)r;
	}
	*n = total;
	return OTA_OK;
}

/*
 * The position is ours, not the descriptor's: two sources over one file do not
 * disturb each other. The length seen at open time is the file: what is
 * appended later does not exist, what is cut off later is io.changed.
 */
static ota_status file_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct file_source *f = (struct file_source *)s;
	size_t want = size_of_u64(min_u64(cap, f->len - f->pos));
	ota_status st = pread_some(f, buf, want, f->pos, n, err);

	if (st)
		return st;
	if (*n < want)
		return ota_fail_at(err, OTA_E_CHANGED, f->pos + *n,
			"the file became shorter while it was read");
	f->pos += *n;
	return OTA_OK;
}

static ota_status file_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct file_source *f = (struct file_source *)s;
	size_t n = 0;
	ota_status st;

	if (off > f->len || len > f->len - off)
		return ota_fail_at(err, OTA_E_TRUNCATED, f->len, "truncated at byte %llu of %llu",
			(unsigned long long)f->len, (unsigned long long)(off + len));
	st = pread_some(f, buf, len, off, &n, err);
	if (st)
		return st;
	if (n < len)
		return ota_fail_at(
			err, OTA_E_CHANGED, off + n, "the file became shorter while it was read");
	return OTA_OK;
}

static ota_status file_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct file_source *)s)->len;
	return OTA_OK;
}

static void file_close(ota_source *s)
{
	struct file_source *f = (struct file_source *)s;

	if (f->close_fd)
		close(f->fd);
	mem_free(f->ctx, f);
}

static const ota_source_ops file_ops = {
	sizeof(file_ops), file_read, file_pread, file_length, file_close};
static const ota_source_ops pipe_ops = {sizeof(pipe_ops), pipe_read, NULL, NULL, file_close};

unsigned file_source_mode(const ota_source *s)
{
	bool is_file = s->ops == &file_ops || s->ops == &pipe_ops;

	return is_file ? ((const struct file_source *)s)->mode : 0;
}

static bool is_empty(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) == 0;
}

static ota_status measure(struct file_source *f, ota_err *err)
{
	struct stat sb;

	if (fstat(f->fd, &sb) != 0)
		return ota_fail_sys(err, "fstat");
	f->mode = sb.st_mode & 07777U;
	f->base.ops = &pipe_ops;
	if (S_ISDIR(sb.st_mode)) {
		errno = EISDIR;
		return ota_fail_sys(err, "read");
	}
	/* A regular file of no length may still have contents, in /proc and the like. */
	if (S_ISREG(sb.st_mode) && (sb.st_size > 0 || is_empty(f->fd))) {
		f->len = (uint64_t)sb.st_size;
		f->base.ops = &file_ops;
	}
#ifdef BLKGETSIZE64
	if (S_ISBLK(sb.st_mode)) {
		if (ioctl(f->fd, BLKGETSIZE64, &f->len) != 0)
			return ota_fail_sys(err, "size of the block device");
		f->base.ops = &file_ops;
	}
#endif
	return OTA_OK;
}

ota_status ota_source_fd(ota_source **out, const ota_ctx *ctx, int fd, bool close_fd, ota_err *err)
{
	struct file_source *f;
	ota_status st = MEM_NEW(&f, ctx, err);

	if (st)
		return st;
	f->ctx = ctx;
	f->fd = fd;
	st = measure(f, err);
	if (st) {
		mem_free(ctx, f);
		return st;
	}
	f->close_fd = close_fd;
	*out = &f->base;
	return OTA_OK;
}

ota_status ota_source_file(ota_source **out, const ota_ctx *ctx, const char *path, ota_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ota_status st;

	if (fd < 0)
		return ota_fail_sys(err, "%s", path);
	st = ota_source_fd(out, ctx, fd, true, err);
	if (st) {
		close(fd);
		return ota_err_in(err, st, "%s", path);
	}
	return OTA_OK;
}
