/* SPDX-License-Identifier: MIT */
/* otad, both ways: exact on every shape of pair, and no patch, however bent, does harm. */
#include <diff/diff.h>

#include <base/mem.h>
#include <diff/otad_make.h>
#include <otad/otad.h>
#include <patch/patch.h>

#include <unit.h>

struct bytes {
	uint8_t *p;
	size_t len;
};

static ota_status gather(ota_sink *sink, struct bytes *out, ota_err *err)
{
	const uint8_t *p;
	ota_status st = ota_sink_commit(sink, err);

	if (st)
		return st;
	ota_sink_memory_bytes(sink, &p, &out->len);
	out->p = malloc(out->len + 1);
	if (out->len > 0)
		memcpy(out->p, p, out->len);
	return OTA_OK;
}

static ota_status run_with(struct bytes *out, const ota_ctx *ctx, const ota_diff_options *opt,
	struct bytes old_, struct bytes other, ota_err *err)
{
	ota_patch_options cap = {.size = sizeof(cap), .max_output = 1U << 23U};
	ota_source *a = NULL, *b = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	st = ota_sink_memory(&sink, ctx, err);
	if (!st)
		st = ota_source_memory(&a, ctx, old_.p, old_.len, err);
	if (!st)
		st = ota_source_memory(&b, ctx, other.p, other.len, err);
	if (!st && opt != NULL)
		st = ota_diff(sink, ctx, a, b, opt, err);
	else if (!st)
		st = ota_patch(sink, ctx, a, b, &cap, err);
	if (!st)
		st = gather(sink, out, err);
	ota_source_close(b);
	ota_source_close(a);
	ota_sink_close(sink);
	return st;
}

static ota_status run(struct bytes *out, const ota_ctx *ctx, bool diff, struct bytes old_,
	struct bytes other, const char *profile, ota_err *err)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = "otad", .profile = profile};

	return run_with(out, ctx, diff ? &opt : NULL, old_, other, err);
}

static struct bytes diff_of(struct bytes old_, struct bytes new_, const char *profile)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes patch = {0};

	ck_ok(run(&patch, t_ctx(), true, old_, new_, profile, &err), &err);
	return patch;
}

static void expect_new(struct bytes old_, struct bytes patch, struct bytes new_)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes got = {0};

	ck_ok(run(&got, t_ctx(), false, old_, patch, NULL, &err), &err);
	ck_assert_uint_eq(got.len, new_.len);
	ck_assert(new_.len == 0 || memcmp(got.p, new_.p, new_.len) == 0);
	free(got.p);
}

static void round_trip(struct bytes old_, struct bytes new_, const char *profile)
{
	struct bytes patch = diff_of(old_, new_, profile);

	expect_new(old_, patch, new_);
	free(patch.p);
}

static struct bytes random_bytes(uint64_t *seed, size_t len, unsigned alphabet)
{
	struct bytes b = {malloc(len + 1), len};

	for (size_t i = 0; i < len; i++)
		b.p[i] = (uint8_t)(t_rand(seed) % alphabet);
	return b;
}

/* A copy with pieces moved, repeated, overwritten and cut; at most max bytes. */
static struct bytes edited(struct bytes old_, uint64_t *seed, size_t max)
{
	struct bytes b = {malloc(max + 1), 0};
	size_t at = 0;

	while (b.len < max && at < old_.len) {
		size_t n = t_rand(seed) % 300 + 1;

		if (t_rand(seed) % 4 == 0)
			at = t_rand(seed) % old_.len;
		n = n < old_.len - at ? n : old_.len - at;
		n = n < max - b.len ? n : max - b.len;
		memcpy(b.p + b.len, old_.p + at, n);
		if (t_rand(seed) % 5 == 0)
			memset(b.p + b.len, (int)(t_rand(seed) % 2) * 255, n);
		for (uint64_t k = t_rand(seed) % 6; k > 0; k--)
			b.p[b.len + t_rand(seed) % n] ^= (uint8_t)(t_rand(seed) & 0xff);
		b.len += n;
		at += n;
	}
	return b;
}

