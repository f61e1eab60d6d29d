/* SPDX-License-Identifier: MIT */
#include <pack/cache.h>

#include <base/ctx.h>
#include <base/num.h>
#include <base/sink.h>
#include <crypto/hash.h>
#include <diff/auto.h>
#include <package/table.h>
#include <patch/patch.h>

#include <string.h>

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

/* Each piece as a chunk brings it, in memory that counts for itself. */
static ota_status apply_pieces(ota_sink *out, const ota_ctx *device, ota_source *old,
	const struct made_delta *d, uint8_t *p, ota_err *err)
{
	const struct patch_format *format = patch_by_name(d->codec);
	struct patch_run *run = NULL;
	uint64_t off = 0;
	ota_status st = OTA_OK;

	for (uint32_t i = 0; !st && i < d->pieces; i++) {
		size_t len = size_of_u64(d->piece[i]);

		st = ota_source_pread(d->patch, p, len, off, err);
		if (!st && i == 0)
			st = format->begin(&run, device, out, old, p, len, err);
		else if (!st)
			st = format->piece(run, i - 1, p, len, err);
		off += len;
	}
	if (run != NULL)
		format->end(run);
	return st;
}

static ota_status apply_whole(ota_sink *out, const ota_ctx *device, ota_source *old,
	const struct made_delta *d, uint64_t image_size, ota_err *err)
{
	ota_patch_options opt = {.size = sizeof(opt), .max_output = image_size};

	return ota_patch(out, device, old, d->patch, &opt, err);
}

/* The old image, and how much of it is read. */
struct counted {
	ota_source src;
	ota_source *old;
	uint64_t read;
};

static ota_status counted_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct counted *k = (struct counted *)s;

	k->read += len;
	return ota_source_pread(k->old, buf, len, off, err);
}

static ota_status counted_length(ota_source *s, uint64_t *len, ota_err *err)
{
	return ota_source_length(((struct counted *)s)->old, len, err);
}

static const ota_source_ops counted_ops = {
	sizeof(counted_ops), NULL, counted_pread, counted_length, NULL};

/* As a device applies it: in the memory that the package will declare, and no more. */
static ota_status apply_within(
	ota_sink *out, const struct delta_job *job, struct made_delta *d, ota_err *err)
{
	struct counted old = {.src.ops = &counted_ops, .old = job->from};
	struct loan loan = {job->ctx, false};
	ota_alloc alloc = {lend, give_back, &loan};
	ota_config cfg = {.size = sizeof(cfg), .alloc = &alloc, .mem_max = d->ram};
	ota_ctx *device = NULL;
	uint8_t *chunk = NULL;
	ota_status st = OTA_OK;

	if (d->window > 0)
		st = mem_new_bytes(&chunk, job->ctx, size_of_u64(d->piece_max), err);
	if (st)
		return st;
	st = ota_ctx_new(&device, &cfg, err);
	if (!st)
		st = d->window > 0 ? apply_pieces(out, device, &old.src, d, chunk, err)
				   : apply_whole(out, device, &old.src, d, job->image_size, err);
	d->read = old.read;
	ota_ctx_free(device);
	mem_free(job->ctx, chunk);
	/* Not for want of memory here: the delta does not keep to what it declares. */
	if ((st == OTA_NOMEM || st == OTA_LIMIT) && !loan.refused)
		st = ota_fail(err, OTA_E_DELTA_PROOF,
			"applying the delta takes more than the %llu bytes of memory it declares",
			(unsigned long long)d->ram);
	return st;
}

