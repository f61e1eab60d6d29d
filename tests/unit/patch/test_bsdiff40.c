/* SPDX-License-Identifier: MIT */
/* Patches built by hand: hostile control blocks, damage, limits. */
#include <patch/bsdiff40.h>

#include <base/bits.h>
#include <codec/stream.h>
#include <patch/patch.h>

#include <unit.h>

static const uint8_t old_bytes[10] = "abcdefghij";

/* Lengths are sign and magnitude, as in the file. */
#define NEG(x) ((UINT64_C(1) << 63U) | (uint64_t)(x))
#define BIG    (UINT64_MAX >> 1U)

struct parts {
	uint64_t steps[12];
	size_t n_steps;   /* numbers, three a step */
	const char *diff; /* bytes to add; '0' is 0, '1' is 1 */
	const char *extra;
	uint64_t new_size;
};

static void put_bz2(ota_sink *out, uint64_t *len, const uint8_t *p, size_t n)
{
	ota_err err = OTA_ERR_INIT;
	ota_sink *mem, *bz;
	const uint8_t *packed;
	size_t packed_len;

	ck_ok(ota_sink_memory(&mem, t_ctx(), &err), &err);
	ck_ok(bz2_sink(&bz, t_ctx(), mem, n, &err), &err);
	ck_ok(ota_sink_write(bz, p, n, &err), &err);
	ck_ok(ota_sink_commit(bz, &err), &err);
	ota_sink_close(bz);
	ck_ok(ota_sink_commit(mem, &err), &err);
	ota_sink_memory_bytes(mem, &packed, &packed_len);
	ck_ok(ota_sink_write(out, packed, packed_len, &err), &err);
	*len = packed_len;
	ota_sink_close(mem);
}

static uint8_t *build(size_t *len, const struct parts *p)
{
	uint8_t control[12 * 8], diff[64], head[BSDIFF40_HEAD] = BSDIFF40_MAGIC, *out;
	size_t n_diff = strlen(p->diff);
	ota_err err = OTA_ERR_INIT;
	uint64_t lens[3];
	ota_sink *body;
	const uint8_t *bytes;
	size_t n;

	for (size_t i = 0; i < p->n_steps; i++)
		store_le64(control + 8 * i, p->steps[i]);
	for (size_t i = 0; i < n_diff; i++)
		diff[i] = (uint8_t)(p->diff[i] - '0');
	ck_ok(ota_sink_memory(&body, t_ctx(), &err), &err);
	put_bz2(body, &lens[0], control, 8 * p->n_steps);
	put_bz2(body, &lens[1], diff, n_diff);
	put_bz2(body, &lens[2], (const uint8_t *)p->extra, strlen(p->extra));
	ck_ok(ota_sink_commit(body, &err), &err);
	ota_sink_memory_bytes(body, &bytes, &n);
	store_le64(head + 8, lens[0]);
	store_le64(head + 16, lens[1]);
	store_le64(head + 24, p->new_size);
	*len = sizeof(head) + n;
	out = malloc(*len);
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), bytes, n);
	ota_sink_close(body);
	return out;
}

/* A sink that says how much it was given, however the patch ended. */
struct counter {
	ota_sink base;
	uint8_t got[64];
	uint64_t len;
};

static ota_status count_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct counter *c = (struct counter *)s;

	(void)err;
	if (c->len + len <= sizeof(c->got))
		memcpy(c->got + c->len, buf, len);
	c->len += len;
	return OTA_OK;
}

static ota_status apply(struct counter *c, const ota_ctx *ctx, const uint8_t *patch, size_t len,
	uint64_t max, ota_err *err)
{
	static const ota_sink_ops ops = {.size = sizeof(ops), .write = count_write};
	ota_patch_options opt = {.size = sizeof(opt), .max_output = max};
	uint8_t *exact = malloc(len + 1);
	ota_source *o = NULL, *p = NULL;
	ota_status st;

	memcpy(exact, patch, len);
	*c = (struct counter){.base.ops = &ops};
	st = ota_source_memory(&o, ctx, old_bytes, sizeof(old_bytes), err);
	if (!st)
		st = ota_source_memory(&p, ctx, exact, len, err);
	if (!st)
		st = ota_patch(&c->base, ctx, o, p, &opt, err);
	ota_source_close(p);
	ota_source_close(o);
	free(exact);
	return st;
}

