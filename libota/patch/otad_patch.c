/* SPDX-License-Identifier: MIT */
/*
 * otad on a host: files for the callbacks, the digests, the memory. Old is hashed
 * before a byte is written; new is hashed as it is written.
 */
#include <patch/patch.h>

#include <base/ctx.h>
#include <base/num.h>
#include <crypto/hash.h>
#include <otad/otad.h>

#include <string.h>

#define CACHE ((size_t)64 << 10U) /* of the old image */

struct apply {
	const ota_ctx *ctx;
	ota_sink *new_;
	ota_source *old_, *patch;
	ota_err *err;
	ota_status st; /* of the callback that failed */
	struct hash *hash;
	uint64_t old_len, made, new_size;
	uint64_t cached_at, cached_len;
	uint8_t cache[CACHE];
};

static ota_status refusal(enum otad_status st, ota_err *err)
{
	static const struct {
		ota_id id;
		const char *text;
	} texts[] = {
		[OTAD_CUT] = {OTA_E_PATCH, "the patch is cut short in its head"},
		[OTAD_MALFORMED] = {OTA_E_PATCH, "the patch breaks a rule of otad"},
		[OTAD_VERSION] = {OTA_E_VERSION_FMT,
			"the patch is of a later otad, or for an unknown profile"},
		[OTAD_LIMIT] = {OTA_E_LIMIT, "a size in the patch is over its limit"},
		[OTAD_MEMORY] = {OTA_E_NOMEM, "the patch takes more memory than was given"},
	};

	return ota_fail(err, texts[st].id, "%s", texts[st].text);
}

static int read_old(void *arg, void *buf, size_t len, uint64_t off)
{
	struct apply *a = arg;

	if (off < a->cached_at || off + len > a->cached_at + a->cached_len) {
		a->cached_at = off;
		a->cached_len = min_u64(CACHE, a->old_len - off);
		a->st = ota_source_pread(
			a->old_, a->cache, size_of_u64(a->cached_len), off, a->err);
		if (a->st) {
			a->cached_len = 0;
			return 1;
		}
	}
	memcpy(buf, a->cache + (off - a->cached_at), len);
	return 0;
}

static int write_new(void *arg, const void *buf, size_t len)
{
	struct apply *a = arg;

	a->st = hash_update(a->hash, buf, len, a->err);
	if (!a->st)
		a->st = ota_sink_write(a->new_, buf, len, a->err);
	a->made += len;
	return a->st != OTA_OK;
}

static ota_status read_head(struct otad_head *h, ota_source *patch, uint64_t *len, ota_err *err)
{
	uint8_t raw[OTAD_FIXED_MAX];
	enum otad_status made;
	ota_status st;
	size_t n;

	st = ota_source_length(patch, len, err);
	if (st)
		return st;
	n = size_of_u64(min_u64(*len, sizeof(raw)));
	st = ota_source_pread(patch, raw, n, 0, err);
	if (st)
		return st;
	made = otad_head(h, raw, n);
	if (made != OTAD_OK)
		return refusal(made, err);
	if (otad_head_len(h) > OTAD_HEAD_MAX || otad_need(h) == 0)
		return refusal(OTAD_LIMIT, err);
	if (otad_head_len(h) > *len)
		return refusal(OTAD_CUT, err);
	return OTA_OK;
}

static bool looks_like(const uint8_t *head, size_t len)
{
	return len >= 4 && memcmp(head, OTAD_MAGIC, 4) == 0;
}

static ota_status probe(ota_patch_info *out, ota_source *patch, ota_err *err)
{
	struct otad_head h;
	uint64_t len = 0;
	ota_status st;

	st = read_head(&h, patch, &len, err);
	if (st)
		return st;
	out->codec = otad_patch.name;
	out->patch_size = len;
	out->new_size = h.new_size;
	/* Every segment could be as long as all that follows the head. */
	out->ram = otad_need(&h) + otad_head_len(&h) + (len - otad_head_len(&h)) +
		   sizeof(struct apply) + 4096;
	return OTA_OK;
}

static ota_status check_old(struct apply *a, const struct otad_head *h, ota_err *err)
{
	struct digest is;
	ota_status st;

	st = ota_source_length(a->old_, &a->old_len, err);
	if (st)
		return st;
	if (a->old_len < h->old_size)
		return ota_fail(err, OTA_E_SOURCE,
			"the patch is for an image of %llu bytes, this one has %llu",
			(unsigned long long)h->old_size, (unsigned long long)a->old_len);
	a->old_len = h->old_size;
	st = hash_start(a->hash, err);
	for (uint64_t at = 0; !st && at < h->old_size; at += CACHE) {
		size_t n = size_of_u64(min_u64(CACHE, h->old_size - at));

		st = ota_source_pread(a->old_, a->cache, n, at, err);
		if (!st)
			st = hash_update(a->hash, a->cache, n, err);
		if (!st)
			st = ctx_poll(a->ctx, err);
	}
	if (!st)
		st = hash_final(a->hash, &is, err);
	if (st)
		return st;
	if (memcmp(is.b, h->old_hash, sizeof(h->old_hash)) != 0)
		return ota_fail(err, OTA_E_SOURCE, "the patch was made from another image");
	return OTA_OK;
}

