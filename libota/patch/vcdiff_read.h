/* SPDX-License-Identifier: MIT */
/* The parts of the VCDIFF reader. */
#ifndef PATCH_VCDIFF_READ_H
#define PATCH_VCDIFF_READ_H

#include <ota/io.h>

#include <codec/lzma_flow.h>
#include <patch/vcdiff.h>

#define VCDIFF_STEP ((size_t)4 << 10U)

/* A range of the patch as bytes: as they are, or unpacked. */
struct vcdiff_part {
	ota_source *patch;
	uint64_t pos, end;    /* of the patch, not read yet */
	struct lzma_in *lzma; /* borrowed; NULL: as they are */
	uint64_t left;        /* bytes that are still to come into buf */
	size_t at, len;       /* of buf */
	size_t raw_at, raw_len;
	uint8_t buf[VCDIFF_STEP], raw[VCDIFF_STEP];
};

void vcdiff_part_open(struct vcdiff_part *p, ota_source *patch, uint64_t pos, uint64_t end);
/* What remains is packed and makes size bytes. */
void vcdiff_part_unpack(struct vcdiff_part *p, struct lzma_in *lzma, uint64_t size);
/* malformed.patch when the part ends too early. */
ota_status vcdiff_part_byte(uint8_t *out, struct vcdiff_part *p, ota_err *err);
ota_status vcdiff_part_bytes(uint8_t *out, struct vcdiff_part *p, size_t len, ota_err *err);
ota_status vcdiff_part_number(uint64_t *out, struct vcdiff_part *p, ota_err *err);
/* Nothing is left, packed or not. */
ota_status vcdiff_part_end(struct vcdiff_part *p, ota_err *err);
/* Where in the patch the next byte of an unpacked part is. */
uint64_t vcdiff_part_tell(const struct vcdiff_part *p);

struct vcdiff_head {
	uint64_t patch_size, body; /* where the first window is */
	unsigned secondary;        /* 0: none */
};

struct vcdiff_window {
	unsigned flags, packed; /* a bit a section */
	uint64_t source_pos, source_len, len;
	uint64_t part[VCDIFF_SECTIONS + 1]; /* where the sections begin and end */
	uint32_t adler;
};

/* What all windows together take. */
struct vcdiff_sum {
	uint64_t new_size, window_max, source_end;
	uint64_t lzma_ram[VCDIFF_SECTIONS]; /* 0: that section is never packed */
};

/* Magic, flags, application header. p is for reading. */
ota_status vcdiff_read_head(
	struct vcdiff_head *h, struct vcdiff_part *p, ota_source *patch, ota_err *err);
/* The window at byte pos of the patch. */
ota_status vcdiff_read_window(struct vcdiff_window *w, struct vcdiff_part *p, ota_source *patch,
	const struct vcdiff_head *h, uint64_t pos, ota_err *err);
/* All windows, but not what is in their sections. */
ota_status vcdiff_survey(struct vcdiff_sum *sum, struct vcdiff_part *p, ota_source *patch,
	const struct vcdiff_head *h, ota_err *err);

#endif
