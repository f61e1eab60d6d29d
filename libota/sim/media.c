/* SPDX-License-Identifier: MIT */
#include <sim/media.h>

#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/mem.h>
#include <base/num.h>
#include <sim/media_page.h>
#include <sim/prng.h>

#define REGION_BOOTCTL 0U
#define REGION_JOURNAL 1U
#define REGION_META    2U
#define REGION_IMAGE   (REGION_META + MEDIA_SLOTS)

static ota_status no_power(ota_err *err)
{
	return ota_fail(err, OTA_E_FLASH, "no power");
}

static ota_status bad_block(ota_err *err)
{
	return ota_fail(err, OTA_E_FLASH, "bad block");
}

/* ---- what strikes ---- */

static ota_status count(enum fault_id *mode, struct media *m, struct media_op *op, ota_err *err)
{
	const struct strike *s = m->struck < m->plan.n ? &m->plan.s[m->struck] : NULL;
	uint64_t index = m->ops++;

	if (s != NULL && index >= s->op && (fault_modes[s->mode].on & op->kind) != 0) {
		op->struck = s->mode;
		m->struck++;
	}
	*mode = op->struck;
	return m->watch != NULL ? m->watch(m->watch_arg, index, op, err) : OTA_OK;
}

/* A subset of what was not synced, chosen by the seed. */
static ota_status lose(struct media *m, ota_err *err)
{
	struct prng rng = {m->plan.seed ^ m->ops, 1};
	ota_status st = OTA_OK;

	for (size_t i = m->undo_count; i-- > 0 && !st;)
		if ((prng_next(&rng) & 1U) != 0)
			st = media_undo(m, i, err);
	return st;
}

static void turn_bad(struct media_region *r, uint64_t off, enum fault_id mode)
{
	uint64_t unit = r->flash.geometry.erase_size;

	r->m->bad = (struct media_spot){mode, media_index(r), off / unit * unit, unit};
}

/* The power fails in the middle of turning what is at off into want. */
static ota_status cut(struct media_region *r, const uint8_t *want, size_t len, uint64_t off,
	enum fault_id mode, ota_err *err)
{
	struct media *m = r->m;
	uint8_t *bytes = NULL;
	ota_status st = OTA_OK;

	if (mode != FAULT_CUT_BEFORE)
		st = mem_new_bytes(&bytes, m->ctx, len, err);
	if (!st && bytes != NULL) {
		media_get(r, bytes, len, off);
		fault_tear(bytes, want, len, r->flash.geometry.program_size, mode,
			m->plan.seed ^ m->ops);
		st = media_put(r, bytes, len, off, err);
	}
	mem_free(m->ctx, bytes);
	if (!st && mode == FAULT_LOST)
		st = lose(m, err);
	if (mode == FAULT_TORN_UNSTABLE)
		m->unstable = (struct media_spot){mode, media_index(r), off, len};
	if (mode == FAULT_CUT_READ)
		turn_bad(r, off, FAULT_READ_ONCE);
	m->dead = true;
	return st ? st : no_power(err);
}

bool media_touches(const struct media_spot *s, unsigned region, uint64_t off, uint64_t len)
{
	return s->mode != FAULT_NONE && s->region == region && off < s->off + s->len &&
	       s->off < off + len;
}

static bool is_bad(const struct media_region *r, enum fault_id mode, uint64_t off, uint64_t len)
{
	return r->m->bad.mode == mode && media_touches(&r->m->bad, media_index(r), off, len);
}

/* ---- the part ---- */

static ota_status broke(struct media *m, const char *rule, ota_err *err)
{
	m->broken = rule;
	return ota_fail(err, OTA_E_FLASH, "%s", rule);
}

