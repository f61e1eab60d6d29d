/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/sink.h>
#include <crypto/hash.h>
#include <patch/patch.h>

#include <package/choose.h>
#include <package/pkg.h>
#include <package/pump.h>
#include <package/target.h>

struct job {
	ota_pkg *pkg;
	ota_sink *dst;
	ota_source *old;
	const struct manifest_component *c;
	const struct manifest_payload *p;
	struct target target;
};

static ota_status source_is(
	bool *yes, ota_pkg *pkg, ota_source *old, const struct manifest_source *want, ota_err *err)
{
	char hex[2 * DIGEST_MAX + 1];
	struct digest d;
	uint64_t len = 0;
	ota_status st = ota_source_length(old, &len, err);

	*yes = false;
	/* A slot is larger than the image it holds: the image is what it begins with. */
	if (st || len < want->size)
		return st;
	st = hash_range(&d, pkg->ctx, pkg->head.h.hash_alg, old, 0, want->size, err);
	if (st)
		return st;
	digest_hex(hex, &d);
	*yes = strcmp(hex, want->hash) == 0;
	return OTA_OK;
}

/* The index of an earlier payload from the very same source, or i. */
static size_t same_source(const struct manifest_component *c, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		const struct manifest_source *a = c->payloads[k].source;
		const struct manifest_source *b = c->payloads[i].source;

		if (c->payloads[k].kind == PAYLOAD_DELTA && a->size == b->size &&
			strcmp(a->hash, b->hash) == 0)
			return k;
	}
	return i;
}

static ota_status match_sources(uint64_t *matches, ota_pkg *pkg, const struct manifest_component *c,
	ota_source *old, ota_err *err)
{
	ota_status st = OTA_OK;

	*matches = 0;
	for (size_t i = 0; !st && old != NULL && i < c->payload_count; i++) {
		size_t k;
		bool yes = false;

		if (c->payloads[i].kind != PAYLOAD_DELTA)
			continue;
		k = same_source(c, i);
		if (k < i)
			yes = (*matches >> k & 1U) != 0;
		else
			st = source_is(&yes, pkg, old, c->payloads[i].source, err);
		if (yes)
			*matches |= UINT64_C(1) << i;
	}
	return st;
}

static ota_status write_full(struct job *j, ota_err *err)
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
	return target_add(arg, p, len, err);
}

static ota_status apply(struct job *j, const struct pump_chunk *chunk, ota_err *err)
{
	const struct patch_format *format = patch_by_name(j->p->codec);
	ota_patch_info info = {.size = sizeof(info)};
	uint64_t held = 2 * section_chunk_max(&j->pkg->m->sections[j->p->section]);
	const ota_ctx *ctx = j->pkg->ctx;
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
		st = sink_tap(&out, ctx, j->dst, tap, &j->target, err);
	if (!st)
		st = format->apply(out, ctx, old, patch, j->c->target.size, err);
out:
	ota_sink_close(out);
	ota_source_close(old);
	ota_source_close(patch);
	return st;
}

static ota_status write_delta(struct job *j, ota_err *err)
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
static ota_status check_result(struct job *j, ota_err *err)
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

static ota_status choose(struct job *j, const ota_write_options *opt, ota_report *rep, ota_err *err)
{
	struct choose_input in = {.c = j->c, .have_source = j->old != NULL};
	uint32_t index = 0;
	ota_status st = match_sources(&in.matches, j->pkg, j->c, j->old, err);

	if (st)
		return st;
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
	struct job j = {.pkg = pkg, .dst = dst, .old = old};
	ota_status st = OTA_UNTRUSTED;

	j.c = manifest_component(pkg->m, component);
	if (j.c == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "the package has no component %s", component);
	st = tables_load(pkg, err);
	if (!st)
		st = choose(&j, opt, rep, err);
	if (!st)
		st = target_start(&j.target, pkg, j.c, err);
	if (st)
		goto out;
	st = j.p->kind == PAYLOAD_FULL ? write_full(&j, err) : write_delta(&j, err);
	if (!st)
		st = check_result(&j, err);
	if (st)
		goto out;
	if (res != NULL) {
		res->payload = u32_of_u64((uint64_t)(j.p - j.c->payloads));
		res->delta = j.p->kind == PAYLOAD_DELTA;
		res->bytes = j.target.bytes;
	}
out:
	target_fini(&j.target);
	return st;
}
