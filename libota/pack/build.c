/* SPDX-License-Identifier: MIT */
#include <pack/build.h>

#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <crypto/hash.h>
#include <diff/auto.h>
#include <model/devfile.h>
#include <model/geometry.h>
#include <pack/costs.h>
#include <pack/delta.h>
#include <package/table.h>

#define STD_RAM    ((uint64_t)8 << 20U) /* below it the profile std takes too much */
#define WINDOW_MAX ((uint64_t)8 << 20U)
#define WINDOW_MIN ((uint64_t)64 << 10U)
/* Of a device's memory, what a package of a few components takes beside a delta. */
#define PACKAGE_ROOM ((uint64_t)256 << 10U)

typedef unsigned long long ull;

static size_t piece_max(const ota_manifest *m)
{
	size_t n = m->attachment_count;

	for (size_t i = 0; i < m->component_count; i++)
		n += m->components[i].payload_count;
	return n;
}

static void list_pieces(struct build *b, const ota_manifest *m)
{
	struct piece *p = b->pieces;

	for (size_t i = 0; i < m->component_count; i++)
		for (size_t k = 0; k < m->components[i].payload_count; k++) {
			if (m->components[i].payloads[k].kind == PAYLOAD_PRESENT)
				continue;
			p->component = i;
			p->payload = k;
			p->delta = m->components[i].payloads[k].kind == PAYLOAD_DELTA;
			p++;
		}
	for (size_t i = 0; i < m->attachment_count; i++) {
		if (m->attachments[i].file == NULL)
			continue;
		p->is_attachment = true;
		p->attachment = i;
		p++;
	}
	b->piece_count = (size_t)(p - b->pieces);
	for (size_t i = 0; i < b->piece_count; i++)
		buf_init(&b->pieces[i].s.table, b->ctx);
}

static ota_status build_init(struct build *b, ota_plan *plan, ota_err *err)
{
	const ota_manifest *m = plan->m;
	size_t n = piece_max(m);

	b->alg = manifest_hash_alg(m);
	b->pieces = arena_array(&b->arena, n, sizeof(b->pieces[0]));
	b->targets = arena_array(&b->arena, m->component_count, sizeof(b->targets[0]));
	if (b->pieces == NULL || b->targets == NULL)
		return ota_fail_nomem(err);
	list_pieces(b, m);
	return ota_spool_new(&b->spool, b->ctx, plan->tmpdir, err);
}

static void build_fini(struct build *b)
{
	for (size_t i = 0; b->pieces != NULL && i < b->piece_count; i++)
		buf_fini(&b->pieces[i].s.table);
	buf_fini(&b->tables);
	buf_fini(&b->head);
	ota_spool_free(b->spool);
	arena_fini(&b->arena);
}

static void spooled(struct build *b, struct piece *p)
{
	p->off = b->spool_len;
	b->spool_len += p->s.stored_size;
}

static uint64_t device_ram(const struct build *b)
{
	return b->plan->device != NULL ? geometry_ram(b->plan->device) : 0;
}

/*
 * Every full payload of a component is cut from the same bytes, or the input
 * changed. What is stored as it is need not be spooled: emit reads it again.
 */
static ota_status make_full(struct build *b, struct piece *p, ota_err *err)
{
	const struct manifest_component *c = &b->plan->m->components[p->component];
	const struct plan_input *image = &b->plan->components[p->component].image;
	struct digest *target = &b->targets[p->component];
	enum codec_id codec = c->payloads[p->payload].compression;
	ota_status st;

	p->plain = codec == CODEC_NONE;
	p->s.chunk_size = section_chunk_size(image->size, codec, device_ram(b));
	st = section_image(&p->s, b->ctx, p->plain ? NULL : ota_spool_sink(b->spool), image->src,
		image->size, codec, b->alg, err);
	if (st)
		return ota_err_in(err, st, "%s", image->name);
	if (!p->plain)
		spooled(b, p);
	if (target->len == 0)
		*target = p->s.raw;
	else if (!digest_equal(target, &p->s.raw))
		return ota_fail(err, OTA_E_CHANGED, "%s changed while it was read", image->name);
	return OTA_OK;
}

