/* SPDX-License-Identifier: MIT */
/* Deep patches: every way to compress, exact; damage refused; nothing written before the checks. */
#include <diff/diff.h>

#include <codec/repack.h>
#include <patch/patch.h>

#include <pairs.h>
#include <unit.h>

static const uint8_t gzip_head[] = {0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 'n', 0};

/* Some bytes, what p becomes compressed, some more. */
static struct bytes wrap(unsigned codec, const uint8_t how[REPACK_HOW], struct bytes p)
{
	const struct repack_codec *c = repack_by_id(codec);
	ota_err err = OTA_ERR_INIT;
	ota_sink *sink = NULL;
	const uint8_t *bytes;
	struct bytes out;
	size_t len;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_sink_write(sink, "some bytes", 10, &err), &err);
	if (codec == REPACK_DEFLATE)
		ck_ok(ota_sink_write(sink, gzip_head, sizeof(gzip_head), &err), &err);
	ck_ok(c->pack(sink, t_ctx(), how, p.p, p.len, &err), &err);
	ck_ok(ota_sink_write(sink, "and more, some more", 19, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &bytes, &len);
	out = bytes_new(len);
	memcpy(out.p, bytes, len);
	ota_sink_close(sink);
	return out;
}

/* Words, and the same with some changed. */
static struct pair plain_pair(size_t len)
{
	struct pair p = {.old_ = bytes_new(len)};
	uint64_t s = 4;

	for (size_t i = 0; i < len;) {
		uint64_t word = pair_rand(&s) % 300, x = word;

		for (unsigned k = 0; i < len && k < 3 + word % 6; k++, i++)
			p.old_.p[i] = (uint8_t)('a' + pair_rand(&x) % 26);
	}
	p.new_ = bytes_edited(&s, p.old_, len + 50);
	return p;
}

static struct pair packed_pair(unsigned codec, const uint8_t how[REPACK_HOW], size_t len)
{
	struct pair plain = plain_pair(len), p;

	p.old_ = wrap(codec, how, plain.old_);
	p.new_ = wrap(codec, how, plain.new_);
	pair_free(&plain);
	return p;
}

static const uint8_t level6[REPACK_HOW] = {6, 8}, level19[REPACK_HOW] = {19, 3};

static struct bytes patch_of(const ota_ctx *ctx, const struct pair *p)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = "deep"};
	ota_source *a = NULL, *b = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_sink *sink = NULL;
	const uint8_t *bytes;
	struct bytes out;
	size_t len;

	ck_ok(ota_sink_memory(&sink, ctx, &err), &err);
	ck_ok(ota_source_memory(&a, ctx, p->old_.p, p->old_.len, &err), &err);
	ck_ok(ota_source_memory(&b, ctx, p->new_.p, p->new_.len, &err), &err);
	ck_ok(ota_diff(sink, ctx, a, b, &opt, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &bytes, &len);
	out = bytes_new(len);
	memcpy(out.p, bytes, len);
	ota_source_close(b);
	ota_source_close(a);
	ota_sink_close(sink);
	return out;
}

struct result {
	ota_sink base;
	struct bytes want;
	size_t len;
	bool differs;
	ota_err err;
};

static ota_status result_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct result *r = (struct result *)s;

	(void)err;
	r->differs |= len > r->want.len - r->len || memcmp(r->want.p + r->len, buf, len) != 0;
	r->len += r->differs ? 0 : len;
	return OTA_OK;
}

static ota_status apply(
	struct result *r, const ota_ctx *ctx, const struct pair *p, struct bytes patch)
{
	static const ota_sink_ops ops = {.size = sizeof(ops), .write = result_write};
	ota_source *a = NULL, *b = NULL;
	ota_status st;

	*r = (struct result){.base.ops = &ops, .want = p->new_, .err = OTA_ERR_INIT};
	st = ota_source_memory(&a, ctx, p->old_.p, p->old_.len, &r->err);
	if (!st)
		st = ota_source_memory(&b, ctx, patch.p, patch.len, &r->err);
	if (!st)
		st = ota_patch(&r->base, ctx, a, b, NULL, &r->err);
	ota_source_close(b);
	ota_source_close(a);
	return st;
}

