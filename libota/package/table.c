/* SPDX-License-Identifier: MIT */
#include <package/table.h>

#include <base/bits.h>
#include <base/rd.h>
#include <codec/codec.h>

#define ENTRY_FIXED 16U

size_t chunk_entry_len(enum hash_alg alg, bool raw_hashes)
{
	return ENTRY_FIXED + digest_len(alg) * (raw_hashes ? 2U : 1U);
}

void chunk_write(struct wr *w, const struct chunk *c)
{
	wr_u32(w, c->stored_len);
	wr_u32(w, c->raw_len);
	wr_u32(w, c->flags);
	wr_u32(w, 0);
	wr_bytes(w, c->stored.b, c->stored.len);
	wr_bytes(w, c->raw.b, c->raw.len);
}

static void read_digest(struct digest *d, struct rd *r, enum hash_alg alg)
{
	*d = (struct digest){.alg = alg, .len = lo8(digest_len(alg))};
	rd_copy(r, d->b, d->len);
}

/* NULL when every invariant of section 2 holds, else the one that does not. */
static const char *chunk_fault(
	const struct chunk *c, const struct manifest_section *s, uint64_t index, bool delta)
{
	bool last = index + 1 == s->chunks;

	if ((c->flags & ~(CHUNK_RAW | CHUNK_ZERO)) != 0)
		return "unknown flags";
	if (c->flags == (CHUNK_RAW | CHUNK_ZERO))
		return "both flags set";
	if (c->raw_len == 0 || c->raw_len > s->chunk_size)
		return "raw_len out of range";
	if (!delta && !last && c->raw_len != s->chunk_size)
		return "a short chunk before the last";
	if (s->compression == CODEC_NONE && c->flags != CHUNK_RAW)
		return "not stored raw though the section is not compressed";
	if (c->flags == CHUNK_RAW)
		return c->stored_len == c->raw_len ? NULL : "stored raw, but lengths differ";
	if (c->flags == CHUNK_ZERO)
		return c->stored_len == 0 ? NULL : "a zero chunk with stored bytes";
	return c->stored_len > 0 && c->stored_len < c->raw_len ? NULL : "stored_len out of range";
}

ota_status chunk_parse(struct chunk *out, const uint8_t *entry, size_t len,
	const struct manifest_section *s, enum hash_alg alg, uint64_t index, bool delta,
	ota_err *err)
{
	struct chunk c = {0};
	const char *fault;
	uint32_t zero;
	struct rd r;

	rd_init(&r, entry, len);
	c.stored_len = rd_u32(&r);
	c.raw_len = rd_u32(&r);
	c.flags = rd_u32(&r);
	zero = rd_u32(&r);
	read_digest(&c.stored, &r, alg);
	if (s->raw_hashes)
		read_digest(&c.raw, &r, alg);
	fault = chunk_fault(&c, s, index, delta);
	if (fault == NULL && zero != 0)
		fault = "reserved bytes not zero";
	if (fault == NULL && !rd_end(&r))
		fault = "wrong entry length";
	if (fault == NULL && s->raw_hashes && c.flags == CHUNK_RAW &&
		!digest_equal(&c.raw, &c.stored))
		fault = "stored raw, but hashes differ";
	if (fault != NULL)
		return ota_fail(err, OTA_E_TABLE, "table entry of chunk %llu: %s",
			(unsigned long long)index, fault);
	*out = c;
	return OTA_OK;
}