/* What a device reads is stored as it is: reading a script takes no decoder. */
static ota_status make_attachment(struct build *b, struct piece *p, ota_err *err)
{
	const struct plan_input *in = &b->plan->attachments[p->attachment];
	bool plain = attachment_for_device(&b->plan->m->attachments[p->attachment]);
	enum codec_id codec = plain ? CODEC_NONE : CODEC_XZ;
	ota_status st;

	p->s.chunk_size = section_chunk_size(in->size, codec, device_ram(b));
	st = section_attachment(
		&p->s, b->ctx, ota_spool_sink(b->spool), in->src, in->size, codec, b->alg, err);
	if (st)
		return ota_err_in(err, st, "%s", in->name);
	spooled(b, p);
	return OTA_OK;
}

static ota_status hash_image(struct build *b, size_t component, ota_err *err)
{
	const struct plan_input *image = &b->plan->components[component].image;

	if (b->targets[component].len > 0)
		return OTA_OK;
	return hash_range(&b->targets[component], b->ctx, b->alg, image->src, 0, image->size, err);
}

static bool is_full(const struct piece *p)
{
	return !p->delta && !p->is_attachment;
}

static uint64_t smallest_full(const struct build *b, size_t component)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < b->piece_count; i++)
		if (is_full(&b->pieces[i]) && b->pieces[i].component == component &&
			b->pieces[i].s.stored_size < least)
			least = b->pieces[i].s.stored_size;
	return least;
}

static void drop(struct build *b, struct piece *p, const struct made_delta *d, ota_id why,
	const char *what, uint64_t limit)
{
	char text[160];

	p->dropped = true;
	p->s.stored_size = d->size;
	snprintf(text, sizeof(text), "dropped: the delta has %llu bytes, %s %llu", (ull)d->size,
		what, (ull)limit);
	lint(b->plan, b->rep, OTA_WARN, why, &b->plan->components[p->component].from[p->payload],
		text);
}

static ota_status keep_or_drop(
	struct build *b, struct piece *p, const struct made_delta *d, ota_err *err)
{
	uint64_t full = smallest_full(b, p->component);
	ota_status st;

	p->patcher = d->ram;
	p->read = d->read;
	p->codec = strcmp(d->codec, CODEC_DEFAULT) == 0 ? NULL : d->codec;
	if (d->size >= full)
		drop(b, p, d, OTA_E_DELTA_LARGER, "the full image", full);
	else if (d->piece_max > CHUNK_SIZE_MAX || d->pieces > CHUNKS_MAX)
		drop(b, p, d, OTA_E_LIMIT, "a chunk of it at most", CHUNK_SIZE_MAX);
	if (p->dropped)
		return OTA_OK;
	p->window = d->window;
	if (d->window == 0)
		lint(b->plan, b->rep, OTA_WARN, OTA_E_NONE,
			&b->plan->components[p->component].from[p->payload],
			"not resumable: its codec makes one piece, so a cut begins it anew");
	st = section_patch(&p->s, b->ctx, ota_spool_sink(b->spool), d, b->alg, err);
	if (!st)
		spooled(b, p);
	return st;
}

static void note_delta(struct build *b, const struct plan_input *from, const struct made_delta *d)
{
	struct lint_run run = {b->plan, b->rep, 0};

	b->plan->deltas_cached += d->cached;
	b->plan->deltas_made += !d->cached;
	if (d->trouble.id != OTA_E_NONE)
		lint_at(&run, OTA_WARN, d->trouble.id, from->at, from->name,
			"the cache of deltas: %s", d->trouble.msg);
}

/*
 * For a device with little memory, of what the manifest does not say: the smallest profile,
 * and windows whose segments, held twice, leave most of it to the applier.
 */
static void fit_device(const struct build *b, struct delta_job *job)
{
	bool otad = strcmp(job->codec, CODEC_DEFAULT) == 0;
	bool any = strcmp(job->codec, CODEC_AUTO) == 0;
	uint64_t ram = device_ram(b);

	if (ram == 0)
		return;
	if (any)
		job->ram = ram > PACKAGE_ROOM ? ram - PACKAGE_ROOM : ram;
	if (otad && job->profile == NULL && ram < STD_RAM)
		job->profile = "tiny";
	if (job->window > 0 || !(otad || any))
		return;
	job->window = WINDOW_MAX;
	while (job->window > WINDOW_MIN && 4 * job->window > ram)
		job->window /= 2;
}

