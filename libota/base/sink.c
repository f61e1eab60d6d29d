/* SPDX-License-Identifier: MIT */
#include <base/sink.h>

#include <base/buf.h>
#include <base/num.h>

#include <string.h>

ota_status ota_sink_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	return len > 0 ? s->ops->write(s, buf, len, err) : OTA_OK;
}

ota_status ota_sink_zeros(ota_sink *s, uint64_t len, ota_err *err)
{
	static const uint8_t zeros[4096];

	if (len > 0 && s->ops->zeros != NULL)
		return s->ops->zeros(s, len, err);
	while (len > 0) {
		size_t n = size_of_u64(min_u64(len, sizeof(zeros)));
		ota_status st = s->ops->write(s, zeros, n, err);

		if (st)
			return st;
		len -= n;
	}
	return OTA_OK;
}

ota_status ota_sink_commit(ota_sink *s, ota_err *err)
{
	return s->ops->commit(s, err);
}

void ota_sink_close(ota_sink *s)
{
	if (s != NULL)
		s->ops->close(s);
}

/* ---- memory ---- */

struct memory_sink {
	ota_sink base;
	const ota_ctx *ctx;
	struct buf buf;
};

static ota_status memory_write(ota_sink *s, const void *p, size_t len, ota_err *err)
{
	struct memory_sink *m = (struct memory_sink *)s;

	buf_put(&m->buf, p, len);
	return buf_status(&m->buf, err);
}

static ota_status memory_commit(ota_sink *s, ota_err *err)
{
	return buf_status(&((struct memory_sink *)s)->buf, err);
}

static void memory_close(ota_sink *s)
{
	struct memory_sink *m = (struct memory_sink *)s;

	buf_fini(&m->buf);
	mem_free(m->ctx, m);
}

ota_status ota_sink_memory(ota_sink **out, const ota_ctx *ctx, ota_err *err)
{
	static const ota_sink_ops ops = {
		sizeof(ops), memory_write, NULL, memory_commit, memory_close};
	struct memory_sink *m;
	ota_status st = MEM_NEW(&m, ctx, err);

	if (st)
		return st;
	m->base.ops = &ops;
	m->ctx = ctx;
	buf_init(&m->buf, ctx);
	*out = &m->base;
	return OTA_OK;
}

void ota_sink_memory_bytes(const ota_sink *s, const uint8_t **p, size_t *len)
{
	const struct memory_sink *m = (const struct memory_sink *)s;

	*p = m->buf.p;
	*len = m->buf.len;
}

/* ---- tap, cap, null: one struct, three uses ---- */

struct tap_sink {
	ota_sink base;
	const ota_ctx *ctx;
	ota_sink *next; /* NULL: swallow */
	ota_status (*tap)(void *arg, const void *p, size_t len, ota_err *err);
	void *arg;
	uint64_t left;
};

static ota_status charge(struct tap_sink *t, uint64_t len, ota_err *err)
{
	if (len > t->left)
		return ota_fail(err, OTA_E_LIMIT, "more output than was promised");
	t->left -= len;
	return OTA_OK;
}

static ota_status tap_write(ota_sink *s, const void *p, size_t len, ota_err *err)
{
	struct tap_sink *t = (struct tap_sink *)s;
	ota_status st = charge(t, len, err);

	if (!st && t->tap != NULL)
		st = t->tap(t->arg, p, len, err);
	if (!st && t->next != NULL)
		st = ota_sink_write(t->next, p, len, err);
	return st;
}

static ota_status tap_zeros(ota_sink *s, uint64_t len, ota_err *err)
{
	static const uint8_t zeros[4096];
	struct tap_sink *t = (struct tap_sink *)s;
	ota_status st = charge(t, len, err);

	for (uint64_t done = 0; !st && t->tap != NULL && done < len; done += sizeof(zeros))
		st = t->tap(t->arg, zeros, size_of_u64(min_u64(len - done, sizeof(zeros))), err);
	if (!st && t->next != NULL)
		st = ota_sink_zeros(t->next, len, err);
	return st;
}

static ota_status tap_commit(ota_sink *s, ota_err *err)
{
	struct tap_sink *t = (struct tap_sink *)s;

	return t->next != NULL ? ota_sink_commit(t->next, err) : OTA_OK;
}

static void tap_close(ota_sink *s)
{
	struct tap_sink *t = (struct tap_sink *)s;

	mem_free(t->ctx, t);
}

static ota_status tap_new(struct tap_sink **out, const ota_ctx *ctx, ota_sink *next, ota_err *err)
{
	static const ota_sink_ops ops = {sizeof(ops), tap_write, tap_zeros, tap_commit, tap_close};
	struct tap_sink *t;
	ota_status st = MEM_NEW(&t, ctx, err);

	if (st)
		return st;
	*t = (struct tap_sink){.base.ops = &ops, .ctx = ctx, .next = next, .left = UINT64_MAX};
	*out = t;
	return OTA_OK;
}

ota_status sink_tap(ota_sink **out, const ota_ctx *ctx, ota_sink *next,
	ota_status (*tap)(void *arg, const void *p, size_t len, ota_err *err), void *arg,
	ota_err *err)
{
	struct tap_sink *t;
	ota_status st = tap_new(&t, ctx, next, err);

	if (st)
		return st;
	t->tap = tap;
	t->arg = arg;
	*out = &t->base;
	return OTA_OK;
}

ota_status sink_capped(
	ota_sink **out, const ota_ctx *ctx, ota_sink *next, uint64_t max, ota_err *err)
{
	struct tap_sink *t;
	ota_status st = tap_new(&t, ctx, next, err);

	if (st)
		return st;
	t->left = max;
	*out = &t->base;
	return OTA_OK;
}

ota_status ota_sink_null(ota_sink **out, const ota_ctx *ctx, ota_err *err)
{
	struct tap_sink *t;
	ota_status st = tap_new(&t, ctx, NULL, err);

	if (!st)
		*out = &t->base;
	return st;
}
