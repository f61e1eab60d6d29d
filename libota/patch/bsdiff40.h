/* SPDX-License-Identifier: MIT */
/*
 * What the reader and the writer of BSDIFF40 share (Colin Percival, "Naive
 * differences of executable code", 2003; the layout is that of bsdiff 4.3):
 *
 *   8 bytes "BSDIFF40" | i64 length of block 0 | i64 length of block 1 | i64 new size
 *   block 0: bzip2 of triples of i64 {diff length, extra length, seek in old}
 *   block 1: bzip2 of the bytes new − old; block 2: bzip2 of the bytes that are only new
 *
 * An i64 is sign and magnitude, little-endian.
 */
#ifndef PATCH_BSDIFF40_H
#define PATCH_BSDIFF40_H

#define BSDIFF40_MAGIC "BSDIFF40"
#define BSDIFF40_HEAD  32
#define BSDIFF40_STEP  24

enum bsdiff40_block { BSDIFF40_CONTROL, BSDIFF40_DIFF, BSDIFF40_EXTRA, BSDIFF40_BLOCKS };

#endif
