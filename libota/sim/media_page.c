/* SPDX-License-Identifier: MIT */
#include <sim/media_page.h>

#include <string.h>

#include <base/bits.h>
#include <base/mem.h>
#include <base/num.h>
#include <sim/prng.h>

struct media_undo {
	unsigned region;
	uint64_t off;
	size_t len;
	uint8_t *before;
};

unsigned media_index(const struct media_region *r)
{
	return (unsigned)(r - r->m->region);
}

/* ---- pages ---- */

/* Four lanes, so that no multiplication waits for the one before. */
uint64_t media_page_hash(const uint8_t b[static MEDIA_PAGE])
{
	uint64_t h[4] = {1, 2, 3, 4};

	for (size_t i = 0; i < MEDIA_PAGE; i += 32)
		for (size_t k = 0; k < 4; k++) {
			h[k] = (h[k] ^ load_le64(b + i + 8 * k)) * UINT64_C(0x9e3779b97f4a7c15);
			h[k] ^= h[k] >> 32U;
		}
	return prng_at(h[0] ^ prng_at(h[1], 1), 0) ^ prng_at(h[2] ^ prng_at(h[3], 3), 2);
}

static void note_read(const struct media_region *r, size_t i)
{
	struct media *m = r->m;

	if (m->read == NULL || r->seen[i] != 0)
		return;
	r->seen[i] = 1;
	m->read[m->read_count++] = (struct media_at){media_index(r), i};
}

const struct media_page *media_page_at(const struct media_region *r, size_t i)
{
	unsigned index = media_index(r);
	const struct media *m = r->m;

	if (r->page[i] == NULL)
		note_read(r, i);
	while (m != NULL && m->region[index].page[i] == NULL)
		m = m->under;
	return m != NULL ? m->region[index].page[i] : r->blank;
}

/* Room for n more entries of size bytes behind count; the array moves. */
static ota_status grow(
	void *array, size_t *room, const ota_ctx *ctx, size_t count, size_t size, ota_err *err)
{
	void *old, *fresh = NULL;
	size_t want = *room > 0 ? 2 * *room : 64;
	ota_status st;

	if (count < *room)
		return OTA_OK;
	memcpy(&old, array, sizeof(old));
	st = mem_new_bytes(&fresh, ctx, want * size, err);
	if (st)
		return st;
	if (count > 0)
		memcpy(fresh, old, count * size);
	mem_free(ctx, old);
	memcpy(array, &fresh, sizeof(fresh));
	*room = want;
	return OTA_OK;
}

static ota_status take_page(struct media_page **out, struct media *m, ota_err *err)
{
	if (m->spare == NULL)
		return MEM_NEW(out, m->ctx, err);
	*out = m->spare;
	m->spare = (*out)->next;
	return OTA_OK;
}

static void give_page(struct media *m, struct media_page *page)
{
	if (page->shared)
		return;
	page->next = m->spare;
	m->spare = page;
}

ota_status media_set_page(struct media_region *r, size_t i, struct media_page *page, ota_err *err)
{
	struct media *m = r->m;
	ota_status st = OTA_OK;

	if (r->page[i] != NULL) {
		give_page(m, r->page[i]);
	} else {
		st = grow(&m->own, &m->own_room, m->ctx, m->own_count, sizeof(m->own[0]), err);
		if (st)
			return st;
		m->own[m->own_count++] = (struct media_at){media_index(r), i};
	}
	r->page[i] = page;
	return OTA_OK;
}

/* A page to write to, holding what was there unless all of it will be written. */
static ota_status own_page(struct media_region *r, size_t i, bool whole, ota_err *err)
{
	struct media_page *page = NULL;
	ota_status st;

	if (r->page[i] != NULL && !r->page[i]->shared)
		return OTA_OK;
	st = take_page(&page, r->m, err);
	if (st)
		return st;
	if (!whole)
		memcpy(page->b, media_page_at(r, i)->b, MEDIA_PAGE);
	st = media_set_page(r, i, page, err);
	if (st)
		give_page(r->m, page);
	return st;
}

void media_drop_pages(struct media *m)
{
	for (size_t i = 0; i < m->own_count; i++) {
		struct media_region *r = &m->region[m->own[i].region];

		give_page(m, r->page[m->own[i].page]);
		r->page[m->own[i].page] = NULL;
	}
	m->own_count = 0;
	for (size_t i = 0; i < m->read_count; i++)
		m->region[m->read[i].region].seen[m->read[i].page] = 0;
	m->read_count = 0;
}

void media_freeze(struct media *m)
{
	for (size_t i = 0; i < m->own_count; i++) {
		struct media_page *page = m->region[m->own[i].region].page[m->own[i].page];

		page->hash = media_page_hash(page->b);
		page->shared = true;
	}
	m->frozen = true;
}

/* Shared pages of others are dropped by then: what is left is its own, and the blanks. */
static void thaw(struct media *m)
{
	for (size_t i = 0; i < m->own_count; i++) {
		struct media_region *r = &m->region[m->own[i].region];
		struct media_page *page = r->page[m->own[i].page];

		page->shared = page == r->blank;
	}
}

void media_free_pages(struct media *m)
{
	for (unsigned i = 0; i < m->region_count; i++)
		media_synced(&m->region[i]);
	if (m->frozen)
		thaw(m);
	media_drop_pages(m);
	while (m->spare != NULL) {
		struct media_page *page = m->spare;

		m->spare = page->next;
		mem_free(m->ctx, page);
	}
	mem_free(m->ctx, m->own);
	mem_free(m->ctx, m->read);
	mem_free(m->ctx, m->undo);
}

