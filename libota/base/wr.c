/* SPDX-License-Identifier: MIT */
#include <base/wr.h>

#include <base/bits.h>

#include <string.h>

void wr_init(struct wr *w, void *p, size_t cap)
{
	*w = (struct wr){.p = p, .cap = cap};
}

static uint8_t *take(struct wr *w, size_t len)
{
	uint8_t *p;

	if (w->failed || w->cap - w->pos < len) {
		w->failed = true;
		return NULL;
	}
	p = w->p + w->pos;
	w->pos += len;
	return p;
}

void wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *p = take(w, 2);

	if (p != NULL)
		store_le16(p, v);
}

void wr_u32(struct wr *w, uint32_t v)
{
	uint8_t *p = take(w, 4);

	if (p != NULL)
		store_le32(p, v);
}

void wr_u64(struct wr *w, uint64_t v)
{
	uint8_t *p = take(w, 8);

	if (p != NULL)
		store_le64(p, v);
}

void wr_bytes(struct wr *w, const void *src, size_t len)
{
	uint8_t *p = take(w, len);

	if (p != NULL && len > 0)
		memcpy(p, src, len);
}

void wr_zeros(struct wr *w, size_t len)
{
	uint8_t *p = take(w, len);

	if (p != NULL && len > 0)
		memset(p, 0, len);
}

bool wr_ok(const struct wr *w)
{
	return !w->failed;
}
