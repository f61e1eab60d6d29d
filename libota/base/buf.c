/* SPDX-License-Identifier: MIT */
#include <base/buf.h>

#include <base/num.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buf_init(struct buf *b, const ota_ctx *ctx)
{
	*b = (struct buf){.ctx = ctx};
}

void buf_fini(struct buf *b)
{
	if (b->ctx != NULL)
		mem_free(b->ctx, b->p);
	*b = (struct buf){.ctx = b->ctx};
}

void buf_clear(struct buf *b)
{
	b->len = 0;
}

static bool room(struct buf *b, size_t len)
{
	uint64_t need;
	uint8_t *p;
	size_t cap;

	if (b->failed)
		return false;
	if (b->cap - b->len >= len)
		return true;
	b->failed = true;
	if (!add_u64(&need, b->len, len) || need > SIZE_MAX / 2)
		return false;
	cap = b->cap > 0 ? b->cap : 256;
	while (cap < need)
		cap *= 2;
	p = mem_alloc(b->ctx, cap);
	if (p == NULL)
		return false;
	if (b->len > 0)
		memcpy(p, b->p, b->len);
	mem_free(b->ctx, b->p);
	b->p = p;
	b->cap = cap;
	b->failed = false;
	return true;
}

void buf_put(struct buf *b, const void *p, size_t len)
{
	if (len == 0 || !room(b, len))
		return;
	memcpy(b->p + b->len, p, len);
	b->len += len;
}

void buf_fill(struct buf *b, uint8_t value, size_t len)
{
	if (len == 0 || !room(b, len))
		return;
	memset(b->p + b->len, value, len);
	b->len += len;
}

void buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !room(b, (size_t)n + 1)) {
		b->failed = true;
	} else {
		vsnprintf((char *)b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

ota_status buf_status(const struct buf *b, ota_err *err)
{
	return b->failed ? mem_fail(b->ctx, err) : OTA_OK;
}