/* ---- bytes ---- */

void media_get(const struct media_region *r, uint8_t *buf, size_t len, uint64_t off)
{
	while (len > 0) {
		size_t at = (size_t)(off % MEDIA_PAGE), n = min_size(len, MEDIA_PAGE - at);

		memcpy(buf, media_page_at(r, size_of_u64(off / MEDIA_PAGE))->b + at, n);
		buf += n;
		off += n;
		len -= n;
	}
}

bool media_is_erased(const struct media_region *r, size_t len, uint64_t off)
{
	bool erased = true;

	while (len > 0 && erased) {
		size_t at = (size_t)(off % MEDIA_PAGE), n = min_size(len, MEDIA_PAGE - at);
		const struct media_page *page = media_page_at(r, size_of_u64(off / MEDIA_PAGE));

		erased = page == r->blank || memcmp(page->b + at, r->blank->b, n) == 0;
		off += n;
		len -= n;
	}
	return erased;
}

static ota_status put_page(
	struct media_region *r, const uint8_t *p, size_t n, uint64_t off, ota_err *err)
{
	size_t i = size_of_u64(off / MEDIA_PAGE), at = (size_t)(off % MEDIA_PAGE);
	ota_status st;

	if (p == NULL && n == MEDIA_PAGE)
		return media_set_page(r, i, r->blank, err);
	st = own_page(r, i, n == MEDIA_PAGE, err);
	if (!st)
		memcpy(r->page[i]->b + at, p != NULL ? p : r->blank->b, n);
	return st;
}

static ota_status put(
	struct media_region *r, const uint8_t *p, size_t len, uint64_t off, ota_err *err)
{
	ota_status st = OTA_OK;

	while (len > 0 && !st) {
		size_t n = min_size(len, MEDIA_PAGE - (size_t)(off % MEDIA_PAGE));

		st = put_page(r, p, n, off, err);
		p = p != NULL ? p + n : NULL;
		off += n;
		len -= n;
	}
	return st;
}

/* ---- what is not synced ---- */

static bool may_lose(const struct media *m)
{
	bool lost = false;

	if (m->sure)
		return false;
	for (unsigned i = m->struck; i < m->plan.n; i++)
		lost = lost || m->plan.s[i].mode == FAULT_LOST;
	/* The strike at hand counts as struck already. */
	return lost || (m->struck > 0 && m->plan.s[m->struck - 1].mode == FAULT_LOST && !m->dead);
}

static ota_status remember(struct media_region *r, size_t len, uint64_t off, ota_err *err)
{
	struct media *m = r->m;
	struct media_undo u = {media_index(r), off, len, NULL};
	ota_status st =
		grow(&m->undo, &m->undo_room, m->ctx, m->undo_count, sizeof(m->undo[0]), err);

	if (!st)
		st = mem_new_bytes(&u.before, m->ctx, len, err);
	if (st)
		return st;
	media_get(r, u.before, len, off);
	m->undo[m->undo_count++] = u;
	return OTA_OK;
}

ota_status media_put(
	struct media_region *r, const uint8_t *p, size_t len, uint64_t off, ota_err *err)
{
	ota_status st = OTA_OK;

	if (may_lose(r->m))
		st = remember(r, len, off, err);
	return st ? st : put(r, p, len, off, err);
}

ota_status media_put_pages(struct media_region *r, struct media_page *const *page, size_t n,
	uint64_t off, ota_err *err)
{
	ota_status st = OTA_OK;

	if (may_lose(r->m))
		st = remember(r, n * MEDIA_PAGE, off, err);
	for (size_t i = 0; i < n && !st; i++)
		st = media_set_page(r, size_of_u64(off / MEDIA_PAGE) + i, page[i], err);
	return st;
}

ota_status media_flip(struct media_region *r, uint64_t off, ota_err *err)
{
	uint8_t byte;

	media_get(r, &byte, 1, off);
	byte ^= 0x10;
	return put(r, &byte, 1, off, err);
}

ota_status media_undo(struct media *m, size_t i, ota_err *err)
{
	const struct media_undo *u = &m->undo[i];

	return put(&m->region[u->region], u->before, u->len, u->off, err);
}

void media_synced(struct media_region *r)
{
	struct media *m = r->m;
	unsigned index = media_index(r);
	size_t kept = 0;

	for (size_t i = 0; i < m->undo_count; i++) {
		if (m->undo[i].region == index)
			mem_free(m->ctx, m->undo[i].before);
		else
			m->undo[kept++] = m->undo[i];
	}
	m->undo_count = kept;
}

/* ---- from outside ---- */

ota_status media_load(
	struct media *m, unsigned region, const void *p, size_t len, uint64_t off, ota_err *err)
{
	return put(&m->region[region], p, len, off, err);
}

bool media_same(const struct media *a, const struct media *b, unsigned region, uint64_t len)
{
	const struct media_region *x = &a->region[region], *y = &b->region[region];
	bool same = true;

	for (uint64_t off = 0; off < len && same; off += MEDIA_PAGE) {
		size_t i = size_of_u64(off / MEDIA_PAGE);
		const struct media_page *p = media_page_at(x, i), *q = media_page_at(y, i);

		same = p == q ||
		       memcmp(p->b, q->b, size_of_u64(min_u64(MEDIA_PAGE, len - off))) == 0;
	}
	return same;
}
