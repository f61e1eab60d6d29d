/* SPDX-License-Identifier: MIT */
#include <device/flash.h>

#include <inttypes.h>
#include <string.h>

#include <base/mem.h>
#include <base/num.h>
#include <crypto/hash.h>

static bool power_of_two(uint32_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

ota_status flash_check(const ota_flash *f, ota_err *err)
{
	const ota_geometry *g = &f->geometry;

	if (!power_of_two(g->erase_size) || g->erase_size > FLASH_ERASE_MAX)
		return ota_fail(err, OTA_E_FLASH, "erase size %" PRIu32 ": a power of two up to %u",
			g->erase_size, FLASH_ERASE_MAX);
	if (!power_of_two(g->program_size) || g->program_size > FLASH_UNIT_MAX ||
		g->program_size > g->erase_size)
		return ota_fail(err, OTA_E_FLASH,
			"program size %" PRIu32 ": a power of two up to %u and the erase size",
			g->program_size, FLASH_UNIT_MAX);
	if (g->erased != 0x00 && g->erased != 0xff)
		return ota_fail(err, OTA_E_FLASH, "erased value 0x%02x: 0x00 or 0xff", g->erased);
	return OTA_OK;
}

static bool in_region(const ota_flash *f, uint64_t off, uint64_t len)
{
	return off <= f->geometry.size && len <= f->geometry.size - off;
}

static ota_status check_units(
	const ota_flash *f, uint64_t off, uint64_t len, uint32_t unit, ota_err *err)
{
	bool whole = len % unit == 0 || off + len == f->geometry.size;

	if (in_region(f, off, len) && off % unit == 0 && whole)
		return OTA_OK;
	return ota_fail(err, OTA_E_FLASH,
		"%" PRIu64 " bytes at %" PRIu64 " are not units of %" PRIu32
		" in a region of %" PRIu64,
		len, off, unit, f->geometry.size);
}

ota_status flash_read(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err)
{
	ota_status st = check_units(f, off, len, 1, err);

	if (st)
		return st;
	return f->ops->read(f, buf, len, off, err);
}

ota_status flash_program(ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	ota_status st = check_units(f, off, len, f->geometry.program_size, err);

	if (st)
		return st;
	return f->ops->program(f, buf, len, off, err);
}

ota_status flash_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	ota_status st = check_units(f, off, len, f->geometry.erase_size, err);

	if (st)
		return st;
	return f->ops->erase(f, off, len, err);
}

ota_status flash_sync(ota_flash *f, ota_err *err)
{
	return f->ops->sync(f, err);
}

ota_status flash_compare(ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	const uint8_t *p = buf;
	uint8_t got[512];
	ota_status st;
	size_t n;

	for (size_t pos = 0; pos < len; pos += n) {
		n = min_size(sizeof(got), len - pos);
		st = flash_read(f, got, n, off + pos, err);
		if (st)
			return st;
		if (memcmp(got, p + pos, n) != 0)
			return ota_fail_at(err, OTA_E_FLASH, off + pos,
				"reading back near byte %" PRIu64
				" gives other bytes than were written",
				off + pos);
	}
	return OTA_OK;
}

ota_status flash_program_sure(
	ota_flash *f, const void *buf, size_t whole, size_t len, uint64_t off, ota_err *err)
{
	ota_status st = flash_program(f, buf, whole, off, err);

	if (!st)
		st = flash_sync(f, err);
	for (int i = 0; i < 2 && !st; i++)
		st = flash_compare(f, buf, len, off, err);
	return st;
}

bool flash_is_erased(const ota_flash *f, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	return len == 0 || (p[0] == f->geometry.erased && memcmp(p, p + 1, len - 1) == 0);
}

/* ---- a region as a source ---- */

struct flash_source {
	ota_source src;
	const ota_ctx *ctx;
	ota_flash *f;
	uint64_t pos;
};

static ota_status source_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct flash_source *fs = (struct flash_source *)s;
	size_t len = size_of_u64(min_u64(cap, fs->f->geometry.size - fs->pos));
	ota_status st = flash_read(fs->f, buf, len, fs->pos, err);

	if (st)
		return st;
	fs->pos += len;
	*n = len;
	return OTA_OK;
}

static ota_status source_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct flash_source *fs = (struct flash_source *)s;

	if (!in_region(fs->f, off, len))
		return ota_fail_at(err, OTA_E_TRUNCATED, fs->f->geometry.size,
			"the slot ends at byte %" PRIu64, fs->f->geometry.size);
	return flash_read(fs->f, buf, len, off, err);
}

static ota_status source_length(ota_source *s, uint64_t *len, ota_err *err)
{
	struct flash_source *fs = (struct flash_source *)s;

	(void)err;
	*len = fs->f->geometry.size;
	return OTA_OK;
}

static void source_close(ota_source *s)
{
	struct flash_source *fs = (struct flash_source *)s;

	mem_free(fs->ctx, fs);
}

static const ota_source_ops source_ops = {
	sizeof(source_ops),
	source_read,
	source_pread,
	source_length,
	source_close,
};

ota_status flash_source(ota_source **out, const ota_ctx *ctx, ota_flash *f, ota_err *err)
{
	struct flash_source *fs = NULL;
	ota_status st = MEM_NEW(&fs, ctx, err);

	if (st)
		return st;
	fs->src.ops = &source_ops;
	fs->ctx = ctx;
	fs->f = f;
	*out = &fs->src;
	return OTA_OK;
}

ota_status flash_hash(struct digest *out, const ota_ctx *ctx, ota_flash *f, uint64_t len,
	enum hash_alg alg, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = flash_source(&src, ctx, f, err);

	if (st)
		return st;
	st = hash_range(out, ctx, alg, src, 0, len, err);
	ota_source_close(src);
	return st;
}