static const struct {
	struct parts p;
	const char *want;
} good[] = {
	{{{0}, 0, "", "", 0}, ""},
	{{{10, 0, 0}, 3, "0000000000", "", 10}, "abcdefghij"},
	{{{3, 2, 0}, 3, "010", "XY", 5}, "accXY"},
	{{{2, 0, 4, 2, 1, NEG(8), 2, 0, 0}, 9, "000000", "Z", 7}, "abghZab"},
	{{{0, 3, 7, 3, 0, 0}, 6, "000", "new", 6}, "newhij"},
	{{{0, 0, 8, 2, 0, 0}, 6, "00", "", 2}, "ij"},
	/* Outside the old image nothing is added, as bspatch has it. */
	{{{0, 0, NEG(2), 4, 0, 0}, 6, "ab00", "", 4}, "12ab"},
	{{{0, 0, 9, 4, 0, 0}, 6, "0abc", "", 4}, "j123"},
	{{{0, 0, BIG - 100, 1, 0, 0}, 6, "a", "", 1}, "1"},
	{{{0, 0, NEG(BIG), 1, 0, 0}, 6, "a", "", 1}, "1"},
	/* The last seek leads nowhere; minus nothing is nothing. */
	{{{1, 0, NEG(50)}, 3, "0", "", 1}, "a"},
	{{{1, NEG(0), NEG(0)}, 3, "0", "", 1}, "a"},
};

START_TEST(hand_made)
{
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	uint8_t *patch;
	size_t len, n = strlen(good[_i].want);

	patch = build(&len, &good[_i].p);
	ck_ok(apply(&c, t_ctx(), patch, len, 0, &err), &err);
	ck_assert_uint_eq(c.len, n);
	for (size_t i = 0; i < n; i++) /* 'a' in a diff is 49: it stands for '1' on zeros */
		ck_assert_int_eq(c.got[i], good[_i].want[i]);
	if (n > 0) {
		ck_assert_int_eq(apply(&c, t_ctx(), patch, len, n - 1, &err),
			n > 1 ? OTA_LIMIT : OTA_OK); /* 0: no cap */
	}
	ck_ok(apply(&c, t_ctx(), patch, len, n, &err), &err);
	free(patch);
}
END_TEST

static const struct parts hostile[] = {
	/* negative and too large lengths */
	{{NEG(1), 0, 0}, 3, "", "", 10},
	{{0, NEG(1), 0}, 3, "", "", 10},
	{{NEG(BIG), 0, 0}, 3, "", "", 10},
	{{11, 0, 0}, 3, "00000000000", "", 10},
	{{0, 11, 0}, 3, "", "01234567890", 10},
	{{5, 6, 0}, 3, "00000", "012345", 10},
	{{BIG, BIG, 0}, 3, "", "", 10},
	{{BIG, 2, 0}, 3, "", "", 10},
	{{1, BIG, 0}, 3, "0", "", 10},
	{{5, 5, 0}, 3, "00000", "01234", 9},
	/* seeks that overflow */
	{{1, 0, BIG, 1, 0, BIG}, 6, "00", "", 2},
	{{0, 0, BIG, 1, 0, 0}, 6, "0", "", 1},
	{{1, 0, BIG, 0, 1, 0}, 6, "0", "x", 2},
	{{0, 0, NEG(BIG), 0, 0, NEG(BIG), 1, 0, 0}, 9, "0", "", 1},
	/* too little */
	{{0}, 0, "", "", 1},
	{{5, 0}, 2, "00000", "", 5},
	{{5, 0, 0}, 3, "0000", "", 5},
	{{0, 5, 0}, 3, "", "0123", 5},
	{{5, 0, 0}, 3, "00000", "", 6},
	/* too much */
	{{5, 0, 0, 0, 0, 0}, 6, "00000", "", 5},
	{{5, 0, 0}, 3, "000000", "", 5},
	{{5, 0, 0}, 3, "00000", "x", 5},
	{{0, 0, 0}, 3, "", "", 0},
	/* steps that make nothing */
	{{0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0}, 12, "0", "", 1},
	/* negative promises */
	{{0}, 0, "", "", NEG(1)},
	{{0}, 0, "", "", NEG(BIG)},
	/* bombs: what is promised is not there */
	{{BIG, 0, 0}, 3, "0", "", BIG},
};

