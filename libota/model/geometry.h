/* SPDX-License-Identifier: MIT */
/* Arithmetic of flash: what writing so many bytes from the start of a region takes. */
#ifndef MODEL_GEOMETRY_H
#define MODEL_GEOMETRY_H

#include <model/devfile.h>

/* Blocks that are erased. */
uint64_t geometry_erases(const ota_devfile *d, uint64_t size);
/* Bytes that are programmed, whole units; less where blocks hold only the erased value. */
uint64_t geometry_programs(const ota_devfile *d, uint64_t size);

/* What is left of its memory beside a block that is written; 0: it is not limited. */
uint64_t geometry_ram(const ota_devfile *d);

struct flash_use {
	uint64_t erases, programmed, read; /* blocks, bytes, bytes */
};

/* Microseconds of it; 0 where the device file does not know. UINT64_MAX: longer than that. */
uint64_t geometry_us(const ota_devfile *d, const struct flash_use *use);

#endif
