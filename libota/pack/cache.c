/* SPDX-License-Identifier: MIT */
#include <pack/cache.h>

#include <inttypes.h>
#include <string.h>

#include <base/buf.h>
#include <base/sink.h>
#include <base/source.h>
#include <crypto/hash.h>
#include <diff/diff.h>
#include <ota/ota.h>

/* A patch far larger than its image is none that was kept here. */
#define PATCH_SPARE (UINT64_C(1) << 20U)
#define SEAL_LEN    32U

static void put_digest(struct buf *text, const char *what, const struct digest *d)
{
	char hex[2 * DIGEST_MAX + 1];

	digest_hex(hex, d);
	buf_printf(text, "%s:%s:%s\n", what, hash_name(d->alg), hex);
}

ota_status cache_name(char out[CACHE_NAME_MAX], const struct delta_job *job, ota_err *err)
{
	struct digest d;
	struct buf text;
	ota_status st;

	buf_init(&text, job->ctx);
	buf_printf(&text, "otatool-delta-1\ntool:%s\ncodecs:%u\ncodec:%s\nprofile:%s\n",
		OTA_VERSION, DIFF_REVISION, job->codec, job->profile != NULL ? job->profile : "");
	buf_printf(&text, "window:%" PRIu64 "\nmemory:%" PRIu64 "\nram:%" PRIu64 "\n", job->window,
		job->memory, job->ram);
	put_digest(&text, "old", job->source);
	put_digest(&text, "new", &job->target);
	st = buf_status(&text, err);
	if (!st)
		st = hash_bytes(&d, job->ctx, HASH_SHA256, text.p, text.len, err);
	if (!st)
		digest_hex(out, &d);
	buf_fini(&text);
	return st;
}

/* ---- an entry: the patch, then SHA-256 of its name and the patch ---- */

static ota_status tap(void *arg, const void *p, size_t len, ota_err *err)
{
	return hash_update(arg, p, len, err);
}

static ota_status copy_sealed(struct digest *seal, ota_sink *dst, const struct delta_job *job,
	const char *name, ota_source *src, uint64_t len, ota_err *err)
{
	struct hash *h = NULL;
	ota_sink *out = NULL;
	ota_status st = hash_new(&h, job->ctx, HASH_SHA256, err);

	if (!st)
		st = hash_update(h, name, strlen(name), err);
	if (!st)
		st = sink_tap(&out, job->ctx, dst, tap, h, err);
	if (!st)
		st = source_copy_range(out, job->ctx, src, 0, len, err);
	if (!st)
		st = hash_final(h, seal, err);
	ota_sink_close(out);
	hash_free(h);
	return st;
}

static ota_status take(
	ota_sink *dst, const struct delta_job *job, const char *name, ota_source *src, ota_err *err)
{
	struct digest seal;
	uint8_t kept[SEAL_LEN];
	uint64_t len = 0;
	ota_status st = ota_source_length(src, &len, err);

	if (!st && (len < SEAL_LEN || len - SEAL_LEN > job->image_size + PATCH_SPARE))
		st = ota_fail(err, OTA_E_HASH_INPUT, "an entry of %" PRIu64 " bytes", len);
	if (!st)
		st = copy_sealed(&seal, dst, job, name, src, len - SEAL_LEN, err);
	if (!st)
		st = ota_source_pread(src, kept, SEAL_LEN, len - SEAL_LEN, err);
	if (!st && memcmp(kept, seal.b, SEAL_LEN) != 0)
		st = ota_fail(err, OTA_E_HASH_INPUT, "an entry was altered");
	return st;
}

ota_status cache_get(
	bool *found, ota_sink *dst, const struct delta_job *job, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = job->cache->get(job->cache->arg, name, &src, err);

	*found = src != NULL;
	if (!st && src != NULL)
		st = take(dst, job, name, src, err);
	ota_source_close(src);
	return st;
}

ota_status cache_put(
	const struct delta_job *job, const char *name, const struct made_delta *d, ota_err *err)
{
	ota_spool *spool = NULL;
	ota_source *entry = NULL;
	struct digest seal;
	ota_status st = ota_spool_new(&spool, job->ctx, job->tmpdir, err);

	if (!st)
		st = copy_sealed(&seal, ota_spool_sink(spool), job, name, d->patch, d->size, err);
	if (!st)
		st = ota_sink_write(ota_spool_sink(spool), seal.b, SEAL_LEN, err);
	if (!st) {
		entry = ota_spool_source(spool);
		st = entry != NULL ? OTA_OK : ota_fail_nomem(err);
	}
	if (!st)
		st = job->cache->put(job->cache->arg, name, entry, err);
	ota_spool_free(spool);
	return st;
}
