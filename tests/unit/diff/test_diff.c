/* SPDX-License-Identifier: MIT */
/* Patches of random and shaped pairs give the new image back, ours and bsdiff's alike. */
#include <diff/diff.h>

#include <patch/patch.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <unit.h>

extern char **environ;

struct bytes {
	uint8_t *p;
	size_t len;
};

static struct bytes of_sink(ota_sink *sink)
{
	ota_err err = OTA_ERR_INIT;
	const uint8_t *p;
	struct bytes b;

	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, &b.len);
	b.p = malloc(b.len + 1);
	if (b.len > 0)
		memcpy(b.p, p, b.len);
	ota_sink_close(sink);
	return b;
}

static ota_status run(struct bytes *out, const ota_ctx *ctx, bool diff, struct bytes old_,
	struct bytes other, const ota_diff_options *opt, ota_err *err)
{
	ota_source *a = NULL, *b = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	st = ota_sink_memory(&sink, ctx, err);
	if (!st)
		st = ota_source_memory(&a, ctx, old_.p, old_.len, err);
	if (!st)
		st = ota_source_memory(&b, ctx, other.p, other.len, err);
	if (!st && diff)
		st = ota_diff(sink, ctx, a, b, opt, err);
	else if (!st)
		st = ota_patch(sink, ctx, a, b, NULL, err);
	ota_source_close(b);
	ota_source_close(a);
	if (st)
		ota_sink_close(sink);
	else
		*out = of_sink(sink);
	return st;
}

static const ota_diff_options bsdiff = {.size = sizeof(bsdiff), .codec = "bsdiff"};

static struct bytes diff_of(struct bytes old_, struct bytes new_)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes patch;

	ck_ok(run(&patch, t_ctx(), true, old_, new_, &bsdiff, &err), &err);
	return patch;
}

static void expect_new(struct bytes old_, struct bytes patch, struct bytes new_)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes got;

	ck_ok(run(&got, t_ctx(), false, old_, patch, NULL, &err), &err);
	ck_assert_uint_eq(got.len, new_.len);
	ck_assert(new_.len == 0 || memcmp(got.p, new_.p, new_.len) == 0);
	free(got.p);
}

static struct bytes random_bytes(uint64_t *seed, size_t len, unsigned alphabet)
{
	struct bytes b = {malloc(len + 1), len};

	for (size_t i = 0; i < len; i++)
		b.p[i] = (uint8_t)(t_rand(seed) % alphabet);
	return b;
}

/* A copy with edits: flips, moved and repeated pieces, runs, cuts; at most max bytes. */
static struct bytes edited(struct bytes old_, uint64_t *seed, size_t max)
{
	struct bytes b = {malloc(max + 1), 0};
	size_t at = 0;

	while (b.len < max && at < old_.len) {
		size_t n = t_rand(seed) % 300 + 1;

		if (t_rand(seed) % 4 == 0)
			at = t_rand(seed) % old_.len;
		if (n > old_.len - at)
			n = old_.len - at;
		if (n > max - b.len)
			n = max - b.len;
		memcpy(b.p + b.len, old_.p + at, n);
		if (t_rand(seed) % 5 == 0)
			memset(b.p + b.len, (int)(t_rand(seed) % 2) * 255, n);
		for (uint64_t k = t_rand(seed) % 6; k > 0; k--)
			b.p[b.len + t_rand(seed) % n] ^= (uint8_t)(t_rand(seed) & 0xff);
		b.len += n;
		at += n;
		if (t_rand(seed) % 200 == 0)
			break;
	}
	return b;
}

START_TEST(random_pairs)
{
	static const unsigned alphabets[] = {1, 2, 4, 256};
	uint64_t seed = (uint64_t)_i;
	struct bytes old_, new_, patch;

	old_ = random_bytes(&seed, t_rand(&seed) % (_i % 2 ? 60 : 5000), alphabets[_i % 4]);
	new_ = _i % 5 == 0 ? random_bytes(&seed, t_rand(&seed) % 3000, alphabets[_i / 5 % 4])
			   : edited(old_, &seed, 6000);
	patch = diff_of(old_, new_);
	expect_new(old_, patch, new_);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

enum shape { EMPTY, ONE, ZEROS, LONG_ZEROS, PERIOD, NOISE, MOVED, SHAPES };

static struct bytes shaped(enum shape shape)
{
	uint64_t seed = 77;
	struct bytes b = random_bytes(&seed, 40000, 256);

	for (size_t i = 0; i < b.len; i++) {
		if (shape == ZEROS || shape == LONG_ZEROS)
			b.p[i] = i % 9973 == 5;
		else if (shape == PERIOD)
			b.p[i] = (uint8_t)(i % 100);
	}
	if (shape == MOVED) {
		memmove(b.p + 20000, b.p + 5000, 20000);
		memset(b.p + 7000, 0, 4096);
	}
	if (shape == EMPTY || shape == ONE)
		b.len = shape == ONE;
	if (shape == ZEROS)
		b.len = 30000;
	return b;
}

START_TEST(shapes)
{
	struct bytes old_ = shaped((enum shape)(_i / SHAPES)),
		     new_ = shaped((enum shape)(_i % SHAPES));
	struct bytes patch = diff_of(old_, new_);

	expect_new(old_, patch, new_);
	if (_i / SHAPES == _i % SHAPES)
		ck_assert_uint_lt(patch.len, 200); /* identical */
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

/* A megabyte of nothing but runs must not cost a search a byte: Check's timeout is the bar. */
START_TEST(long_runs)
{
	struct bytes a = {calloc(1, 8 << 20), 8 << 20}, b = {calloc(1, 8 << 20), 8 << 20}, patch;

	for (size_t i = 0; i < a.len; i += 9973)
		a.p[i] = (uint8_t)(i % 251);
	for (size_t i = 0; i < b.len; i += 7919)
		b.p[i] = (uint8_t)(i % 241);
	patch = diff_of(a, b);
	expect_new(a, patch, b);
	ck_assert_uint_lt(patch.len, 20000);
	free(patch.p);
	free(b.p);
	free(a.p);
}
END_TEST

static void spill(const char *path, struct bytes b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, b.p, b.len), (ssize_t)b.len);
	close(fd);
}

