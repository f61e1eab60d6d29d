/* SPDX-License-Identifier: MIT */
/*
 * Applies VCDIFF (RFC 3284) as xdelta3 writes it. A window of the new image is
 * held; the old image and the patch are read where they are. Copies stay on one
 * side of the border between old and new, as every writer has it: what crosses
 * it has been an overflow elsewhere (open-vcdiff 85).
 */
#include <patch/vcdiff_read.h>

#include <base/ctx.h>
#include <base/num.h>
#include <patch/patch.h>

#include <string.h>

/* The state, its parts and slices. */
#define BESIDE ((uint64_t)64 << 10U)

struct apply {
	const ota_ctx *ctx;
	ota_sink *new_;
	ota_source *old_, *patch;
	struct vcdiff_head head;
	struct vcdiff_sum sum;
	struct vcdiff_window w;
	struct vcdiff_part part[VCDIFF_SECTIONS], reader;
	struct lzma_in *lzma[VCDIFF_SECTIONS];
	struct vcdiff_cache cache;
	uint64_t done; /* of the new image */
	uint64_t idle; /* instructions that made nothing */
	uint8_t *out;  /* the window */
	uint64_t made; /* of it */
};

static ota_status bad(const struct apply *a, const char *what, ota_err *err)
{
	return ota_fail(err, OTA_E_PATCH, "an instruction at byte %llu of %llu %s",
		(unsigned long long)(a->done + a->made), (unsigned long long)a->sum.new_size, what);
}

static ota_status add(struct apply *a, size_t size, ota_err *err)
{
	return vcdiff_part_bytes(a->out + a->made, &a->part[VCDIFF_DATA], size, err);
}

static ota_status repeat(struct apply *a, size_t size, ota_err *err)
{
	ota_status st;
	uint8_t byte;

	st = vcdiff_part_byte(&byte, &a->part[VCDIFF_DATA], err);
	if (!st)
		memset(a->out + a->made, byte, size);
	return st;
}

static ota_status address(uint64_t *out, struct apply *a, unsigned mode, ota_err *err)
{
	struct vcdiff_part *p = &a->part[VCDIFF_ADDR];
	uint64_t here = a->w.source_len + a->made, v = 0;
	bool fits = true;
	ota_status st;
	uint8_t byte;

	if (mode >= VCDIFF_MODE_SAME) {
		st = vcdiff_part_byte(&byte, p, err);
		if (st)
			return st;
		v = a->cache.same[(mode - VCDIFF_MODE_SAME) * 256 + byte];
	} else {
		st = vcdiff_part_number(&v, p, err);
		if (st)
			return st;
		if (mode == VCDIFF_HERE)
			v = here - v; /* wraps when it is too large: then it is not below here */
		else if (mode != VCDIFF_SELF)
			fits = add_u64(&v, v, a->cache.near[mode - VCDIFF_MODE_NEAR]);
	}
	if (!fits || v >= here)
		return bad(a, "copies from what is not made yet", err);
	vcdiff_cache_put(&a->cache, v);
	*out = v;
	return OTA_OK;
}

/* From what this window has made; what is copied may be what it makes. */
static void copy_new(struct apply *a, size_t from, size_t size)
{
	uint8_t *to = a->out + a->made;
	const uint8_t *p = a->out + from;

	if (from + size <= a->made) {
		memcpy(to, p, size);
		return;
	}
	for (size_t i = 0; i < size; i++)
		to[i] = p[i];
}

static ota_status copy(struct apply *a, unsigned mode, size_t size, ota_err *err)
{
	uint64_t from = 0;
	ota_status st;

	st = address(&from, a, mode, err);
	if (st)
		return st;
	if (from >= a->w.source_len) {
		copy_new(a, size_of_u64(from - a->w.source_len), size);
		return OTA_OK;
	}
	if (size > a->w.source_len - from)
		return bad(a, "copies across the border between old and new", err);
	return ota_source_pread(a->old_, a->out + a->made, size, a->w.source_pos + from, err);
}

