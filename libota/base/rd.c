/* SPDX-License-Identifier: MIT */
#include <base/rd.h>

#include <base/bits.h>

#include <string.h>

void rd_init(struct rd *r, const void *p, size_t len)
{
	*r = (struct rd){.p = p, .len = len};
}

const uint8_t *rd_bytes(struct rd *r, size_t len)
{
	const uint8_t *p;

	if (r->failed || r->len - r->pos < len) {
		r->failed = true;
		return NULL;
	}
	p = r->p + r->pos;
	r->pos += len;
	return p;
}

uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);

	return p != NULL ? *p : 0;
}

uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);

	return p != NULL ? load_le16(p) : 0;
}

uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);

	return p != NULL ? load_le32(p) : 0;
}

uint64_t rd_u64(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 8);

	return p != NULL ? load_le64(p) : 0;
}

void rd_copy(struct rd *r, void *out, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);

	if (len == 0)
		return;
	if (p != NULL)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

bool rd_zeros(struct rd *r, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);

	if (p != NULL && !mem_is_zero(p, len))
		r->failed = true;
	return !r->failed;
}

const char *rd_text(struct rd *r, size_t *len)
{
	const uint8_t *end = rd_left(r) > 0 ? memchr(r->p + r->pos, 0, rd_left(r)) : NULL;

	*len = 0;
	if (end == NULL) {
		r->failed = true;
		return NULL;
	}
	*len = (size_t)(end - (r->p + r->pos));
	return (const char *)rd_bytes(r, *len + 1);
}

struct rd rd_sub(struct rd *r, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);
	struct rd child = {.p = p, .len = p != NULL ? len : 0, .failed = p == NULL};

	return child;
}

size_t rd_left(const struct rd *r)
{
	return r->failed ? 0 : r->len - r->pos;
}

bool rd_ok(const struct rd *r)
{
	return !r->failed;
}

bool rd_end(const struct rd *r)
{
	return !r->failed && r->pos == r->len;
}

bool mem_is_zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	/* Every byte equals its successor and the first is zero: memcmp does the work. */
	return len == 0 || (b[0] == 0 && memcmp(b, b + 1, len - 1) == 0);
}
