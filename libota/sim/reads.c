/* SPDX-License-Identifier: MIT */
#include <sim/reads.h>

#include <assert.h>
#include <string.h>

#include <base/mem.h>
#include <base/num.h>
#include <sim/prng.h>

#define EDGES_ROOM 4096U

/* `at` is read next; or all has been read, and led to what. */
struct node {
	bool reads;
	struct media_at at;
	const void *what;
};

/* What was read at a node leads to the next. */
struct edge {
	const struct media_page *page; /* NULL: free */
	uint32_t from, to;
};

/* What is read of a device that is no page. */
struct root {
	uint32_t fuse[2];
	unsigned booted;
	uint32_t node;
};

ota_status list_push(void *out, struct list *l, const ota_ctx *ctx, size_t size, ota_err *err)
{
	void *fresh = NULL, *at;
	size_t room = l->room > 0 ? 2 * l->room : 64;
	ota_status st = OTA_OK;

	if (l->count == l->room) {
		st = mem_new_bytes(&fresh, ctx, room * size, err);
		if (st)
			return st;
		if (l->count > 0)
			memcpy(fresh, l->v, l->count * size);
		mem_free(ctx, l->v);
		l->v = fresh;
		l->room = room;
	}
	at = (uint8_t *)l->v + l->count++ * size;
	memset(at, 0, size);
	memcpy(out, &at, sizeof(at));
	return OTA_OK;
}

static struct node *node_at(const struct reads *t, uint32_t i)
{
	return (struct node *)t->nodes.v + i;
}

void reads_init(struct reads *t, const ota_ctx *ctx, struct pool *pool)
{
	*t = (struct reads){.ctx = ctx, .pool = pool};
}

void reads_fini(struct reads *t)
{
	mem_free(t->ctx, t->roots.v);
	mem_free(t->ctx, t->nodes.v);
	mem_free(t->ctx, t->edges);
	reads_init(t, t->ctx, t->pool);
}

uint64_t reads_held(const struct reads *t)
{
	return t->nodes.room * sizeof(struct node) + t->edge_room * sizeof(struct edge);
}

static ota_status page_of(const struct media_page **out, struct reads *t, struct media *m,
	const struct media_at *at, ota_err *err)
{
	return pool_page(out, t->pool, &m->region[at->region], at->page, err);
}

static struct edge *edge_of(const struct reads *t, uint32_t from, const struct media_page *page)
{
	size_t i = (size_t)prng_at((uint64_t)(uintptr_t)page, from) & (t->edge_room - 1);

	while (t->edges[i].page != NULL && (t->edges[i].page != page || t->edges[i].from != from))
		i = (i + 1) & (t->edge_room - 1);
	return &t->edges[i];
}

static ota_status room_for_edge(struct reads *t, ota_err *err)
{
	struct edge *old = t->edges;
	size_t old_room = t->edge_room;
	ota_status st;

	if (2 * t->edge_count < t->edge_room)
		return OTA_OK;
	t->edges = NULL;
	t->edge_room = old_room > 0 ? 2 * old_room : EDGES_ROOM;
	st = mem_new_bytes(&t->edges, t->ctx, t->edge_room * sizeof(old[0]), err);
	if (st) {
		t->edges = old;
		t->edge_room = old_room;
		return st;
	}
	for (size_t i = 0; i < old_room; i++)
		if (old[i].page != NULL)
			*edge_of(t, old[i].from, old[i].page) = old[i];
	mem_free(t->ctx, old);
	return OTA_OK;
}

static bool is_root(const struct root *r, const struct media *m)
{
	return r->fuse[0] == m->fuse[0] && r->fuse[1] == m->fuse[1] && r->booted == m->booted;
}

static ota_status root_of(uint32_t *out, struct reads *t, const struct media *m, ota_err *err)
{
	struct root *r = t->roots.v;
	struct node *n = NULL;
	ota_status st;

	for (size_t i = 0; i < t->roots.count; i++)
		if (is_root(&r[i], m)) {
			*out = r[i].node;
			return OTA_OK;
		}
	*out = u32_of_u64(t->nodes.count);
	st = list_push(&n, &t->nodes, t->ctx, sizeof(*n), err);
	if (!st)
		st = list_push(&r, &t->roots, t->ctx, sizeof(*r), err);
	if (st)
		return st;
	*r = (struct root){{m->fuse[0], m->fuse[1]}, m->booted, *out};
	return OTA_OK;
}

bool reads_in_doubt(const struct media *m, const struct media_at *at)
{
	uint64_t off = (uint64_t)at->page * MEDIA_PAGE;

	return media_touches(&m->bad, at->region, off, MEDIA_PAGE) ||
	       media_touches(&m->unstable, at->region, off, MEDIA_PAGE);
}

ota_status reads_find(const void **out, bool *clear, struct reads *t, struct media *m, ota_err *err)
{
	uint32_t n = 0;
	bool known = true;
	ota_status st = root_of(&n, t, m, err);

	*clear = true;
	while (!st && known && *clear && node_at(t, n)->reads) {
		const struct media_page *page = NULL;
		const struct edge *e;

		*clear = !reads_in_doubt(m, &node_at(t, n)->at);
		st = page_of(&page, t, m, &node_at(t, n)->at, err);
		if (st)
			return st;
		e = edge_of(t, n, page);
		known = e->page != NULL;
		n = e->to;
	}
	*out = !st && known && *clear ? node_at(t, n)->what : NULL;
	return st;
}

static ota_status step(
	uint32_t *n, struct reads *t, struct media *m, const struct media_at *at, ota_err *err)
{
	const struct media_page *page = NULL;
	struct node *from = node_at(t, *n), *to = NULL;
	struct edge *e;
	ota_status st = page_of(&page, t, m, at, err);

	assert(from->what == NULL);
	assert(!from->reads || (from->at.region == at->region && from->at.page == at->page));
	from->reads = true;
	from->at = *at;
	if (!st)
		st = room_for_edge(t, err);
	if (st)
		return st;
	e = edge_of(t, *n, page);
	if (e->page == NULL) {
		st = list_push(&to, &t->nodes, t->ctx, sizeof(*to), err);
		if (st)
			return st;
		*e = (struct edge){page, *n, u32_of_u64(t->nodes.count - 1)};
		t->edge_count++;
	}
	*n = e->to;
	return OTA_OK;
}

ota_status reads_learn(
	struct reads *t, struct media *m, const struct media *from, const void *what, ota_err *err)
{
	uint32_t n = 0;
	ota_status st = root_of(&n, t, m, err);

	for (size_t i = 0; i < from->read_count && !st; i++)
		st = step(&n, t, m, &from->read[i], err);
	if (!st)
		node_at(t, n)->what = what;
	return st;
}
