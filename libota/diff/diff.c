/* SPDX-License-Identifier: MIT */
#include <diff/auto.h>

#include <base/ctx.h>
#include <base/num.h>

#include <string.h>

static const struct diff_format *const rows[] = {
	&bsdiff40_diff, &otad_diff, &deep_diff, &vcdiff_diff, &zstd_diff};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
/* 256 TiB, as in the package: sums of sizes cannot wrap. */
#define IMAGE_MAX (UINT64_C(1) << 48U)

const struct diff_format *diff_by_name(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

static ota_status image_length(uint64_t *len, ota_source *src, const char *which, ota_err *err)
{
	ota_status st;

	st = ota_source_length(src, len, err);
	if (st)
		return ota_err_in(err, st, "%s image", which);
	if (*len > IMAGE_MAX || *len > SIZE_MAX)
		return ota_fail(err, OTA_E_LIMIT, "the %s image of %llu bytes is too large", which,
			(unsigned long long)*len);
	return OTA_OK;
}

static ota_status load(
	uint8_t **out, const ota_ctx *ctx, ota_source *src, uint64_t len, ota_err *err)
{
	uint8_t *p = NULL;
	ota_status st;

	st = mem_new_bytes(&p, ctx, size_of_u64(len), err);
	if (st)
		return st;
	st = ota_source_pread(src, p, size_of_u64(len), 0, err);
	if (st) {
		mem_free(ctx, p);
		return st;
	}
	*out = p;
	return OTA_OK;
}

static ota_status check_memory(const struct diff_format *format, uint64_t old_len, uint64_t new_len,
	uint64_t cap, ota_err *err)
{
	uint64_t need = old_len + new_len + format->memory(old_len, new_len);

	if (cap == 0 || need <= cap)
		return OTA_OK;
	return ota_fail(err, OTA_E_MEM_LIMIT,
		"a %s patch from %llu to %llu bytes takes %llu bytes of memory, over the cap of "
		"%llu",
		format->name, (unsigned long long)old_len, (unsigned long long)new_len,
		(unsigned long long)need, (unsigned long long)cap);
}

/* OTA_LIMIT: the images are too much for this codec. */
static ota_status make_one(ota_sink **out, const ota_ctx *ctx, const struct images *im,
	const struct diff_tries *tries, const struct diff_try *try, const ota_diff_options *opt,
	ota_err *err)
{
	ota_diff_options one = *opt;
	ota_sink *made = NULL;
	ota_status st;

	one.profile = try->profile;
	if (one.memory > 0)
		one.memory -= min_u64(one.memory - 1, diff_tries_held(tries));
	st = ota_sink_memory(&made, ctx, err);
	if (!st)
		st = try->format->make(made, ctx, im, &one, err);
	if (!st)
		st = ota_sink_commit(made, err);
	if (st) {
		ota_sink_close(made);
		return st;
	}
	*out = made;
	return OTA_OK;
}

/* One after the other in memory; the smallest is written. */
static ota_status make_auto(ota_sink *patch, const ota_ctx *ctx, const struct images *im,
	struct diff_tries *tries, const ota_diff_options *opt, ota_err *err)
{
	ota_sink *best = NULL, *made = NULL, *worse;
	const uint8_t *p = NULL;
	struct diff_try try;
	ota_status st = OTA_OK;
	size_t len = 0;

	while (diff_tries_next(&try, tries)) {
		st = make_one(&made, ctx, im, tries, &try, opt, err);
		if (st == OTA_LIMIT)
			continue;
		if (st)
			break;
		ota_sink_memory_bytes(made, &p, &len);
		worse = made;
		if (diff_tries_better(tries, len)) {
			worse = best;
			best = made;
		}
		ota_sink_close(worse);
	}
	if (best != NULL && (!st || st == OTA_LIMIT)) {
		ota_sink_memory_bytes(best, &p, &len);
		st = ota_sink_write(patch, p, len, err);
	}
	ota_sink_close(best);
	return st;
}

/* There is something to try. */
static ota_status check_tries(const struct diff_tries *tries, ota_err *err)
{
	struct diff_tries copy = *tries;
	struct diff_try try;

	if (diff_tries_next(&try, &copy))
		return OTA_OK;
	return ota_fail(err, OTA_E_MEM_LIMIT,
		"no codec makes a patch from %llu to %llu bytes in %llu bytes of memory",
		(unsigned long long)tries->old_len, (unsigned long long)tries->new_len,
		(unsigned long long)tries->memory);
}

ota_status ota_diff(ota_sink *patch, const ota_ctx *ctx, ota_source *old_, ota_source *new_,
	const ota_diff_options *opt, ota_err *err)
{
	const char *name = opt != NULL && opt->codec != NULL ? opt->codec : "otad";
	const struct diff_format *format = diff_by_name(name);
	uint8_t *old_bytes = NULL, *new_bytes = NULL;
	bool choose = strcmp(name, CODEC_AUTO) == 0;
	uint64_t old_len = 0, new_len = 0;
	struct diff_tries tries;
	struct images im;
	ota_status st;

	if (format == NULL && !choose)
		return ota_fail(err, OTA_E_CODEC,
			"no codec \"%s\" (there are: auto, otad, deep, bsdiff, vcdiff, zstd)",
			name);
	st = image_length(&old_len, old_, "old", err);
	if (!st)
		st = image_length(&new_len, new_, "new", err);
	tries = (struct diff_tries){.old_len = old_len,
		.new_len = new_len,
		.memory = opt != NULL ? opt->memory : 0,
		.profile = opt != NULL ? opt->profile : NULL};
	if (!st && choose)
		st = check_tries(&tries, err);
	else if (!st)
		st = check_memory(format, old_len, new_len, opt != NULL ? opt->memory : 0, err);
	if (!st)
		st = load(&old_bytes, ctx, old_, old_len, err);
	if (!st)
		st = load(&new_bytes, ctx, new_, new_len, err);
	if (!st) {
		im = (struct images){
			old_bytes, new_bytes, size_of_u64(old_len), size_of_u64(new_len)};
		st = choose ? make_auto(patch, ctx, &im, &tries, opt, err)
			    : format->make(patch, ctx, &im, opt, err);
	}
	mem_free(ctx, new_bytes);
	mem_free(ctx, old_bytes);
	return st;
}
