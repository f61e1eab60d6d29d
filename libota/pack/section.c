/* SPDX-License-Identifier: MIT */
#include <pack/section.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/par.h>
#include <base/rd.h>
#include <base/source.h>
#include <crypto/hash.h>
#include <package/table.h>

#define CHUNK_SMALL   (UINT64_C(1) << 20U)
#define CHUNK_LARGE   (UINT64_C(4) << 20U)
#define LARGE_IMAGE   (UINT64_C(64) << 20U)
#define ENTRY_LEN_MAX (16U + 2U * DIGEST_MAX)

struct cutter {
	const ota_ctx *ctx;
	const struct block_codec *codec;
	struct made_section *s;
	ota_source *src;
	enum hash_alg alg;
	struct hash *h;
	size_t raw_cap, out_cap;
};

struct slot {
	struct chunk c;
	uint8_t *raw, *out;
};

static uint64_t chunk_ram(uint64_t chunk_size, enum codec_id compression)
{
	const struct block_codec *codec = codec_by_id(compression);

	return 2 * chunk_size +
	       (codec->decode_ram != NULL ? codec->decode_ram(u32_of_u64(chunk_size)) : 0);
}

uint64_t section_chunk_size(uint64_t size, enum codec_id compression, uint64_t ram)
{
	uint64_t c = size > LARGE_IMAGE ? CHUNK_LARGE : CHUNK_SMALL;

	while (ram > 0 && c > CHUNK_SIZE_MIN && chunk_ram(c, compression) > ram / 2)
		c /= 2;
	while (c < CHUNK_SIZE_MAX && (size - 1) / c >= CHUNKS_MAX)
		c *= 2;
	return c;
}

/* The image is hashed as it is cut, so that target.hash and the chunks are of the same bytes. */
static ota_status cut_feed(void *arg, void *slot_, uint64_t i, bool *end, ota_err *err)
{
	struct cutter *k = arg;
	struct slot *slot = slot_;
	uint64_t off = i * k->s->chunk_size;
	ota_status st = OTA_OK;

	if (off >= k->s->raw_size) {
		*end = true;
		return OTA_OK;
	}
	if (slot->raw == NULL)
		st = mem_new_bytes(&slot->raw, k->ctx, k->raw_cap, err);
	if (!st && slot->out == NULL && k->codec->encode != NULL)
		st = mem_new_bytes(&slot->out, k->ctx, k->out_cap, err);
	slot->c = (struct chunk){.flags = CHUNK_RAW};
	slot->c.raw_len = u32_of_u64(min_u64(k->s->chunk_size, k->s->raw_size - off));
	if (!st)
		st = ota_source_pread(k->src, slot->raw, slot->c.raw_len, off, err);
	if (!st)
		st = hash_update(k->h, slot->raw, slot->c.raw_len, err);
	return st;
}

static ota_status compress(const struct cutter *k, struct slot *slot, ota_err *err)
{
	struct chunk *c = &slot->c;
	size_t len = 0;
	ota_status st;

	c->stored_len = c->raw_len;
	if (k->codec->encode == NULL)
		return OTA_OK;
	if (mem_is_zero(slot->raw, c->raw_len)) {
		c->flags = CHUNK_ZERO;
		c->stored_len = 0;
		return OTA_OK;
	}
	st = k->codec->encode(k->ctx, slot->out, k->out_cap, &len, slot->raw, c->raw_len,
		u32_of_u64(k->s->chunk_size), err);
	if (!st && len < c->raw_len) {
		c->flags = 0;
		c->stored_len = u32_of_u64(len);
	}
	return st;
}

static const uint8_t *stored(const struct slot *slot)
{
	return slot->c.flags == CHUNK_RAW ? slot->raw : slot->out;
}

static ota_status cut_work(void *arg, void *slot_, uint64_t i, ota_err *err)
{
	const struct cutter *k = arg;
	struct slot *slot = slot_;
	ota_status st = compress(k, slot, err);

	(void)i;
	if (!st)
		st = hash_bytes(
			&slot->c.stored, k->ctx, k->alg, stored(slot), slot->c.stored_len, err);
	return st;
}