static ota_status make_delta(struct build *b, struct piece *p, ota_err *err)
{
	const struct plan_component *pc = &b->plan->components[p->component];
	const struct plan_input *from = &pc->from[p->payload];
	const struct manifest_payload *payload =
		&b->plan->m->components[p->component].payloads[p->payload];
	struct made_delta d = {.ctx = b->ctx};
	struct digest now;
	struct delta_job job = {.ctx = b->ctx,
		.from = from->src,
		.image = pc->image.src,
		.codec = payload_codec(payload),
		.profile = payload->profile,
		.window = payload->window,
		.tmpdir = b->plan->tmpdir,
		.image_size = pc->image.size,
		.memory = b->plan->memory,
		.cache = b->plan->cache,
		.source = &p->source,
		.target = b->targets[p->component]};
	ota_status st;

	fit_device(b, &job);
	st = hash_range(&p->source, b->ctx, b->alg, from->src, 0, from->size, err);
	if (!st)
		st = delta_make(&d, &job, err);
	if (!st)
		note_delta(b, from, &d);
	/* What was proved must be what is named. */
	if (!st)
		st = hash_range(&now, b->ctx, b->alg, from->src, 0, from->size, err);
	if (!st && !digest_equal(&now, &p->source))
		st = ota_fail(err, OTA_E_CHANGED, "it changed while it was read");
	if (!st)
		st = keep_or_drop(b, p, &d, err);
	delta_fini(&d);
	return st ? ota_err_in(err, st, "delta from %s", from->name) : OTA_OK;
}

/* Full images first: they give the target's hash and the size that a delta must beat. */
static ota_status make_pieces(struct build *b, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < b->piece_count; i++)
		if (is_full(&b->pieces[i]))
			st = make_full(b, &b->pieces[i], err);
	for (size_t i = 0; !st && i < b->plan->m->component_count; i++)
		st = hash_image(b, i, err);
	for (size_t i = 0; !st && i < b->piece_count; i++)
		if (b->pieces[i].delta)
			st = make_delta(b, &b->pieces[i], err);
	for (size_t i = 0; !st && i < b->piece_count; i++)
		if (b->pieces[i].is_attachment)
			st = make_attachment(b, &b->pieces[i], err);
	return st;
}

static const char *codec_of(const struct piece *p)
{
	return p->codec != NULL ? p->codec : CODEC_DEFAULT;
}

static void note_costs(const struct build *b)
{
	ota_plan *plan = b->plan;

	for (size_t i = 0; i < b->piece_count && !b->pieces[i].is_attachment; i++) {
		const struct piece *p = &b->pieces[i];
		const struct manifest_component *c = &plan->m->components[p->component];
		const struct manifest_payload *payload = &c->payloads[p->payload];

		plan->costs[i] = (ota_payload_cost){.size = sizeof(plan->costs[i]),
			.component = c->name,
			.kind = p->delta ? "delta" : "full",
			.codec = p->delta ? codec_of(p) : codec_by_id(payload->compression)->name,
			.stored = p->s.stored_size,
			.image = plan->components[p->component].image.size,
			.ram = p->ram,
			.dropped = p->dropped};
		plan->cost_count = i + 1;
	}
}

ota_status ota_pack(ota_sink *dst, ota_plan *plan, uint8_t *digest, size_t *digest_len_,
	ota_report *rep, ota_err *err)
{
	struct build b = {.ctx = plan->ctx, .plan = plan, .rep = rep};
	struct digest d = {.len = 0};
	ota_status st;

	arena_init(&b.arena, b.ctx);
	buf_init(&b.tables, b.ctx);
	buf_init(&b.head, b.ctx);
	st = build_init(&b, plan, err);
	if (!st)
		st = make_pieces(&b, err);
	if (!st)
		st = plan->device != NULL ? assemble_within(&b, plan->device, err)
					  : assemble(&b, err);
	if (!st)
		st = costs_note(&b, err);
	if (!st)
		st = hash_bytes(&d, b.ctx, b.alg, b.head.p, b.head.len, err);
	if (!st)
		st = emit(&b, dst, err);
	if (!st) {
		note_costs(&b);
		memcpy(digest, d.b, d.len);
		*digest_len_ = d.len;
	}
	build_fini(&b);
	return st;
}
