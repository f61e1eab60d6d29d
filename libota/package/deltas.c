/* SPDX-License-Identifier: MIT */
/* Every delta that starts from the image at hand, applied as a device would. */
#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <patch/patch.h>

#include <package/match.h>
#include <package/pkg.h>
#include <package/write.h>

struct trial {
	struct write_job job;
	size_t applied;
	ota_report *rep;
};

static void note(const struct trial *t, ota_outcome outcome, ota_id id, const char *text)
{
	char subject[128];

	snprintf(subject, sizeof(subject), "component %s, payload %zu", t->job.c->name,
		(size_t)(t->job.p - t->job.c->payloads));
	ota_report_add(t->rep, &(ota_finding){.size = sizeof(ota_finding),
				       .outcome = outcome,
				       .id = id,
				       .off = OTA_NO_OFF,
				       .subject = subject,
				       .text = text});
}

/* What the payload promises, less the chunk that the reader holds, is all that the patcher gets. */
static ota_status apply(struct trial *t, ota_err *err)
{
	const ota_pkg *pkg = t->job.pkg;
	const struct manifest_payload *p = t->job.p;
	uint64_t held = 2 * section_chunk_max(&pkg->m->sections[p->section]);
	ota_config cfg = {.size = sizeof(cfg)};
	ota_err why = OTA_ERR_INIT;
	ota_ctx *ctx = NULL;
	ota_status st;

	cfg.mem_max = p->ram > held ? p->ram - held : 1;
	st = ota_ctx_new(&ctx, &cfg, &why);
	t->job.patch_ctx = ctx;
	if (!st)
		st = payload_write(&t->job, &why);
	ota_ctx_free(ctx);
	if (why.id == OTA_E_MEM_LIMIT || why.id == OTA_E_NOMEM)
		return ota_fail(err, OTA_E_RESOURCES,
			"the patch takes more than the %llu bytes of memory that its payload "
			"promises",
			(unsigned long long)p->ram);
	if (st && err != NULL)
		*err = why;
	return st;
}

static ota_status try_payload(struct trial *t, bool matches, ota_err *err)
{
	const struct manifest_payload *p = t->job.p;
	ota_status st;

	if (!matches) {
		note(t, OTA_SKIP, OTA_E_SOURCE, "it starts from another image");
		return OTA_OK;
	}
	if (t->job.pkg->infos[p->section].absent) {
		note(t, OTA_SKIP, OTA_E_NOT_IN_SLICE, "it is not in this slice");
		return OTA_OK;
	}
	if (patch_by_name(payload_codec(p)) == NULL) {
		note(t, OTA_SKIP, OTA_E_CODEC, "this build cannot apply its codec");
		return OTA_OK;
	}
	st = apply(t, err);
	if (st)
		return ota_err_in(err, st, "component %s, payload %zu", t->job.c->name,
			(size_t)(p - t->job.c->payloads));
	note(t, OTA_PASS, OTA_E_NONE,
		"makes the image that was signed, within the memory it declares");
	t->applied++;
	return OTA_OK;
}

static ota_status try_component(struct trial *t, ota_err *err)
{
	const struct manifest_component *c = t->job.c;
	uint64_t matches = 0;
	ota_status st = match_sources(&matches, t->job.pkg, c, t->job.old, err);

	for (size_t i = 0; !st && i < c->payload_count; i++) {
		t->job.p = &c->payloads[i];
		if (t->job.p->kind == PAYLOAD_DELTA)
			st = try_payload(t, (matches >> i & 1U) != 0, err);
	}
	return st;
}

ota_status ota_pkg_verify_deltas(ota_pkg *pkg, const char *component, ota_source *old,
	size_t *applied, ota_report *rep, ota_err *err)
{
	struct trial t = {.job = {.pkg = pkg, .old = old}, .rep = rep};
	ota_status st = tables_load(pkg, err);

	if (!st)
		st = ota_sink_null(&t.job.dst, pkg->ctx, err);
	for (size_t i = 0; !st && i < pkg->m->component_count; i++) {
		t.job.c = &pkg->m->components[i];
		if (component == NULL || strcmp(component, t.job.c->name) == 0)
			st = try_component(&t, err);
	}
	ota_sink_close(t.job.dst);
	if (!st)
		*applied = t.applied;
	return st;
}
