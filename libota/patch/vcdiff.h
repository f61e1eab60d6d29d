/* SPDX-License-Identifier: MIT */
/*
 * What the reader and the writer of VCDIFF (RFC 3284) share, with what xdelta3 adds:
 * an Adler-32 of each window, LZMA as the secondary compression.
 */
#ifndef PATCH_VCDIFF_H
#define PATCH_VCDIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VCDIFF_MAGIC      "\xd6\xc3\xc4\x00"
#define VCDIFF_WINDOW_MAX ((uint64_t)64 << 20U)
#define VCDIFF_NUMBER_MAX 10 /* bytes */

/* Bits of the header, of a window, of its sections. */
enum { VCDIFF_SECONDARY = 1, VCDIFF_CODETABLE = 2, VCDIFF_APPHEADER = 4 };
enum { VCDIFF_SOURCE = 1, VCDIFF_TARGET = 2, VCDIFF_ADLER32 = 4 };
enum vcdiff_section { VCDIFF_DATA, VCDIFF_INST, VCDIFF_ADDR, VCDIFF_SECTIONS };

/* Secondary compressors. */
enum { VCDIFF_DJW = 1, VCDIFF_LZMA = 2, VCDIFF_FGK = 16 };

enum vcdiff_type { VCDIFF_NOOP, VCDIFF_ADD, VCDIFF_RUN, VCDIFF_COPY };

struct vcdiff_inst {
	enum vcdiff_type type;
	unsigned size; /* 0: it follows */
	unsigned mode; /* of an address */
};

/* The two instructions of a code of the default table; the second may be VCDIFF_NOOP. */
void vcdiff_code(struct vcdiff_inst two[2], uint8_t code);

#define VCDIFF_NEAR  4U
#define VCDIFF_SAME  3U
#define VCDIFF_MODES (2 + VCDIFF_NEAR + VCDIFF_SAME)
enum { VCDIFF_SELF, VCDIFF_HERE, VCDIFF_MODE_NEAR, VCDIFF_MODE_SAME = 2 + VCDIFF_NEAR };

/* The addresses of a window's last copies. */
struct vcdiff_cache {
	uint64_t near[VCDIFF_NEAR], same[VCDIFF_SAME * 256];
	unsigned next;
};

void vcdiff_cache_put(struct vcdiff_cache *c, uint64_t addr);

#define VCDIFF_ADLER_START 1U
uint32_t vcdiff_adler(uint32_t adler, const uint8_t *p, size_t len);

#endif
