/* SPDX-License-Identifier: MIT */
#include <pack/plan.h>

#include <string.h>

#include <package/header.h>
#include <package/slice.h>

/* Whole or a slice: its bytes are never an image. */
static bool is_package(ota_source *src)
{
	uint8_t head[8];
	uint64_t len = 0;

	return ota_source_seekable(src) && ota_source_length(src, &len, NULL) == OTA_OK &&
	       len >= sizeof(head) &&
	       ota_source_pread(src, head, sizeof(head), 0, NULL) == OTA_OK &&
	       (header_magic_ok(head) || slice_magic_ok(head, sizeof(head)));
}

static ota_status take_image(struct plan_input *in, ota_spool *spool, ota_plan *plan, ota_pkg *pkg,
	const char *component, ota_err *err)
{
	const ota_manifest *m = ota_pkg_manifest(pkg);
	const struct manifest_component *c = manifest_component(m, component);
	const char *version;
	ota_status st;

	if (c == NULL)
		return ota_fail(err, OTA_E_INPUT, "the package has no component %s", component);
	st = ota_pkg_write(ota_spool_sink(spool), pkg, component, NULL, NULL, NULL, NULL, err);
	if (st)
		return st;
	version = c->version != NULL ? c->version : m->version;
	in->version = arena_strndup(&plan->arena, version, strlen(version));
	in->size = c->target.size;
	return in->version != NULL ? OTA_OK : ota_fail_nomem(err);
}

ota_status input_unpack(struct plan_input *in, ota_plan *plan, const char *component, ota_err *err)
{
	ota_spool *spool = NULL;
	ota_source *image = NULL;
	ota_pkg *pkg = NULL;
	ota_status st;

	if (!is_package(in->src))
		return OTA_OK;
	st = ota_pkg_open_unauthenticated(&pkg, plan->ctx, in->src, NULL, err);
	if (!st)
		st = ota_spool_new(&spool, plan->ctx, plan->tmpdir, err);
	if (!st)
		st = take_image(in, spool, plan, pkg, component, err);
	if (!st) {
		image = ota_spool_source(spool);
		st = image != NULL ? OTA_OK : ota_fail_nomem(err);
	}
	ota_pkg_free(pkg);
	if (st) {
		ota_spool_free(spool);
		return st;
	}
	ota_source_close(in->src);
	in->src = image;
	in->spool = spool;
	return OTA_OK;
}

void input_close(struct plan_input *in)
{
	if (in->spool != NULL)
		ota_spool_free(in->spool);
	else
		ota_source_close(in->src);
	in->spool = NULL;
	in->src = NULL;
}
