/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/sink.h>
#include <crypto/hash.h>

#include <package/pkg.h>
#include <package/pump.h>
#include <package/target.h>

struct pass {
	ota_pkg *pkg;
	ota_sink *copy; /* what is verified goes there too; NULL: nowhere */
	bool deep;
	ota_report *rep;
	uint64_t at; /* the file is verified up to here */
	uint64_t chunks, images;
};

static void note(const struct pass *v, size_t i, ota_outcome outcome, const char *text)
{
	const struct section_info *info = &v->pkg->infos[i];
	char subject[128];

	if (info->attachment != NULL)
		snprintf(subject, sizeof(subject), "attachment %s", info->attachment->name);
	else
		snprintf(subject, sizeof(subject), "component %s, payload %zu",
			info->component->name, (size_t)(info->payload - info->component->payloads));
	ota_report_add(v->rep, &(ota_finding){.size = sizeof(ota_finding),
				       .outcome = outcome,
				       .off = OTA_NO_OFF,
				       .subject = subject,
				       .text = text});
}

static ota_status pump_all(struct pass *v, struct pump *pump, struct target *target, ota_err *err)
{
	struct pump_chunk chunk;
	bool end = false;
	ota_status st = OTA_OK;

	while (!st && !end) {
		st = pump_next(pump, &chunk, &end, err);
		if (st || end)
			break;
		if (target != NULL)
			st = target_add(target, chunk.raw, chunk.raw_len, err);
		if (!st && v->copy != NULL)
			st = ota_sink_write(v->copy, chunk.stored, chunk.stored_len, err);
		v->at += chunk.stored_len;
		v->chunks++;
		ctx_progress(v->pkg->ctx, "verify", v->at, v->pkg->head.at.end);
	}
	return st;
}

static ota_status verify_section(struct pass *v, uint32_t i, ota_err *err)
{
	const struct section_info *info = &v->pkg->infos[i];
	bool decode = v->deep && !info->delta;
	bool image = decode && info->component != NULL;
	struct target target = {.h = NULL};
	struct pump *pump = NULL;
	ota_status st;

	if (info->absent) {
		note(v, i, OTA_SKIP, "it is not in this slice");
		return OTA_OK;
	}
	st = pump_new(&pump, v->pkg, i, decode, err);
	if (st)
		return st;
	v->at = info->off;
	if (image)
		st = target_start(&target, v->pkg, info->component, err);
	if (!st)
		st = pump_all(v, pump, image ? &target : NULL, err);
	if (!st && image)
		st = target_check(&target, err);
	v->images += !st && image;
	if (!st && decode)
		note(v, i, OTA_PASS,
			image ? "decodes to the image that was signed" : "decodes as a whole");
	else if (!st && v->deep)
		note(v, i, OTA_SKIP, "a delta cannot be decoded without its source image");
	target_fini(&target);
	pump_free(pump);
	return st;
}

static ota_status verify_sections(struct pass *v, ota_err *err)
{
	ota_status st = OTA_OK;

	for (uint32_t i = 0; !st && i < v->pkg->m->section_count; i++)
		st = verify_section(v, i, err);
	if (!st)
		st = input_end(&v->pkg->in, err);
	return st;
}

/* The file may end, but not within a chunk. */
static ota_status verify_prefix(struct pass *v, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = verify_sections(v, &why);

	if (st && why.id == OTA_E_TRUNCATED && why.off == v->at)
		return OTA_OK;
	if (st && why.id == OTA_E_TRUNCATED)
		st = ota_err_in(&why, st, "not at a chunk boundary, the last one is byte %llu",
			(unsigned long long)v->at);
	if (st && err != NULL)
		*err = why;
	return st;
}

/* From TABLES on: pads are zero, tables and chunks are the bytes that were hashed. */
ota_status pkg_copy_verified(ota_sink *dst, ota_pkg *pkg, ota_err *err)
{
	const ota_header *h = &pkg->head.h;
	struct pass v = {.pkg = pkg, .copy = dst};
	uint64_t end = h->tab_off + h->tables_len;
	ota_status st = tables_load(pkg, err);

	if (!st)
		st = ota_sink_write(dst, pkg->tables, size_of_u64(h->tables_len), err);
	if (!st)
		st = ota_sink_zeros(dst, h->data_off - end, err);
	end = h->data_off;
	for (uint32_t i = 0; !st && i < pkg->m->section_count; i++) {
		st = ota_sink_zeros(dst, pkg->infos[i].off - end, err);
		if (!st)
			st = verify_section(&v, i, err);
		end = pkg->infos[i].end;
	}
	return st;
}

/* Steps 7 and 8, as much of them as is asked for, and a finding about each. */
static ota_status verify_extent(struct pass *v, ota_err *why)
{
	ota_extent extent = v->pkg->extent;
	ota_status st = tables_load(v->pkg, why);

	v->at = v->pkg->head.at.data_off;
	if (!st && extent == OTA_EXTENT_HEAD)
		st = input_check_head(&v->pkg->in, why);
	pkg_say_step(v->rep, OTA_STEP_TABLES, st, why);
	if (st || extent == OTA_EXTENT_HEAD)
		return st;
	st = extent == OTA_EXTENT_PREFIX ? verify_prefix(v, why) : verify_sections(v, why);
	pkg_say_step(v->rep, OTA_STEP_CHUNKS, st, why);
	return st;
}

ota_status ota_pkg_verify(
	ota_pkg *pkg, const ota_verify_options *opt, ota_report *rep, ota_err *err)
{
	const struct place *at = &pkg->head.at;
	struct pass v = {.pkg = pkg, .deep = opt != NULL && opt->deep, .rep = rep};
	ota_err why = OTA_ERR_INIT;
	ota_status st;

	pkg->extent = opt != NULL ? opt->extent : OTA_EXTENT_WHOLE;
	st = verify_extent(&v, &why);
	if (st) {
		if (err != NULL)
			*err = why;
		return st;
	}
	if (opt != NULL && opt->result != NULL) {
		opt->result->bytes = v.at;
		opt->result->length = at->end;
		opt->result->chunks = v.chunks;
		opt->result->tables = at->tab_len;
		opt->result->data = v.at - at->data_off;
		opt->result->images = v.images;
	}
	return OTA_OK;
}