/* What the reader sees, beside what is there. */
static void disturb(struct media_region *r, uint8_t *buf, size_t len, uint64_t off)
{
	struct media *m = r->m;
	struct prng rng = {m->plan.seed, m->reads};

	if (is_bad(r, FAULT_READ_FLIP, off, len) && off <= m->bad.off)
		buf[m->bad.off - off] ^= 0x10;
	if (!media_touches(&m->unstable, media_index(r), off, len))
		return;
	m->reads += len;
	for (size_t i = 0; i < len; i++)
		if (off + i >= m->unstable.off && off + i < m->unstable.off + m->unstable.len)
			buf[i] ^= lo8(prng_next(&rng) & prng_next(&rng));
}

static ota_status part_read(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct media_region *r = (struct media_region *)f;

	if (r->m->dead)
		return no_power(err);
	if (is_bad(r, FAULT_READ_ERROR, off, len))
		return bad_block(err);
	if (is_bad(r, FAULT_READ_ONCE, off, len)) {
		r->m->bad.mode = FAULT_NONE;
		return bad_block(err);
	}
	r->m->bytes_read += len;
	media_get(r, buf, len, off);
	disturb(r, buf, len, off);
	return OTA_OK;
}

static ota_status part_program(
	ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct media_region *r = (struct media_region *)f;
	struct media_op op = {OP_PROGRAM, media_index(r), off, len, FAULT_NONE, buf};
	enum fault_id mode;
	ota_status st;

	if (r->m->dead)
		return no_power(err);
	if (!is_bad(r, FAULT_ERASE_NOOP, off, len) && !media_is_erased(r, len, off))
		return broke(r->m, "a program of what is not erased", err);
	st = count(&mode, r->m, &op, err);
	if (st)
		return st;
	if (fault_modes[mode].cut)
		return cut(r, buf, len, off, mode, err);
	if (mode != FAULT_NONE)
		turn_bad(r, off, mode);
	if (is_bad(r, FAULT_PROGRAM_ERROR, off, len))
		return bad_block(err);
	if (is_bad(r, FAULT_PROGRAM_NOOP, off, len))
		return OTA_OK;
	st = media_put(r, buf, len, off, err);
	if (!st && is_bad(r, FAULT_PROGRAM_FLIP, off, len))
		st = media_flip(r, max_u64(off, r->m->bad.off), err);
	return st;
}

static ota_status part_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	struct media_region *r = (struct media_region *)f;
	struct media_op op = {OP_ERASE, media_index(r), off, len, FAULT_NONE, NULL};
	enum fault_id mode;
	uint8_t *blank = NULL;
	ota_status st;

	if (r->m->dead)
		return no_power(err);
	st = count(&mode, r->m, &op, err);
	if (!st && fault_modes[mode].cut) {
		st = mem_new_bytes(&blank, r->m->ctx, size_of_u64(len), err);
		if (st)
			return st;
		memset(blank, r->flash.geometry.erased, size_of_u64(len));
		st = cut(r, blank, size_of_u64(len), off, mode, err);
		mem_free(r->m->ctx, blank);
	}
	if (st)
		return st;
	if (mode != FAULT_NONE)
		turn_bad(r, off, mode);
	if (is_bad(r, FAULT_ERASE_ERROR, off, len))
		return bad_block(err);
	if (is_bad(r, FAULT_ERASE_NOOP, off, len))
		return OTA_OK;
	if (media_touches(&r->m->unstable, media_index(r), off, len))
		r->m->unstable.mode = FAULT_NONE;
	return media_put(r, NULL, size_of_u64(len), off, err);
}

static ota_status part_sync(ota_flash *f, ota_err *err)
{
	struct media_region *r = (struct media_region *)f;
	struct media_op op = {OP_SYNC, media_index(r), 0, 0, FAULT_NONE, NULL};
	struct media *m = r->m;
	enum fault_id mode;
	ota_status st;

	if (m->dead)
		return no_power(err);
	st = count(&mode, m, &op, err);
	if (st)
		return st;
	if (mode == FAULT_LOST)
		st = lose(m, err);
	media_synced(r);
	if (st || mode == FAULT_NONE)
		return st;
	m->dead = true;
	return no_power(err);
}

static const ota_flash_ops part_ops = {
	sizeof(part_ops), part_read, part_program, part_erase, part_sync};

/* ---- the port ---- */