static ota_status one(struct apply *a, const struct vcdiff_inst *inst, ota_err *err)
{
	uint64_t size = inst->size;
	ota_status st = OTA_OK;

	if (inst->type == VCDIFF_NOOP)
		return OTA_OK;
	if (size == 0)
		st = vcdiff_part_number(&size, &a->part[VCDIFF_INST], err);
	if (st)
		return st;
	if (size > a->w.len - a->made)
		return bad(a, "goes beyond its window", err);
	/* A tiny section can unpack to endless empty ones. */
	if (size == 0 && a->idle++ > a->sum.new_size)
		return bad(a, "is one of too many empty ones", err);
	if (inst->type == VCDIFF_ADD)
		st = add(a, size_of_u64(size), err);
	else if (inst->type == VCDIFF_RUN)
		st = repeat(a, size_of_u64(size), err);
	else
		st = copy(a, inst->mode, size_of_u64(size), err);
	a->made += size;
	return st;
}

static ota_status open_part(struct apply *a, unsigned i, ota_err *err)
{
	struct vcdiff_part *p = &a->part[i];
	uint64_t size = 0;
	ota_status st;

	vcdiff_part_open(p, a->patch, a->w.part[i], a->w.part[i + 1]);
	if ((a->w.packed & 1U << i) == 0)
		return OTA_OK;
	st = vcdiff_part_number(&size, p, err);
	if (!st && a->lzma[i] == NULL)
		st = lzma_in_new(&a->lzma[i], a->ctx, a->sum.lzma_ram[i], err);
	if (!st)
		vcdiff_part_unpack(p, a->lzma[i], size);
	return st;
}

static ota_status finish_window(struct apply *a, ota_err *err)
{
	ota_status st = OTA_OK;

	for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++)
		st = vcdiff_part_end(&a->part[i], err);
	if (st)
		return st;
	if ((a->w.flags & VCDIFF_ADLER32) != 0 &&
		vcdiff_adler(VCDIFF_ADLER_START, a->out, size_of_u64(a->w.len)) != a->w.adler)
		return ota_fail(err, OTA_E_PATCH,
			"the checksum is wrong: the patch is damaged or was made from another "
			"image");
	st = ota_sink_write(a->new_, a->out, size_of_u64(a->w.len), err);
	a->done += a->w.len;
	ctx_progress(a->ctx, "patch", a->done, a->sum.new_size);
	return st;
}

static ota_status window(struct apply *a, ota_err *err)
{
	struct vcdiff_inst two[2];
	ota_status st = OTA_OK;
	uint8_t code;

	a->made = 0;
	a->cache = (struct vcdiff_cache){.next = 0};
	for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++)
		st = open_part(a, i, err);
	while (!st && a->made < a->w.len) {
		st = ctx_poll(a->ctx, err);
		if (!st)
			st = vcdiff_part_byte(&code, &a->part[VCDIFF_INST], err);
		if (st)
			break;
		vcdiff_code(two, code);
		st = one(a, &two[0], err);
		if (!st)
			st = one(a, &two[1], err);
	}
	return st ? st : finish_window(a, err);
}

static ota_status run(struct apply *a, ota_err *err)
{
	uint64_t pos = a->head.body;
	ota_status st = OTA_OK;

	while (!st && pos < a->head.patch_size) {
		st = vcdiff_read_window(&a->w, &a->reader, a->patch, &a->head, pos, err);
		if (!st)
			st = window(a, err);
		pos = a->w.part[VCDIFF_SECTIONS];
	}
	return st;
}

static bool looks_like(const uint8_t *head, size_t len)
{
	return len >= 4 && memcmp(head, VCDIFF_MAGIC, 4) == 0;
}

