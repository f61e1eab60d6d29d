/* SPDX-License-Identifier: MIT */
/* The device file as a struct (formats/device.md section 2). */
#ifndef MODEL_DEVFILE_H
#define MODEL_DEVFILE_H

#include <ota/devfile.h>

#include <model/facts.h>

struct devfile_slot {
	const char *component;
	uint64_t size; /* bytes each of the two copies has; 0: no limit */
};

/* A way that updates come: bytes per second, or frames of so many microseconds each. */
struct devfile_link {
	const char *name;
	uint64_t bytes_per_second; /* 0: it has frames */
	uint64_t frame_bytes, frame_us, duty_permille;
	uint64_t price_per_mb; /* thousandths of a unit of money per 10^6 bytes */
};

struct devfile_policy {
	bool unsigned_chain, downgrade, hooks, single;
};

/* Whose form boot control has. */
enum devfile_boot { DEVFILE_BOOT_OTAP, DEVFILE_BOOT_UBOOT_ENV };

struct ota_devfile {
	struct arena arena;
	const char *format, *spec, *product,
		*version; /* version: what runs when new; NULL: unknown */
	struct facts facts;
	struct devfile_slot *slots;
	size_t slot_count;
	uint64_t ram, head_max, counter_max;
	uint64_t erase_size, program_size; /* these six as the table `flash` has them */
	uint64_t erase_us, program_us;     /* of a block, of a unit; 0: not known */
	uint64_t read_rate;                /* bytes per second; 0: not known */
	uint64_t erased;                   /* 0 or 255 */
	unsigned boot_control;             /* devfile_boot */
	uint64_t boot_env_size;            /* of each copy of a U-Boot environment */
	struct devfile_link *links;
	size_t link_count;
	uint64_t counter; /* of what runs when new */
	struct devfile_policy policy;
	bool implied; /* made by ota_devfile_default */
};

#define DEVFILE_ERASE_SIZE   4096U
#define DEVFILE_PROGRAM_SIZE 1U
#define DEVFILE_ENV_SIZE     16384U
#define DEVFILE_ENV_MIN      2048U /* what boot control says of four slots fits */
#define DEVFILE_ENV_MAX      (UINT64_C(1) << 20U)
#define DEVFILE_SLOTS_MAX    64
#define DEVFILE_LINKS_MAX    8
#define DEVFILE_JSON_MAX     (256U << 10U)
#define DEVFILE_US_MAX       UINT64_C(3600000000) /* no operation takes an hour */
#define DEVFILE_PRICE_MAX    UINT64_C(1000000000)
#define DEVFILE_RATE_MAX     (UINT64_C(1) << 40U)

extern const struct schema devfile_schema;

ota_status devfile_new(ota_devfile **out, const ota_ctx *ctx, ota_err *err);
/* Read and check the YAML form. */
ota_status devfile_from_doc(
	ota_devfile *d, struct doc *root, const char *name, ota_report *rep, ota_err *err);

#endif
