/* SPDX-License-Identifier: MIT */
#include <device/slot_sink.h>

#include <inttypes.h>
#include <string.h>

#include <base/mem.h>
#include <base/num.h>

/*
 * An image is journalled about this many times, whatever its size: a cut costs
 * a sixty-fourth of the work, and a journal of two small blocks lasts.
 */
#define CHECKPOINTS 64U

struct slot_sink {
	ota_sink sink;
	const ota_ctx *ctx;
	struct slot_sink_args a;
	uint8_t *block; /* one erase block to write */
	size_t fill;
	uint64_t off;   /* of the block in the region */
	uint64_t every; /* bytes between checkpoints */
	uint64_t saved; /* the last checkpoint */
};

static ota_status write_block(struct slot_sink *s, ota_err *err)
{
	const ota_geometry *g = &s->a.flash->geometry;
	uint64_t room = min_u64(g->erase_size, g->size - s->off);
	size_t len = s->fill;
	ota_status st;

	st = flash_erase(s->a.flash, s->off, room, err);
	if (st)
		return st;
	while (len % g->program_size != 0 && len < room)
		s->block[len++] = g->erased;
	/* Programming the erased value would only wear the part, and fill a hole in a file. */
	if (!flash_is_erased(s->a.flash, s->block, len))
		st = flash_program(s->a.flash, s->block, len, s->off, err);
	if (!st)
		*s->a.written += s->fill;
	return st;
}

static ota_status checkpoint(struct slot_sink *s, ota_err *err)
{
	ota_status st = flash_sync(s->a.flash, err);

	if (st)
		return st;
	s->saved = s->off;
	s->a.journal->component = s->a.component;
	s->a.journal->off = s->off;
	return journal_save(s->a.journal, err);
}

static ota_status put_block(struct slot_sink *s, ota_err *err)
{
	ota_status st = write_block(s, err);

	if (st)
		return st;
	s->off += s->fill;
	s->fill = 0;
	if (s->off < s->a.size && s->off - s->saved >= s->every)
		st = checkpoint(s, err);
	return st;
}

/* p NULL: zeros. */
static ota_status put(struct slot_sink *s, const uint8_t *p, uint64_t len, ota_err *err)
{
	uint32_t block_len = s->a.flash->geometry.erase_size;
	ota_status st = OTA_OK;

	if (len > s->a.size - s->off - s->fill)
		return ota_fail(err, OTA_E_LIMIT, "more than the %" PRIu64 " bytes of the image",
			s->a.size);
	while (len > 0 && !st) {
		size_t n = size_of_u64(min_u64(len, block_len - s->fill));

		if (p != NULL)
			memcpy(s->block + s->fill, p, n);
		else
			memset(s->block + s->fill, 0, n);
		p = p != NULL ? p + n : NULL;
		len -= n;
		s->fill += n;
		if (s->fill == block_len)
			st = put_block(s, err);
	}
	return st;
}

static ota_status sink_write(ota_sink *sink, const void *buf, size_t len, ota_err *err)
{
	return put((struct slot_sink *)sink, buf, len, err);
}

static ota_status sink_zeros(ota_sink *sink, uint64_t len, ota_err *err)
{
	return put((struct slot_sink *)sink, NULL, len, err);
}

static ota_status sink_commit(ota_sink *sink, ota_err *err)
{
	struct slot_sink *s = (struct slot_sink *)sink;
	ota_status st = OTA_OK;

	if (s->fill > 0)
		st = put_block(s, err);
	if (!st)
		st = flash_sync(s->a.flash, err);
	if (st)
		return st;
	s->a.journal->component = s->a.component + 1;
	s->a.journal->off = 0;
	return journal_save(s->a.journal, err);
}

static void sink_close(ota_sink *sink)
{
	struct slot_sink *s = (struct slot_sink *)sink;

	mem_free(s->ctx, s->block);
	mem_free(s->ctx, s);
}

static const ota_sink_ops sink_ops = {
	sizeof(sink_ops),
	sink_write,
	sink_zeros,
	sink_commit,
	sink_close,
};

ota_status slot_sink_new(
	ota_sink **out, const ota_ctx *ctx, const struct slot_sink_args *a, ota_err *err)
{
	uint32_t block_len = a->flash->geometry.erase_size;
	struct slot_sink *s = NULL;
	ota_status st = MEM_NEW(&s, ctx, err);

	if (st)
		return st;
	s->sink.ops = &sink_ops;
	s->ctx = ctx;
	s->a = *a;
	s->every = max_u64(block_len, a->size / CHECKPOINTS);
	s->off = a->from;
	s->saved = a->from;
	st = mem_new_bytes(&s->block, ctx, block_len, err);
	if (st)
		sink_close(&s->sink);
	else
		*out = &s->sink;
	return st;
}