static ota_status run_segment(struct apply *a, struct otad *d, const struct otad_head *h,
	const uint8_t *head, uint32_t index, uint64_t *end, ota_err *err)
{
	uint64_t off, len, patch_len = 0;
	enum otad_status made;
	uint8_t *p = NULL;
	ota_status st;

	otad_segment_at(h, head, index, &off, &len);
	off += otad_head_len(h);
	st = ota_source_length(a->patch, &patch_len, err);
	if (st)
		return st;
	if (off > patch_len || len > patch_len - off)
		return ota_fail(err, OTA_E_PATCH, "segment %u of the patch is cut short", index);
	st = mem_new_bytes(&p, a->ctx, size_of_u64(len) + 1, err);
	if (!st)
		st = ota_source_pread(a->patch, p, size_of_u64(len), off, err);
	if (!st) {
		made = otad_segment(d, index, p, size_of_u64(len));
		st = made == OTAD_IO ? a->st : made != OTAD_OK ? refusal(made, err) : OTA_OK;
	}
	mem_free(a->ctx, p);
	*end = off + len;
	ctx_progress(a->ctx, "patch", a->made, a->new_size);
	return st;
}

static ota_status check_new(struct apply *a, const struct otad_head *h, ota_err *err)
{
	struct digest is;
	ota_status st;

	st = hash_final(a->hash, &is, err);
	if (st)
		return st;
	if (memcmp(is.b, h->new_hash, sizeof(h->new_hash)) != 0)
		return ota_fail(err, OTA_E_PATCH,
			"the patch does not make the image it promises: it is damaged");
	return OTA_OK;
}

static ota_status run(
	struct apply *a, const struct otad_head *h, uint8_t *head, uint8_t *mem, ota_err *err)
{
	struct otad_io io = {a, read_old, write_new};
	uint64_t end = otad_head_len(h), len = 0;
	struct otad *d = NULL;
	enum otad_status made;
	ota_status st;

	st = ota_source_pread(a->patch, head, size_of_u64(end), 0, err);
	if (st)
		return st;
	made = otad_init(&d, h, head, &io, mem, otad_need(h));
	if (made != OTAD_OK)
		return refusal(made, err);
	for (uint32_t i = 0; !st && i < h->segments; i++) {
		st = run_segment(a, d, h, head, i, &end, err);
		if (!st)
			st = ctx_poll(a->ctx, err);
	}
	if (!st)
		st = ota_source_length(a->patch, &len, err);
	if (!st && end != len)
		st = ota_fail_at(err, OTA_E_PATCH, end, "the patch goes on after its last segment");
	return st;
}

static ota_status start(struct apply *a, const struct otad_head *h, ota_err *err)
{
	ota_status st;

	st = hash_new(&a->hash, a->ctx, HASH_SHA256, err);
	if (!st)
		st = check_old(a, h, err);
	if (!st)
		st = hash_start(a->hash, err);
	return st;
}

static ota_status apply(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	uint64_t max_output, ota_err *err)
{
	uint8_t *head = NULL, *mem = NULL;
	struct apply *a = NULL;
	struct otad_head h;
	uint64_t len = 0;
	ota_status st;

	st = read_head(&h, patch, &len, err);
	if (st)
		return st;
	if (h.new_size > max_output)
		return ota_fail(err, OTA_E_LIMIT, "the patch promises %llu bytes, more than %llu",
			(unsigned long long)h.new_size, (unsigned long long)max_output);
	st = MEM_NEW(&a, ctx, err);
	if (st)
		return st;
	a->ctx = ctx;
	a->new_ = new_;
	a->old_ = old_;
	a->patch = patch;
	a->err = err;
	a->new_size = h.new_size;
	st = mem_new_bytes(&head, ctx, size_of_u64(otad_head_len(&h)), err);
	if (!st)
		st = mem_new_bytes(&mem, ctx, otad_need(&h), err);
	if (!st)
		st = start(a, &h, err);
	if (!st)
		st = run(a, &h, head, mem, err);
	if (!st)
		st = check_new(a, &h, err);
	mem_free(ctx, mem);
	mem_free(ctx, head);
	hash_free(a->hash);
	mem_free(ctx, a);
	return st;
}

const struct patch_format otad_patch = {
	.name = "otad", .is = looks_like, .probe = probe, .apply = apply};