unsigned media_image_region(const struct media *m, unsigned slot, size_t component)
{
	(void)m;
	return REGION_IMAGE + MEDIA_SLOTS * u32_of_u64(component) + slot;
}

static ota_status port_flash(ota_port *p, ota_region region, unsigned slot, const char *component,
	ota_flash **out, ota_err *err)
{
	struct media *m = (struct media *)p;
	unsigned index = REGION_BOOTCTL;
	size_t i = 0;

	if (region == OTA_REGION_JOURNAL)
		index = REGION_JOURNAL;
	if (region == OTA_REGION_META)
		index = REGION_META + slot;
	if (region == OTA_REGION_IMAGE) {
		while (i < m->component_count && strcmp(m->components[i], component) != 0)
			i++;
		if (i == m->component_count)
			return ota_fail(err, OTA_E_COMPONENTS, "the device has no %s", component);
		index = media_image_region(m, slot, i);
	}
	*out = &m->region[index].flash;
	return OTA_OK;
}

static ota_status port_fuse_read(ota_port *p, ota_fuse which, uint32_t *value, ota_err *err)
{
	struct media *m = (struct media *)p;

	if (m->dead)
		return no_power(err);
	*value = m->fuse[which];
	return OTA_OK;
}

static ota_status port_fuse_burn(ota_port *p, ota_fuse which, uint32_t value, ota_err *err)
{
	struct media *m = (struct media *)p;
	uint32_t old = m->fuse[which];
	struct media_op op = {OP_BURN, which, old, value, FAULT_NONE, NULL};
	enum fault_id mode;
	ota_status st;

	if (m->dead)
		return no_power(err);
	if (value <= old)
		return broke(m, "a fuse that goes back", err);
	st = count(&mode, m, &op, err);
	if (st)
		return st;
	if (mode != FAULT_CUT_BEFORE)
		m->fuse[which] = value;
	if (mode == FAULT_TORN_BURN)
		m->fuse[which] = old + u32_of_u64(prng_at(m->plan.seed, m->ops) % (value - old));
	m->dead = mode != FAULT_NONE;
	return m->dead ? no_power(err) : OTA_OK;
}

static ota_status port_booted(ota_port *p, unsigned *slot, ota_err *err)
{
	(void)err;
	*slot = ((struct media *)p)->booted;
	return OTA_OK;
}

static const ota_port_ops port_ops = {
	sizeof(port_ops), port_flash, port_fuse_read, port_fuse_burn, port_booted};

/* ---- making and unmaking ---- */

void media_region_name(char out[static 80], const struct media *m, unsigned region)
{
	if (region == REGION_BOOTCTL)
		snprintf(out, 80, "boot control");
	else if (region == REGION_JOURNAL)
		snprintf(out, 80, "journal");
	else if (region < REGION_IMAGE)
		snprintf(out, 80, "metadata %c", 'a' + (int)(region - REGION_META));
	else
		snprintf(out, 80, "%s %c", m->components[(region - REGION_IMAGE) / MEDIA_SLOTS],
			'a' + (int)((region - REGION_IMAGE) % MEDIA_SLOTS));
}

static ota_status new_with(struct media **out, const ota_ctx *ctx, size_t components, ota_err *err)
{
	struct media *m = NULL;
	ota_status st = MEM_NEW(&m, ctx, err);

	if (st)
		return st;
	m->ctx = ctx;
	m->port = (ota_port){&port_ops, MEDIA_SLOTS};
	m->region_count = REGION_IMAGE + MEDIA_SLOTS * u32_of_u64(components);
	st = mem_new_bytes(&m->region, ctx, m->region_count * sizeof(m->region[0]), err);
	if (st)
		mem_free(ctx, m);
	else
		*out = m;
	return st;
}

static ota_status add_region(
	struct media *m, unsigned i, const ota_geometry *unit, uint64_t size, ota_err *err)
{
	struct media_region *r = &m->region[i];

