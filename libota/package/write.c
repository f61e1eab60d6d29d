/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/sink.h>
#include <patch/patch.h>

#include <package/choose.h>
#include <package/match.h>
#include <package/pkg.h>
#include <package/pump.h>
#include <package/write.h>

#define DONE_BLOCK 4096U

/* What the target has already is made again as far as its piece goes, and not written again. */
static ota_status give(struct write_job *j, const uint8_t *p, size_t len, bool zero, ota_err *err)
{
	size_t drop = size_of_u64(min_u64(j->drop, len));
	ota_status st;

	j->drop -= drop;
	if (drop == len)
		return OTA_OK;
	st = target_add(&j->target, p + drop, len - drop, err);
	if (!st && zero)
		st = ota_sink_zeros(j->dst, len - drop, err);
	else if (!st)
		st = ota_sink_write(j->dst, p + drop, len - drop, err);
	return st;
}

/* How many pieces of len bytes are there whole; what is there of the next one is dropped. */
static uint64_t pieces_done(struct write_job *j, uint64_t len)
{
	uint64_t n = j->have / len;

	j->drop = j->have - n * len;
	return n;
}

static ota_status write_full(struct write_job *j, ota_err *err)
{
	struct pump_gap gap = {0, pieces_done(j, j->pkg->m->sections[j->p->section].chunk_size)};
	struct pump *pump = NULL;
	struct pump_chunk chunk;
	bool end = false;
	ota_status st = pump_new_with(&pump, j->pkg, u32_of_u64(j->p->section), &gap, err);

	while (!st && !end) {
		st = pump_next(pump, &chunk, &end, err);
		if (st || end)
			break;
		st = give(j, chunk.raw, chunk.raw_len, chunk.zero, err);
		ctx_progress(j->pkg->ctx, "write", j->target.bytes, j->c->target.size);
	}
	pump_free(pump);
	return st;
}

static ota_status tap(void *arg, const void *p, size_t len, ota_err *err)
{
	struct write_job *j = arg;
	ota_status st = ctx_poll(j->pkg->ctx, err);

	return st ? st : give(j, p, len, false, err);
}

/* What the patch says of itself must be what the manifest says of it. */
static ota_status check_patch(
	const struct write_job *j, const ota_patch_info *info, size_t len, ota_err *err)
{
	uint64_t held = 2 * section_chunk_max(&j->pkg->m->sections[j->p->section]);
	bool cut = j->p->window > 0;
	uint64_t ram = held + (cut ? info->piece_ram : patch_ram(info, j->p->source->size));

	if (info->new_size != j->c->target.size)
		return ota_fail(err, OTA_E_PATCH, "the patch makes %llu bytes; the image has %llu",
			(unsigned long long)info->new_size, (unsigned long long)j->c->target.size);
	if (cut && (info->window != j->p->window || info->head_size != len))
		return ota_fail(err, OTA_E_PATCH, "the patch is not cut as its payload says");
	if (ram > j->p->ram)
		return ota_fail(err, OTA_E_RESOURCES,
			"the patch takes %llu bytes of memory; its payload promises %llu",
			(unsigned long long)ram, (unsigned long long)j->p->ram);
	return OTA_OK;
}

struct delta {
	const struct patch_format *format;
	struct pump *pump;
	ota_source *old;
	ota_sink *out;
};

static ota_status apply_pieces(
	struct write_job *j, const struct delta *d, struct pump_chunk *chunk, ota_err *err)
{
	uint32_t index = u32_of_u64(j->have / j->p->window);
	struct patch_run *run = NULL;
	bool end = false;
	ota_status st;

	st = d->format->begin(&run, j->patch_ctx, d->out, d->old, chunk->raw, chunk->raw_len, err);
	while (!st && !end) {
		st = pump_next(d->pump, chunk, &end, err);
		if (!st && !end)
			st = d->format->piece(run, index++, chunk->raw, chunk->raw_len, err);
	}
	d->format->end(run);
	return st;
}

static ota_status apply(
	struct write_job *j, const struct delta *d, struct pump_chunk *chunk, ota_err *err)
{
	ota_patch_info info = {.size = sizeof(info)};
	ota_source *patch = NULL;
	ota_status st;

	st = ota_source_memory(&patch, j->patch_ctx, chunk->raw, chunk->raw_len, err);
	if (!st)
		st = d->format->probe(&info, patch, err);
	if (!st)
		st = check_patch(j, &info, chunk->raw_len, err);
	if (!st && j->p->window == 0)
		st = d->format->apply(d->out, j->patch_ctx, d->old, patch, j->c->target.size, err);
	ota_source_close(patch);
	if (!st && j->p->window > 0)
		st = apply_pieces(j, d, chunk, err);
	return st;
}