static ota_status probe(ota_patch_info *out, ota_source *patch, ota_err *err)
{
	struct vcdiff_part p;
	struct vcdiff_head h;
	struct vcdiff_sum sum;
	ota_status st;

	st = vcdiff_read_head(&h, &p, patch, err);
	if (!st)
		st = vcdiff_survey(&sum, &p, patch, &h, err);
	if (st)
		return st;
	out->codec = vcdiff_patch.name;
	out->patch_size = h.patch_size;
	out->new_size = sum.new_size;
	out->holds_old = false;
	out->ram = sum.window_max + BESIDE;
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		out->ram += sum.lzma_ram[i];
	return OTA_OK;
}

static ota_status parts(
	const ota_ctx *ctx, ota_source *patch, ota_patch_part_fn *part, void *arg, ota_err *err)
{
	static const char *const names[VCDIFF_SECTIONS] = {[VCDIFF_DATA] = "data",
		[VCDIFF_INST] = "instructions",
		[VCDIFF_ADDR] = "addresses"};
	ota_patch_part head = {.size = sizeof(head), .what = "heads", .off = OTA_NO_OFF};
	uint64_t len[VCDIFF_SECTIONS] = {0};
	struct vcdiff_window w = {.len = 0};
	struct vcdiff_part p;
	struct vcdiff_head h;
	ota_status st = vcdiff_read_head(&h, &p, patch, err);

	(void)ctx;
	head.len = st ? 0 : h.patch_size;
	for (uint64_t at = st ? 0 : h.body; !st && at < h.patch_size;
		at = w.part[VCDIFF_SECTIONS]) {
		st = vcdiff_read_window(&w, &p, patch, &h, at, err);
		for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++) {
			len[i] += w.part[i + 1] - w.part[i];
			head.len -= w.part[i + 1] - w.part[i];
		}
	}
	if (!st)
		st = part(arg, &head, err);
	for (unsigned i = 0; !st && i < VCDIFF_SECTIONS; i++)
		st = part(arg,
			&(ota_patch_part){.size = sizeof(ota_patch_part),
				.what = names[i],
				.off = OTA_NO_OFF,
				.len = len[i]},
			err);
	return st;
}

static ota_status check(struct apply *a, uint64_t max_output, ota_err *err)
{
	uint64_t old_len;
	ota_status st;

	st = vcdiff_read_head(&a->head, &a->reader, a->patch, err);
	if (!st)
		st = vcdiff_survey(&a->sum, &a->reader, a->patch, &a->head, err);
	if (!st)
		st = ota_source_length(a->old_, &old_len, err);
	if (st)
		return st;
	if (a->sum.new_size > max_output)
		return ota_fail(err, OTA_E_LIMIT, "the patch promises %llu bytes, more than %llu",
			(unsigned long long)a->sum.new_size, (unsigned long long)max_output);
	if (a->sum.source_end > old_len)
		return ota_fail(err, OTA_E_SOURCE,
			"the patch reads the old image up to byte %llu, this one has %llu",
			(unsigned long long)a->sum.source_end, (unsigned long long)old_len);
	return OTA_OK;
}

static ota_status apply(ota_sink *new_, const ota_ctx *ctx, ota_source *old_, ota_source *patch,
	uint64_t max_output, ota_err *err)
{
	struct apply *a = NULL;
	ota_status st;

	st = MEM_NEW(&a, ctx, err);
	if (st)
		return st;
	a->ctx = ctx;
	a->new_ = new_;
	a->old_ = old_;
	a->patch = patch;
	st = check(a, max_output, err);
	if (!st)
		st = mem_new_bytes(&a->out, ctx, size_of_u64(a->sum.window_max) + 1, err);
	if (!st)
		st = run(a, err);
	for (unsigned i = 0; i < VCDIFF_SECTIONS; i++)
		lzma_in_free(a->lzma[i]);
	mem_free(ctx, a->out);
	mem_free(ctx, a);
	return st;
}

const struct patch_format vcdiff_patch = {
	.name = "vcdiff", .is = looks_like, .probe = probe, .parts = parts, .apply = apply};
