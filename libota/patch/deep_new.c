/* SPDX-License-Identifier: MIT */
/* The new image from its virtual one: each block is compressed when its last byte is there. */
#include <patch/deep.h>

#include <base/num.h>
#include <crypto/hash.h>

#include <string.h>

/* Hashes and counts what passes to next, which may be NULL. */
struct meter {
	ota_sink base;
	struct hash *hash;
	ota_sink *next;
	uint64_t len, max;
};

struct deep_new {
	ota_sink base;
	const ota_ctx *ctx;
	const struct deep_head *h;
	const struct deep_recipe *r;
	struct meter out;
	uint64_t at; /* in virtual new */
	size_t block;
	uint8_t *plain;
};

static ota_status meter_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct meter *m = (struct meter *)s;
	ota_status st;

	if (len > m->max - m->len)
		return ota_fail(err, OTA_E_PATCH, "the patch makes more bytes than it promises");
	m->len += len;
	st = hash_update(m->hash, buf, len, err);
	return st || m->next == NULL ? st : ota_sink_write(m->next, buf, len, err);
}

static const ota_sink_ops meter_ops = {.size = sizeof(meter_ops), .write = meter_write};

static ota_status meter_start(
	struct meter *m, const ota_ctx *ctx, ota_sink *next, uint64_t max, ota_err *err)
{
	*m = (struct meter){.base.ops = &meter_ops, .next = next, .max = max};
	return hash_new(&m->hash, ctx, HASH_SHA256, err);
}

static ota_status run_coder(ota_sink *dst, const ota_ctx *ctx, const struct deep_coder *c,
	const uint8_t *p, size_t len, ota_err *err)
{
	const struct repack_codec *codec = repack_by_id(c->codec);

	if (codec == NULL || !codec->knows(c->how))
		return ota_fail(err, OTA_E_RECOMPRESS,
			"the patch compresses in a way that is not known here");
	return codec->pack(dst, ctx, c->how, p, len, err);
}

ota_status deep_test(uint8_t out[static DEEP_DIGEST], const ota_ctx *ctx,
	const struct deep_coder *coder, const uint8_t *p, size_t len, ota_err *err)
{
	struct digest d;
	struct meter m;
	ota_status st;

	st = meter_start(&m, ctx, NULL, UINT64_MAX, err);
	if (!st)
		st = run_coder(&m.base, ctx, coder, p, len, err);
	if (!st)
		st = hash_final(m.hash, &d, err);
	hash_free(m.hash);
	if (!st)
		memcpy(out, d.b, DEEP_DIGEST);
	return st;
}

/* Up to len bytes, *n of them: to the end of a block, or to the next. */
static ota_status take(struct deep_new *d, const uint8_t *p, size_t len, size_t *n, ota_err *err)
{
	const struct deep_image *im = &d->r->new_;
	const struct deep_block *b = &im->blocks[d->block];
	uint64_t in;
	ota_status st = OTA_OK;

	if (d->block == im->n || d->at < b->at) {
		*n = d->block == im->n ? len : size_of_u64(min_u64(len, b->at - d->at));
		return ota_sink_write(&d->out.base, p, *n, err);
	}
	in = d->at - b->at;
	*n = size_of_u64(min_u64(len, b->plain - in));
	memcpy(d->plain + in, p, *n);
	if (in + *n == b->plain) {
		st = run_coder(
			&d->out.base, d->ctx, &d->r->coders[b->coder], d->plain, b->plain, err);
		d->block++;
	}
	return st;
}

static ota_status new_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct deep_new *d = (struct deep_new *)s;
	const uint8_t *p = buf;
	ota_status st = OTA_OK;
	size_t n = 0;

	for (; !st && len > 0; p += n, len -= n) {
		st = take(d, p, len, &n, err);
		d->at += n;
	}
	return st;
}

static ota_status new_commit(ota_sink *s, ota_err *err)
{
	struct deep_new *d = (struct deep_new *)s;
	struct digest is;
	ota_status st;

	if (d->block != d->r->new_.n || d->out.len != d->h->new_size)
		return ota_fail(err, OTA_E_PATCH, "the patch makes %llu bytes, %llu were promised",
			(unsigned long long)d->out.len, (unsigned long long)d->h->new_size);
	st = hash_final(d->out.hash, &is, err);
	if (!st && memcmp(is.b, d->h->new_hash, DEEP_DIGEST) != 0)
		st = ota_fail(err, OTA_E_PATCH,
			"the patch does not make the image it promises: it is damaged");
	return st;
}

static void new_close(ota_sink *s)
{
	struct deep_new *d = (struct deep_new *)s;

	hash_free(d->out.hash);
	mem_free(d->ctx, d->plain);
	mem_free(d->ctx, d);
}

ota_status deep_new_sink(ota_sink **out, const ota_ctx *ctx, ota_sink *dst,
	const struct deep_head *h, const struct deep_recipe *r, ota_err *err)
{
	static const ota_sink_ops ops = {
		.size = sizeof(ops), .write = new_write, .commit = new_commit, .close = new_close};
	struct deep_new *d = NULL;
	ota_status st = MEM_NEW(&d, ctx, err);

	if (st)
		return st;
	d->base.ops = &ops;
	d->ctx = ctx;
	d->h = h;
	d->r = r;
	st = meter_start(&d->out, ctx, dst, h->new_size, err);
	if (!st)
		st = mem_new_bytes(&d->plain, ctx, size_of_u64(h->largest) + 1, err);
	if (st)
		new_close(&d->base);
	else
		*out = &d->base;
	return st;
}
