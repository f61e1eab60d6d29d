/* SPDX-License-Identifier: MIT */
#include <device/flash_file.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <base/mem.h>
#include <base/num.h>

#define FILL_LEN 4096U

struct flash_file {
	ota_flash flash;
	const ota_ctx *ctx;
	struct flash_file_args a;
};

static ota_status read_at(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct flash_file *ff = (struct flash_file *)f;
	uint8_t *p = buf;

	while (len > 0) {
		ssize_t n = pread(ff->a.fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ota_fail_sys(err, "read %s at %" PRIu64, ff->a.name, off);
		if (n == 0)
			return ota_fail(err, OTA_E_CHANGED,
				"%s ends at byte %" PRIu64 "; it had %" PRIu64, ff->a.name, off,
				f->geometry.size);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return OTA_OK;
}

static ota_status write_at(
	struct flash_file *ff, const uint8_t *p, size_t len, uint64_t off, ota_err *err)
{
	while (len > 0) {
		ssize_t n = pwrite(ff->a.fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ota_fail_sys(err, "write %s at %" PRIu64, ff->a.name, off);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return OTA_OK;
}

static ota_status writable(const struct flash_file *ff, ota_err *err)
{
	if (ff->a.read_only)
		return ota_fail(err, OTA_E_FLASH, "%s is open for reading only", ff->a.name);
	return OTA_OK;
}

static ota_status check_erased(ota_flash *f, size_t len, uint64_t off, ota_err *err)
{
	uint8_t got[FILL_LEN];
	ota_status st;
	size_t n;

	for (; len > 0; len -= n, off += n) {
		n = min_size(len, sizeof(got));
		st = read_at(f, got, n, off, err);
		if (st)
			return st;
		if (!flash_is_erased(f, got, n))
			return ota_fail_at(err, OTA_E_FLASH, off,
				"programming what is not erased near byte %" PRIu64, off);
	}
	return OTA_OK;
}

static ota_status program(ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct flash_file *ff = (struct flash_file *)f;
	ota_status st = writable(ff, err);

	if (!st && ff->a.strict)
		st = check_erased(f, len, off, err);
	if (!st)
		st = write_at(ff, buf, len, off, err);
	return st;
}

/* Zeros are made by a hole where the file system can: an empty block takes no room. */
static bool punch(const struct flash_file *ff, uint64_t off, uint64_t len)
{
	if (ff->flash.geometry.erased != 0)
		return false;
	return fallocate(ff->a.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off,
		       (off_t)len) == 0;
}

static ota_status erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	struct flash_file *ff = (struct flash_file *)f;
	uint8_t fill[FILL_LEN];
	ota_status st = writable(ff, err);

	if (st)
		return st;
	if (punch(ff, off, len))
		return OTA_OK;
	memset(fill, f->geometry.erased, sizeof(fill));
	while (len > 0 && !st) {
		size_t n = size_of_u64(min_u64(len, sizeof(fill)));

		st = write_at(ff, fill, n, off, err);
		off += n;
		len -= n;
	}
	return st;
}

/* The page cache is dropped, so that reading back reads the medium. */
static ota_status sync_file(ota_flash *f, ota_err *err)
{
	struct flash_file *ff = (struct flash_file *)f;

	if (fdatasync(ff->a.fd) != 0)
		return ota_fail_sys(err, "sync %s", ff->a.name);
	(void)posix_fadvise(ff->a.fd, 0, 0, POSIX_FADV_DONTNEED);
	return OTA_OK;
}

static const ota_flash_ops file_ops = {
	sizeof(file_ops),
	read_at,
	program,
	erase,
	sync_file,
};

ota_status flash_file_new(
	ota_flash **out, const ota_ctx *ctx, const struct flash_file_args *a, ota_err *err)
{
	struct flash_file *ff = NULL;
	ota_status st = MEM_NEW(&ff, ctx, err);

	if (st) {
		close(a->fd);
		return st;
	}
	ff->flash.ops = &file_ops;
	ff->flash.geometry = a->geometry;
	ff->ctx = ctx;
	ff->a = *a;
	st = flash_check(&ff->flash, err);
	if (st)
		flash_file_close(&ff->flash);
	else
		*out = &ff->flash;
	return st;
}

void flash_file_close(ota_flash *f)
{
	struct flash_file *ff = (struct flash_file *)f;

	if (ff == NULL)
		return;
	close(ff->a.fd);
	mem_free(ff->ctx, ff);
}
