/* SPDX-License-Identifier: MIT */
/* Pages by content: the same bytes are one shared page, so that equal states have equal pointers. */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include <sim/media_page.h>

struct pool {
	const ota_ctx *ctx;
	struct media_page **slot; /* by hash; of a power of two */
	size_t count, room;
	struct media_page *owned;
	size_t owned_count;
};

void pool_init(struct pool *p, const ota_ctx *ctx);
/* No media holds pages of it any more. */
void pool_fini(struct pool *p);
/* The pages of a frozen media are known from the start. */
ota_status pool_lend(struct pool *p, const struct media *frozen, ota_err *err);
/* The shared page of these bytes. */
ota_status pool_bytes(
	struct media_page **out, struct pool *p, const uint8_t b[static MEDIA_PAGE], ota_err *err);
/* What is at page i of r; if it is r's own, it is a shared one from now on. */
ota_status pool_page(const struct media_page **out, struct pool *p, struct media_region *r,
	size_t i, ota_err *err);

#endif
