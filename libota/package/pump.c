/* SPDX-License-Identifier: MIT */
#include <package/pump.h>

#include <string.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/par.h>
#include <base/rd.h>
#include <codec/codec.h>
#include <crypto/hash.h>

#include <package/pkg.h>
#include <package/table.h>

/* What all slots may hold together, however many jobs there are: memory stays flat. */
#define BUDGET_HASH   (16U << 20U)
#define BUDGET_DECODE (48U << 20U)

struct pump {
	ota_pkg *pkg;
	const struct manifest_section *s;
	const struct section_info *info;
	const struct block_codec *codec;
	uint32_t section;
	bool decode;
	struct pump_gap gap;
	size_t stored_max, raw_max; /* of any chunk */
	uint64_t off, next;         /* of the next chunk in the file, and in the section */
	uint64_t gap_len;           /* bytes that the gap stores */
	struct par *par;
};

struct slot {
	struct chunk c;
	uint64_t off, index; /* in the file; of the chunk */
	uint8_t *stored, *raw;
};

static ota_status slot_ready(struct pump *p, struct slot *slot, ota_err *err)
{
	ota_status st = OTA_OK;

	if (slot->stored == NULL)
		st = mem_new_bytes(&slot->stored, p->pkg->ctx, p->stored_max, err);
	if (!st && slot->raw == NULL && p->decode && p->codec->decode != NULL)
		st = mem_new_bytes(&slot->raw, p->pkg->ctx, p->raw_max, err);
	return st;
}

static ota_status parse(const struct pump *p, struct chunk *c, uint64_t i, ota_err *err)
{
	const uint8_t *table = p->pkg->tables + p->info->table_off;

	return chunk_parse(c, table + i * p->info->entry_len, p->info->entry_len, p->s,
		p->pkg->head.h.hash_alg, i, p->info->delta, err);
}

/* The padding before the section is part of what must be as the format says. */
static ota_status check_pad(const struct pump *p, ota_err *err)
{
	const ota_pkg *pkg = p->pkg;
	uint64_t end = p->section > 0 ? pkg->infos[p->section - 1].end : pkg->head.at.data_off;

	return input_pad(&p->pkg->in, end, p->off - end, err);
}

/* What is stored may be far smaller than a chunk may be: take no more than it needs. */
static ota_status measure(struct pump *p, ota_err *err)
{
	struct chunk c;
	ota_status st = OTA_OK;

	p->stored_max = 1;
	p->raw_max = size_of_u64(section_chunk_max(p->s));
	for (uint64_t i = 0; !st && i < p->s->chunks; i++) {
		st = parse(p, &c, i, err);
		if (!st && c.stored_len > p->stored_max)
			p->stored_max = c.stored_len;
		if (!st && i - p->gap.at < p->gap.n)
			p->gap_len += c.stored_len;
	}
	return st;
}

static ota_status pump_feed(void *arg, void *slot_, uint64_t i, bool *end, ota_err *err)
{
	struct pump *p = arg;
	struct slot *slot = slot_;
	ota_status st;

	(void)i;
	if (p->next == p->gap.at) {
		p->next += p->gap.n;
		p->off += p->gap_len;
	}
	if (p->next >= p->s->chunks) {
		*end = true;
		return OTA_OK;
	}
	slot->index = p->next++;
	st = slot_ready(p, slot, err);
	if (!st)
		st = parse(p, &slot->c, slot->index, err);
	if (!st)
		st = input_read(&p->pkg->in, slot->stored, slot->c.stored_len, p->off, err);
	slot->off = p->off;
	p->off += slot->c.stored_len;
	return st;
}

static ota_status check_stored(const struct pump *p, const struct slot *slot, ota_err *err)
{
	struct digest d;
	ota_status st = hash_bytes(
		&d, p->pkg->ctx, p->pkg->head.h.hash_alg, slot->stored, slot->c.stored_len, err);

	if (st)
		return st;
	if (!digest_equal(&d, &slot->c.stored))
		return ota_fail_at(err, OTA_E_HASH_CHUNK, slot->off,
			"chunk %llu of section %u (bytes %llu to %llu) is not what was signed",
			(unsigned long long)slot->index, p->section, (unsigned long long)slot->off,
			(unsigned long long)(slot->off + slot->c.stored_len));
	return OTA_OK;
}

/* Zeros have one form where there is compression: the entry that stores nothing. */
static ota_status check_zero(const struct pump *p, const struct slot *slot, ota_err *err)
{
	const uint8_t *raw = slot->c.flags == CHUNK_RAW ? slot->stored : slot->raw;

	if (p->codec->decode == NULL || slot->c.flags == CHUNK_ZERO ||
		!mem_is_zero(raw, slot->c.raw_len))
		return OTA_OK;
	return ota_fail(err, OTA_E_TABLE, "its zeros are not marked as a zero chunk");
}

