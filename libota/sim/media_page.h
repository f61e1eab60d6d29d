/* SPDX-License-Identifier: MIT */
/* The bytes of a simulated device: pages shared with the one below until they are written. */
#ifndef SIM_MEDIA_PAGE_H
#define SIM_MEDIA_PAGE_H

#include <sim/media.h>

#define MEDIA_PAGE 4096U

struct media_page {
	struct media_page *next; /* of those that wait for use, or of a pool */
	uint64_t hash;           /* of what is shared */
	bool shared;             /* holds this for good, and is not its user's to free */
	uint8_t b[MEDIA_PAGE];
};

uint64_t media_page_hash(const uint8_t b[static MEDIA_PAGE]);
/* What is there, whoever's it is. */
const struct media_page *media_page_at(const struct media_region *r, size_t i);
/* From now on that; a shared one is borrowed. */
ota_status media_set_page(struct media_region *r, size_t i, struct media_page *page, ota_err *err);

unsigned media_index(const struct media_region *r);
void media_get(const struct media_region *r, uint8_t *buf, size_t len, uint64_t off);
bool media_is_erased(const struct media_region *r, size_t len, uint64_t off);
/* p NULL: erased. Remembered for media_undo while a later strike of the plan asks for it. */
ota_status media_put(
	struct media_region *r, const uint8_t *p, size_t len, uint64_t off, ota_err *err);
ota_status media_flip(struct media_region *r, uint64_t off, ota_err *err);

/* The i'th put that is not synced did not happen. */
ota_status media_undo(struct media *m, size_t i, ota_err *err);
/* All of r is on the part. */
void media_synced(struct media_region *r);

/* n whole shared pages at once, as media_put. */
ota_status media_put_pages(struct media_region *r, struct media_page *const *page, size_t n,
	uint64_t off, ota_err *err);

/* Own pages become those below again; kept for use. */
void media_drop_pages(struct media *m);
void media_free_pages(struct media *m);

#endif
