/* SPDX-License-Identifier: MIT */
#include <pack/delta.h>

#include <base/sink.h>
#include <crypto/hash.h>
#include <ota/delta.h>

static ota_status tap(void *arg, const void *p, size_t len, ota_err *err)
{
	return hash_update(arg, p, len, err);
}

static ota_status prove(const struct delta_job *job, ota_source *patch, ota_err *err)
{
	ota_patch_options opt = {.size = sizeof(opt), .max_output = job->image_size};
	struct digest d;
	struct hash *h = NULL;
	ota_sink *out = NULL;
	ota_status st;

	st = hash_new(&h, job->ctx, job->target.alg, err);
	if (!st)
		st = sink_tap(&out, job->ctx, NULL, tap, h, err);
	if (!st)
		st = ota_patch(out, job->ctx, job->from, patch, &opt, err);
	if (!st)
		st = hash_final(h, &d, err);
	if (!st && !digest_equal(&d, &job->target))
		st = ota_fail(err, OTA_E_DELTA_PROOF,
			"the delta does not reproduce the image; did an input change meanwhile?");
	ota_sink_close(out);
	hash_free(h);
	return st;
}

ota_status delta_make(struct made_delta *out, const struct delta_job *job, ota_err *err)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = job->codec, .memory = job->memory};
	ota_patch_info info = {.size = sizeof(info)};
	struct made_delta d = {.spool = NULL};
	ota_status st;

	st = ota_spool_new(&d.spool, job->ctx, job->tmpdir, err);
	if (!st)
		st = ota_diff(ota_spool_sink(d.spool), job->ctx, job->from, job->image, &opt, err);
	if (!st) {
		d.patch = ota_spool_source(d.spool);
		if (d.patch == NULL)
			st = ota_fail_nomem(err);
	}
	if (!st)
		st = ota_patch_probe(&info, d.patch, err);
	if (!st)
		st = prove(job, d.patch, err);
	if (st) {
		delta_fini(&d);
		return st;
	}
	d.size = info.patch_size;
	d.ram = info.ram;
	*out = d;
	return OTA_OK;
}

void delta_fini(struct made_delta *d)
{
	ota_spool_free(d->spool);
}
