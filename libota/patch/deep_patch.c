/* SPDX-License-Identifier: MIT */
/*
 * Applies a deep patch: old by its digest, every coder by its self-test, then otad from virtual
 * old to virtual new, before the first byte of which nothing is written.
 */
#include <patch/deep.h>

#include <patch/patch.h>

#include <base/ctx.h>
#include <base/num.h>
#include <crypto/hash.h>

#include <string.h>

struct deep {
	const ota_ctx *ctx;
	struct deep_head h;
	struct deep_recipe r;
	ota_source *old_; /* virtual */
};

/* The otad patch behind the recipe, where no context gives memory. */
struct tail {
	ota_source base;
	ota_source *patch;
	uint64_t off, len;
};

static bool looks_like(const uint8_t *head, size_t len)
{
	return len >= 4 && memcmp(head, DEEP_MAGIC, 4) == 0;
}

static ota_status read_head(struct deep_head *h, ota_source *patch, uint64_t *len, ota_err *err)
{
	uint8_t raw[DEEP_FIXED_MAX];
	size_t n = 0;
	ota_status st = patch_first(raw, sizeof(raw), &n, len, patch, err);

	if (!st)
		st = deep_head_read(h, raw, n, err);
	if (!st && h->recipe_len > *len - h->fixed_len)
		st = ota_fail(err, OTA_E_PATCH, "the patch is cut short in its recipe");
	return st;
}

static ota_status tail_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct tail *t = (struct tail *)s;

	if (off > t->len || len > t->len - off)
		return ota_fail(err, OTA_E_PATCH, "the patch is cut short");
	return ota_source_pread(t->patch, buf, len, t->off + off, err);
}

static ota_status tail_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct tail *)s)->len;
	return OTA_OK;
}

/* The head, and the patch inside: otad and nothing else, no nesting. */
static ota_status open_patch(
	struct deep_head *h, struct tail *t, uint64_t *len, ota_source *patch, ota_err *err)
{
	static const ota_source_ops ops = {
		.size = sizeof(ops), .pread = tail_pread, .length = tail_length};
	uint8_t magic[4];
	ota_status st;

	st = read_head(h, patch, len, err);
	if (st)
		return st;
	*t = (struct tail){.base.ops = &ops, .patch = patch, .off = h->fixed_len + h->recipe_len};
	t->len = *len - t->off;
	st = tail_pread(&t->base, magic, sizeof(magic), 0, err);
	if (!st && !otad_patch.is(magic, sizeof(magic)))
		st = ota_fail(err, OTA_E_PATCH, "there is no otad patch behind the recipe");
	return st;
}

static ota_status probe(ota_patch_info *out, ota_source *patch, ota_err *err)
{
	ota_patch_info inner = {.size = sizeof(inner)};
	struct deep_head h;
	struct tail tail;
	uint64_t len = 0;
	ota_status st;

	st = open_patch(&h, &tail, &len, patch, err);
	if (!st)
		st = otad_patch.probe(&inner, &tail.base, err);
	if (st)
		return st;
	out->codec = deep_patch.name;
	out->patch_size = len;
	out->old_size = h.old_size;
	out->new_size = h.new_size;
	out->profile = inner.profile;
	out->isa = inner.isa;
	out->ram = inner.ram + deep_ram(&h);
	return OTA_OK;
}

/* ---- before the first write ---- */

static ota_status check_old(struct deep *d, ota_source *old_, ota_err *err)
{
	struct digest is;
	uint64_t len = 0;
	ota_status st;

	st = ota_source_length(old_, &len, err);
	if (!st && len < d->h.old_size)
		st = ota_fail(err, OTA_E_SOURCE,
			"the patch is for an image of %llu bytes, this one has %llu",
			(unsigned long long)d->h.old_size, (unsigned long long)len);
	if (!st)
		st = hash_range(&is, d->ctx, HASH_SHA256, old_, 0, d->h.old_size, err);
	if (!st && memcmp(is.b, d->h.old_hash, DEEP_DIGEST) != 0)
		st = ota_fail(err, OTA_E_SOURCE, "the patch was made from another image");
	return st;
}

static ota_status self_test(
	struct deep *d, const struct deep_coder *c, uint8_t *p, uint64_t *ram, ota_err *err)
{
	const struct repack_codec *codec = repack_by_id(c->codec);
	uint8_t made[DEEP_DIGEST] = {0};
	ota_status st;

