/* SPDX-License-Identifier: MIT */
/*
 * The port: what a device gives libota. Flash regions, fuses, nothing else of
 * the machine. A real agent and the simulator are two implementations; the
 * update path above them is the same code.
 */
#ifndef OTA_PORT_H
#define OTA_PORT_H

#include <ota/io.h>

typedef struct ota_flash ota_flash;
typedef struct ota_port ota_port;

typedef struct ota_geometry {
	uint64_t size;         /* bytes in the region */
	uint32_t erase_size;   /* bytes per erase block; a power of two */
	uint32_t program_size; /* bytes per program unit; a power of two ≤ erase_size */
	uint8_t erased;        /* value of an erased byte: 0xFF or 0x00 */
} ota_geometry;

/* Offsets and lengths are multiples of the units, within the region. */
typedef struct ota_flash_ops {
	size_t size;
	ota_status (*read)(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err);
	ota_status (*program)(
		ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err);
	ota_status (*erase)(ota_flash *f, uint64_t off, uint64_t len, ota_err *err);
	ota_status (*sync)(ota_flash *f, ota_err *err);
} ota_flash_ops;

struct ota_flash {
	const ota_flash_ops *ops;
	ota_geometry geometry;
};

typedef enum ota_region {
	OTA_REGION_BOOTCTL, /* two erase blocks or more */
	OTA_REGION_JOURNAL, /* two erase blocks or more */
	OTA_REGION_META,    /* one per slot */
	OTA_REGION_IMAGE    /* one per slot and component */
} ota_region;

typedef enum ota_fuse { OTA_FUSE_COUNTER, OTA_FUSE_ROOT } ota_fuse;

#define OTA_SLOTS_MAX 4

typedef struct ota_port_ops {
	size_t size;
	/* Borrowed from the port. component only for IMAGE; slot ignored for BOOTCTL, JOURNAL. */
	ota_status (*flash)(ota_port *p, ota_region region, unsigned slot, const char *component,
		ota_flash **out, ota_err *err);
	ota_status (*fuse_read)(ota_port *p, ota_fuse which, uint32_t *value, ota_err *err);
	/* Only ever raises. */
	ota_status (*fuse_burn)(ota_port *p, ota_fuse which, uint32_t value, ota_err *err);
	/* The slot that the loader says runs now. */
	ota_status (*booted)(ota_port *p, unsigned *slot, ota_err *err);
} ota_port_ops;

struct ota_port {
	const ota_port_ops *ops;
	unsigned nslots; /* 2 … OTA_SLOTS_MAX */
};

#endif
