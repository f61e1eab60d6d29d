/* SPDX-License-Identifier: MIT */
#include "state.h"

#define ALIGNED(n) (((n) + 7U) & ~(size_t)7U)

static const uint16_t lessons[OTAD_PROFILES] = {44, 1024, 4096};

#define REACH_CODE (UINT64_C(1) << 14U)
#define REACH_WORD (UINT64_C(1) << 11U)

static size_t lessons_size(const struct otad_head *h)
{
	return (size_t)lessons[h->profile] * sizeof(struct lesson);
}

size_t walk_size(const struct otad_head *h)
{
	uint64_t n = (uint64_t)h->covers * (sizeof(struct cover) + sizeof(uint32_t)) + 8;

	n += 2 * (uint64_t)lessons_size(h) + model_size((enum otad_profile)h->profile);
	return n < SIZE_MAX / 2 ? ALIGNED((size_t)n) : 0;
}

void walk_init(struct walk *w, const struct otad_head *h, void *mem, struct cover **cover,
	uint32_t **order)
{
	uint8_t *p = mem;

	*w = (struct walk){.h = h};
	*cover = (struct cover *)(void *)p;
	p += (size_t)h->covers * sizeof(struct cover);
	w->predict = (struct predict){.h = h, .isa = isas[h->isa]};
	w->predict.code =
		(struct learn){.at = (void *)p, .max = lessons[h->profile], .reach = REACH_CODE};
	p += lessons_size(h);
	w->predict.word =
		(struct learn){.at = (void *)p, .max = lessons[h->profile], .reach = REACH_WORD};
	p += lessons_size(h);
	*order = (uint32_t *)(void *)p;
	p += ALIGNED((size_t)h->covers * sizeof(uint32_t));
	model_init(&w->model, (enum otad_profile)h->profile, p);
}

void walk_covers(struct walk *w, const struct cover *cover, uint32_t n, uint32_t *order)
{
	w->cover = cover;
	w->covers = n;
	map_init(&w->predict.map, cover, n, order);
}

void walk_begin(struct walk *w)
{
	model_reset(&w->model);
	w->list = (struct list){0};
}

void walk_reset(struct walk *w, uint64_t new_at)
{
	model_reset(&w->model);
	w->predict.code.n = 0;
	w->predict.word.n = 0;
	w->new_at = new_at;
	w->run = 0;
	w->misses = 0;
	w->differ = 0;
	w->hits = 0;
	otad_clear(w->shift, 0, sizeof(w->shift));
	w->fill = KEEP;
	otad_clear(w->out, 0, sizeof(w->out));
}

uint32_t walk_find(const struct walk *w, uint64_t at)
{
	uint32_t lo = 0, hi = w->covers;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (w->cover[mid].new_at + w->cover[mid].len <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum otad_status walk_flush(struct walk *w)
{
	unsigned n = w->fill - KEEP;

	if (n > 0 && w->io->write != NULL && w->io->write(w->io->arg, w->out + KEEP, n) != 0)
		return OTAD_IO;
	otad_move(w->out, w->out + n, KEEP);
	w->fill = KEEP;
	return OTAD_OK;
}

enum otad_status walk_put(struct walk *w, uint8_t v)
{
	w->out[w->fill++] = v;
	return w->fill < KEEP + OUT ? OTAD_OK : walk_flush(w);
}

enum otad_status walk_view(struct walk *w)
{
	struct block *b = &w->block;
	uint64_t from = b->old_at, end, size = w->h->old_size;
	size_t skip = MARGIN, n;

	if (from < skip)
		skip = (size_t)from;
	from -= skip;
	skip = MARGIN - skip;
	end = b->old_at + BLOCK_VIEW - MARGIN;
	end = end < size ? end : size;
	n = (size_t)(end - from);
	otad_clear(b->old_, 0, skip);
	otad_clear(b->old_ + skip + n, 0, BLOCK_VIEW - skip - n);
	if (w->io->read(w->io->arg, b->old_ + skip, n, from) != 0)
		return OTAD_IO;
	return w->fill < KEEP + OUT ? OTAD_OK : walk_flush(w);
}
