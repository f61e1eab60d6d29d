/* SPDX-License-Identifier: MIT */
#include <base/source.h>

#include <base/ctx.h>
#include <base/num.h>

#include <string.h>

#define PUMP_SIZE (256U << 10U)

ota_status ota_source_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	return s->ops->read(s, buf, cap, n, err);
}

ota_status ota_source_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	if (s->ops->pread == NULL)
		return ota_fail(
			err, OTA_E_SEEK, "the input is a pipe and cannot be read at random");
	return s->ops->pread(s, buf, len, off, err);
}

ota_status ota_source_read_all(ota_source *s, void *buf, size_t len, ota_err *err)
{
	size_t n = 0;
	ota_status st = ota_source_read(s, buf, len, &n, err);

	if (st)
		return st;
	if (n < len)
		return ota_fail(
			err, OTA_E_TRUNCATED, "the input ends %zu bytes too early", len - n);
	return OTA_OK;
}

ota_status ota_source_length(ota_source *s, uint64_t *len, ota_err *err)
{
	if (s->ops->length == NULL)
		return ota_fail(err, OTA_E_SEEK, "the input is a pipe: its length is not known");
	return s->ops->length(s, len, err);
}

bool ota_source_seekable(const ota_source *s)
{
	return s->ops->pread != NULL && s->ops->length != NULL;
}

void ota_source_close(ota_source *s)
{
	if (s != NULL)
		s->ops->close(s);
}

/* ---- memory ---- */

struct memory_source {
	ota_source base;
	const ota_ctx *ctx;
	const uint8_t *p;
	size_t len, pos;
};

static ota_status memory_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct memory_source *m = (struct memory_source *)s;

	(void)err;
	*n = min_size(cap, m->len - m->pos);
	if (*n > 0)
		memcpy(buf, m->p + m->pos, *n);
	m->pos += *n;
	return OTA_OK;
}

static ota_status memory_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct memory_source *m = (struct memory_source *)s;

	if (off > m->len || len > m->len - off)
		return ota_fail_at(err, OTA_E_TRUNCATED, m->len, "truncated at byte %zu of %llu",
			m->len, (unsigned long long)(off + len));
	if (len > 0)
		memcpy(buf, m->p + off, len);
	return OTA_OK;
}

static ota_status memory_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct memory_source *)s)->len;
	return OTA_OK;
}

static void memory_close(ota_source *s)
{
	struct memory_source *m = (struct memory_source *)s;

	mem_free(m->ctx, m);
}

ota_status ota_source_memory(
	ota_source **out, const ota_ctx *ctx, const void *p, size_t len, ota_err *err)
{
	static const ota_source_ops ops = {
		sizeof(ops), memory_read, memory_pread, memory_length, memory_close};
	struct memory_source *m;
	ota_status st = MEM_NEW(&m, ctx, err);

	if (st)
		return st;
	*m = (struct memory_source){.base.ops = &ops, .ctx = ctx, .p = p, .len = len};
	*out = &m->base;
	return OTA_OK;
}

/* ---- slice ---- */

struct slice_source {
	ota_source base;
	const ota_ctx *ctx;
	ota_source *parent;
	uint64_t off, len, pos;
};

static ota_status slice_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct slice_source *c = (struct slice_source *)s;
	size_t want = size_of_u64(min_u64(cap, c->len - c->pos));
	ota_status st = ota_source_pread(c->parent, buf, want, c->off + c->pos, err);

	if (st)
		return st;
	c->pos += want;
	*n = want;
	return OTA_OK;
}

static ota_status slice_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct slice_source *c = (struct slice_source *)s;

	if (off > c->len || len > c->len - off)
		return ota_fail_at(err, OTA_E_TRUNCATED, c->off + c->len,
			"read past the end of a part of %llu bytes", (unsigned long long)c->len);
	return ota_source_pread(c->parent, buf, len, c->off + off, err);
}

static ota_status slice_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct slice_source *)s)->len;
	return OTA_OK;
}

static void slice_close(ota_source *s)
{
	struct slice_source *c = (struct slice_source *)s;

	mem_free(c->ctx, c);
}

ota_status ota_source_slice(ota_source **out, const ota_ctx *ctx, ota_source *parent, uint64_t off,
	uint64_t len, ota_err *err)
{
	static const ota_source_ops ops = {
		sizeof(ops), slice_read, slice_pread, slice_length, slice_close};
	struct slice_source *c;
	uint64_t whole, end;
	ota_status st = ota_source_length(parent, &whole, err);

	if (st)
		return st;
	if (!add_u64(&end, off, len) || end > whole)
		return ota_fail_at(err, OTA_E_TRUNCATED, whole,
			"a part of %llu bytes from %llu does not fit in %llu",
			(unsigned long long)len, (unsigned long long)off,
			(unsigned long long)whole);
	st = MEM_NEW(&c, ctx, err);
	if (st)
		return st;
	*c = (struct slice_source){{&ops}, ctx, parent, off, len, 0};
	*out = &c->base;
	return OTA_OK;
}

/* ---- pumps ---- */

ota_status source_slurp(
	uint8_t **out, size_t *len, const ota_ctx *ctx, ota_source *src, size_t max, ota_err *err)
{
	size_t cap = min_size(max, 4096) + 1, used = 0;
	uint8_t *p = NULL, *bigger;
	ota_status st = mem_new_bytes(&p, ctx, cap, err);

	while (!st) {
		size_t n = 0;

		st = ota_source_read(src, p + used, cap - used, &n, err);
		used += n;
		if (st || used < cap)
			break;
		if (used > max) {
			st = ota_fail(err, OTA_E_LIMIT, "longer than the limit of %zu bytes", max);
			break;
		}
		/* One byte past the limit is enough to notice that it was passed. */
		cap = cap > max / 2 ? max + 1 : 2 * cap;
		st = mem_new_bytes(&bigger, ctx, cap, err);
		if (st)
			break;
		memcpy(bigger, p, used);
		mem_free(ctx, p);
		p = bigger;
	}
	if (st) {
		mem_free(ctx, p);
		return st;
	}
	*out = p;
	*len = used;
	return OTA_OK;
}

ota_status source_expect_end(ota_source *src, ota_err *err)
{
	uint8_t byte;
	size_t n = 0;
	ota_status st = ota_source_read(src, &byte, 1, &n, err);

	if (st)
		return st;
	return n == 0 ? OTA_OK : ota_fail(err, OTA_E_TRAILING, "bytes follow the end");
}

ota_status source_copy(
	ota_sink *dst, const ota_ctx *ctx, ota_source *src, uint64_t *total, ota_err *err)
{
	uint8_t *p = NULL;
	uint64_t sum = 0;
	size_t n = PUMP_SIZE;
	ota_status st = mem_new_bytes(&p, ctx, PUMP_SIZE, err);

	while (!st && n == PUMP_SIZE) {
		st = ctx_poll(ctx, err);
		if (!st)
			st = ota_source_read(src, p, PUMP_SIZE, &n, err);
		if (!st)
			st = ota_sink_write(dst, p, n, err);
		sum += n;
	}
	mem_free(ctx, p);
	if (!st && total != NULL)
		*total = sum;
	return st;
}

ota_status source_copy_range(ota_sink *dst, const ota_ctx *ctx, ota_source *src, uint64_t off,
	uint64_t len, ota_err *err)
{
	ota_source *part = NULL;
	ota_status st = ota_source_slice(&part, ctx, src, off, len, err);

	if (!st)
		st = source_copy(dst, ctx, part, NULL, err);
	ota_source_close(part);
	return st;
}
