/* SPDX-License-Identifier: MIT */
/* Finds gzip members, zlib streams and zstd frames anywhere in an image. */
#include <diff/deep_plan.h>

#include <base/bits.h>
#include <base/num.h>
#include <base/rd.h>

#include <string.h>

#define PLAIN_MIN 512U /* what expands to less is not worth its place in the recipe */

ota_status deep_add(struct deep_finds *f, const struct deep_found *found, ota_err *err)
{
	ota_status st = mem_grow(&f->at, &f->cap, f->n, sizeof(*f->at), f->ctx, err);

	if (!st)
		f->at[f->n++] = *found;
	return st;
}

/* Adds what begins at off, if it is a block: *end is behind it then. */
static ota_status try_block(
	struct deep_finds *f, size_t off, enum repack_id codec, size_t *end, ota_err *err)
{
	struct deep_found found = {.off = off, .codec = codec, .coder = DEEP_NO_CODER};
	size_t made = 0, used = 0;
	ota_err none = OTA_ERR_INIT;
	ota_status st;

	st = repack_by_id(codec)->expand(
		f->ctx, NULL, REPACK_BLOCK_MAX, &made, f->p + off, f->len - off, &used, &none);
	if (st && st != OTA_FORMAT && err != NULL)
		*err = none;
	if (st)
		return st == OTA_FORMAT ? OTA_OK : st;
	if (made < PLAIN_MIN || used > REPACK_BLOCK_MAX)
		return OTA_OK;
	found.packed = u32_of_u64(used);
	found.plain = u32_of_u64(made);
	*end = off + used;
	return deep_add(f, &found, err);
}

#define GZIP_FHCRC    2U
#define GZIP_FEXTRA   4U
#define GZIP_FNAME    8U
#define GZIP_FCOMMENT 16U

/* The length of the header of a gzip member; 0: it is none. */
static size_t gzip_head(const uint8_t *p, size_t len)
{
	size_t text;
	struct rd r;
	uint8_t flags;

	rd_init(&r, p, len);
	(void)rd_bytes(&r, 3);
	flags = rd_u8(&r);
	(void)rd_bytes(&r, 6);
	if ((flags & GZIP_FEXTRA) != 0)
		(void)rd_bytes(&r, rd_u16(&r));
	if ((flags & GZIP_FNAME) != 0)
		(void)rd_text(&r, &text);
	if ((flags & GZIP_FCOMMENT) != 0)
		(void)rd_text(&r, &text);
	if ((flags & GZIP_FHCRC) != 0)
		(void)rd_bytes(&r, 2);
	return rd_ok(&r) && flags < 32 ? r.pos : 0;
}

static ota_status try_gzip(struct deep_finds *f, size_t *pos, ota_err *err)
{
	size_t head = gzip_head(f->p + *pos, f->len - *pos);

	return head == 0 ? OTA_OK : try_block(f, *pos + head, REPACK_DEFLATE, pos, err);
}

/* RFC 1950: a window of 32 KiB, no dictionary, and a check of five bits. */
static ota_status try_zlib(struct deep_finds *f, size_t *pos, ota_err *err)
{
	const uint8_t *p = f->p + *pos;

	if ((p[1] & 0x20U) != 0 || ((unsigned)p[0] << 8U | p[1]) % 31 != 0)
		return OTA_OK;
	return try_block(f, *pos, REPACK_ZLIB, pos, err);
}

static ota_status try_zstd(struct deep_finds *f, size_t *pos, ota_err *err)
{
	return try_block(f, *pos, REPACK_ZSTD, pos, err);
}

static const struct kind {
	uint8_t magic[4];
	size_t len;
	ota_status (*find)(struct deep_finds *f, size_t *pos, ota_err *err);
} kinds[] = {
	{{0x1f, 0x8b, 8}, 3, try_gzip},
	{{0x28, 0xb5, 0x2f, 0xfd}, 4, try_zstd},
	{{0x78}, 1, try_zlib},
};

ota_status deep_find(struct deep_finds *f, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t pos = 0; !st && pos + 4 <= f->len;) {
		size_t end = pos;

		for (size_t i = 0; !st && end == pos && i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (memcmp(f->p + pos, kinds[i].magic, kinds[i].len) == 0)
				st = kinds[i].find(f, &end, err);
		pos = end > pos ? end : pos + 1;
	}
	return st;
}
