/* SPDX-License-Identifier: MIT */
#include <patch/vcdiff_read.h>

#include <base/num.h>

#include <string.h>

void vcdiff_part_open(struct vcdiff_part *p, ota_source *patch, uint64_t pos, uint64_t end)
{
	p->patch = patch;
	p->pos = pos;
	p->end = end;
	p->lzma = NULL;
	p->left = end - pos;
	p->at = p->len = p->raw_at = p->raw_len = 0;
}

void vcdiff_part_unpack(struct vcdiff_part *p, struct lzma_in *lzma, uint64_t size)
{
	p->pos = vcdiff_part_tell(p);
	p->lzma = lzma;
	p->left = size;
	p->at = p->len = 0;
}

static ota_status load(uint8_t *buf, size_t *len, struct vcdiff_part *p, ota_err *err)
{
	ota_status st;

	*len = size_of_u64(min_u64(VCDIFF_STEP, p->end - p->pos));
	st = ota_source_pread(p->patch, buf, *len, p->pos, err);
	p->pos += *len;
	return st;
}

static ota_status unpack(
	uint8_t *out, size_t cap, size_t *made, struct vcdiff_part *p, ota_err *err)
{
	size_t used = 0;
	ota_status st = OTA_OK;

	if (p->raw_at == p->raw_len) {
		p->raw_at = 0;
		st = load(p->raw, &p->raw_len, p, err);
	}
	if (!st)
		st = lzma_in_run(p->lzma, p->raw + p->raw_at, p->raw_len - p->raw_at, &used, out,
			cap, made, err);
	if (st)
		return st;
	p->raw_at += used;
	if (used == 0 && *made == 0)
		return ota_fail(err, OTA_E_PATCH, "a compressed section is cut short");
	return OTA_OK;
}

static ota_status fill(struct vcdiff_part *p, ota_err *err)
{
	size_t cap = size_of_u64(min_u64(VCDIFF_STEP, p->left));
	ota_status st = OTA_OK;

	if (cap == 0)
		return ota_fail(err, OTA_E_PATCH, "a part of the patch ends too early");
	p->at = p->len = 0;
	if (p->lzma == NULL)
		st = load(p->buf, &p->len, p, err);
	while (!st && p->len == 0)
		st = unpack(p->buf, cap, &p->len, p, err);
	if (!st)
		p->left -= p->len;
	return st;
}

ota_status vcdiff_part_byte(uint8_t *out, struct vcdiff_part *p, ota_err *err)
{
	return vcdiff_part_bytes(out, p, 1, err);
}

ota_status vcdiff_part_bytes(uint8_t *out, struct vcdiff_part *p, size_t len, ota_err *err)
{
	ota_status st = OTA_OK;

	while (len > 0) {
		size_t n = min_size(len, p->len - p->at);

		memcpy(out, p->buf + p->at, n);
		p->at += n;
		out += n;
		len -= n;
		if (len > 0)
			st = fill(p, err);
		if (st)
			return st;
	}
	return OTA_OK;
}

ota_status vcdiff_part_number(uint64_t *out, struct vcdiff_part *p, ota_err *err)
{
	uint64_t v = 0;
	ota_status st;
	uint8_t byte;

	for (unsigned i = 0; i < VCDIFF_NUMBER_MAX; i++) {
		st = vcdiff_part_byte(&byte, p, err);
		if (st)
			return st;
		if (v >> 56U != 0)
			break;
		v = v << 7U | (byte & 0x7fU);
		if (byte < 0x80) {
			*out = v;
			return OTA_OK;
		}
	}
	return ota_fail(err, OTA_E_PATCH, "a number in the patch is too large");
}

ota_status vcdiff_part_end(struct vcdiff_part *p, ota_err *err)
{
	ota_status st = OTA_OK;
	size_t made = 0;
	uint8_t more;

	while (!st && p->lzma != NULL && made == 0 && (p->raw_at < p->raw_len || p->pos < p->end))
		st = unpack(&more, 1, &made, p, err);
	if (!st && (p->left > 0 || p->at < p->len || made > 0))
		st = ota_fail(err, OTA_E_PATCH, "bytes are left over in a part of a window");
	return st;
}

uint64_t vcdiff_part_tell(const struct vcdiff_part *p)
{
	return p->pos - (p->len - p->at);
}
