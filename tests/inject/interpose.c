/* SPDX-License-Identifier: MIT */
/*
 * Faults from outside: LD_PRELOAD this and the INJECT_AT-th call (from 1) of
 * the kind INJECT_KIND fails, or with INJECT_KILL the process is killed just
 * before it (INJECT_KILL=after: just after). INJECT_FOREVER: all later calls
 * fail too. INJECT_COUNT names a file that gets the number of calls at exit.
 *
 * Kinds: alloc (ENOMEM), read, write (ENOSPC), sync, name (open to create,
 * link, rename: EIO), write-short (half of the bytes). With INJECT_KILL, kind
 * change means every call that changes a file: write, sync and name.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { ALLOC = 1, READ = 2, WRITE = 4, SYNC = 8, NAME = 16 };

static const struct kind_name {
	const char *name;
	int kinds;
} names[] = {
	{"alloc", ALLOC},
	{"read", READ},
	{"write", WRITE},
	{"write-short", WRITE},
	{"sync", SYNC},
	{"name", NAME},
	{"change", WRITE | SYNC | NAME},
};

static struct {
	int kinds;
	long at;
	bool forever, kill, kill_after, halve;
	const char *count;
} cfg;
static atomic_long seen;

__attribute__((constructor)) static void start(void)
{
	const char *kind = getenv("INJECT_KIND");
	const char *at = getenv("INJECT_AT");
	const char *killing = getenv("INJECT_KILL");
	int kinds = 0;

	cfg.at = at != NULL ? strtol(at, NULL, 10) : 0;
	cfg.forever = getenv("INJECT_FOREVER") != NULL;
	cfg.kill = killing != NULL;
	cfg.kill_after = cfg.kill && strcmp(killing, "after") == 0;
	cfg.count = getenv("INJECT_COUNT");
	for (size_t i = 0; kind != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(kind, names[i].name) == 0)
			kinds = names[i].kinds;
	cfg.halve = kind != NULL && strcmp(kind, "write-short") == 0;
	cfg.kinds = kinds; /* counting begins here */
}

__attribute__((destructor)) static void finish(void)
{
	long n = atomic_load(&seen);
	char text[24];
	int fd, len;

	cfg.kinds = 0;
	if (cfg.count == NULL)
		return;
	len = snprintf(text, sizeof(text), "%ld\n", n);
	fd = (int)syscall(SYS_openat, AT_FDCWD, cfg.count, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || syscall(SYS_write, fd, text, len) != len)
		abort();
	close(fd);
}

/* Is this the call? *last: kill once it has been done. */
static bool hit(enum kind kind, bool *last)
{
	long n;

	*last = false;
	if ((cfg.kinds & (int)kind) == 0)
		return false;
	n = atomic_fetch_add(&seen, 1) + 1;
	if (cfg.at == 0 || n < cfg.at || (n > cfg.at && !cfg.forever))
		return false;
	if (!cfg.kill)
		return true;
	*last = cfg.kill_after;
	if (!cfg.kill_after)
		kill(getpid(), SIGKILL);
	return false;
}

static void done(bool last)
{
	if (last)
		kill(getpid(), SIGKILL);
}

extern void *__libc_malloc(size_t len);
extern void *__libc_calloc(size_t n, size_t len);
extern void *__libc_realloc(void *p, size_t len);
void *malloc(size_t len);
void *calloc(size_t n, size_t len);
void *realloc(void *p, size_t len);