static ota_status decode(const struct pump *p, struct slot *slot, ota_err *err)
{
	const struct chunk *c = &slot->c;
	struct digest d;
	ota_status st = OTA_OK;

	if (c->flags == CHUNK_ZERO)
		memset(slot->raw, 0, c->raw_len);
	else if (c->flags != CHUNK_RAW)
		st = p->codec->decode(p->pkg->ctx, slot->raw, c->raw_len, slot->stored,
			c->stored_len, u32_of_u64(p->s->chunk_size), err);
	if (!st)
		st = check_zero(p, slot, err);
	if (!st && c->flags != CHUNK_RAW && c->raw.len > 0) {
		st = hash_bytes(&d, p->pkg->ctx, c->raw.alg, slot->raw, c->raw_len, err);
		if (!st && !digest_equal(&d, &c->raw))
			st = ota_fail(err, OTA_E_CHUNK, "it decodes to other bytes than signed");
	}
	return st ? ota_err_in(err, st, "chunk %llu of section %u", (unsigned long long)slot->index,
			    p->section)
		  : OTA_OK;
}

static ota_status pump_work(void *arg, void *slot_, uint64_t i, ota_err *err)
{
	const struct pump *p = arg;
	ota_status st = check_stored(p, slot_, err);

	(void)i;
	if (!st && p->decode)
		st = decode(p, slot_, err);
	return st;
}

static void pump_drop(void *arg, void *slot_)
{
	const struct pump *p = arg;
	struct slot *slot = slot_;

	mem_free(p->pkg->ctx, slot->stored);
	mem_free(p->pkg->ctx, slot->raw);
}

static size_t slots(const struct pump *p)
{
	bool coded = p->decode && p->codec->decode != NULL;
	uint64_t bytes = p->stored_max;
	uint64_t fit;

	if (coded)
		bytes += p->raw_max + p->codec->decode_ram(u32_of_u64(p->s->chunk_size));
	fit = max_u64(1, (p->decode ? BUDGET_DECODE : BUDGET_HASH) / bytes);
	fit = min_u64(fit, p->s->chunks);
	return size_of_u64(min_u64(fit, par_slots(p->pkg->ctx, bytes)));
}

static ota_status make(struct pump **out, ota_pkg *pkg, uint32_t section, bool decode_,
	const struct pump_gap *gap, ota_err *err)
{
	static const struct par_ops ops = {sizeof(struct slot), pump_feed, pump_work, pump_drop};
	struct pump *p = NULL;
	ota_status st = MEM_NEW(&p, pkg->ctx, err);

	if (st)
		return st;
	p->pkg = pkg;
	p->s = &pkg->m->sections[section];
	p->info = &pkg->infos[section];
	p->codec = codec_by_id(p->s->compression);
	p->section = section;
	p->decode = decode_;
	p->gap = *gap;
	p->off = p->info->off;
	if (p->info->absent)
		st = ota_fail(err, OTA_E_NOT_IN_SLICE, "section %u is not in this slice", section);
	else if (p->codec == NULL)
		st = ota_fail(err, OTA_E_CODEC, "section %u: unknown compression", section);
	if (!st)
		st = check_pad(p, err);
	if (!st)
		st = measure(p, err);
	if (!st)
		st = par_new(&p->par, pkg->ctx, &ops, p, slots(p), err);
	if (st) {
		mem_free(pkg->ctx, p);
		return st;
	}
	*out = p;
	return OTA_OK;
}

ota_status pump_new(struct pump **out, ota_pkg *pkg, uint32_t section, bool decode_, ota_err *err)
{
	static const struct pump_gap none = {0, 0};

	return make(out, pkg, section, decode_, &none, err);
}

ota_status pump_new_with(
	struct pump **out, ota_pkg *pkg, uint32_t section, const struct pump_gap *gap, ota_err *err)
{
	return make(out, pkg, section, true, gap, err);
}

ota_status pump_next(struct pump *p, struct pump_chunk *chunk, bool *end, ota_err *err)
{
	void *slot_ = NULL;
	const struct slot *slot;
	ota_status st = par_next(p->par, &slot_, err);

	if (st)
		return st;
	*end = slot_ == NULL;
	if (*end)
		return OTA_OK;
	slot = slot_;
	*chunk = (struct pump_chunk){.raw_len = slot->c.raw_len, .stored_len = slot->c.stored_len};
	chunk->zero = slot->c.flags == CHUNK_ZERO;
	chunk->stored = slot->stored;
	if (p->decode)
		chunk->raw = slot->c.flags == CHUNK_RAW ? slot->stored : slot->raw;
	return OTA_OK;
}

void pump_free(struct pump *p)
{
	if (p == NULL)
		return;
	par_free(p->par);
	mem_free(p->pkg->ctx, p);
}