static void cut_drop(void *arg, void *slot_)
{
	const struct cutter *k = arg;
	struct slot *slot = slot_;

	mem_free(k->ctx, slot->raw);
	mem_free(k->ctx, slot->out);
}

static ota_status put_chunk(struct made_section *s, const struct chunk *c, ota_err *err)
{
	uint8_t entry[ENTRY_LEN_MAX];
	struct wr w;

	wr_init(&w, entry, sizeof(entry));
	chunk_write(&w, c);
	buf_put(&s->table, entry, w.pos);
	s->chunks++;
	s->stored_size += c->stored_len;
	return buf_status(&s->table, err);
}

static ota_status cut_all(struct cutter *k, struct par *par, ota_sink *spool, ota_err *err)
{
	uint64_t done = 0;

	for (;;) {
		void *slot_ = NULL;
		const struct slot *slot;
		ota_status st = par_next(par, &slot_, err);

		slot = slot_;
		if (st || slot == NULL)
			return st;
		if (spool != NULL)
			st = ota_sink_write(spool, stored(slot), slot->c.stored_len, err);
		if (!st)
			st = put_chunk(k->s, &slot->c, err);
		if (st)
			return st;
		done += slot->c.raw_len;
		ctx_progress(k->ctx, "pack", done, k->s->raw_size);
	}
}

/* What a chunk in work takes, so that any number of jobs stays within the memory allowed. */
static uint64_t slot_bytes(const struct cutter *k)
{
	uint64_t ram = k->codec->encode_ram != NULL
			       ? k->codec->encode_ram(u32_of_u64(k->s->chunk_size))
			       : 0;

	return k->raw_cap + k->out_cap + ram;
}

static ota_status section_cut(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	ota_source *src, uint64_t size, enum codec_id compression, enum hash_alg alg, ota_err *err)
{
	static const struct par_ops ops = {sizeof(struct slot), cut_feed, cut_work, cut_drop};
	struct cutter k = {.ctx = ctx, .s = out, .src = src, .alg = alg};
	struct par *par = NULL;
	ota_status st;

	out->compression = compression;
	out->raw_size = size;
	k.codec = codec_by_id(compression);
	k.raw_cap = size_of_u64(min_u64(out->chunk_size, size));
	k.out_cap = k.codec->encode != NULL ? k.codec->bound(k.raw_cap) : 0;
	st = hash_new(&k.h, ctx, alg, err);
	if (!st)
		st = par_new(&par, ctx, &ops, &k, par_slots(ctx, slot_bytes(&k)), err);
	if (!st)
		st = cut_all(&k, par, spool, err);
	if (!st)
		st = hash_final(k.h, &out->raw, err);
	par_free(par);
	hash_free(k.h);
	return st;
}

ota_status section_image(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	ota_source *src, uint64_t size, enum codec_id compression, enum hash_alg alg, ota_err *err)
{
	return section_cut(out, ctx, spool, src, size, compression, alg, err);
}

ota_status section_attachment(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	ota_source *src, uint64_t size, enum codec_id compression, enum hash_alg alg, ota_err *err)
{
	while (out->chunk_size > CHUNK_SIZE_MIN && out->chunk_size / 2 >= size)
		out->chunk_size /= 2;
	return section_cut(out, ctx, spool, src, size, compression, alg, err);
}

ota_status section_patch(struct made_section *out, const ota_ctx *ctx, ota_sink *spool,
	const struct made_delta *d, enum hash_alg alg, ota_err *err)
{
	ota_status st = OTA_OK;
	uint64_t off = 0;

	out->compression = CODEC_NONE;
	out->raw_size = d->size;
	out->chunk_size = CHUNK_SIZE_MIN;
	while (out->chunk_size < d->piece_max)
		out->chunk_size *= 2;
	for (uint32_t i = 0; !st && i < d->pieces; i++) {
		struct chunk c = {.flags = CHUNK_RAW};

		c.stored_len = u32_of_u64(d->piece[i]);
		c.raw_len = c.stored_len;
		st = hash_range(&c.stored, ctx, alg, d->patch, off, d->piece[i], err);
		if (!st)
			st = put_chunk(out, &c, err);
		off += d->piece[i];
	}
	return st ? st : source_copy_range(spool, ctx, d->patch, 0, d->size, err);
}