void *malloc(size_t len)
{
	bool last;

	if (hit(ALLOC, &last)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(len);
}

void *calloc(size_t n, size_t len)
{
	bool last;

	if (hit(ALLOC, &last)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(n, len);
}

void *realloc(void *p, size_t len)
{
	bool last;

	if (hit(ALLOC, &last)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, len);
}

/* One body for the calls that move bytes: fail, move half, or move all. */
#define MOVE(kind, code, len, call)                                                                \
	do {                                                                                       \
		bool last;                                                                         \
		ssize_t r;                                                                         \
                                                                                                   \
		if (hit(kind, &last)) {                                                            \
			if (!cfg.halve || (len) < 2) {                                             \
				errno = code;                                                      \
				return -1;                                                         \
			}                                                                          \
			(len) /= 2;                                                                \
		}                                                                                  \
		r = (ssize_t)(call);                                                               \
		done(last);                                                                        \
		return r;                                                                          \
	} while (0)

ssize_t read(int fd, void *buf, size_t len)
{
	MOVE(READ, EIO, len, syscall(SYS_read, fd, buf, len));
}

ssize_t pread(int fd, void *buf, size_t len, off_t off)
{
	MOVE(READ, EIO, len, syscall(SYS_pread64, fd, buf, len, off));
}

ssize_t write(int fd, const void *buf, size_t len)
{
	if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
		return syscall(SYS_write, fd, buf, len);
	MOVE(WRITE, ENOSPC, len, syscall(SYS_write, fd, buf, len));
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t off)
{
	MOVE(WRITE, ENOSPC, len, syscall(SYS_pwrite64, fd, buf, len, off));
}

ssize_t copy_file_range(
	int in, off64_t *in_off, int out, off64_t *out_off, size_t len, unsigned flags)
{
	MOVE(WRITE, ENOSPC, len,
		syscall(SYS_copy_file_range, in, in_off, out, out_off, len, flags));
}

#define SIMPLE(kind, code, call)                                                                   \
	do {                                                                                       \
		bool last;                                                                         \
		int r;                                                                             \
                                                                                                   \
		if (hit(kind, &last)) {                                                            \
			errno = code;                                                              \
			return -1;                                                                 \
		}                                                                                  \
		r = (int)(call);                                                                   \
		done(last);                                                                        \
		return r;                                                                          \
	} while (0)

int ftruncate(int fd, off_t len)
{
	SIMPLE(WRITE, ENOSPC, syscall(SYS_ftruncate, fd, len));
}

int fallocate(int fd, int mode, off_t off, off_t len)
{
	SIMPLE(WRITE, ENOSPC, syscall(SYS_fallocate, fd, mode, off, len));
}

int fsync(int fd)
{
	SIMPLE(SYNC, EIO, syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
	SIMPLE(SYNC, EIO, syscall(SYS_fdatasync, fd));
}

int linkat(int from, const char *a, int to, const char *b, int flags)
{
	SIMPLE(NAME, EIO, syscall(SYS_linkat, from, a, to, b, flags));
}

int rename(const char *a, const char *b)
{
	SIMPLE(NAME, EIO, syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0));
}

int renameat(int from, const char *a, int to, const char *b)
{
	SIMPLE(NAME, EIO, syscall(SYS_renameat2, from, a, to, b, 0));
}

static int open_any(int dir, const char *path, int flags, va_list ap)
{
	bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
	mode_t mode = makes ? va_arg(ap, mode_t) : 0;

	if (!makes)
		return (int)syscall(SYS_openat, dir, path, flags, mode);
	SIMPLE(NAME, EIO, syscall(SYS_openat, dir, path, flags, mode));
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int fd;

	va_start(ap, flags);
	fd = open_any(AT_FDCWD, path, flags, ap);
	va_end(ap);
	return fd;
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	int fd;

	va_start(ap, flags);
	fd = open_any(dir, path, flags, ap);
	va_end(ap);
	return fd;
}

/* The same calls under the names that 64-bit offsets give them. */
#define ALIAS(of) __attribute__((alias(#of)))
ssize_t pread64(int fd, void *buf, size_t len, off64_t off) ALIAS(pread);
ssize_t pwrite64(int fd, const void *buf, size_t len, off64_t off) ALIAS(pwrite);
int ftruncate64(int fd, off64_t len) ALIAS(ftruncate);
int fallocate64(int fd, int mode, off64_t off, off64_t len) ALIAS(fallocate);
int open64(const char *path, int flags, ...) ALIAS(open);
int openat64(int dir, const char *path, int flags, ...) ALIAS(openat);

/* And those that _FORTIFY_SOURCE gives them. */
ssize_t __read_chk(int fd, void *buf, size_t len, size_t cap);
ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t off, size_t cap);

ssize_t __read_chk(int fd, void *buf, size_t len, size_t cap)
{
	(void)cap;
	return read(fd, buf, len);
}

ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t off, size_t cap)
{
	(void)cap;
	return pread(fd, buf, len, off);
}