static void store32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i) & 0xff);
}

/*
 * "Code": functions of noise that call each other with instruction set isa, and a
 * table of pointers. grow inserts bytes in one function, so that all calls change.
 */
#define FUNCTIONS 60U
#define BASE      0x08004000U

static void put_call(uint8_t *p, enum otad_isa isa, uint32_t at, uint32_t to)
{
	uint32_t off;

	if (isa == OTAD_THUMB) {
		off = to - at - 4;
		store32(p, (0xf000U | (off >> 24U & 1U) << 10U | (off >> 12U & 0x3ffU)) |
				   (0xd000U | ((off >> 23U & 1U) ^ (off >> 24U & 1U) ^ 1U) << 13U |
					   ((off >> 22U & 1U) ^ (off >> 24U & 1U) ^ 1U) << 11U |
					   (off >> 1U & 0x7ffU))
					   << 16U);
	} else if (isa == OTAD_ARM) {
		store32(p, 0xeb000000U | ((to - at - 8) >> 2U & 0xffffffU));
	} else if (isa == OTAD_A64) {
		store32(p, 0x94000000U | ((to - at) >> 2U & 0x3ffffffU));
	} else if (isa == OTAD_RV) {
		store32(p, 0x00000097U | ((to - at + 0x800U) & 0xfffff000U)); /* AUIPC ra */
		store32(p + 4, 0x000080e7U | (to - at) << 20U);               /* JALR ra, ra */
	} else {
		p[0] = 0xe8;
		store32(p + 1, to - at - 5);
	}
}

/* What begins a function where that is asked, by instruction set. */
static const uint32_t starts[OTAD_ISAS] = {
	0xe92d4070, 0x4604b5f0, 0xe92d4070, 0xe92d4070, 0xe92d4070, 0x46067139};

static struct bytes program(enum otad_isa isa, uint32_t grow)
{
	uint64_t seed = 5;
	uint32_t start[FUNCTIONS + 1] = {0}, at;
	struct bytes b;

	for (unsigned i = 0; i < FUNCTIONS; i++)
		start[i + 1] = start[i] + 128 + 16 * (i % 7) + (i % 20 == 3 ? grow : 0);
	b = random_bytes(&seed, start[FUNCTIONS] + 4 * FUNCTIONS, 256);
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		seed = i;
		for (at = start[i]; at < start[i + 1]; at++)
			b.p[at] = (uint8_t)(t_rand(&seed) & 0x7f);
		store32(b.p + start[i], starts[isa]);
		for (at = start[i] + 16; at + 16 <= start[i] + 128; at += 16)
			put_call(b.p + at, isa, at, start[t_rand(&seed) % FUNCTIONS]);
		store32(b.p + start[FUNCTIONS] + 4 * (size_t)i,
			BASE + start[i] + (isa == OTAD_THUMB));
	}
	return b;
}

static const char *const profiles[] = {"tiny", "std", "max"};

START_TEST(random_pairs)
{
	static const unsigned alphabets[] = {1, 2, 4, 256};
	uint64_t seed = (uint64_t)_i * 1000;
	struct bytes old_, new_;

	for (unsigned i = 0; i < 25; i++) {
		old_ = random_bytes(&seed, t_rand(&seed) % (i % 2 ? 60 : 2000), alphabets[i % 4]);
		new_ = i % 5 == 0 ? random_bytes(&seed, t_rand(&seed) % 900, alphabets[i / 5 % 4])
				  : edited(old_, &seed, 2500);
		round_trip(old_, new_, "tiny");
		free(new_.p);
		free(old_.p);
	}
}
END_TEST

enum shape { EMPTY, ONE, ZEROS, PERIOD, NOISE, MOVED, SHAPES };

static struct bytes shaped(enum shape shape)
{
	uint64_t seed = 77;
	struct bytes b = random_bytes(&seed, 20000, 256);

	for (size_t i = 0; i < b.len; i++) {
		if (shape == ZEROS)
			b.p[i] = i % 9973 == 5;
		else if (shape == PERIOD)
			b.p[i] = (uint8_t)(i % 100);
	}
	if (shape == MOVED)
		memmove(b.p + 10000, b.p + 2500, 10000);
	if (shape == EMPTY || shape == ONE)
		b.len = shape == ONE;
	return b;
}