START_TEST(refused)
{
	const struct parts *h = &hostile[_i];
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	uint8_t *patch;
	size_t len;

	patch = build(&len, h);
	ck_assert_int_eq(apply(&c, t_ctx(), patch, len, 0, &err), OTA_FORMAT);
	ck_id(err, OTA_E_PATCH);
	ck_assert_uint_le(c.len, h->new_size >> 63U ? 0 : h->new_size);
	free(patch);
}
END_TEST

static const struct {
	uint64_t control, diff, size; /* 0: as it is */
	ota_id id;
} heads[] = {
	{NEG(1), 0, 0, OTA_E_PATCH},
	{0, NEG(1), 0, OTA_E_PATCH},
	{0, 0, NEG(1), OTA_E_PATCH},
	{BIG, 0, 0, OTA_E_PATCH},
	{0, BIG, 0, OTA_E_PATCH},
	{BIG, BIG, 0, OTA_E_PATCH},
	{UINT64_MAX, UINT64_MAX, 0, OTA_E_PATCH},
	{1000, 0, 0, OTA_E_PATCH},
	{0, 1000, 0, OTA_E_PATCH},
	{1, 0, 0, OTA_E_PATCH},
	{0, 1, 0, OTA_E_PATCH},
	{0, 0, 65, OTA_E_LIMIT},
	{0, 0, BIG, OTA_E_LIMIT},
};

START_TEST(bad_heads)
{
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	uint8_t *patch;
	size_t len;

	patch = build(&len, &good[3].p);
	if (heads[_i].control != 0)
		store_le64(patch + 8, heads[_i].control);
	if (heads[_i].diff != 0)
		store_le64(patch + 16, heads[_i].diff);
	if (heads[_i].size != 0)
		store_le64(patch + 24, heads[_i].size);
	ck_assert_int_ne(apply(&c, t_ctx(), patch, len, 64, &err), OTA_OK);
	ck_id(err, heads[_i].id);
	ck_assert_uint_eq(c.len, 0);
	free(patch);
}
END_TEST

START_TEST(cut_and_extended)
{
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	uint8_t *patch, *more;
	size_t len;

	patch = build(&len, &good[3].p);
	for (size_t cut = 0; cut < len; cut++) {
		ck_assert_int_ne(apply(&c, t_ctx(), patch, cut, 0, &err), OTA_OK);
		ck_id(err, cut < 8 ? OTA_E_CODEC : OTA_E_PATCH);
		ck_assert_uint_le(c.len, 7);
	}
	more = calloc(1, len + 20);
	memcpy(more, patch, len);
	for (size_t n = 1; n <= 20; n++) {
		ck_assert_int_ne(apply(&c, t_ctx(), more, len + n, 0, &err), OTA_OK);
		ck_id(err, OTA_E_PATCH);
	}
	free(more);
	free(patch);
}
END_TEST

