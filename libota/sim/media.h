/* SPDX-License-Identifier: MIT */
/*
 * A simulated device in memory: flash regions with the part's rules, fuses and
 * the loader's handoff behind an ota_port. It begins as another one is and
 * shares every page until it writes there, so a case costs what it touches.
 * It counts its operations, and a plan's faults strike at them.
 */
#ifndef SIM_MEDIA_H
#define SIM_MEDIA_H

#include <ota/port.h>

#include <sim/fault.h>
#include <model/layout.h>

struct media_page;

struct media_region {
	ota_flash flash;
	struct media *m;
	struct media_page **page; /* own ones; NULL: as below */
	size_t npages;
	struct media_page *blank; /* an erased one, shared */
	uint8_t *seen;            /* of each page: noted as read */
};

struct media_at {
	unsigned region;
	size_t page;
};

/* What is counted, for whoever watches. */
struct media_op {
	enum op_kind kind;
	unsigned region;   /* of a burn: which fuse */
	uint64_t off, len; /* of a burn: from, to */
	enum fault_id struck;
	const void *data; /* of a program; valid during the call */
};
typedef ota_status media_watch_fn(
	void *arg, uint64_t index, const struct media_op *op, ota_err *err);

struct media_args {
	const struct layout *layout;
	const char *const *components; /* borrowed */
	const uint64_t *sizes;         /* of their regions */
	size_t count;
};

#define MEDIA_SLOTS 2U

struct media {
	ota_port port;
	const ota_ctx *ctx;
	const struct media *under; /* NULL: everything is erased */
	const char *const *components;
	size_t component_count;
	struct media_region *region;
	unsigned region_count;
	uint32_t fuse[2];
	unsigned booted;
	bool frozen;
	bool dead;          /* without power: everything fails */
	const char *broken; /* the code above broke this rule of the part */
	uint64_t ops;
	struct plan plan;
	unsigned struck;
	bool sure; /* what is written now is synced before the next strike */
	media_watch_fn *watch;
	void *watch_arg;
	struct media_at *own; /* which pages are its own */
	size_t own_count, own_room;
	struct media_at *read; /* which of those below were read, in order; NULL: not noted */
	size_t read_count;
	struct media_page *spare; /* pages to use again, linked */
	struct media_undo *undo;
	size_t undo_count, undo_room;
	struct media_spot {
		enum fault_id mode; /* FAULT_NONE: none */
		unsigned region;
		uint64_t off, len;
	} bad, unstable;
	uint64_t reads; /* of what is unstable */
	uint64_t bytes_read;
	unsigned boot; /* power-on, from 1 */
};

/* A blank device. */
ota_status media_new(
	struct media **out, const ota_ctx *ctx, const struct media_args *a, ota_err *err);
/* A device that begins as under is now; under stays as it is for as long. */
ota_status media_fork(
	struct media **out, const ota_ctx *ctx, const struct media *under, ota_err *err);
/* Back to what under is, with another plan (NULL: nothing strikes). */
void media_reset(struct media *m, const struct plan *plan);
void media_free(struct media *m);
/* Note from the next reset on which pages of the one below are read. */
ota_status media_note_reads(struct media *m, ota_err *err);
/* Nothing of it changes any more: others may hold its pages for as long as it is there. */
void media_freeze(struct media *m);
bool media_touches(const struct media_spot *s, unsigned region, uint64_t off, uint64_t len);
/* Power comes back. */
void media_power(struct media *m);

unsigned media_image_region(const struct media *m, unsigned slot, size_t component);
/* "boot control", "journal", "metadata a", "rootfs b" */
void media_region_name(char out[static 80], const struct media *m, unsigned region);
/* Into an image, past the part's rules: what was there before anything began. */
ota_status media_load(
	struct media *m, unsigned region, const void *p, size_t len, uint64_t off, ota_err *err);
/* The first len bytes of a region hold the same. One began as the other, or both as a third. */
bool media_same(const struct media *a, const struct media *b, unsigned region, uint64_t len);

#endif