static void program(const char *name, const char *dir, const char *a, const char *b, const char *c)
{
	char paths[3][300];
	char *argv[] = {(char *)name, paths[0], paths[1], paths[2], NULL};
	int status = 0;
	pid_t pid;

	snprintf(paths[0], sizeof(paths[0]), "%s/%s", dir, a);
	snprintf(paths[1], sizeof(paths[1]), "%s/%s", dir, b);
	snprintf(paths[2], sizeof(paths[2]), "%s/%s", dir, c);
	ck_assert_int_eq(posix_spawnp(&pid, name, NULL, NULL, argv, environ), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s failed", name);
}

/* Both ways; the length of their patch and of ours. */
static void one_interop(size_t len[static 2], const char *dir, struct bytes old_, struct bytes new_)
{
	struct bytes ours = diff_of(old_, new_), theirs, got;
	char path[300];

	snprintf(path, sizeof(path), "%s/old", dir);
	spill(path, old_);
	snprintf(path, sizeof(path), "%s/new", dir);
	spill(path, new_);
	snprintf(path, sizeof(path), "%s/ours", dir);
	spill(path, ours);
	program("bspatch", dir, "old", "got", "ours");
	snprintf(path, sizeof(path), "%s/got", dir);
	got.p = t_read_file(path, &got.len);
	ck_assert_uint_eq(got.len, new_.len);
	ck_assert(memcmp(got.p, new_.p, new_.len) == 0);
	program("bsdiff", dir, "old", "new", "theirs");
	snprintf(path, sizeof(path), "%s/theirs", dir);
	theirs.p = t_read_file(path, &theirs.len);
	expect_new(old_, theirs, new_);
	len[0] = theirs.len;
	len[1] = ours.len;
	free(theirs.p);
	free(got.p);
	free(ours.p);
}

static bool have_bsdiff(void)
{
	if (access("/usr/bin/bsdiff", X_OK) == 0 && access("/usr/bin/bspatch", X_OK) == 0)
		return true;
	t_skip("bsdiff and bspatch are not installed");
	return false;
}

static void remove_dir(const char *dir)
{
	static const char *const names[] = {"old", "new", "ours", "theirs", "got"};
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

START_TEST(interop)
{
	char dir[] = "/tmp/otadiff.XXXXXX";
	uint64_t seed = 4;
	size_t len[2];

	if (!have_bsdiff())
		return;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (unsigned i = 0; i < 40; i++) {
		struct bytes old_ = random_bytes(&seed, t_rand(&seed) % 6000 + 1, i % 3 ? 256 : 3);
		struct bytes new_ =
			i % 10 ? edited(old_, &seed, 8000) : random_bytes(&seed, 1 + i * 50, 256);

		one_interop(len, dir, old_, new_);
		free(new_.p);
		free(old_.p);
	}
	remove_dir(dir);
}
END_TEST

/* On real firmware our patch is no larger than bsdiff's. */
START_TEST(firmware)
{
	static const char *const hubs[] = {"movehub", "technichub", "cityhub", "primehub"};
	static const char *const from[] = {"7.27.0", "7.22.0"}, *const to[] = {"7.28.0", "7.27.0"};
	char dir[] = "/tmp/otadiff.XXXXXX", path[300];
	struct bytes old_ = {0}, new_ = {0};
	size_t len[2];

	if (!have_bsdiff())
		return;
	snprintf(path, sizeof(path), "build/corpus/firmware-%s/%s.bin", from[_i % 2], hubs[_i / 2]);
	old_.p = t_read_file(path, &old_.len);
	snprintf(path, sizeof(path), "build/corpus/firmware-%s/%s.bin", to[_i % 2], hubs[_i / 2]);
	new_.p = t_read_file(path, &new_.len);
	if (old_.p != NULL && new_.p != NULL) {
		ck_assert_ptr_nonnull(mkdtemp(dir));
		one_interop(len, dir, old_, new_);
		ck_assert_uint_le(len[1], len[0]);
		remove_dir(dir);
	} else {
		t_skip("build/corpus has no firmware (tests/corpora/fetch.sh)");
	}
	free(new_.p);
	free(old_.p);
}
END_TEST

START_TEST(deterministic)
{
	uint64_t seed = 8;
	struct bytes old_ = random_bytes(&seed, 50000, 256), new_ = edited(old_, &seed, 60000);
	struct bytes a = diff_of(old_, new_), b;
	ota_err err = OTA_ERR_INIT;

	ck_ok(run(&b, t_ctx_jobs(4), true, old_, new_, &bsdiff, &err), &err);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_mem_eq(a.p, b.p, a.len);
	free(a.p);
	free(b.p);
	free(old_.p);
	free(new_.p);
}
END_TEST

/* Our own patches, damaged: never more bytes than promised, never a crash. */
START_TEST(mutations)
{
	uint64_t seed = 12;
	struct bytes old_ = random_bytes(&seed, 3000, 256), new_ = edited(old_, &seed, 4000);
	struct bytes patch = diff_of(old_, new_), bad = {malloc(patch.len), patch.len}, got;
	ota_err err = OTA_ERR_INIT;

	for (unsigned i = 0; i < 1500; i++) {
		memcpy(bad.p, patch.p, patch.len);
		for (uint64_t n = t_rand(&seed) % 3 + 1; n > 0; n--)
			bad.p[t_rand(&seed) % bad.len] ^= (uint8_t)(1U << (t_rand(&seed) % 8));
		if (run(&got, t_ctx(), false, old_, bad, NULL, &err) == OTA_OK) {
			ck_assert_uint_eq(got.len, new_.len);
			free(got.p);
		} else {
			ck_assert(err.id == OTA_E_PATCH || err.id == OTA_E_CODEC);
		}
	}
	free(bad.p);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

START_TEST(options)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = "courgette"};
	struct bytes a = shaped(NOISE), b = shaped(MOVED), patch;
	uint64_t need = a.len + b.len + bsdiff40_diff.memory(a.len, b.len);
	ota_err err = OTA_ERR_INIT;
	ota_status st;
	ota_ctx *ctx;

	ck_assert_ptr_eq(diff_by_name("bsdiff"), &bsdiff40_diff);
	st = run(&patch, t_ctx(), true, a, b, &opt, &err);
	ck_assert_int_eq(st, OTA_UNSUPPORTED);
	ck_id(err, OTA_E_CODEC);
	opt.codec = "bsdiff";
	opt.memory = need - 1;
	ck_assert_int_eq(run(&patch, t_ctx(), true, a, b, &opt, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	opt.memory = need;
	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ck_ok(run(&patch, ctx, true, a, b, &opt, &err), &err);
	ck_assert_uint_le(ota_ctx_peak(ctx), need);
	ota_ctx_free(ctx);
	free(patch.p);
	free(a.p);
	free(b.p);
}
END_TEST

START_TEST(cancelled)
{
	struct bytes a = shaped(NOISE), b = {calloc(1, 3 << 20), 3 << 20}, patch;
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx;

	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ota_ctx_cancel(ctx);
	ck_assert_int_eq(run(&patch, ctx, true, a, b, &bsdiff, &err), OTA_CANCELLED);
	ota_ctx_free(ctx);
	free(a.p);
	free(b.p);
}
END_TEST

START_TEST(no_memory)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	uint64_t failed = 0, seed = 3;
	struct bytes old_ = random_bytes(&seed, 200, 256), new_ = edited(old_, &seed, 300), patch;
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = t_ctx_failing(&f);
	int64_t live = f.live;
	ota_status st;

	do {
		f.fail_at = f.count + failed;
		st = run(&patch, ctx, true, old_, new_, &bsdiff, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 300);
	ck_ok(st, &err);
	ck_assert_uint_ge(failed, 30);
	free(patch.p);
	free(new_.p);
	free(old_.p);
	ota_ctx_free(ctx);
}
END_TEST

TCase *tcase_diff(void)
{
	TCase *tc = tcase_create("diff");

	tcase_add_loop_test(tc, random_pairs, 0, 200);
	tcase_add_loop_test(tc, shapes, 0, SHAPES * SHAPES);
	tcase_add_test(tc, long_runs);
	tcase_add_test(tc, interop);
	tcase_add_loop_test(tc, firmware, 0, 8);
	tcase_add_test(tc, deterministic);
	tcase_add_test(tc, mutations);
	tcase_add_test(tc, options);
	tcase_add_test(tc, cancelled);
	tcase_add_test(tc, no_memory);
	tcase_set_timeout(tc, 120);
	return tc;
}
