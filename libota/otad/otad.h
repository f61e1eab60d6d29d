/* SPDX-License-Identifier: MIT */
/*
 * otad: applies firmware deltas in a declared memory (formats/otad.md). C without
 * allocation, recursion, floating point or a library: lift the folder into an MCU
 * project. The caller gives the memory, reads the old image and takes the new one.
 * The digests are the caller's to compare: old before otad_init, new at the end.
 */
#ifndef OTAD_H
#define OTAD_H

#include <stddef.h>
#include <stdint.h>

enum otad_status {
	OTAD_OK,
	OTAD_CUT,       /* more bytes of the head are needed */
	OTAD_MALFORMED, /* no correct encoder makes this */
	OTAD_VERSION,   /* a later version, profile or instruction set */
	OTAD_LIMIT,     /* a size over its limit, or more than this machine addresses */
	OTAD_MEMORY,    /* less memory than otad_need says */
	OTAD_IO         /* a callback failed */
};

enum otad_profile { OTAD_TINY, OTAD_STD, OTAD_MAX, OTAD_PROFILES };
enum otad_isa { OTAD_RAW, OTAD_THUMB, OTAD_ARM, OTAD_A64, OTAD_X86, OTAD_RV, OTAD_ISAS };

#define OTAD_MAGIC       "OTAD"
#define OTAD_DIGEST      16                    /* the first bytes of a SHA-256 */
#define OTAD_FIXED       40                    /* magic, version, profile, isa, flags, digests */
#define OTAD_FIXED_MAX   (OTAD_FIXED + 8 * 10) /* with the numbers */
#define OTAD_HEAD_MAX    ((uint64_t)1 << 28U)
#define OTAD_SIZE_MAX    ((uint64_t)1 << 48U)
#define OTAD_SEGMENT_MAX ((uint32_t)1 << 20U)
#define OTAD_COVER_MAX   ((uint32_t)1 << 24U)
#define OTAD_FLAG_WORDS  1U /* aligned words are looked at as addresses */

struct otad_head {
	uint8_t profile, isa, flags;
	uint8_t old_hash[OTAD_DIGEST], new_hash[OTAD_DIGEST];
	uint64_t old_size, new_size;
	uint64_t window; /* bytes of output of each segment but the last */
	uint32_t base;   /* the address of old byte 0, modulo 2^32 */
	uint32_t ram;    /* where addresses of data begin */
	uint32_t segments, covers;
	/* In the patch: this part, the lengths of the segments, the covers; then the segments. */
	uint32_t fixed_len, table_len, cover_len;
};

struct otad_io {
	void *arg;
	/* Exactly len bytes of the old image; 0, or the call fails with OTAD_IO. */
	int (*read)(void *arg, void *buf, size_t len, uint64_t off);
	/* The next len bytes of the new one. */
	int (*write)(void *arg, const void *buf, size_t len);
};

struct otad;

/* The first bytes of a patch: OTAD_FIXED_MAX are enough. OTAD_CUT: give more. */
enum otad_status otad_head(struct otad_head *h, const void *p, size_t len);
/* Bytes of the patch before the first segment. */
uint64_t otad_head_len(const struct otad_head *h);
/* Bytes of memory that otad_init wants; 0: more than can be addressed. */
size_t otad_need(const struct otad_head *h);
/*
 * head holds otad_head_len bytes and is not needed afterwards. mem is aligned for
 * any type and holds the state: forget it to end.
 */
enum otad_status otad_init(struct otad **out, const struct otad_head *h, const void *head,
	const struct otad_io *io, void *mem, size_t mem_len);
/* Where segment number index lies behind the head. */
void otad_segment_at(
	const struct otad_head *h, const void *head, uint32_t index, uint64_t *off, uint64_t *len);
/* Bytes of the new image that lie on old ones. */
uint64_t otad_covered(const struct otad *d);
/* Writes the window of a segment. Any order; each depends on nothing but the head. */
enum otad_status otad_segment(struct otad *d, uint32_t index, const void *seg, size_t len);

#endif
