/* SPDX-License-Identifier: MIT */
#include <pack/delta.h>

#include <base/ctx.h>
#include <base/sink.h>
#include <crypto/hash.h>
#include <ota/delta.h>

struct proof {
	const ota_ctx *ctx; /* of the caller, who may cancel */
	struct hash *h;
};

static ota_status tap(void *arg, const void *p, size_t len, ota_err *err)
{
	const struct proof *proof = arg;
	ota_status st = ctx_poll(proof->ctx, err);

	return st ? st : hash_update(proof->h, p, len, err);
}

/* The packer's memory, lent to the device that is played here. */
struct loan {
	const ota_ctx *packer;
	bool refused; /* the packer had none left */
};

static void *lend(void *arg, size_t len)
{
	struct loan *loan = arg;
	void *p = mem_alloc(loan->packer, len);

	loan->refused |= p == NULL;
	return p;
}

static void give_back(void *arg, void *p)
{
	const struct loan *loan = arg;

	mem_free(loan->packer, p);
}

/* As a device applies it: in the memory that the package will declare, and no more. */
static ota_status apply_within(
	ota_sink *out, const struct delta_job *job, ota_source *patch, uint64_t ram, ota_err *err)
{
	ota_patch_options opt = {.size = sizeof(opt), .max_output = job->image_size};
	struct loan loan = {job->ctx, false};
	ota_alloc alloc = {lend, give_back, &loan};
	ota_config cfg = {.size = sizeof(cfg), .alloc = &alloc, .mem_max = ram};
	ota_ctx *device = NULL;
	ota_status st;

	st = ota_ctx_new(&device, &cfg, err);
	if (!st)
		st = ota_patch(out, device, job->from, patch, &opt, err);
	ota_ctx_free(device);
	/* Not for want of memory here: the delta does not keep to what it declares. */
	if ((st == OTA_NOMEM || st == OTA_LIMIT) && !loan.refused)
		st = ota_fail(err, OTA_E_DELTA_PROOF,
			"applying the delta takes more than the %llu bytes of memory it declares",
			(unsigned long long)ram);
	return st;
}

ota_status delta_prove(const struct delta_job *job, ota_source *patch, uint64_t ram, ota_err *err)
{
	struct proof proof = {job->ctx, NULL};
	ota_sink *out = NULL;
	struct digest d;
	ota_status st;

	st = hash_new(&proof.h, job->ctx, job->target.alg, err);
	if (!st)
		st = sink_tap(&out, job->ctx, NULL, tap, &proof, err);
	if (!st)
		st = apply_within(out, job, patch, ram, err);
	if (!st)
		st = hash_final(proof.h, &d, err);
	if (!st && !digest_equal(&d, &job->target))
		st = ota_fail(err, OTA_E_DELTA_PROOF,
			"the delta does not reproduce the image; did an input change meanwhile?");
	ota_sink_close(out);
	hash_free(proof.h);
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
		st = delta_prove(job, d.patch, info.ram, err);
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
