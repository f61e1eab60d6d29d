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

#define CACHE        ((size_t)64 << 10U) /* of the old image */
#define BESIDE_CACHE 4096U               /* the applier's struct, slices and digests */

struct patch_run {
	const ota_ctx *ctx;
	ota_sink *new_;
	ota_source *old_;
	ota_err *err;
	ota_status st;     /* of the callback that failed */
	struct hash *hash; /* NULL: new is not hashed */
	uint64_t made, cached_at, cached_len;
	struct otad_head h;
	struct otad *d;
	uint8_t *mem, *head; /* the head up to its table */
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
	struct patch_run *r = arg;

	if (off < r->cached_at || off + len > r->cached_at + r->cached_len) {
		r->cached_at = off;
		r->cached_len = min_u64(CACHE, r->h.old_size - off);
		r->st = ota_source_pread(
			r->old_, r->cache, size_of_u64(r->cached_len), off, r->err);
		if (r->st) {
			r->cached_len = 0;
			return 1;
		}
	}
	memcpy(buf, r->cache + (off - r->cached_at), len);
	return 0;
}

static int write_new(void *arg, const void *buf, size_t len)
{
	struct patch_run *r = arg;

	r->st = r->hash != NULL ? hash_update(r->hash, buf, len, r->err) : OTA_OK;
	if (!r->st)
		r->st = ota_sink_write(r->new_, buf, len, r->err);
	r->made += len;
	return r->st != OTA_OK;
}

/* ---- the head ---- */

static ota_status check_head(
	struct otad_head *h, const uint8_t *p, size_t n, uint64_t len, ota_err *err)
{
	enum otad_status made = otad_head(h, p, n);

	if (made != OTAD_OK)
		return refusal(made, err);
	if (otad_head_len(h) > OTAD_HEAD_MAX || otad_need(h) == 0)
		return refusal(OTAD_LIMIT, err);
	return otad_head_len(h) > len ? refusal(OTAD_CUT, err) : OTA_OK;
}

static ota_status read_head(struct otad_head *h, ota_source *patch, uint64_t *len, ota_err *err)
{
	uint8_t raw[OTAD_FIXED_MAX];
	size_t n = 0;
	ota_status st = patch_first(raw, sizeof(raw), &n, len, patch, err);

	return st ? st : check_head(h, raw, n, *len, err);
}

static bool looks_like(const uint8_t *head, size_t len)
{
	return len >= 4 && memcmp(head, OTAD_MAGIC, 4) == 0;
}

const char *const otad_profiles[OTAD_PROFILES] = {"tiny", "std", "max"};
static const char *const isas[OTAD_ISAS] = {NULL, "Thumb", "ARM", "AArch64", "x86-64", "RISC-V"};

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
	out->old_size = h.old_size;
	out->new_size = h.new_size;
	out->window = h.window;
	out->head_size = otad_head_len(&h);
	out->profile = otad_profiles[h.profile];
	out->isa = isas[h.isa];
	/* Signed: no term depends on the machine. */
	out->piece_ram = otad_need(&h) + h.fixed_len + h.table_len + CACHE + BESIDE_CACHE;
	/* Alone: the head, and a segment that could be as long as all that follows it. */
	out->ram = out->piece_ram + len;
	return OTA_OK;
}

/* ---- in pieces ---- */

static void end(struct patch_run *r)
{
	if (r == NULL)
		return;
	mem_free(r->ctx, r->head);
	mem_free(r->ctx, r->mem);
	hash_free(r->hash);
	mem_free(r->ctx, r);
}

static ota_status start(struct patch_run *r, const uint8_t *head, ota_err *err)
{
	struct otad_io io = {r, read_old, write_new};
	size_t kept = r->h.fixed_len + (size_t)r->h.table_len;
	enum otad_status made;
	ota_status st;

	st = mem_new_bytes(&r->mem, r->ctx, otad_need(&r->h), err);
	if (!st)
		st = mem_new_bytes(&r->head, r->ctx, kept, err);
	if (st)
		return st;
	memcpy(r->head, head, kept);
	made = otad_init(&r->d, &r->h, head, &io, r->mem, otad_need(&r->h));
	return made == OTAD_OK ? OTA_OK : refusal(made, err);
}

static ota_status begin(struct patch_run **out, const ota_ctx *ctx, ota_sink *new_,
	ota_source *old_, const uint8_t *head, size_t len, ota_err *err)
{
	struct patch_run *r = NULL;
	uint64_t old_len = 0;
	ota_status st = MEM_NEW(&r, ctx, err);

	if (st)
		return st;
	r->ctx = ctx;
	r->new_ = new_;
	r->old_ = old_;
	st = check_head(&r->h, head, len, len, err);
	if (!st)
		st = ota_source_length(old_, &old_len, err);
	if (!st && old_len < r->h.old_size)
		st = ota_fail(err, OTA_E_SOURCE,
			"the patch is for an image of %llu bytes, this one has %llu",
			(unsigned long long)r->h.old_size, (unsigned long long)old_len);
	if (!st)
		st = start(r, head, err);
	if (st)
		end(r);
	else
		*out = r;
	return st;
}

static uint64_t piece_len(const struct patch_run *r, uint32_t index)
{
	uint64_t off, len;

	otad_segment_at(&r->h, r->head, index, &off, &len);
	return len;
}

static ota_status piece(
	struct patch_run *r, uint32_t index, const uint8_t *p, size_t len, ota_err *err)
{
	enum otad_status made;

	if (index >= r->h.segments || piece_len(r, index) != len)
		return ota_fail(
			err, OTA_E_PATCH, "segment %u of the patch has another length", index);
	r->err = err;
	made = otad_segment(r->d, index, p, len);
	ctx_progress(r->ctx, "patch", r->made, r->h.new_size);
	if (made == OTAD_IO)
		return r->st;
	return made == OTAD_OK ? ctx_poll(r->ctx, err) : refusal(made, err);
}

