/* SPDX-License-Identifier: MIT */
#include <crypto/hash.h>

#include <string.h>

#include <openssl/evp.h>

#include <base/bits.h>
#include <base/num.h>
#include <crypto/ossl_ctx.h>

/* Large enough that a call costs nothing beside the hashing, small enough for a device. */
#define HASH_BLOCK (64U << 10U)

struct hash {
	const ota_ctx *ctx;
	enum hash_alg alg;
	EVP_MD *md;
	EVP_MD_CTX *state;
};

static ota_status hash_failed(ota_err *err, enum hash_alg alg, const char *what)
{
	return ota_fail(err, OTA_E_CRYPTO, "libcrypto cannot %s %s", what, hash_name(alg));
}

static const char *ossl_name(enum hash_alg alg)
{
	switch (alg) {
	case HASH_SHA256:
		return "SHA2-256";
	case HASH_SHA512:
		return "SHA2-512";
	case HASH_SHA3_256:
		return "SHA3-256";
	case HASH_NONE:
		break;
	}
	return NULL;
}

ota_status hash_new(struct hash **out, const ota_ctx *ctx, enum hash_alg alg, ota_err *err)
{
	const char *name = ossl_name(alg);
	OSSL_LIB_CTX *lib = NULL;
	struct hash *h = NULL;
	ota_status st;

	if (name == NULL)
		return ota_fail(err, OTA_E_ALG, "hash algorithm %d is unknown", (int)alg);
	st = ossl_ctx(&lib, ctx, err);
	if (st)
		return st;
	st = MEM_NEW(&h, ctx, err);
	if (st)
		return st;
	h->ctx = ctx;
	h->alg = alg;
	h->md = EVP_MD_fetch(lib, name, NULL);
	h->state = EVP_MD_CTX_new();
	if (h->md == NULL)
		st = hash_failed(err, alg, "provide");
	else if (h->state == NULL)
		st = ota_fail_nomem(err);
	else
		st = hash_start(h, err);
	if (st)
		hash_free(h);
	else
		*out = h;
	return st;
}

void hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->state);
	EVP_MD_free(h->md);
	mem_free(h->ctx, h);
}

ota_status hash_start(struct hash *h, ota_err *err)
{
	if (EVP_DigestInit_ex2(h->state, h->md, NULL) != 1)
		return hash_failed(err, h->alg, "start");
	return OTA_OK;
}

ota_status hash_update(struct hash *h, const void *p, size_t len, ota_err *err)
{
	if (EVP_DigestUpdate(h->state, p, len) != 1)
		return hash_failed(err, h->alg, "compute");
	return OTA_OK;
}

ota_status hash_final(struct hash *h, struct digest *out, ota_err *err)
{
	struct digest d = {.alg = h->alg};
	unsigned len = 0;

	if (EVP_DigestFinal_ex(h->state, d.b, &len) != 1 || len != digest_len(h->alg))
		return hash_failed(err, h->alg, "finish");
	d.len = lo8(len);
	*out = d;
	return OTA_OK;
}

ota_status hash_bytes(struct digest *out, const ota_ctx *ctx, enum hash_alg alg, const void *p,
	size_t len, ota_err *err)
{
	struct hash *h = NULL;
	ota_status st;

	st = hash_new(&h, ctx, alg, err);
	if (!st)
		st = hash_update(h, p, len, err);
	if (!st)
		st = hash_final(h, out, err);
	hash_free(h);
	return st;
}

struct stream {
	struct hash *h;
	uint8_t *block;
	uint64_t total;
};

static ota_status stream_open(struct stream *s, const ota_ctx *ctx, enum hash_alg alg, ota_err *err)
{
	ota_status st;

	st = hash_new(&s->h, ctx, alg, err);
	if (!st)
		st = mem_new_bytes(&s->block, ctx, HASH_BLOCK, err);
	return st;
}

static void stream_close(struct stream *s, const ota_ctx *ctx)
{
	mem_free(ctx, s->block);
	hash_free(s->h);
}

static ota_status stream_block(struct stream *s, const ota_ctx *ctx, size_t len, ota_err *err)
{
	ota_status st;

	st = hash_update(s->h, s->block, len, err);
	if (st)
		return st;
	s->total += len;
	return ctx_poll(ctx, err);
}

ota_status hash_source(struct digest *out, const ota_ctx *ctx, enum hash_alg alg, ota_source *src,
	uint64_t *total, ota_err *err)
{
	struct stream s = {0};
	size_t n = HASH_BLOCK;
	ota_status st;

	st = stream_open(&s, ctx, alg, err);
	while (!st && n == HASH_BLOCK) {
		st = ota_source_read(src, s.block, HASH_BLOCK, &n, err);
		if (!st)
			st = stream_block(&s, ctx, n, err);
	}
	if (!st)
		st = hash_final(s.h, out, err);
	if (!st && total != NULL)
		*total = s.total;
	stream_close(&s, ctx);
	return st;
}

ota_status hash_range(struct digest *out, const ota_ctx *ctx, enum hash_alg alg, ota_source *src,
	uint64_t off, uint64_t len, ota_err *err)
{
	struct stream s = {0};
	ota_status st;

	st = stream_open(&s, ctx, alg, err);
	while (!st && s.total < len) {
		size_t n = size_of_u64(min_u64(HASH_BLOCK, len - s.total));

		st = ota_source_pread(src, s.block, n, off + s.total, err);
		if (!st)
			st = stream_block(&s, ctx, n, err);
	}
	if (!st)
		st = hash_final(s.h, out, err);
	stream_close(&s, ctx);
	return st;
}
