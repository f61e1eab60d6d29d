/* SPDX-License-Identifier: MIT */
#include <base/file.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/rd.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_TRIES 16

struct file_sink {
	ota_sink base;
	const ota_ctx *ctx;
	int fd, dir;   /* dir: the folder of the target; -1 for a plain descriptor */
	char *name;    /* within dir */
	char temp[32]; /* "": an O_TMPFILE without a name */
	bool replace, committed, broken; /* broken: a write failed */
	uint64_t pos, end;               /* end: how far bytes (not holes) were written */
};

/* A descriptor that somebody else made non-blocking: wait as if it were not. */
static bool await(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return errno == EAGAIN && poll(&p, 1, -1) >= 0;
}

static ota_status write_all(int fd, const uint8_t *p, size_t len, ota_err *err)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && (errno == EINTR || await(fd, POLLOUT)))
			continue;
		if (n < 0)
			return ota_fail_sys(err, "write");
		p += n;
		len -= (size_t)n;
	}
	return OTA_OK;
}

static ota_status fd_write(ota_sink *s, const void *p, size_t len, ota_err *err)
{
	return write_all(((struct file_sink *)s)->fd, p, len, err);
}

static ota_status fd_commit(ota_sink *s, ota_err *err)
{
	(void)s;
	(void)err;
	return OTA_OK;
}

static void file_close(ota_sink *s)
{
	struct file_sink *f = (struct file_sink *)s;

	if (f->dir >= 0) {
		if (!f->committed && f->temp[0] != '\0')
			unlinkat(f->dir, f->temp, 0);
		close(f->fd);
		close(f->dir);
	}
	mem_free(f->ctx, f->name);
	mem_free(f->ctx, f);
}

ota_status ota_sink_fd(ota_sink **out, const ota_ctx *ctx, int fd, ota_err *err)
{
	static const ota_sink_ops ops = {sizeof(ops), fd_write, NULL, fd_commit, file_close};
	struct file_sink *f;
	ota_status st = MEM_NEW(&f, ctx, err);

	if (st)
		return st;
	*f = (struct file_sink){.base.ops = &ops, .ctx = ctx, .fd = fd, .dir = -1};
	*out = &f->base;
	return OTA_OK;
}

/* ---- a file that appears whole ---- */

#define HOLE 4096U

static ota_status file_zeros(ota_sink *s, uint64_t len, ota_err *err)
{
	struct file_sink *f = (struct file_sink *)s;
	uint64_t end;

	if (!add_u64(&end, f->pos, len) || end > INT64_MAX)
		return ota_fail(err, OTA_E_LIMIT, "the file would be longer than a file can be");
	f->pos = end;
	return OTA_OK;
}

static ota_status write_pieces(ota_sink *s, const void *p, size_t len, ota_err *err)
{
	struct file_sink *f = (struct file_sink *)s;
	const uint8_t *b = p;

	while (len > 0) {
		/* Pieces end on block borders of the file, so that whole zero blocks stay holes. */
		size_t n = min_size(len, HOLE - f->pos % HOLE);
		ota_status st = OTA_OK;

		if (n < HOLE || !mem_is_zero(b, n)) {
			while (len - n >= HOLE && !mem_is_zero(b + n, HOLE) && n < (1U << 20U))
				n += HOLE;
			if (f->pos != f->end && lseek(f->fd, (off_t)f->pos, SEEK_SET) < 0)
				return ota_fail_sys(err, "seek");
			st = write_all(f->fd, b, n, err);
			if (st)
				return st;
			f->end = f->pos + n;
		}
		st = file_zeros(s, n, err);
		if (st)
			return st;
		b += n;
		len -= n;
	}
	return OTA_OK;
}

/* After a failed write nobody knows what stands in the file: nothing more, and no commit. */
static ota_status check_broken(const struct file_sink *f, ota_err *err)
{
	if (!f->broken)
		return OTA_OK;
	return ota_fail(err, OTA_E_SHORT_WRITE, "%s: an earlier write failed", f->name);
}

static ota_status file_write(ota_sink *s, const void *p, size_t len, ota_err *err)
{
	struct file_sink *f = (struct file_sink *)s;
	ota_status st = check_broken(f, err);

	if (st)
		return st;
	st = write_pieces(s, p, len, err);
	f->broken = st != OTA_OK;
	return st;
}

static ota_status temp_name(struct file_sink *f, ota_err *err)
{
	uint64_t r;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return ota_fail_sys(err, "random bytes");
	snprintf(f->temp, sizeof(f->temp), ".ota-%016llx", (unsigned long long)r);
	return OTA_OK;
}

/* Give the unnamed file a temporary name beside its target, for rename. */
static ota_status link_temp(struct file_sink *f, ota_err *err)
{
	char proc[32];
	ota_status st;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", f->fd);
	for (int i = 0; i < NAME_TRIES; i++) {
		st = temp_name(f, err);
		if (st)
			break;
		if (linkat(AT_FDCWD, proc, f->dir, f->temp, AT_SYMLINK_FOLLOW) == 0)
			return OTA_OK;
		st = ota_fail_sys(err, "link of the finished file");
		if (errno != EEXIST)
			break;
	}
	f->temp[0] = '\0';
	return st;
}

static ota_status exists(const struct file_sink *f, ota_err *err)
{
	return ota_fail(err, OTA_E_EXISTS, "%s exists already", f->name);
}

