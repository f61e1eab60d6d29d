/* SPDX-License-Identifier: MIT */
#include <doc/build.h>

#include <assert.h>

/* How many items come is not known before the end, so they are chained first. */
struct doc_link {
	struct doc d;
	struct doc_link *next;
	const char *key;
	struct doc *mark;
};

void build_init(struct doc_build *b, struct arena *a)
{
	*b = (struct doc_build){.a = a};
}

static struct doc_frame *top(struct doc_build *b)
{
	assert(b->depth > 0);
	return &b->stack[b->depth - 1];
}

bool build_in_map(const struct doc_build *b)
{
	return b->depth > 0 && b->stack[b->depth - 1].d->kind == DOC_MAP;
}

bool build_wants_key(const struct doc_build *b)
{
	return build_in_map(b) && b->stack[b->depth - 1].key == NULL;
}

void build_key(struct doc_build *b, const char *key, struct doc *mark)
{
	assert(build_wants_key(b));
	top(b)->key = key;
	top(b)->mark = mark;
}

static void attach(struct doc_build *b, struct doc_link *l)
{
	struct doc_frame *f;

	if (b->depth == 0) {
		assert(b->root == NULL);
		b->root = &l->d;
		return;
	}
	assert(!build_wants_key(b));
	f = top(b);
	l->key = f->key;
	l->mark = f->mark;
	f->key = NULL;
	if (f->last == NULL)
		f->first = l;
	else
		f->last->next = l;
	f->last = l;
	f->d->count++;
}

ota_status build_add(
	struct doc **out, struct doc_build *b, enum doc_kind kind, uint64_t off, ota_err *err)
{
	bool opens = kind == DOC_LIST || kind == DOC_MAP;
	struct doc_link *l;

	if (b->nodes == DOC_NODES_MAX)
		return ota_fail_at(err, OTA_E_LIMIT_COUNT, off, "more than %d values in a document",
			DOC_NODES_MAX);
	if (opens && b->depth == DOC_DEPTH_MAX)
		return ota_fail_at(
			err, OTA_E_LIMIT_DEPTH, off, "nested more than %d deep", DOC_DEPTH_MAX);
	l = arena_alloc(b->a, sizeof(*l));
	if (l == NULL)
		return ota_fail_nomem(err);
	l->d.kind = kind;
	l->d.off = off;
	attach(b, l);
	b->nodes++;
	if (opens)
		b->stack[b->depth++] = (struct doc_frame){.d = &l->d};
	*out = &l->d;
	return OTA_OK;
}

static bool fill_map(struct doc *d, const struct doc_link *l, struct arena *a)
{
	d->keys = arena_array(a, d->count, sizeof(const char *));
	d->key_marks = l->mark != NULL ? arena_array(a, d->count, sizeof(struct doc *)) : NULL;
	if (d->keys == NULL || (l->mark != NULL && d->key_marks == NULL))
		return false;
	for (size_t i = 0; i < d->count; i++, l = l->next) {
		d->keys[i] = l->key;
		if (d->key_marks != NULL)
			d->key_marks[i] = l->mark;
	}
	return true;
}

ota_status build_close(struct doc **out, struct doc_build *b, ota_err *err)
{
	const struct doc_frame *f = top(b);
	struct doc_link *l = f->first;
	struct doc *d = f->d;

	if (d->count > 0) {
		d->items = arena_array(b->a, d->count, sizeof(struct doc *));
		if (d->items == NULL || (d->kind == DOC_MAP && !fill_map(d, l, b->a)))
			return ota_fail_nomem(err);
		for (size_t i = 0; i < d->count; i++, l = l->next)
			d->items[i] = &l->d;
	}
	b->depth--;
	*out = d;
	return OTA_OK;
}
