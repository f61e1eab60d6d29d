/* SPDX-License-Identifier: MIT */
#include <sim/media_page.h>

#include <string.h>

#include <base/mem.h>
#include <base/num.h>

struct media_own {
	unsigned region;
	size_t page;
};

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

static const uint8_t *page_at(const struct media_region *r, size_t i)
{
	unsigned index = media_index(r);

	for (const struct media *m = r->m; m != NULL; m = m->under)
		if (m->region[index].page[i] != NULL)
			return m->region[index].page[i];
	return r->blank;
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

static ota_status take_page(uint8_t **out, struct media *m, ota_err *err)
{
	if (m->spare == NULL)
		return mem_new_bytes(out, m->ctx, MEDIA_PAGE, err);
	*out = m->spare;
	memcpy(&m->spare, *out, sizeof(m->spare));
	return OTA_OK;
}

static void give_page(struct media *m, uint8_t *page)
{
	memcpy(page, &m->spare, sizeof(m->spare));
	m->spare = page;
}

/* A page of its own, holding what was there; erased ones share the blank. */
static ota_status own_page(struct media_region *r, size_t i, bool blank, ota_err *err)
{
	struct media *m = r->m;
	uint8_t *page = r->blank;
	uint8_t *had = r->page[i];
	ota_status st = OTA_OK;

	if (had != NULL && (had != r->blank || blank)) {
		if (blank && had != r->blank) {
			give_page(m, had);
			r->page[i] = r->blank;
		}
		return OTA_OK;
	}
	if (had == NULL)
		st = grow(&m->own, &m->own_room, m->ctx, m->own_count, sizeof(m->own[0]), err);
	if (!st && !blank)
		st = take_page(&page, m, err);
	if (st)
		return st;
	if (!blank)
		memcpy(page, page_at(r, i), MEDIA_PAGE);
	if (had == NULL)
		m->own[m->own_count++] = (struct media_own){media_index(r), i};
	r->page[i] = page;
	return OTA_OK;
}

void media_drop_pages(struct media *m)
{
	for (size_t i = 0; i < m->own_count; i++) {
		struct media_region *r = &m->region[m->own[i].region];
		uint8_t *page = r->page[m->own[i].page];

		if (page != r->blank)
			give_page(m, page);
		r->page[m->own[i].page] = NULL;
	}
	m->own_count = 0;
}

void media_free_pages(struct media *m)
{
	for (unsigned i = 0; i < m->region_count; i++)
		media_synced(&m->region[i]);
	media_drop_pages(m);
	while (m->spare != NULL) {
		uint8_t *page = m->spare;

		memcpy(&m->spare, page, sizeof(m->spare));
		mem_free(m->ctx, page);
	}
	mem_free(m->ctx, m->own);
	mem_free(m->ctx, m->undo);
}

/* ---- bytes ---- */

void media_get(const struct media_region *r, uint8_t *buf, size_t len, uint64_t off)
{
	while (len > 0) {
		size_t at = (size_t)(off % MEDIA_PAGE), n = min_size(len, MEDIA_PAGE - at);

		memcpy(buf, page_at(r, size_of_u64(off / MEDIA_PAGE)) + at, n);
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
		const uint8_t *page = page_at(r, size_of_u64(off / MEDIA_PAGE));

		erased = page == r->blank || memcmp(page + at, r->blank, n) == 0;
		off += n;
		len -= n;
	}
	return erased;
}

static ota_status put_page(
	struct media_region *r, const uint8_t *p, size_t n, uint64_t off, ota_err *err)
{
	size_t i = size_of_u64(off / MEDIA_PAGE), at = (size_t)(off % MEDIA_PAGE);
	bool blank = p == NULL && n == MEDIA_PAGE;
	ota_status st = own_page(r, i, blank, err);

	if (st || blank)
		return st;
	memcpy(r->page[i] + at, p != NULL ? p : r->blank, n);
	return OTA_OK;
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
		const uint8_t *p = page_at(x, i), *q = page_at(y, i);

		same = p == q || memcmp(p, q, size_of_u64(min_u64(MEDIA_PAGE, len - off))) == 0;
	}
	return same;
}