	if (codec != NULL && codec->knows(c->how))
		*ram = max_u64(*ram, codec->ram(c->how, d->h.largest));
	if (*ram > d->h.ram)
		return ota_fail(err, OTA_E_RECOMPRESS,
			"compressing takes more memory here than the patch says");
	st = ota_source_pread(d->old_, p, size_of_u64(c->test_len), c->test_at, err);
	if (!st)
		st = deep_test(made, d->ctx, c, p, size_of_u64(c->test_len), err);
	if (!st && memcmp(made, c->test, DEEP_DIGEST) != 0)
		st = ota_fail(err, OTA_E_RECOMPRESS,
			"%s of this build gives other bytes than the patch needs", codec->name);
	return st;
}

static ota_status check_coders(struct deep *d, ota_err *err)
{
	uint64_t ram = 0;
	uint8_t *p = NULL;
	ota_status st;

	st = mem_new_bytes(&p, d->ctx, size_of_u64(d->h.largest) + 1, err);
	for (size_t i = 0; !st && i < d->r.coders_n; i++)
		st = self_test(d, &d->r.coders[i], p, &ram, err);
	mem_free(d->ctx, p);
	return st;
}

/* ---- all of it ---- */

static ota_status load(struct deep *d, ota_source *patch, ota_err *err)
{
	uint8_t *p = NULL;
	ota_status st;

	st = mem_new_bytes(&p, d->ctx, size_of_u64(d->h.recipe_len) + 1, err);
	if (!st)
		st = ota_source_pread(patch, p, size_of_u64(d->h.recipe_len), d->h.fixed_len, err);
	if (!st)
		st = deep_recipe_read(&d->r, &d->h, d->ctx, p, err);
	mem_free(d->ctx, p);
	return st;
}

static ota_status run(ota_sink *new_, struct deep *d, ota_source *inner, ota_err *err)
{
	uint64_t max = d->r.new_.virtual + d->h.new_size;
	ota_sink *sink = NULL;
	ota_status st;

	st = check_coders(d, err);
	if (!st)
		st = deep_new_sink(&sink, d->ctx, new_, &d->h, &d->r, err);
	if (!st)
		st = otad_patch.apply(sink, d->ctx, d->old_, inner, max_u64(max, 1), err);
	if (!st)
		st = ota_sink_commit(sink, err);
	ota_sink_close(sink);
	return st;
}

static ota_status apply(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	uint64_t max_output, ota_err *err)
{
	struct deep d = {.ctx = ctx};
	struct tail tail;
	uint64_t len = 0;
	ota_status st;

	st = open_patch(&d.h, &tail, &len, patch, err);
	if (st)
		return st;
	if (d.h.new_size > max_output)
		return ota_fail(err, OTA_E_LIMIT, "the patch promises %llu bytes, more than %llu",
			(unsigned long long)d.h.new_size, (unsigned long long)max_output);
	st = load(&d, patch, err);
	if (!st)
		st = check_old(&d, old_, err);
	if (!st)
		st = deep_old_source(&d.old_, ctx, old_, &d.r.old_, d.h.largest, err);
	if (!st)
		st = run(new_, &d, &tail.base, err);
	ota_source_close(d.old_);
	deep_recipe_free(&d.r, ctx);
	return st;
}

/* ---- what is in it ---- */

struct shifted {
	ota_patch_part_fn *part;
	void *arg;
	uint64_t by;
};

static ota_status shift(void *arg, const ota_patch_part *part, ota_err *err)
{
	const struct shifted *s = arg;
	ota_patch_part p = *part;

	p.off += s->by;
	return s->part(s->arg, &p, err);
}

static ota_status parts(
	const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part, void *arg, ota_err *err)
{
	ota_patch_part list[] = {{.what = "head"}, {.what = "blocks"}};
	struct shifted s = {part, arg, 0};
	struct deep_head h;
	struct tail tail;
	uint64_t len = 0;
	ota_status st;

	st = open_patch(&h, &tail, &len, patch, err);
	if (st)
		return st;
	list[0].len = h.fixed_len;
	list[1].len = h.recipe_len;
	list[1].count = h.new_blocks;
	st = patch_parts(part, arg, list, 2, &s.by, err);
	return st ? st : otad_patch.parts(ctx, &tail.base, shift, &s, err);
}

const struct patch_format deep_patch = {
	.name = "deep", .is = looks_like, .probe = probe, .parts = parts, .apply = apply};
