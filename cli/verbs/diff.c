/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_io.h"

#include <string.h>

struct diff_opts {
	struct output_opts out;
	const char *codec, *profile;
	bool fast, deep;
};

static const char *const codecs[] = {"otad", "bsdiff", "vcdiff", "zstd", "auto", NULL};
static const char *const profiles[] = {"tiny", "std", "max", NULL};

static const struct opt rows[] = {
	{0, OPT_TEXT, "codec", "CODEC",
		"how to encode the difference: otad (default), bsdiff, vcdiff, zstd, auto (the "
		"smallest)",
		offsetof(struct diff_opts, codec), codecs},
	{0, OPT_TEXT, "profile", "PROFILE", "memory to apply otad, vcdiff: tiny, std, max",
		offsetof(struct diff_opts, profile), profiles},
	{0, OPT_FLAG, "fast", NULL, "otad: take half the time, for a patch up to a third larger",
		offsetof(struct diff_opts, fast), NULL},
	{0, OPT_FLAG, "deep", NULL,
		"otad: expand gzip members, zlib streams, zstd frames, and match what is in them",
		offsetof(struct diff_opts, deep), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&output_group, offsetof(struct diff_opts, out)},
	{&group, 0},
	{NULL, 0},
};

static ota_status check_codec(const char *codec, bool deep, ota_err *err)
{
	const char *names[16] = {"auto"}, *near;
	size_t n = 1;

	if (deep && codec && strcmp(codec, "otad") != 0)
		return ota_fail(err, OTA_E_OPTION, "--deep is for codec otad, not for %s", codec);
	if (codec && !strcmp(codec, names[0]))
		return OTA_OK;
	for (; n < 16 && ota_codec_at(n - 1); n++) {
		names[n] = ota_codec_at(n - 1);
		if (!codec || !strcmp(codec, names[n]))
			return OTA_OK;
	}
	near = ota_nearest(codec, names, n);
	return ota_fail(err, OTA_E_OPTION, "there is no codec '%s'; did you mean %s?", codec,
		near ? near : names[0]);
}

/* An open result, and what is known of it afterwards. */
static ota_status describe(
	struct cli *c, const char *path, uint64_t old_len, uint64_t new_len, ota_err *err)
{
	ota_patch_info info = {.size = sizeof(info)};
	ota_source *src = NULL;
	ota_status st;

	if (c->out->muted)
		return OTA_OK;
	st = ota_source_file(&src, c->ctx, path, err);
	if (!st)
		st = ota_patch_probe(&info, src, err);
	ota_source_close(src);
	if (st)
		return st;
	out_str(c->out, "patch", "Patch", path);
	out_str(c->out, "codec", "Codec", info.codec);
	out_bytes(c->out, "old_size", "Old image", old_len);
	out_bytes(c->out, "new_size", "New image", new_len);
	out_bytes(c->out, "patch_size", "Patch size", info.patch_size);
	out_bytes(c->out, "ram", "RAM to apply", info.ram + (info.holds_old ? old_len : 0));
	return OTA_OK;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct diff_opts *d = c->opts;
	const ota_diff_options opt = {
		.size = sizeof(opt),
		.codec = d->deep ? "deep" : d->codec,
		.memory = c->res.memory.value,
		.profile = d->profile,
		.fast = d->fast,
	};
	struct io_file old = {NULL, NULL}, new = {NULL, NULL};
	uint64_t old_len = 0, new_len = 0;
	ota_sink *sink = NULL;
	ota_status st;

	st = check_codec(d->codec, d->deep, err);
	if (!st)
		st = io_create(&sink, c, &d->out, err);
	if (!st)
		st = io_open_file(&old, c, c->args.v[0], err);
	if (!st)
		st = io_open_file(&new, c, c->args.v[1], err);
	if (!st)
		st = ota_source_length(old.src, &old_len, err);
	if (!st)
		st = ota_source_length(new.src, &new_len, err);
	if (!st)
		st = ota_diff(sink, c->ctx, old.src, new.src, &opt, err);
	if (!st)
		st = io_commit(sink, err);
	if (!st)
		st = describe(c, d->out.path, old_len, new_len, err);
	ota_sink_close(sink);
	io_close_file(&new);
	io_close_file(&old);
	return st;
}

static const char *const operands[] = {"OLD", "NEW", NULL};
static const char *const examples[] = {
	"otatool diff old.img new.img -o update.patch",
	"otatool diff old.img new.img -o - | wc -c",
	"otatool diff old.img new.img -o old.patch --codec bsdiff",
	"otatool diff old.img new.img -o update.vcdiff --codec vcdiff",
	"otatool diff old.img new.img -o update.zst --codec zstd",
	"otatool diff old.img new.img -o deep.patch --deep",
	"otatool diff old.img new.img -o smallest.patch --codec auto --memory 1G",
	NULL,
};

const struct verb verb_diff = {
	.name = "diff",
	.group = "Build",
	.summary = "make a patch that turns one file into another",
	.synopsis = "OLD NEW -o PATCH [--codec CODEC] [--profile PROFILE] [--fast] [--deep]",
	.operands = operands,
	.operands_min = 2,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct diff_opts),
	.run = run,
	.examples = examples,
};