static bool is_deep(struct bytes patch)
{
	return patch.len > 4 && memcmp(patch.p, "OTDP", 4) == 0;
}

static const struct way {
	unsigned codec;
	uint8_t how[REPACK_HOW];
} ways[] = {
	{REPACK_DEFLATE, {1, 8}},
	{REPACK_DEFLATE, {2, 8}},
	{REPACK_DEFLATE, {3, 8}},
	{REPACK_DEFLATE, {4, 8}},
	{REPACK_DEFLATE, {5, 8}},
	{REPACK_DEFLATE, {6, 8}},
	{REPACK_DEFLATE, {7, 9}},
	{REPACK_DEFLATE, {8, 8}},
	{REPACK_DEFLATE, {9, 9}},
	{REPACK_ZLIB, {1, 9}},
	{REPACK_ZLIB, {9, 8}},
	{REPACK_ZSTD, {3, 2}},
	{REPACK_ZSTD, {9, 1}},
	{REPACK_ZSTD, {19, 3}},
};

/* Far smaller than what is between the compressed bytes, and exact. */
START_TEST(each_way)
{
	const struct way *w = &ways[_i];
	struct pair p = packed_pair(w->codec, w->how, 60000);
	struct bytes patch = patch_of(t_ctx(), &p), again = patch_of(t_ctx_jobs(4), &p);
	struct result r;

	ck_assert(is_deep(patch));
	ck_assert_uint_lt(patch.len, p.new_.len / 3);
	ck_ok(apply(&r, t_ctx(), &p, patch), &r.err);
	ck_assert(!r.differs);
	ck_assert_uint_eq(r.len, p.new_.len);
	ck_assert_uint_eq(again.len, patch.len);
	ck_assert(memcmp(again.p, patch.p, patch.len) == 0);
	free(again.p);
	free(patch.p);
	pair_free(&p);
}
END_TEST

/* A block that no known way makes stays as it is: the patch is plain otad. */
START_TEST(not_reproduced)
{
	struct pair p = packed_pair(REPACK_DEFLATE, level6, 3000);
	struct bytes patch;
	struct result r;

	pair_free(&(struct pair){.old_ = p.new_, .new_ = bytes_new(1)});
	p.new_ = bytes_new(p.old_.len);
	memcpy(p.new_.p, p.old_.p, p.old_.len);
	p.new_.p[10 + sizeof(gzip_head) + 40] ^= 0x10;
	patch = patch_of(t_ctx(), &p);
	ck_assert(!is_deep(patch));
	ck_ok(apply(&r, t_ctx(), &p, patch), &r.err);
	ck_assert_uint_eq(r.len, p.new_.len);
	free(patch.p);
	pair_free(&p);
}
END_TEST

START_TEST(refused_before_writing)
{
	struct pair p = packed_pair(REPACK_ZSTD, level19, 20000);
	struct bytes patch = patch_of(t_ctx(), &p);
	struct result r;
	size_t at = 40;

	for (unsigned numbers = 0; numbers < 8; at++)
		numbers += patch.p[at] < 0x80;
	p.old_.p[4] ^= 1;
	ck_assert_int_eq(apply(&r, t_ctx(), &p, patch), OTA_REFUSED);
	ck_id(r.err, OTA_E_SOURCE);
	p.old_.p[4] ^= 1;
	/* Another level, and one that nobody has. */
	patch.p[at + 1] = 3;
	ck_assert_int_eq(apply(&r, t_ctx(), &p, patch), OTA_UNSUPPORTED);
	ck_id(r.err, OTA_E_RECOMPRESS);
	ck_assert(r.len == 0 && !r.differs);
	patch.p[at + 1] = 99;
	ck_assert_int_eq(apply(&r, t_ctx(), &p, patch), OTA_UNSUPPORTED);
	ck_id(r.err, OTA_E_RECOMPRESS);
	ck_assert(r.len == 0 && !r.differs);
	free(patch.p);
	pair_free(&p);
}
END_TEST

