/* SPDX-License-Identifier: MIT */
#include <sim/pool.h>

#include <string.h>

#include <base/mem.h>

#define ROOM_FIRST 256U

void pool_init(struct pool *p, const ota_ctx *ctx)
{
	*p = (struct pool){.ctx = ctx};
}

void pool_fini(struct pool *p)
{
	while (p->owned != NULL) {
		struct media_page *page = p->owned;

		p->owned = page->next;
		mem_free(p->ctx, page);
	}
	mem_free(p->ctx, p->slot);
	pool_init(p, p->ctx);
}

/* Where a page of these bytes is, or would be. */
static struct media_page **find(const struct pool *p, const uint8_t *b, uint64_t hash)
{
	size_t i = (size_t)hash & (p->room - 1);

	while (p->slot[i] != NULL &&
		(p->slot[i]->hash != hash || memcmp(p->slot[i]->b, b, MEDIA_PAGE) != 0))
		i = (i + 1) & (p->room - 1);
	return &p->slot[i];
}

static ota_status make_room(struct pool *p, ota_err *err)
{
	struct pool old = *p;
	ota_status st;

	if (2 * p->count < p->room)
		return OTA_OK;
	p->room = old.room > 0 ? 2 * old.room : ROOM_FIRST;
	st = mem_new_bytes(&p->slot, p->ctx, p->room * sizeof(struct media_page *), err);
	if (st) {
		*p = old;
		return st;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.slot[i] != NULL)
			*find(p, old.slot[i]->b, old.slot[i]->hash) = old.slot[i];
	mem_free(p->ctx, old.slot);
	return OTA_OK;
}

static void own(struct pool *p, struct media_page *page, uint64_t hash)
{
	page->hash = hash;
	page->shared = true;
	page->next = p->owned;
	p->owned = page;
	p->owned_count++;
	p->count++;
}

ota_status pool_lend(struct pool *p, const struct media *frozen, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; i < frozen->own_count && !st; i++) {
		const struct media_at *at = &frozen->own[i];
		struct media_page *page = frozen->region[at->region].page[at->page], **slot;

		st = make_room(p, err);
		if (st)
			continue;
		slot = find(p, page->b, page->hash);
		if (*slot != NULL)
			continue;
		*slot = page;
		p->count++;
	}
	return st;
}

ota_status pool_bytes(
	struct media_page **out, struct pool *p, const uint8_t b[static MEDIA_PAGE], ota_err *err)
{
	uint64_t hash = media_page_hash(b);
	struct media_page **slot;
	ota_status st = make_room(p, err);

	if (st)
		return st;
	slot = find(p, b, hash);
	if (*slot == NULL) {
		st = MEM_NEW(slot, p->ctx, err);
		if (st)
			return st;
		memcpy((*slot)->b, b, MEDIA_PAGE);
		own(p, *slot, hash);
	}
	*out = *slot;
	return OTA_OK;
}

ota_status pool_page(const struct media_page **out, struct pool *p, struct media_region *r,
	size_t i, ota_err *err)
{
	struct media_page *page = r->page[i], **slot;
	uint64_t hash;
	ota_status st;

	*out = media_page_at(r, i);
	if (page == NULL || page->shared)
		return OTA_OK;
	st = make_room(p, err);
	if (st)
		return st;
	hash = media_page_hash(page->b);
	slot = find(p, page->b, hash);
	if (*slot == NULL) {
		*slot = page;
		own(p, page, hash);
	}
	*out = *slot;
	return *slot == page ? OTA_OK : media_set_page(r, i, *slot, err);
}