/* The first chunk is the head of a patch that is cut, or a whole one. */
static ota_status write_delta(struct write_job *j, ota_err *err)
{
	struct delta d = {.format = patch_by_name(payload_codec(j->p))};
	struct pump_gap gap = {1, 0};
	struct pump_chunk chunk;
	bool end = false;
	ota_status st;

	j->drop = j->have;
	if (j->p->window > 0)
		gap.n = pieces_done(j, j->p->window);
	st = pump_new_with(&d.pump, j->pkg, u32_of_u64(j->p->section), &gap, err);
	if (!st)
		st = ota_source_slice(&d.old, j->patch_ctx, j->old, 0, j->p->source->size, err);
	if (!st)
		st = sink_tap(&d.out, j->patch_ctx, NULL, tap, j, err);
	if (!st)
		st = pump_next(d.pump, &chunk, &end, err);
	if (!st && !end)
		st = apply(j, &d, &chunk, err);
	ota_sink_close(d.out);
	ota_source_close(d.old);
	pump_free(d.pump);
	return st;
}

/* The start of the image that the target has already: it counts for what it hashes to. */
static ota_status count_done(struct write_job *j, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	uint8_t block[DONE_BLOCK];
	uint64_t at = 0;
	ota_status st = OTA_OK;

	while (!st && at < j->have) {
		size_t n = size_of_u64(min_u64(sizeof(block), j->have - at));

		st = ota_source_pread(j->done, block, n, at, &why);
		if (!st)
			st = target_add(&j->target, block, n, &why);
		if (!st)
			st = ctx_poll(j->pkg->ctx, &why);
		at += n;
	}
	if (st == OTA_IO)
		return ota_fail(err, OTA_E_HASH_TARGET,
			"component %s: what was written of it cannot be read: %s", j->c->name,
			why.msg);
	if (st && err != NULL)
		*err = why;
	return st;
}

/* A wrong result of the right patch: did the source change under our feet? */
static ota_status check_result(struct write_job *j, ota_err *err)
{
	ota_status st = target_check(&j->target, err);
	bool same = true;

	if (!st || j->p->kind != PAYLOAD_DELTA)
		return st;
	if (source_is(&same, j->pkg, j->old, j->p->source, NULL) == OTA_OK && !same)
		return ota_fail(err, OTA_E_SOURCE_CHANGED,
			"component %s: the source image changed while it was read", j->c->name);
	return st;
}

ota_status payload_write(struct write_job *j, ota_err *err)
{
	ota_status st = target_start(&j->target, j->pkg, j->c, err);

	if (!st)
		st = count_done(j, err);
	if (!st)
		st = j->p->kind == PAYLOAD_FULL ? write_full(j, err) : write_delta(j, err);
	if (!st)
		st = check_result(j, err);
	target_fini(&j->target);
	return st;
}

static uint64_t absent(const ota_pkg *pkg, const struct manifest_component *c)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind != PAYLOAD_PRESENT &&
			pkg->infos[c->payloads[i].section].absent)
			bits |= UINT64_C(1) << i;
	return bits;
}

static ota_status choose(
	struct write_job *j, const ota_write_options *opt, ota_report *rep, ota_err *err)
{
	struct choose_input in = {.c = j->c, .have_source = j->old != NULL};
	uint32_t index = 0;
	ota_status st = OTA_OK;

	if (j->old != NULL)
		st = match_sources(&in.matches, j->pkg, j->c, j->old, err);
	if (st)
		return st;
	in.absent = absent(j->pkg, j->c);
	in.ram_fixed = package_ram(j->pkg->m, j->pkg->head.h.manifest_len, 0);
	in.delta_only = opt != NULL && opt->delta_only;
	in.ram_max = opt != NULL ? opt->ram_max : 0;
	st = choose_payload(&index, &in, rep, err);
	if (!st)
		j->p = &j->c->payloads[index];
	return st;
}

ota_status ota_pkg_write(ota_sink *dst, ota_pkg *pkg, const char *component, ota_source *old,
	const ota_write_options *opt, ota_write_result *res, ota_report *rep, ota_err *err)
{
	struct write_job j = {.pkg = pkg, .patch_ctx = pkg->ctx, .dst = dst, .old = old};
	ota_status st = OTA_UNTRUSTED;

	j.c = manifest_component(pkg->m, component);
	if (j.c == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "the package has no component %s", component);
	if (j.c->variant_count > 0)
		return ota_fail(err, OTA_E_VARIANT,
			"component %s has %u variants: the facts of a device choose one", component,
			j.c->variant_count);
	if (opt != NULL && opt->have > 0) {
		j.have = min_u64(opt->have, j.c->target.size);
		j.done = opt->done;
	}
	st = tables_load(pkg, err);
	if (!st)
		st = choose(&j, opt, rep, err);
	if (!st)
		st = payload_write(&j, err);
	if (st || res == NULL)
		return st;
	res->payload = u32_of_u64((uint64_t)(j.p - j.c->payloads));
	res->delta = j.p->kind == PAYLOAD_DELTA;
	res->bytes = j.target.bytes - j.have;
	return OTA_OK;
}