/* ---- a whole patch ---- */

static ota_status check_digest(struct hash *h, const uint8_t want[static OTAD_DIGEST], ota_id id,
	const char *text, ota_err *err)
{
	struct digest is;
	ota_status st;

	st = hash_final(h, &is, err);
	if (!st && memcmp(is.b, want, OTAD_DIGEST) != 0)
		st = ota_fail(err, id, "%s", text);
	return st;
}

static ota_status check_old(struct patch_run *r, ota_err *err)
{
	ota_status st;

	st = hash_new(&r->hash, r->ctx, HASH_SHA256, err);
	for (uint64_t at = 0; !st && at < r->h.old_size; at += CACHE) {
		size_t n = size_of_u64(min_u64(CACHE, r->h.old_size - at));

		st = ota_source_pread(r->old_, r->cache, n, at, err);
		if (!st)
			st = hash_update(r->hash, r->cache, n, err);
		if (!st)
			st = ctx_poll(r->ctx, err);
	}
	if (!st)
		st = check_digest(r->hash, r->h.old_hash, OTA_E_SOURCE,
			"the patch was made from another image", err);
	return st ? st : hash_start(r->hash, err);
}

static ota_status run_segment(
	struct patch_run *r, ota_source *patch, uint32_t index, uint64_t *at, ota_err *err)
{
	uint64_t len = piece_len(r, index), all = 0;
	uint8_t *p = NULL;
	ota_status st;

	st = ota_source_length(patch, &all, err);
	if (st)
		return st;
	if (len > all - *at)
		return ota_fail(err, OTA_E_PATCH, "segment %u of the patch is cut short", index);
	st = mem_new_bytes(&p, r->ctx, size_of_u64(len) + 1, err);
	if (!st)
		st = ota_source_pread(patch, p, size_of_u64(len), *at, err);
	if (!st)
		st = piece(r, index, p, size_of_u64(len), err);
	mem_free(r->ctx, p);
	*at += len;
	return st;
}

static ota_status run(struct patch_run *r, ota_source *patch, uint64_t len, ota_err *err)
{
	uint64_t at = otad_head_len(&r->h);
	ota_status st = check_old(r, err);

	for (uint32_t i = 0; !st && i < r->h.segments; i++)
		st = run_segment(r, patch, i, &at, err);
	if (!st && at != len)
		st = ota_fail_at(err, OTA_E_PATCH, at, "the patch goes on after its last segment");
	if (!st)
		st = check_digest(r->hash, r->h.new_hash, OTA_E_PATCH,
			"the patch does not make the image it promises: it is damaged", err);
	return st;
}

static ota_status apply(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	uint64_t max_output, ota_err *err)
{
	struct patch_run *r = NULL;
	uint8_t *head = NULL;
	struct otad_head h;
	uint64_t len = 0;
	ota_status st;

	st = read_head(&h, patch, &len, err);
	if (st)
		return st;
	if (h.new_size > max_output)
		return ota_fail(err, OTA_E_LIMIT, "the patch promises %llu bytes, more than %llu",
			(unsigned long long)h.new_size, (unsigned long long)max_output);
	st = mem_new_bytes(&head, ctx, size_of_u64(otad_head_len(&h)), err);
	if (!st)
		st = ota_source_pread(patch, head, size_of_u64(otad_head_len(&h)), 0, err);
	if (!st)
		st = begin(&r, ctx, new_, old_, head, size_of_u64(otad_head_len(&h)), err);
	mem_free(ctx, head);
	if (!st)
		st = run(r, patch, len, err);
	end(r);
	return st;
}

/* ---- what is in it ---- */

static ota_status list_parts(struct patch_run *r, ota_patch_part_fn *part, void *arg, ota_err *err)
{
	const struct otad_head *h = &r->h;
	ota_patch_part list[] = {{.what = "head", .len = h->fixed_len},
		{.what = "lengths", .len = h->table_len},
		{.what = "covers",
			.len = h->cover_len,
			.count = h->covers,
			.makes = otad_covered(r->d)}};
	ota_patch_part segment = {.what = "segment"};
	uint64_t off = 0, made = 0;
	ota_status st = patch_parts(part, arg, list, sizeof(list) / sizeof(list[0]), &off, err);

	for (uint32_t i = 0; !st && i < h->segments; i++) {
		segment.len = piece_len(r, i);
		segment.makes = min_u64(h->window, h->new_size - made);
		made += segment.makes;
		st = patch_parts(part, arg, &segment, 1, &off, err);
	}
	return st;
}

static ota_status parts(
	const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part, void *arg, ota_err *err)
{
	struct patch_run *r = NULL;
	uint8_t *head = NULL;
	uint64_t len = 0;
	ota_status st = MEM_NEW(&r, ctx, err);

	if (st)
		return st;
	r->ctx = ctx;
	st = read_head(&r->h, patch, &len, err);
	if (!st)
		st = mem_new_bytes(&head, ctx, size_of_u64(otad_head_len(&r->h)), err);
	if (!st)
		st = ota_source_pread(patch, head, size_of_u64(otad_head_len(&r->h)), 0, err);
	if (!st)
		st = start(r, head, err);
	mem_free(ctx, head);
	if (!st)
		st = list_parts(r, part, arg, err);
	end(r);
	return st;
}

const struct patch_format otad_patch = {.name = "otad",
	.is = looks_like,
	.probe = probe,
	.parts = parts,
	.apply = apply,
	.begin = begin,
	.piece_len = piece_len,
	.piece = piece,
	.end = end};
