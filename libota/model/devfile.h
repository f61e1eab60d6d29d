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

struct devfile_policy {
	bool unsigned_chain, downgrade, hooks, single;
};

struct ota_devfile {
	struct arena arena;
	const char *format, *spec, *product,
		*version; /* version: what runs when new; NULL: unknown */
	struct facts facts;
	struct devfile_slot *slots;
	size_t slot_count;
	uint64_t ram, counter_max, erase_size, program_size;
	uint64_t counter; /* of what runs when new */
	struct devfile_policy policy;
	bool implied; /* made by ota_devfile_default */
};

#define DEVFILE_ERASE_SIZE   4096U
#define DEVFILE_PROGRAM_SIZE 1U
#define DEVFILE_SLOTS_MAX    64

extern const struct schema devfile_schema;

ota_status devfile_new(ota_devfile **out, const ota_ctx *ctx, ota_err *err);
/* Read and check the YAML form. */
ota_status devfile_from_doc(
	ota_devfile *d, struct doc *root, const char *name, ota_report *rep, ota_err *err);

#endif
