/* SPDX-License-Identifier: MIT */
#include <pack/build.h>

#include <base/sink.h>
#include <base/source.h>
#include <crypto/hash.h>

static ota_status tap(void *arg, const void *p, size_t len, ota_err *err)
{
	return hash_update(arg, p, len, err);
}

/* The tables are made already: the bytes must still be those that were hashed. */
static ota_status emit_plain(
	const struct build *b, const struct piece *p, ota_sink *dst, ota_err *err)
{
	const struct plan_input *image = &b->plan->components[p->component].image;
	struct hash *h = NULL;
	ota_sink *out = NULL;
	struct digest d;
	ota_status st;

	st = hash_new(&h, b->ctx, b->alg, err);
	if (!st)
		st = sink_tap(&out, b->ctx, dst, tap, h, err);
	if (!st)
		st = source_copy_range(out, b->ctx, image->src, 0, image->size, err);
	if (!st)
		st = hash_final(h, &d, err);
	if (!st && !digest_equal(&d, &p->s.raw))
		st = ota_fail(err, OTA_E_CHANGED, "%s changed while it was read", image->name);
	ota_sink_close(out);
	hash_free(h);
	return st;
}

static ota_status emit_sections(struct build *b, ota_sink *dst, ota_err *err)
{
	uint64_t align = UINT64_C(1) << b->h.align_log2;
	ota_source *spool = ota_spool_source(b->spool);
	uint64_t off = 0;
	ota_status st = OTA_OK;

	if (spool == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < b->order_count; i++) {
		const struct piece *p = b->order[i];
		uint64_t pad = (~off + 1) & (align - 1);

		if (p->s.stored_size == 0)
			continue;
		st = ota_sink_zeros(dst, pad, err);
		if (!st && p->plain)
			st = emit_plain(b, p, dst, err);
		else if (!st)
			st = source_copy_range(dst, b->ctx, spool, p->off, p->s.stored_size, err);
		off += pad + p->s.stored_size;
	}
	return st;
}

ota_status emit(struct build *b, ota_sink *dst, ota_err *err)
{
	const ota_header *h = &b->h;
	ota_status st;

	st = ota_sink_write(dst, b->head.p, b->head.len, err);
	if (!st)
		st = ota_sink_zeros(dst, h->tab_off - b->head.len, err);
	if (!st)
		st = ota_sink_write(dst, b->tables.p, b->tables.len, err);
	if (!st)
		st = ota_sink_zeros(dst, h->data_off - h->tab_off - h->tables_len, err);
	if (!st)
		st = emit_sections(b, dst, err);
	return st;
}
