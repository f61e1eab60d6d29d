/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <crypto/hash.h>

#include <package/pkg.h>
#include <package/pump.h>
#include <package/target.h>

struct pass {
	ota_pkg *pkg;
	bool deep;
	ota_report *rep;
	uint64_t at; /* the file is verified up to here */
};

static void note(const struct pass *v, size_t i, ota_outcome outcome, const char *text)
{
	const struct section_info *info = &v->pkg->infos[i];
	char subject[128];

	snprintf(subject, sizeof(subject), "component %s, payload %zu", info->component->name,
		(size_t)(info->payload - info->component->payloads));
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
		v->at += chunk.stored_len;
		ctx_progress(v->pkg->ctx, "verify", v->at, v->pkg->head.h.file_len);
	}
	return st;
}

static ota_status verify_section(struct pass *v, uint32_t i, ota_err *err)
{
	const struct section_info *info = &v->pkg->infos[i];
	bool decode = v->deep && !info->delta;
	struct target target = {.h = NULL};
	struct pump *pump = NULL;
	ota_status st;

	st = input_pad(&v->pkg->in, v->at, info->off - v->at, err);
	if (st)
		return st;
	v->at = info->off;
	st = pump_new(&pump, v->pkg, i, decode, err);
	if (!st && decode)
		st = target_start(&target, v->pkg, info->component, err);
	if (!st)
		st = pump_all(v, pump, decode ? &target : NULL, err);
	if (!st && decode)
		st = target_check(&target, err);
	if (!st && decode)
		note(v, i, OTA_PASS, "decodes to the image that was signed");
	else if (!st && v->deep)
		note(v, i, OTA_SKIP, "a delta cannot be decoded without its source image");
	target_fini(&target);
	pump_free(pump);
	return st;
}

ota_status ota_pkg_verify(
	ota_pkg *pkg, const ota_verify_options *opt, ota_report *rep, ota_err *err)
{
	const ota_header *h = &pkg->head.h;
	struct pass v = {.pkg = pkg, .deep = opt != NULL && opt->deep, .rep = rep};
	ota_status st = OTA_UNTRUSTED;

	/* First, because it names a partial download as what it is. */
	st = input_check_length(&pkg->in, err);
	if (!st)
		st = tables_load(pkg, err);
	v.at = h->tab_off + h->tables_len;
	for (uint32_t i = 0; !st && i < pkg->m->section_count; i++)
		st = verify_section(&v, i, err);
	if (!st)
		st = input_end(&pkg->in, err);
	return st;
}
