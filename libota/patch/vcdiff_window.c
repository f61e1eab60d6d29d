/* SPDX-License-Identifier: MIT */
/* Heads of VCDIFF patches and windows. Every size is checked against what there is. */
#include <patch/vcdiff_read.h>

#include <base/ctx.h>
#include <base/num.h>

#include <string.h>

static ota_status bad(const char *what, uint64_t pos, ota_err *err)
{
	return ota_fail_at(err, OTA_E_PATCH, pos, "%s", what);
}

static ota_status skip_application_header(
	struct vcdiff_head *h, struct vcdiff_part *p, ota_err *err)
{
	uint64_t len;
	ota_status st;

	st = vcdiff_part_number(&len, p, err);
	if (st)
		return st;
	h->body = vcdiff_part_tell(p);
	if (len > h->patch_size - h->body)
		return bad("the application header is cut short", h->body, err);
	h->body += len;
	return OTA_OK;
}

ota_status vcdiff_read_head(
	struct vcdiff_head *h, struct vcdiff_part *p, ota_source *patch, ota_err *err)
{
	uint8_t raw[5], id = 0;
	ota_status st;

	st = ota_source_length(patch, &h->patch_size, err);
	if (st)
		return st;
	vcdiff_part_open(p, patch, 0, h->patch_size);
	st = vcdiff_part_bytes(raw, p, sizeof(raw), err);
	if (st)
		return st;
	if (memcmp(raw, VCDIFF_MAGIC, 4) != 0)
		return bad("the patch does not begin as VCDIFF, version 0", 0, err);
	if (raw[4] & VCDIFF_CODETABLE)
		return ota_fail(err, OTA_E_CODEC, "the patch has a code table of its own");
	if (raw[4] > (VCDIFF_SECONDARY | VCDIFF_CODETABLE | VCDIFF_APPHEADER))
		return bad("unknown flags are set", 4, err);
	if (raw[4] & VCDIFF_SECONDARY)
		st = vcdiff_part_byte(&id, p, err);
	if (st)
		return st;
	h->secondary = id;
	h->body = vcdiff_part_tell(p);
	return raw[4] & VCDIFF_APPHEADER ? skip_application_header(h, p, err) : OTA_OK;
}

static ota_status read_source(struct vcdiff_window *w, struct vcdiff_part *p, ota_err *err)
{
	uint64_t end;
	ota_status st;

	st = vcdiff_part_number(&w->source_len, p, err);
	if (!st)
		st = vcdiff_part_number(&w->source_pos, p, err);
	if (!st && !add_u64(&end, w->source_pos, w->source_len))
		st = ota_fail(err, OTA_E_PATCH, "a window has its source out of the number range");
	return st;
}

static ota_status check_packed(
	const struct vcdiff_window *w, const struct vcdiff_head *h, uint64_t pos, ota_err *err)
{
	if (w->packed == 0 || h->secondary == VCDIFF_LZMA)
		return OTA_OK;
	if (w->packed >= 1U << VCDIFF_SECTIONS || h->secondary == 0)
		return bad("a window is compressed in no known way", pos, err);
	return ota_fail(err, OTA_E_CODEC, "the patch is compressed with %s, not with LZMA",
		h->secondary == VCDIFF_DJW   ? "DJW"
		: h->secondary == VCDIFF_FGK ? "FGK"
					     : "what xdelta3 does not have");
}

/* The lengths of the sections, which end where the window was said to end. */
static ota_status read_sections(
	struct vcdiff_window *w, struct vcdiff_part *p, uint64_t end, ota_err *err)
{
	uint64_t len[VCDIFF_SECTIONS], at;
	ota_status st = OTA_OK;
	uint8_t raw[4];

	for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++)
		st = vcdiff_part_number(&len[i], p, err);
	if (!st && (w->flags & VCDIFF_ADLER32) != 0) {
		st = vcdiff_part_bytes(raw, p, sizeof(raw), err);
		w->adler = st ? 0
			      : (uint32_t)raw[0] << 24U | (uint32_t)raw[1] << 16U |
					   (uint32_t)raw[2] << 8U | raw[3];
	}
	if (st)
		return st;
	at = vcdiff_part_tell(p);
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++) {
		w->part[i] = at;
		if (at > end || len[i] > end - at)
			return bad("the sections of a window are longer than it", at, err);
		at += len[i];
	}
	w->part[VCDIFF_SECTIONS] = at;
	return at == end ? OTA_OK : bad("a window is longer than its sections", at, err);
}