START_TEST(mutations)
{
	ota_err err = OTA_ERR_INIT;
	uint64_t seed = 40, size;
	struct counter c;
	uint8_t *patch, *bad;
	size_t len;

	patch = build(&len, &good[3].p);
	bad = malloc(len);
	for (unsigned i = 0; i < 1500; i++) {
		memcpy(bad, patch, len);
		for (uint64_t n = t_rand(&seed) % 3 + 1; n > 0; n--)
			bad[t_rand(&seed) % len] = (uint8_t)(t_rand(&seed) & 0xff);
		size = load_le64(bad + 24);
		if (apply(&c, t_ctx(), bad, len, 1 << 20, &err) == OTA_OK)
			ck_assert_uint_eq(c.len, size);
		else
			ck_assert(err.id == OTA_E_PATCH || err.id == OTA_E_CODEC ||
				  err.id == OTA_E_LIMIT);
		ck_assert_uint_le(c.len, size >> 63U ? 0 : size);
		ck_assert_uint_le(c.len, 1 << 20);
	}
	free(bad);
	free(patch);
}
END_TEST

START_TEST(probe)
{
	ota_patch_info info = {.size = sizeof(info)}, before;
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	ota_source *src;
	uint8_t *patch;
	ota_ctx *ctx;
	size_t len;

	patch = build(&len, &good[3].p);
	ck_ok(ota_source_memory(&src, t_ctx(), patch, len, &err), &err);
	ck_ok(ota_patch_probe(&info, src, &err), &err);
	ck_assert_str_eq(info.codec, "bsdiff");
	ck_assert_uint_eq(info.patch_size, len);
	ck_assert_uint_eq(info.new_size, 7);
	ota_source_close(src);

	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ck_ok(apply(&c, ctx, patch, len, 0, &err), &err);
	ck_assert_uint_le(ota_ctx_peak(ctx), info.ram);
	ota_ctx_free(ctx);

	before = info;
	patch[0] ^= 1;
	ck_ok(ota_source_memory(&src, t_ctx(), patch, len, &err), &err);
	ck_assert_int_eq(ota_patch_probe(&info, src, &err), OTA_UNSUPPORTED);
	ck_id(err, OTA_E_CODEC);
	ck_assert_mem_eq(&info, &before, sizeof(info));
	ota_source_close(src);
	free(patch);
}
END_TEST

START_TEST(table)
{
	ck_assert_str_eq(ota_codec_at(0), "bsdiff");
	ck_assert_ptr_eq(patch_by_name("bsdiff"), &bsdiff40_patch);
	ck_assert_ptr_null(patch_by_name("courgette"));
	ck_assert_ptr_null(ota_codec_at(100));
}
END_TEST

START_TEST(no_memory)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = t_ctx_failing(&f);
	int64_t live = f.live;
	uint64_t failed = 0;
	struct counter c;
	uint8_t *patch;
	ota_status st;
	size_t len;

	patch = build(&len, &good[3].p);
	do {
		f.fail_at = f.count + failed;
		st = apply(&c, ctx, patch, len, 0, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 100);
	ck_ok(st, &err);
	ck_assert_uint_ge(failed, 10);
	free(patch);
	ota_ctx_free(ctx);
}
END_TEST

START_TEST(cancelled)
{
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	uint8_t *patch;
	ota_ctx *ctx;
	size_t len;

	patch = build(&len, &good[3].p);
	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ota_ctx_cancel(ctx);
	ck_assert_int_eq(apply(&c, ctx, patch, len, 0, &err), OTA_CANCELLED);
	ck_assert_uint_eq(c.len, 0);
	ota_ctx_free(ctx);
	free(patch);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

TCase *tcase_bsdiff40(void)
{
	TCase *tc = tcase_create("bsdiff40");

	tcase_add_loop_test(tc, hand_made, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(hostile));
	tcase_add_loop_test(tc, bad_heads, 0, COUNT(heads));
	tcase_add_test(tc, cut_and_extended);
	tcase_add_test(tc, mutations);
	tcase_add_test(tc, probe);
	tcase_add_test(tc, table);
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, cancelled);
	tcase_set_timeout(tc, 60);
	return tc;
}
