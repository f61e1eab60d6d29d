/* SPDX-License-Identifier: MIT */
#include "otad.h"

#include "head.h"
#include "types.h"

#define VERSION 1U

/* A bounded reader of LEB128 numbers in their shortest form. */
struct reader {
	const uint8_t *p;
	size_t at, len;
	enum otad_status st;
};

static uint64_t number(struct reader *r, uint64_t max)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t byte = 0x80;

	while (r->st == OTAD_OK && (byte & 0x80U)) {
		if (r->at == r->len) {
			r->st = OTAD_CUT;
			return 0;
		}
		byte = r->p[r->at++];
		v |= (uint64_t)(byte & 0x7fU) << shift;
		shift += 7;
		if (shift > 56 || (byte == 0 && shift > 7))
			r->st = OTAD_MALFORMED;
	}
	if (r->st == OTAD_OK && v > max)
		r->st = OTAD_LIMIT;
	return r->st == OTAD_OK ? v : 0;
}

static bool equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static enum otad_status fixed(struct otad_head *h, const uint8_t *p, size_t len)
{
	if (len >= 4 && !equal(p, (const uint8_t *)OTAD_MAGIC, 4))
		return OTAD_MALFORMED;
	if (len < OTAD_FIXED)
		return OTAD_CUT;
	if (p[4] != VERSION || p[5] >= OTAD_PROFILES || p[6] >= OTAD_ISAS ||
		(p[7] & ~OTAD_FLAG_WORDS) != 0)
		return OTAD_VERSION;
	h->profile = p[5];
	h->isa = p[6];
	h->flags = p[7];
	otad_copy(h->old_hash, p + 8, OTAD_DIGEST);
	otad_copy(h->new_hash, p + 8 + OTAD_DIGEST, OTAD_DIGEST);
	return OTAD_OK;
}

static enum otad_status count_segments(struct otad_head *h)
{
	uint64_t last;

	if ((h->window == 0) != (h->new_size == 0))
		return OTAD_MALFORMED;
	if (h->new_size > 0) {
		last = (h->new_size - 1) / h->window;
		if (last >= OTAD_SEGMENT_MAX)
			return OTAD_LIMIT;
		h->segments = (uint32_t)last + 1;
	}
	return OTAD_OK;
}

enum otad_status otad_head(struct otad_head *h, const void *p, size_t len)
{
	struct reader r = {.p = p, .at = OTAD_FIXED, .len = len};
	enum otad_status st;

	*h = (struct otad_head){0};
	st = fixed(h, p, len);
	if (st)
		return st;
	h->old_size = number(&r, OTAD_SIZE_MAX);
	h->new_size = number(&r, OTAD_SIZE_MAX);
	h->window = number(&r, h->new_size);
	h->base = (uint32_t)number(&r, UINT32_MAX);
	h->ram = (uint32_t)number(&r, UINT32_MAX);
	h->covers = (uint32_t)number(&r, OTAD_COVER_MAX);
	h->table_len = (uint32_t)number(&r, OTAD_HEAD_MAX);
	h->cover_len = (uint32_t)number(&r, OTAD_HEAD_MAX);
	if (r.st != OTAD_OK)
		return r.st;
	if ((h->covers > 0) != (h->cover_len > 0))
		return OTAD_MALFORMED;
	h->fixed_len = (uint32_t)r.at;
	return count_segments(h);
}

uint64_t otad_head_len(const struct otad_head *h)
{
	return (uint64_t)h->fixed_len + h->table_len + h->cover_len;
}

static struct reader table_of(const struct otad_head *h, const void *head)
{
	return (struct reader){.p = (const uint8_t *)head + h->fixed_len, .len = h->table_len};
}

/* As many lengths as segments, none of them 0, and nothing else. */
enum otad_status head_table(const struct otad_head *h, const void *head)
{
	struct reader r = table_of(h, head);

	for (uint32_t i = 0; r.st == OTAD_OK && i < h->segments; i++)
		if (number(&r, OTAD_SIZE_MAX) == 0)
			return OTAD_MALFORMED;
	return r.st != OTAD_OK || r.at != r.len ? OTAD_MALFORMED : OTAD_OK;
}

void otad_segment_at(
	const struct otad_head *h, const void *head, uint32_t index, uint64_t *off, uint64_t *len)
{
	struct reader r = table_of(h, head);

	*off = 0;
	*len = 0;
	for (uint32_t i = 0; i <= index; i++) {
		*off += *len;
		*len = number(&r, OTAD_SIZE_MAX);
	}
}