START_TEST(cut_and_extended)
{
	struct pair p = packed_pair(REPACK_DEFLATE, level6, 3000);
	struct bytes patch = patch_of(t_ctx(), &p), longer = bytes_new(patch.len + 1);
	unsigned good = 0, other = 0, more = 0;
	struct result r;

	memcpy(longer.p, patch.p, patch.len);
	for (size_t len = 0; len <= longer.len; len++) {
		struct bytes exact = bytes_new(len);

		memcpy(exact.p, longer.p, len);
		good += apply(&r, t_ctx(), &p, exact) == OTA_OK;
		other += len != patch.len && r.err.id != (len < 4 ? OTA_E_CODEC : OTA_E_PATCH);
		more += r.differs;
		free(exact.p);
	}
	ck_assert_uint_eq(good, 1);
	ck_assert_uint_eq(other, 0);
	ck_assert_uint_eq(more, 0);
	free(longer.p);
	free(patch.p);
	pair_free(&p);
}
END_TEST

/* Every bit of the head and the recipe, some of the rest: the right image or an id. */
START_TEST(mutations)
{
	struct pair p = packed_pair(REPACK_DEFLATE, level6, 3000);
	struct bytes patch = patch_of(t_ctx(), &p);
	ota_config cfg = {.size = sizeof(cfg), .mem_max = 64 << 20U};
	unsigned wrong = 0, nameless = 0;
	ota_err err = OTA_ERR_INIT;
	struct result r;
	ota_ctx *ctx;

	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	for (size_t i = 0; i < 8 * patch.len; i++) {
		patch.p[i / 8] ^= (uint8_t)(1U << (i % 8));
		if (apply(&r, ctx, &p, patch) == OTA_OK)
			wrong += r.differs || r.len != p.new_.len;
		else
			nameless += r.err.id == 0;
		patch.p[i / 8] ^= (uint8_t)(1U << (i % 8));
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(nameless, 0);
	ota_ctx_free(ctx);
	free(patch.p);
	pair_free(&p);
}
END_TEST

START_TEST(memory)
{
	struct pair p = packed_pair(REPACK_ZSTD, level19, 400000);
	struct bytes patch = patch_of(t_ctx(), &p);
	ota_patch_info info = {.size = sizeof(info)};
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1};
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	struct result r;
	ota_ctx *ctx;

	ck_ok(ota_source_memory(&src, t_ctx(), patch.p, patch.len, &err), &err);
	ck_ok(ota_patch_probe(&info, src, &err), &err);
	ota_source_close(src);
	ck_assert_str_eq(info.codec, "deep");
	ck_assert_uint_eq(info.new_size, p.new_.len);
	cfg.mem_max = patch_ram(&info, p.old_.len);
	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	ck_ok(apply(&r, ctx, &p, patch), &r.err);
	ck_assert_uint_eq(r.len, p.new_.len);
	ota_ctx_free(ctx);
	free(patch.p);
	pair_free(&p);
}
END_TEST

START_TEST(no_memory)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	struct pair p = packed_pair(REPACK_DEFLATE, level6, 3000);
	struct bytes patch = patch_of(t_ctx(), &p);
	ota_ctx *ctx = t_ctx_failing(&f);
	int64_t live = f.live;
	uint64_t failed = 0;
	struct result r;
	ota_status st;

	do {
		f.fail_at = f.count + failed;
		st = apply(&r, ctx, &p, patch);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 500);
	ck_assert_int_eq(st, OTA_OK);
	ck_assert_uint_gt(failed, 5);
	ota_ctx_free(ctx);
	free(patch.p);
	pair_free(&p);
}
END_TEST

TCase *tcase_deep(void)
{
	TCase *tc = tcase_create("deep");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, each_way, 0, (int)(sizeof(ways) / sizeof(ways[0])));
	tcase_add_test(tc, not_reproduced);
	tcase_add_test(tc, refused_before_writing);
	tcase_add_test(tc, cut_and_extended);
	tcase_add_test(tc, mutations);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, no_memory);
	return tc;
}