START_TEST(shapes)
{
	struct bytes old_ = shaped((enum shape)(_i / SHAPES)),
		     new_ = shaped((enum shape)(_i % SHAPES));
	struct bytes patch = diff_of(old_, new_, profiles[_i % 2]);

	expect_new(old_, patch, new_);
	if (_i / SHAPES == _i % SHAPES)
		ck_assert_uint_lt(patch.len, 120); /* identical */
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

/* Code that moved: the calls are found for what they are, in every instruction set. */
START_TEST(moved_code)
{
	enum otad_isa isa = (enum otad_isa)(_i % 5 + OTAD_THUMB);
	struct bytes old_ = program(isa, 0), new_ = program(isa, 64);
	struct bytes patch = diff_of(old_, new_, profiles[_i / 5]);
	struct otad_head h;

	expect_new(old_, patch, new_);
	ck_assert_int_eq((int)otad_head(&h, patch.p, patch.len), OTAD_OK);
	ck_assert_uint_eq(h.isa, isa);
	if (isa == OTAD_THUMB || isa == OTAD_ARM || isa == OTAD_RV)
		ck_assert_uint_eq(h.base, BASE);
	ck_assert_uint_lt(
		patch.len, 800); /* 3 × 64 new bytes, 500 calls and pointers that changed */
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

/* A patch for another image is refused before a byte is written. */
START_TEST(wrong_base)
{
	struct bytes old_ = program(OTAD_ARM, 0), new_ = program(OTAD_ARM, 64), got = {0};
	struct bytes patch = diff_of(old_, new_, "tiny");
	ota_err err = OTA_ERR_INIT;

	old_.p[100] ^= 1;
	ck_assert_int_eq(run(&got, t_ctx(), false, old_, patch, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SOURCE);
	old_.p[100] ^= 1;
	old_.len--;
	ck_assert_int_eq(run(&got, t_ctx(), false, old_, patch, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SOURCE);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

static bool expected_failure(ota_id id)
{
	return id == OTA_E_PATCH || id == OTA_E_VERSION_FMT || id == OTA_E_LIMIT ||
	       id == OTA_E_SOURCE || id == OTA_E_CODEC || id == OTA_E_NOMEM;
}

START_TEST(truncated)
{
	struct bytes old_ = program(OTAD_A64, 0), new_ = program(OTAD_A64, 64), got = {0};
	struct bytes patch = diff_of(old_, new_, "tiny"), cut = patch;
	ota_err err = OTA_ERR_INIT;

	for (cut.len = 0; cut.len < patch.len; cut.len++) {
		if (run(&got, t_ctx(), false, old_, cut, NULL, &err) == OTA_OK)
			ck_abort_msg("cut to %zu bytes it passed", cut.len);
		if (err.id != OTA_E_PATCH && !(cut.len < 4 && err.id == OTA_E_CODEC))
			ck_abort_msg("cut to %zu bytes: %s", cut.len, err.msg);
	}
	cut.p = calloc(1, patch.len + 1);
	memcpy(cut.p, patch.p, patch.len);
	cut.len = patch.len + 1;
	ck_assert_int_eq(run(&got, t_ctx(), false, old_, cut, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_PATCH);
	free(cut.p);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

/* Bent patches: behind the digests, where the applier believes nothing else. */
START_TEST(mutated)
{
	enum otad_isa isa = (enum otad_isa)(_i % 5 + OTAD_THUMB);
	struct bytes old_ = program(isa, 0), new_ = program(isa, 64), got = {0};
	struct bytes patch = diff_of(old_, new_, "tiny"), bent = patch;
	uint64_t seed = (uint64_t)_i;
	ota_err err = OTA_ERR_INIT;

	bent.p = malloc(patch.len);
	for (unsigned i = 0; i < 300; i++) {
		size_t at = i % 8 == 0 ? t_rand(&seed) % OTAD_FIXED
				       : OTAD_FIXED + t_rand(&seed) % (patch.len - OTAD_FIXED);

		memcpy(bent.p, patch.p, patch.len);
		bent.p[at] ^= (uint8_t)(1U << t_rand(&seed) % 8);
		if (i % 3 == 0)
			bent.p[OTAD_FIXED + t_rand(&seed) % 24] = (uint8_t)t_rand(&seed);
		if (memcmp(bent.p, patch.p, patch.len) == 0)
			continue;
		if (run(&got, t_ctx(), false, old_, bent, NULL, &err) == OTA_OK) {
			/* Addresses that nothing refers to may change unseen. */
			if (got.len != new_.len || memcmp(got.p, new_.p, new_.len) != 0)
				ck_abort_msg("a wrong image passed, byte %zu bent", at);
			free(got.p);
		} else if (!expected_failure(err.id)) {
			ck_abort_msg("byte %zu bent: %s", at, err.msg);
		}
	}
	free(bent.p);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

static ota_status apply_within(uint64_t ram, struct bytes old_, struct bytes patch, ota_err *err)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1, .mem_max = ram};
	ota_source *a = NULL, *b = NULL;
	ota_sink *sink = NULL;
	ota_ctx *ctx = NULL;
	ota_status st;

	ck_ok(ota_ctx_new(&ctx, &cfg, err), err);
	ck_ok(ota_sink_null(&sink, t_ctx(), err), err);
	ck_ok(ota_source_memory(&a, t_ctx(), old_.p, old_.len, err), err);
	ck_ok(ota_source_memory(&b, t_ctx(), patch.p, patch.len, err), err);
	st = ota_patch(sink, ctx, a, b, NULL, err);
	ota_source_close(b);
	ota_source_close(a);
	ota_sink_close(sink);
	ota_ctx_free(ctx);
	return st;
}

/* The probe's figure is what applying holds, within a tenth. */
START_TEST(memory_declared)
{
	struct bytes old_ = program(OTAD_THUMB, 0), new_ = program(OTAD_THUMB, 64);
	struct bytes patch = diff_of(old_, new_, profiles[_i]);
	ota_patch_info info = {.size = sizeof(info)};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), patch.p, patch.len, &err), &err);
	ck_ok(ota_patch_probe(&info, src, &err), &err);
	ota_source_close(src);
	ck_assert_str_eq(info.codec, "otad");
	ck_assert_uint_eq(info.new_size, new_.len);
	ck_ok(apply_within(info.ram, old_, patch, &err), &err);
	ck_assert_int_eq(apply_within(info.ram * 9 / 10, old_, patch, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

/* The applier itself: told too little memory, it does nothing. */
START_TEST(memory_checked)
{
	struct bytes old_ = program(OTAD_THUMB, 0), new_ = program(OTAD_THUMB, 64);
	struct bytes patch = diff_of(old_, new_, "tiny");
	struct otad_io io = {0};
	struct otad_head h;
	struct otad *d = NULL;
	void *mem;

	ck_assert_int_eq((int)otad_head(&h, patch.p, patch.len), OTAD_OK);
	mem = malloc(otad_need(&h));
	ck_assert_int_eq((int)otad_init(&d, &h, patch.p, &io, mem, otad_need(&h) - 1), OTAD_MEMORY);
	ck_assert_ptr_null(d);
	ck_assert_int_eq((int)otad_init(&d, &h, patch.p, &io, mem, otad_need(&h)), OTAD_OK);
	free(mem);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

struct callbacks {
	struct bytes old_, new_;
	size_t at;
};

static int read_old(void *arg, void *buf, size_t len, uint64_t off)
{
	struct callbacks *c = arg;

	if (off > c->old_.len || len > c->old_.len - off)
		return 1;
	memcpy(buf, c->old_.p + off, len);
	return 0;
}

/* Compares with what new says. */
static int write_new(void *arg, const void *buf, size_t len)
{
	struct callbacks *c = arg;

	if (len > c->new_.len - c->at || memcmp(c->new_.p + c->at, buf, len) != 0)
		return 1;
	c->at += len;
	return 0;
}

/* Segments stand alone: they are applied from the last to the first. */
START_TEST(segments)
{
	enum otad_isa isa = (enum otad_isa)(_i + OTAD_THUMB);
	struct bytes old_ = program(isa, 0), new_ = program(isa, 64);
	struct images im = {old_.p, new_.p, old_.len, new_.len};
	struct otad_job job = {.ctx = t_ctx(), .im = &im, .profile = OTAD_TINY, .window = 1000};
	struct covers covers = {.ctx = t_ctx()};
	struct otad_view view = {isa, true, BASE, 0};
	struct callbacks c = {old_, new_, 0};
	const struct otad_io io = {&c, read_old, write_new};
	struct match whole = {0, 0, old_.len};
	ota_err err = OTA_ERR_INIT;
	struct buf head, body, table;
	struct otad *d = NULL;
	struct otad_head h;
	uint64_t off, len;
	void *mem;

	buf_init(&head, t_ctx());
	buf_init(&table, t_ctx());
	buf_init(&body, t_ctx());
	ck_ok(covers_take(&covers, &whole, &err), &err);
	otad_shape(&h, &job, &view, &covers);
	ck_assert_uint_gt(h.segments, 5);
	ck_ok(otad_put_segments(&body, &table, &job, &h, &covers, &err), &err);
	buf_put(&head, table.p, table.len);
	h.table_len = (uint32_t)table.len;
	ck_ok(otad_put_covers(&head, &job, &h, &covers, &err), &err);
	h.cover_len = (uint32_t)(head.len - table.len);
	mem = malloc(otad_need(&h));
	ck_assert_int_eq((int)otad_init(&d, &h, head.p, &io, mem, otad_need(&h)), OTAD_OK);
	for (uint32_t i = h.segments; i > 0; i--) {
		otad_segment_at(&h, head.p, i - 1, &off, &len);
		c.at = (i - 1) * job.window;
		ck_assert_int_eq((int)otad_segment(d, i - 1, body.p + off, len), OTAD_OK);
		ck_assert_uint_eq(c.at, i * job.window < new_.len ? i * job.window : new_.len);
	}
	ck_assert_int_eq((int)otad_segment(d, h.segments, body.p, 1), OTAD_MALFORMED);
	free(mem);
	mem_free(t_ctx(), covers.at);
	buf_fini(&head);
	buf_fini(&table);
	buf_fini(&body);
	free(new_.p);
	free(old_.p);
}
END_TEST

/* With four jobs the same bytes. */
static void expect_same(struct bytes old_, struct bytes new_, struct bytes patch)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes again = {0};

	ck_ok(run(&again, t_ctx_jobs(4), true, old_, new_, NULL, &err), &err);
	ck_assert_uint_eq(again.len, patch.len);
	ck_assert_mem_eq(again.p, patch.p, patch.len);
	free(again.p);
}

START_TEST(deterministic)
{
	struct bytes old_ = program(OTAD_X86, 0), new_ = program(OTAD_X86, 64);
	struct bytes patch = diff_of(old_, new_, NULL);

	expect_same(old_, new_, patch);
	free(patch.p);
	free(old_.p);
	free(new_.p);
}
END_TEST

/* A large image of which little changed, some of it elsewhere now: most of it is not sorted. */
START_TEST(large)
{
	uint64_t seed = 9;
	struct bytes old_ = random_bytes(&seed, (size_t)9 << 19U, 256), new_, patch;
	size_t quarter = (size_t)1 << 20U;

	new_ = (struct bytes){malloc(old_.len + 1000), old_.len + 1000};
	memcpy(new_.p, old_.p, old_.len);
	memcpy(new_.p + quarter, old_.p + 2 * quarter, quarter);
	memcpy(new_.p + 2 * quarter, old_.p + quarter, quarter);
	for (size_t at = 5000; at < new_.len; at += 400000)
		new_.p[at] ^= 1;
	memcpy(new_.p + old_.len, old_.p + 4200, 1000);
	patch = diff_of(old_, new_, NULL);
	ck_assert_uint_lt(patch.len, 500);
	expect_new(old_, patch, new_);
	expect_same(old_, new_, patch);
	free(patch.p);
	free(old_.p);
	free(new_.p);
}
END_TEST

/* Right, another patch than the thorough one, and at most a third larger. */
START_TEST(fast)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = "otad", .fast = true};
	struct bytes old_ = program(OTAD_THUMB, 0), new_ = program(OTAD_THUMB, 148), quick = {0};
	struct bytes patch = diff_of(old_, new_, NULL);
	ota_err err = OTA_ERR_INIT;

	ck_ok(run_with(&quick, t_ctx(), &opt, old_, new_, &err), &err);
	expect_new(old_, quick, new_);
	ck_assert_uint_gt(quick.len, patch.len);
	ck_assert_uint_le(quick.len, patch.len + patch.len / 3);
	free(quick.p);
	free(patch.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

START_TEST(unknown_profile)
{
	struct bytes empty = {calloc(1, 1), 0}, got = {0};
	ota_err err = OTA_ERR_INIT;

	ck_assert_int_eq(run(&got, t_ctx(), true, empty, empty, "huge", &err), OTA_USAGE);
	ck_id(err, OTA_E_OPTION);
	free(empty.p);
}
END_TEST

/* Real releases: a quarter of bsdiff's size and less. */
START_TEST(firmware)
{
	static const char *const hubs[] = {"movehub", "technichub", "cityhub"};
	struct bytes old_ = {0}, new_ = {0}, patch;
	char path[100];

	snprintf(path, sizeof(path), "build/corpus/firmware-7.27.0/%s.bin", hubs[_i]);
	old_.p = t_read_file(path, &old_.len);
	snprintf(path, sizeof(path), "build/corpus/firmware-7.28.0/%s.bin", hubs[_i]);
	new_.p = t_read_file(path, &new_.len);
	if (old_.p != NULL && new_.p != NULL) {
		patch = diff_of(old_, new_, "tiny");
		expect_new(old_, patch, new_);
		ck_assert_uint_lt(patch.len, 3000);
		free(patch.p);
	} else {
		t_skip("build/corpus has no firmware (tests/corpora/fetch.sh)");
	}
	free(new_.p);
	free(old_.p);
}
END_TEST

/* Every allocation fails once: the failure is told and nothing is lost. */
START_TEST(no_memory)
{
	struct bytes old_ = program(OTAD_ARM, 0), new_ = program(OTAD_ARM, 64), got = {0};
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_ctx *ctx = t_ctx_failing(&f);
	ota_err err = OTA_ERR_INIT;
	int64_t live = f.live;
	uint64_t failed = 0;
	ota_status st;

	do {
		f.fail_at = f.count + failed;
		st = run(&got, ctx, true, old_, new_, "tiny", &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
		failed += 1 + failed / 8; /* the later ones, repeating, by steps */
	} while (st && failed < 2000);
	ck_ok(st, &err);
	expect_new(old_, got, new_);
	ota_ctx_free(ctx);
	free(got.p);
	free(new_.p);
	free(old_.p);
}
END_TEST

TCase *tcase_otad(void)
{
	TCase *tc = tcase_create("otad");

	tcase_add_loop_test(tc, random_pairs, 0, 30);
	tcase_add_loop_test(tc, shapes, 0, SHAPES * SHAPES);
	tcase_add_loop_test(tc, moved_code, 0, 15);
	tcase_add_test(tc, wrong_base);
	tcase_add_test(tc, truncated);
	tcase_add_loop_test(tc, mutated, 0, 16);
	tcase_add_loop_test(tc, memory_declared, 0, 3);
	tcase_add_test(tc, memory_checked);
	tcase_add_loop_test(tc, segments, 0, 5);
	tcase_add_test(tc, deterministic);
	tcase_add_test(tc, large);
	tcase_add_test(tc, fast);
	tcase_add_test(tc, unknown_profile);
	tcase_add_loop_test(tc, firmware, 0, 3);
	tcase_add_test(tc, no_memory);
	tcase_set_timeout(tc, 60);
	return tc;
}