ota_status delta_prove(const struct delta_job *job, struct made_delta *d, ota_err *err)
{
	struct proof proof = {job->ctx, NULL};
	ota_sink *out = NULL;
	struct digest is;
	ota_status st;

	st = hash_new(&proof.h, job->ctx, job->target.alg, err);
	if (!st)
		st = sink_tap(&out, job->ctx, NULL, tap, &proof, err);
	if (!st)
		st = apply_within(out, job, d, err);
	if (!st)
		st = hash_final(proof.h, &is, err);
	if (!st && !digest_equal(&is, &job->target))
		st = ota_fail(err, OTA_E_DELTA_PROOF,
			"the delta does not reproduce the image; did an input change meanwhile?");
	ota_sink_close(out);
	hash_free(proof.h);
	return st;
}

/* The lengths of the pieces: the head's, then as the patch says. */
static ota_status measure(
	struct made_delta *d, const struct delta_job *job, const ota_patch_info *info, ota_err *err)
{
	const struct patch_format *format = patch_by_name(d->codec);
	struct patch_run *run = NULL;
	uint8_t *head = NULL;
	ota_status st;

	st = mem_new_bytes(&d->piece, job->ctx, d->pieces * sizeof(d->piece[0]), err);
	if (!st)
		d->piece[0] = info->head_size;
	if (!st && d->pieces > 1)
		st = mem_new_bytes(&head, job->ctx, size_of_u64(info->head_size), err);
	if (!st && head != NULL)
		st = ota_source_pread(d->patch, head, size_of_u64(info->head_size), 0, err);
	if (!st && head != NULL)
		st = format->begin(
			&run, job->ctx, NULL, job->from, head, size_of_u64(info->head_size), err);
	for (uint32_t i = 1; !st && i < d->pieces; i++)
		d->piece[i] = format->piece_len(run, i - 1);
	for (uint32_t i = 0; !st && i < d->pieces; i++)
		d->piece_max = max_u64(d->piece_max, d->piece[i]);
	if (run != NULL)
		format->end(run);
	mem_free(job->ctx, head);
	return st;
}

/* How a package carries it. */
static ota_status cut(
	struct made_delta *d, const struct delta_job *job, ota_patch_info *info, ota_err *err)
{
	uint64_t from_size = 0;
	ota_status st = ota_patch_probe(info, d->patch, err);

	if (!st)
		st = ota_source_length(job->from, &from_size, err);
	if (st)
		return st;
	d->codec = info->codec;
	d->size = info->patch_size;
	d->window = info->window;
	d->pieces = 1;
	d->ram = patch_ram(info, from_size);
	if (d->window > 0) {
		d->pieces += u32_of_u64((info->new_size - 1) / d->window + 1);
		d->ram = info->piece_ram;
	} else {
		info->head_size = d->size;
	}
	return measure(d, job, info, err);
}

/* What is in the spool now is a patch. */
static ota_status look(struct made_delta *d, const struct delta_job *job, ota_err *err)
{
	ota_patch_info info = {.size = sizeof(info)};

	d->patch = ota_spool_source(d->spool);
	return d->patch != NULL ? cut(d, job, &info, err) : ota_fail_nomem(err);
}

static ota_status make_one(struct made_delta *out, const struct delta_job *job, ota_err *err)
{
	ota_diff_options opt = {.size = sizeof(opt),
		.codec = job->codec,
		.memory = job->memory,
		.profile = job->profile,
		.window = job->window};
	struct made_delta d = {.ctx = job->ctx};
	ota_status st = ota_spool_new(&d.spool, job->ctx, job->tmpdir, err);

	if (!st)
		st = ota_diff(ota_spool_sink(d.spool), job->ctx, job->from, job->image, &opt, err);
	if (!st)
		st = look(&d, job, err);
	if (st)
		delta_fini(&d);
	else
		*out = d;
	return st;
}

/* As a package carries it. */
static bool usable(const struct made_delta *d, const struct delta_job *job)
{
	return d->piece_max <= CHUNK_SIZE_MAX && d->pieces <= CHUNKS_MAX &&
	       (job->ram == 0 || 2 * d->piece_max + d->ram <= job->ram);
}