static ota_status publish(struct file_sink *f, ota_err *err)
{
	char proc[32];
	ota_status st = OTA_OK;

	if (!f->replace && f->temp[0] == '\0') {
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", f->fd);
		if (linkat(AT_FDCWD, proc, f->dir, f->name, AT_SYMLINK_FOLLOW) == 0)
			return OTA_OK;
		return errno == EEXIST ? exists(f, err) : ota_fail_sys(err, "%s", f->name);
	}
	if (f->temp[0] == '\0')
		st = link_temp(f, err);
	if (st)
		return st;
	if (f->replace) {
		if (renameat(f->dir, f->temp, f->dir, f->name) != 0)
			return ota_fail_sys(err, "rename to %s", f->name);
		return OTA_OK;
	}
	/* Not every file system has hard links, nor every one a rename that never replaces. */
	if (renameat2(f->dir, f->temp, f->dir, f->name, RENAME_NOREPLACE) == 0)
		return OTA_OK;
	if (errno == EINVAL && linkat(f->dir, f->temp, f->dir, f->name, 0) == 0) {
		unlinkat(f->dir, f->temp, 0);
		return OTA_OK;
	}
	return errno == EEXIST ? exists(f, err) : ota_fail_sys(err, "%s", f->name);
}

static ota_status file_commit(ota_sink *s, ota_err *err)
{
	struct file_sink *f = (struct file_sink *)s;
	ota_status st = check_broken(f, err);

	if (st)
		return st;
	if (ftruncate(f->fd, (off_t)f->pos) != 0)
		return ota_fail_sys(err, "%s", f->name);
	if (fsync(f->fd) != 0)
		return ota_fail_sys(err, "%s", f->name);
	st = publish(f, err);
	if (st)
		return st;
	f->committed = true;
	/* Some file systems cannot sync a folder; the file is there all the same. */
	if (fsync(f->dir) == 0 || errno == EINVAL)
		return OTA_OK;
	st = ota_fail_sys(err, "folder of %s", f->name);
	/* What did not exist does not exist; what was replaced is complete. */
	if (!f->replace)
		unlinkat(f->dir, f->name, 0);
	return st;
}

/* Open the folder of path and keep the last part as the name. */
static ota_status split(struct file_sink *f, const char *path, ota_err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char *dir = NULL;
	ota_status st;

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ota_fail(err, OTA_E_ARGUMENT, "\"%s\" does not name a file", path);
	st = mem_new_bytes(&f->name, f->ctx, strlen(name) + 1, err);
	if (!st)
		st = mem_new_bytes(&dir, f->ctx, strlen(path) + 2, err);
	if (st)
		return st;
	memcpy(f->name, name, strlen(name));
	memcpy(dir, path, (size_t)(name - path));
	memcpy(dir + (name - path), ".", 2);
	f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		st = ota_fail_sys(err, "folder of %s", path);
	mem_free(f->ctx, dir);
	return st;
}

static ota_status open_unnamed(struct file_sink *f, mode_t mode, ota_err *err)
{
	ota_status st;

	f->fd = openat(f->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (f->fd >= 0 && access("/proc/self/fd", X_OK) == 0)
		return OTA_OK;
	if (f->fd >= 0)
		close(f->fd);
	for (int i = 0; i < NAME_TRIES; i++) {
		st = temp_name(f, err);
		if (st)
			return st;
		f->fd = openat(f->dir, f->temp, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
		if (f->fd >= 0)
			return OTA_OK;
		if (errno != EEXIST)
			break;
	}
	st = ota_fail_sys(err, "%s", f->name);
	f->temp[0] = '\0';
	return st;
}

/* A replaced file keeps its permissions; a secret is 0600 whatever the umask. */
static ota_status set_mode(struct file_sink *f, const ota_file_options *o, ota_err *err)
{
	struct stat sb;
	mode_t mode = 0600;

	if (!o->secret) {
		if (!o->replace || fstatat(f->dir, f->name, &sb, 0) != 0 || !S_ISREG(sb.st_mode))
			return OTA_OK;
		mode = sb.st_mode & 0777U;
	}
	return fchmod(f->fd, mode) == 0 ? OTA_OK : ota_fail_sys(err, "mode of %s", f->name);
}

/* Refuse early what publish would refuse late; publish decides. */
static ota_status check_target(const struct file_sink *f, ota_err *err)
{
	struct stat sb;

	if (fstatat(f->dir, f->name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
		return OTA_OK;
	if (S_ISDIR(sb.st_mode))
		return ota_fail(err, OTA_E_ARGUMENT, "%s is a folder", f->name);
	/* A device or pipe would become a file by that name. */
	if (f->replace && !S_ISREG(sb.st_mode) && !S_ISLNK(sb.st_mode))
		return ota_fail(err, OTA_E_ARGUMENT, "%s is not a regular file", f->name);
	return f->replace ? OTA_OK : exists(f, err);
}

ota_status ota_sink_file(ota_sink **out, const ota_ctx *ctx, const char *path,
	const ota_file_options *opt, ota_err *err)
{
	static const ota_sink_ops ops = {
		sizeof(ops), file_write, file_zeros, file_commit, file_close};
	ota_file_options o = {.size = sizeof(o)};
	struct file_sink *f;
	ota_status st;

	if (opt != NULL)
		memcpy(&o, opt, min_size(opt->size, sizeof(o)));
	st = MEM_NEW(&f, ctx, err);
	if (st)
		return st;
	*f = (struct file_sink){.base.ops = &ops, .ctx = ctx, .fd = -1, .dir = -1};
	f->replace = o.replace;
	st = split(f, path, err);
	if (!st)
		st = check_target(f, err);
	if (!st)
		st = open_unnamed(f, o.secret ? 0600 : o.mode != 0 ? o.mode : 0666, err);
	if (!st)
		st = set_mode(f, &o, err);
	if (st) {
		file_close(&f->base);
		return st;
	}
	*out = &f->base;
	return OTA_OK;
}
