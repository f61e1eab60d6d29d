/* SPDX-License-Identifier: MIT */
#include <sim/folder.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/mem.h>
#include <device/flash_file.h>

#define BOOTED     "booted"
#define BOOTED_NEW "booted.new"

static ota_status open_dir(struct folder *f, ota_err *err)
{
	if (!f->read_only && mkdir(f->path, 0700) != 0 && errno != EEXIST)
		return ota_fail_sys(err, "create folder %s", f->path);
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return ota_fail_sys(err, "open folder %s", f->path);
	if (flock(f->fd, (f->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
		return OTA_OK;
	if (errno == EWOULDBLOCK)
		return ota_fail(
			err, OTA_E_STATE, "another process is using the device in %s", f->path);
	return ota_fail_sys(err, "lock %s", f->path);
}

ota_status folder_open(
	struct folder *out, const ota_ctx *ctx, const char *path, bool read_only, ota_err *err)
{
	struct folder f = {.ctx = ctx, .fd = -1, .read_only = read_only};
	size_t len = strlen(path);
	ota_status st = mem_new_bytes(&f.path, ctx, len + 1, err);

	if (st)
		return st;
	memcpy(f.path, path, len);
	st = open_dir(&f, err);
	if (st)
		folder_close(&f);
	else
		*out = f;
	return st;
}

void folder_close(struct folder *f)
{
	if (f->fd >= 0)
		close(f->fd);
	mem_free(f->ctx, f->path);
	*f = (struct folder){.fd = -1};
}

static ota_status open_file(
	int *out, const struct folder *f, const char *name, int flags, ota_err *err)
{
	int mode = f->read_only ? O_RDONLY : O_RDWR;

	*out = openat(f->fd, name, mode | flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*out < 0)
		return ota_fail_sys(err, "open %s/%s", f->path, name);
	return OTA_OK;
}

ota_status folder_booted(const struct folder *f, unsigned *slot, bool *found, ota_err *err)
{
	char text[4] = "";
	ssize_t n;
	int fd = openat(f->fd, BOOTED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*found = fd >= 0;
	if (fd < 0 && errno == ENOENT)
		return OTA_OK;
	if (fd < 0)
		return ota_fail_sys(err, "open %s/%s", f->path, BOOTED);
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n != 2 || text[0] < '0' || text[0] >= '0' + OTA_SLOTS_MAX || text[1] != '\n')
		return ota_fail(err, OTA_E_STATE, "%s/%s does not name a slot", f->path, BOOTED);
	*slot = (unsigned)(text[0] - '0');
	return OTA_OK;
}

static ota_status write_booted(int fd, const struct folder *f, unsigned slot, ota_err *err)
{
	char text[2] = {(char)('0' + slot), '\n'};

	if (write(fd, text, sizeof(text)) != (ssize_t)sizeof(text))
		return ota_fail_sys(err, "write %s/%s", f->path, BOOTED_NEW);
	if (fdatasync(fd) != 0)
		return ota_fail_sys(err, "sync %s/%s", f->path, BOOTED_NEW);
	return OTA_OK;
}

ota_status folder_set_booted(const struct folder *f, unsigned slot, ota_err *err)
{
	int fd = -1;
	ota_status st = open_file(&fd, f, BOOTED_NEW, O_CREAT | O_TRUNC, err);

	if (st)
		return st;
	st = write_booted(fd, f, slot, err);
	close(fd);
	if (st)
		return st;
	if (renameat(f->fd, BOOTED_NEW, f->fd, BOOTED) != 0)
		return ota_fail_sys(err, "rename %s/%s", f->path, BOOTED_NEW);
	if (fsync(f->fd) != 0)
		return ota_fail_sys(err, "sync %s", f->path);
	return OTA_OK;
}

static ota_status check_length(
	int fd, const struct folder *f, const char *name, uint64_t size, ota_err *err)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return ota_fail_sys(err, "look at %s/%s", f->path, name);
	if (sb.st_size < 0 || (uint64_t)sb.st_size != size)
		return ota_fail(err, OTA_E_STATE,
			"%s/%s has %jd bytes, this device wants %" PRIu64
			": the state was made for another device file",
			f->path, name, (intmax_t)sb.st_size, size);
	return OTA_OK;
}

ota_status folder_region(ota_flash **out, const struct folder *f, const char *name,
	const ota_geometry *g, bool fresh, ota_err *err)
{
	struct flash_file_args a = {.name = name, .geometry = *g, .strict = true};
	ota_status st = open_file(&a.fd, f, name, fresh ? O_CREAT | O_TRUNC : 0, err);

	if (st)
		return st;
	a.read_only = f->read_only;
	if (fresh && ftruncate(a.fd, (off_t)g->size) != 0)
		st = ota_fail_sys(err, "extend %s/%s", f->path, name);
	if (!st)
		st = check_length(a.fd, f, name, g->size, err);
	if (st) {
		close(a.fd);
		return st;
	}
	return flash_file_new(out, f->ctx, &a, err);
}

ota_status folder_fuse_read(const struct folder *f, const char *name, uint32_t *value, ota_err *err)
{
	struct stat sb;

	if (fstatat(f->fd, name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
		return ota_fail_sys(err, "look at %s/%s", f->path, name);
	if (!S_ISREG(sb.st_mode) || sb.st_size > UINT32_MAX)
		return ota_fail(err, OTA_E_STATE, "%s/%s is not a fuse row", f->path, name);
	*value = (uint32_t)sb.st_size;
	return OTA_OK;
}

static ota_status set_length(
	const struct folder *f, const char *name, int flags, uint32_t value, ota_err *err)
{
	int fd = -1;
	ota_status st = open_file(&fd, f, name, flags, err);

	if (st)
		return st;
	if (ftruncate(fd, (off_t)value) != 0)
		st = ota_fail_sys(err, "extend %s/%s", f->path, name);
	else if (fsync(fd) != 0)
		st = ota_fail_sys(err, "sync %s/%s", f->path, name);
	close(fd);
	return st;
}

ota_status folder_fuse_burn(const struct folder *f, const char *name, uint32_t value, ota_err *err)
{
	uint32_t now = 0;
	ota_status st = folder_fuse_read(f, name, &now, err);

	if (st || value <= now)
		return st;
	return set_length(f, name, 0, value, err);
}

ota_status folder_fuse_new(const struct folder *f, const char *name, ota_err *err)
{
	int fd = -1;
	ota_status st = open_file(&fd, f, name, O_CREAT, err);

	if (!st)
		close(fd);
	return st;
}
