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

static ota_status write_full(struct write_job *j, ota_err *err)
{
	struct pump *pump = NULL;
	struct pump_chunk chunk;
	bool end = false;
	ota_status st = pump_new(&pump, j->pkg, u32_of_u64(j->p->section), true, err);

	while (!st && !end) {
		st = pump_next(pump, &chunk, &end, err);
		if (st || end)
			break;
		st = target_add(&j->target, chunk.raw, chunk.raw_len, err);
		if (!st && chunk.zero)
			st = ota_sink_zeros(j->dst, chunk.raw_len, err);
		else if (!st)
			st = ota_sink_write(j->dst, chunk.raw, chunk.raw_len, err);
		ctx_progress(j->pkg->ctx, "write", j->target.bytes, j->c->target.size);
	}
	pump_free(pump);
	return st;
}

static ota_status tap(void *arg, const void *p, size_t len, ota_err *err)
{
	struct write_job *j = arg;
	ota_status st = ctx_poll(j->pkg->ctx, err);

	return st ? st : target_add(&j->target, p, len, err);
}

static ota_status apply(struct write_job *j, const struct pump_chunk *chunk, ota_err *err)
{
	const struct patch_format *format = patch_by_name(j->p->codec);
	ota_patch_info info = {.size = sizeof(info)};
	uint64_t held = 2 * section_chunk_max(&j->pkg->m->sections[j->p->section]);
	const ota_ctx *ctx = j->patch_ctx;
	ota_source *patch = NULL;
	ota_source *old = NULL;
	ota_sink *out = NULL;
	ota_status st;

	st = ota_source_memory(&patch, ctx, chunk->raw, chunk->raw_len, err);
	if (!st)
		st = format->probe(&info, patch, err);
	if (st)
		goto out;
	if (info.new_size != j->c->target.size) {
		st = ota_fail(err, OTA_E_PATCH, "the patch makes %llu bytes; the image has %llu",
			(unsigned long long)info.new_size, (unsigned long long)j->c->target.size);
		goto out;
	}
	if (held + info.ram > j->p->ram) {
		st = ota_fail(err, OTA_E_RESOURCES,
			"the patch takes %llu bytes of memory; its payload promises %llu",
			(unsigned long long)(held + info.ram), (unsigned long long)j->p->ram);
		goto out;
	}
	st = ota_source_slice(&old, ctx, j->old, 0, j->p->source->size, err);
	if (!st)
		st = sink_tap(&out, ctx, j->dst, tap, j, err);
	if (!st)
		st = format->apply(out, ctx, old, patch, j->c->target.size, err);
out:
	ota_sink_close(out);
	ota_source_close(old);
	ota_source_close(patch);
	return st;
}

static ota_status write_delta(struct write_job *j, ota_err *err)
{
	struct pump *pump = NULL;
	struct pump_chunk chunk;
	bool end = false;
	ota_status st = pump_new(&pump, j->pkg, u32_of_u64(j->p->section), true, err);

	if (!st)
		st = pump_next(pump, &chunk, &end, err);
	if (!st && !end)
		st = apply(j, &chunk, err);
	pump_free(pump);
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
	st = tables_load(pkg, err);
	if (!st)
		st = choose(&j, opt, rep, err);
	if (!st)
		st = payload_write(&j, err);
	if (st || res == NULL)
		return st;
	res->payload = u32_of_u64((uint64_t)(j.p - j.c->payloads));
	res->delta = j.p->kind == PAYLOAD_DELTA;
	res->bytes = j.target.bytes;
	return OTA_OK;
}