static ota_status check_flags(const struct vcdiff_window *w, uint64_t pos, ota_err *err)
{
	if (w->flags > (VCDIFF_SOURCE | VCDIFF_TARGET | VCDIFF_ADLER32))
		return bad("a window has unknown flags", pos, err);
	if ((w->flags & VCDIFF_TARGET) != 0)
		return ota_fail(err, OTA_E_CODEC,
			"a window copies from the new image before it (VCD_TARGET)");
	return OTA_OK;
}

ota_status vcdiff_read_window(struct vcdiff_window *w, struct vcdiff_part *p, ota_source *patch,
	const struct vcdiff_head *h, uint64_t pos, ota_err *err)
{
	uint64_t len = 0, end = 0;
	uint8_t flags = 0, packed = 0;
	ota_status st;

	*w = (struct vcdiff_window){.flags = 0};
	vcdiff_part_open(p, patch, pos, h->patch_size);
	st = vcdiff_part_byte(&flags, p, err);
	w->flags = flags;
	if (!st)
		st = check_flags(w, pos, err);
	if (!st && (flags & VCDIFF_SOURCE) != 0)
		st = read_source(w, p, err);
	if (!st)
		st = vcdiff_part_number(&len, p, err);
	if (st)
		return st;
	if (len > h->patch_size - vcdiff_part_tell(p))
		return bad("a window is cut short", pos, err);
	end = vcdiff_part_tell(p) + len;
	st = vcdiff_part_number(&w->len, p, err);
	if (!st)
		st = vcdiff_part_byte(&packed, p, err);
	w->packed = packed;
	if (!st)
		st = check_packed(w, h, pos, err);
	if (!st && packed >= 1U << VCDIFF_SECTIONS)
		st = bad("a window is compressed in no known way", pos, err);
	if (!st && w->len > VCDIFF_WINDOW_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "a window makes %llu bytes, over %llu",
			(unsigned long long)w->len, (unsigned long long)VCDIFF_WINDOW_MAX);
	return st ? st : read_sections(w, p, end, err);
}

/* What the first packed section of a kind says of the memory that all of them take. */
static ota_status need_of(uint64_t *ram, struct vcdiff_part *p, ota_source *patch,
	const struct vcdiff_window *w, unsigned i, ota_err *err)
{
	uint8_t head[LZMA_FLOW_HEAD];
	uint64_t size;
	ota_status st;
	size_t n;

	if (*ram != 0 || (w->packed & 1U << i) == 0)
		return OTA_OK;
	vcdiff_part_open(p, patch, w->part[i], w->part[i + 1]);
	st = vcdiff_part_number(&size, p, err);
	n = size_of_u64(min_u64(sizeof(head), w->part[i + 1] - vcdiff_part_tell(p)));
	if (!st)
		st = vcdiff_part_bytes(head, p, n, err);
	return st ? st : lzma_in_need(ram, head, n, err);
}

ota_status vcdiff_survey(struct vcdiff_sum *sum, struct vcdiff_part *p, ota_source *patch,
	const struct vcdiff_head *h, ota_err *err)
{
	uint64_t pos = h->body;
	struct vcdiff_window w;
	ota_status st = OTA_OK;

	*sum = (struct vcdiff_sum){.new_size = 0};
	if (pos == h->patch_size)
		return bad("the patch is cut short before its first window", pos, err);
	while (!st && pos < h->patch_size) {
		st = vcdiff_read_window(&w, p, patch, h, pos, err);
		for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++)
			st = need_of(&sum->lzma_ram[i], p, patch, &w, i, err);
		if (st)
			return st;
		pos = w.part[VCDIFF_SECTIONS];
		if (!add_u64(&sum->new_size, sum->new_size, w.len))
			return bad(
				"the sizes of the windows are out of the number range", pos, err);
		sum->window_max = max_u64(sum->window_max, w.len);
		sum->source_end = max_u64(sum->source_end, w.source_pos + w.source_len);
	}
	return st;
}