	r->m = m;
	r->flash.ops = &part_ops;
	r->flash.geometry = *unit;
	r->flash.geometry.size = size;
	r->npages = size_of_u64((size + MEDIA_PAGE - 1) / MEDIA_PAGE);
	return mem_new_bytes(&r->page, m->ctx, (r->npages + 1) * sizeof(r->page[0]), err);
}

static ota_status add_blank(struct media *m, unsigned i, ota_err *err)
{
	struct media_region *r = &m->region[i];
	ota_status st = MEM_NEW(&r->blank, m->ctx, err);

	if (st)
		return st;
	memset(r->blank->b, r->flash.geometry.erased, MEDIA_PAGE);
	r->blank->shared = true;
	return OTA_OK;
}

ota_status media_new(
	struct media **out, const ota_ctx *ctx, const struct media_args *a, ota_err *err)
{
	const struct layout *l = a->layout;
	struct media *m = NULL;
	ota_status st = new_with(&m, ctx, a->count, err);

	if (st)
		return st;
	m->components = a->components;
	m->component_count = a->count;
	st = add_region(m, REGION_BOOTCTL, &l->state, l->bootctl, err);
	if (!st)
		st = add_region(m, REGION_JOURNAL, &l->state, l->journal, err);
	for (unsigned slot = 0; slot < MEDIA_SLOTS && !st; slot++) {
		st = add_region(m, REGION_META + slot, &l->state, l->meta, err);
		for (size_t c = 0; c < a->count && !st; c++)
			st = add_region(
				m, media_image_region(m, slot, c), &l->image, a->sizes[c], err);
	}
	for (unsigned i = 0; i < m->region_count && !st; i++)
		st = add_blank(m, i, err);
	if (st)
		media_free(m);
	else
		*out = m;
	return st;
}

ota_status media_fork(
	struct media **out, const ota_ctx *ctx, const struct media *under, ota_err *err)
{
	struct media *m = NULL;
	ota_status st = new_with(&m, ctx, under->component_count, err);

	if (st)
		return st;
	m->under = under;
	m->components = under->components;
	m->component_count = under->component_count;
	for (unsigned i = 0; i < m->region_count && !st; i++) {
		const struct media_region *from = &under->region[i];

		st = add_region(m, i, &from->flash.geometry, from->flash.geometry.size, err);
		m->region[i].blank = from->blank;
	}
	if (st) {
		media_free(m);
		return st;
	}
	media_reset(m, NULL);
	*out = m;
	return OTA_OK;
}

ota_status media_note_reads(struct media *m, ota_err *err)
{
	size_t pages = 0;
	ota_status st = OTA_OK;

	for (unsigned i = 0; i < m->region_count && !st; i++) {
		struct media_region *r = &m->region[i];

		pages += r->npages;
		st = mem_new_bytes(&r->seen, m->ctx, r->npages + 1, err);
	}
	return st ? st : mem_new_bytes(&m->read, m->ctx, pages * sizeof(m->read[0]), err);
}

void media_reset(struct media *m, const struct plan *plan)
{
	media_drop_pages(m);
	memcpy(m->fuse, m->under->fuse, sizeof(m->fuse));
	m->booted = m->under->booted;
	m->plan = plan != NULL ? *plan : (struct plan){0};
	m->ops = 0;
	m->struck = 0;
	m->reads = 0;
	m->bytes_read = 0;
	m->boot = 0;
	m->broken = NULL;
	m->bad.mode = FAULT_NONE;
	media_power(m);
	m->unstable.mode = FAULT_NONE;
}

void media_power(struct media *m)
{
	for (unsigned i = 0; i < m->region_count; i++)
		media_synced(&m->region[i]);
	m->dead = false;
}

void media_free(struct media *m)
{
	if (m == NULL)
		return;
	media_free_pages(m);
	for (unsigned i = 0; i < m->region_count; i++) {
		if (m->under == NULL)
			mem_free(m->ctx, m->region[i].blank);
		mem_free(m->ctx, m->region[i].page);
		mem_free(m->ctx, m->region[i].seen);
	}
	mem_free(m->ctx, m->region);
	mem_free(m->ctx, m);
}