/*
 * The smallest that can be used, or the last that was made: why it cannot be used is then said
 * of it where it is dropped.
 */
static ota_status make_smallest(struct made_delta *out, const struct delta_job *asked, ota_err *err)
{
	struct diff_tries tries = {
		.new_len = asked->image_size, .memory = asked->memory, .ram = asked->ram};
	struct made_delta best = {.ctx = asked->ctx}, d, worse;
	struct delta_job job = *asked;
	struct diff_try try;
	ota_status st = ota_source_length(asked->from, &tries.old_len, err);

	while ((!st || st == OTA_LIMIT) && diff_tries_next(&try, &tries)) {
		bool good = tries.best > 0;

		job.codec = try.format->name;
		job.profile = try.profile;
		st = make_one(&d, &job, err);
		if (st)
			continue;
		worse = d;
		if (usable(&d, &job) ? diff_tries_better(&tries, d.size) : !good) {
			worse = best;
			best = d;
		}
		delta_fini(&worse);
	}
	if (best.spool != NULL && (!st || st == OTA_LIMIT)) {
		*out = best;
		return OTA_OK;
	}
	delta_fini(&best);
	return st ? st
		  : ota_fail(err, OTA_E_MEM_LIMIT,
			    "no codec makes and applies this delta in the memory there is");
}

static ota_status make(struct made_delta *out, const struct delta_job *job, ota_err *err)
{
	struct made_delta d = {.ctx = job->ctx};
	ota_status st;

	st = strcmp(job->codec, CODEC_AUTO) == 0 ? make_smallest(&d, job, err)
						 : make_one(&d, job, err);
	if (!st)
		st = delta_prove(job, &d, err);
	if (st)
		delta_fini(&d);
	else
		*out = d;
	return st;
}

/* Nobody is believed: what comes out of a cache is proved as what was just made. */
static ota_status recall(
	struct made_delta *out, const struct delta_job *job, const char *name, ota_err *err)
{
	struct made_delta d = {.ctx = job->ctx};
	bool found = false;
	ota_status st = ota_spool_new(&d.spool, job->ctx, job->tmpdir, err);

	if (!st)
		st = cache_get(&found, ota_spool_sink(d.spool), job, name, err);
	if (!st && found)
		st = look(&d, job, err);
	if (!st && found)
		st = delta_prove(job, &d, err);
	if (st || !found) {
		delta_fini(&d);
		return st;
	}
	d.cached = true;
	*out = d;
	return OTA_OK;
}

/* The cache may fail; the packer may not go on without memory, or when it is told to stop. */
static ota_status forgive(ota_status st, const ota_err *why, struct made_delta *d, ota_err *err)
{
	if (st != OTA_NOMEM && st != OTA_CANCELLED) {
		d->trouble = *why;
		return OTA_OK;
	}
	if (err != NULL)
		*err = *why;
	return st;
}

ota_status delta_make(struct made_delta *out, const struct delta_job *job, ota_err *err)
{
	struct made_delta d = {.ctx = job->ctx}, past = d;
	char name[CACHE_NAME_MAX];
	ota_err why = OTA_ERR_INIT;
	ota_status st = OTA_OK;

	if (job->cache != NULL)
		st = cache_name(name, job, err);
	if (!st && job->cache != NULL)
		st = recall(&past, job, name, &why);
	if (why.id != OTA_E_NONE)
		st = forgive(st, &why, &past, err);
	if (st || past.cached) {
		*out = past;
		return st;
	}
	st = make(&d, job, err);
	if (st)
		return st;
	d.trouble = past.trouble;
	if (job->cache != NULL)
		st = cache_put(job, name, &d, &why);
	if (st)
		st = forgive(st, &why, &d, err);
	if (st)
		delta_fini(&d);
	else
		*out = d;
	return st;
}

void delta_fini(struct made_delta *d)
{
	mem_free(d->ctx, d->piece);
	ota_spool_free(d->spool);
}
