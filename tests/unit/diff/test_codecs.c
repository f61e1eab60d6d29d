/* SPDX-License-Identifier: MIT */
/* What every codec of the world's promises: exact, bounded, the same bytes, and no to damage. */
#include <diff/diff.h>

#include <patch/patch.h>

#include <pairs.h>
#include <unit.h>

static const struct row {
	const char *codec, *profile;
} rows[] = {
	{"vcdiff", "tiny"},
	{"vcdiff", "std"},
	{"zstd", NULL},
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

/* A sink that says how much it was given, however the patch ended. */
struct counter {
	ota_sink base;
	struct bytes want;
	uint64_t len;
	bool differs;
};

static ota_status count_write(ota_sink *s, const void *buf, size_t len, ota_err *err)
{
	struct counter *c = (struct counter *)s;

	(void)err;
	c->differs |= c->len + len > c->want.len || memcmp(c->want.p + c->len, buf, len) != 0;
	c->len += len;
	return OTA_OK;
}

static ota_status apply(struct counter *c, const ota_ctx *ctx, const struct pair *p,
	struct bytes patch, uint64_t max, ota_err *err)
{
	static const ota_sink_ops ops = {.size = sizeof(ops), .write = count_write};
	ota_patch_options opt = {.size = sizeof(opt), .max_output = max};
	ota_source *a = NULL, *b = NULL;
	ota_status st;

	*c = (struct counter){.base.ops = &ops, .want = p->new_};
	st = ota_source_memory(&a, ctx, p->old_.p, p->old_.len, err);
	if (!st)
		st = ota_source_memory(&b, ctx, patch.p, patch.len, err);
	if (!st)
		st = ota_patch(&c->base, ctx, a, b, &opt, err);
	ota_source_close(b);
	ota_source_close(a);
	return st;
}

static ota_status make(struct bytes *out, const ota_ctx *ctx, const struct row *row,
	const struct pair *p, uint64_t memory, ota_err *err)
{
	ota_diff_options opt = {.size = sizeof(opt),
		.codec = row->codec,
		.profile = row->profile,
		.memory = memory};
	ota_source *a = NULL, *b = NULL;
	ota_sink *sink = NULL;
	const uint8_t *bytes;
	ota_status st;
	size_t len;

	st = ota_sink_memory(&sink, ctx, err);
	if (!st)
		st = ota_source_memory(&a, ctx, p->old_.p, p->old_.len, err);
	if (!st)
		st = ota_source_memory(&b, ctx, p->new_.p, p->new_.len, err);
	if (!st)
		st = ota_diff(sink, ctx, a, b, &opt, err);
	if (!st)
		st = ota_sink_commit(sink, err);
	if (!st) {
		ota_sink_memory_bytes(sink, &bytes, &len);
		*out = bytes_new(len);
		memcpy(out->p, bytes, len);
	}
	ota_source_close(b);
	ota_source_close(a);
	ota_sink_close(sink);
	return st;
}

static struct bytes patch_of(const struct row *row, const struct pair *p)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes patch;

	ck_ok(make(&patch, t_ctx(), row, p, 0, &err), &err);
	return patch;
}

/* A pair of a few thousand bytes whose patch has some of everything. */
static struct pair plain_pair(void)
{
	uint64_t s = 12;
	struct pair p = {.old_ = bytes_random(&s, 3000, 256)};

	p.new_ = bytes_edited(&s, p.old_, 4000);
	return p;
}

static ota_patch_info probed(struct bytes patch)
{
	ota_patch_info info = {.size = sizeof(info)};
	ota_err err = OTA_ERR_INIT;
	ota_source *src;

	ck_ok(ota_source_memory(&src, t_ctx(), patch.p, patch.len, &err), &err);
	ck_ok(ota_patch_probe(&info, src, &err), &err);
	ota_source_close(src);
	return info;
}

START_TEST(pairs)
{
	const struct row *row = &rows[_i % ROWS];
	ota_err err = OTA_ERR_INIT;
	struct counter c;

	for (uint64_t seed = 0; seed < 120; seed++) {
		struct pair p = pair_make(7000 + seed);
		struct bytes patch = patch_of(row, &p);
		ota_patch_info info = probed(patch);

		ck_assert_str_eq(info.codec, row->codec);
		ck_assert_uint_eq(info.patch_size, patch.len);
		ck_assert_uint_eq(info.new_size, p.new_.len);
		ck_ok(apply(&c, t_ctx(), &p, patch, 0, &err), &err);
		ck_assert_uint_eq(c.len, p.new_.len);
		ck_assert(!c.differs);
		free(patch.p);
		pair_free(&p);
	}
}
END_TEST

/* Applied in the memory that the head declares, made in the memory that is announced. */
START_TEST(memory)
{
	static const size_t sizes[] = {0, 1, 3000, 300000, 3000000};
	const struct row *row = &rows[_i / 5];
	uint64_t s = 1, need;
	struct pair p = {.old_ = bytes_random(&s, sizes[_i % 5], 256)};
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1};
	ota_err err = OTA_ERR_INIT;
	ota_patch_info info;
	struct bytes patch;
	struct counter c;
	ota_ctx *ctx;

	p.new_ = bytes_edited(&s, p.old_, p.old_.len + 20);
	need = p.old_.len + p.new_.len + diff_by_name(row->codec)->memory(p.old_.len, p.new_.len);
	ck_assert_int_eq(make(&patch, t_ctx(), row, &p, need - 1, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	cfg.mem_max = need + 4096 + 2 * (p.new_.len + 1000); /* the patch and its sink */
	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	ck_ok(make(&patch, ctx, row, &p, need, &err), &err);
	ota_ctx_free(ctx);
	info = probed(patch);
	cfg.mem_max = patch_ram(&info, p.old_.len);
	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	ck_ok(apply(&c, ctx, &p, patch, 0, &err), &err);
	ota_ctx_free(ctx);
	cfg.mem_max = 4096 + (info.holds_old ? p.old_.len : info.ram / 2);
	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	if (p.new_.len > 200000) {
		ck_assert_int_eq(apply(&c, ctx, &p, patch, 0, &err), OTA_LIMIT);
		ck_id(err, OTA_E_MEM_LIMIT);
	}
	ota_ctx_free(ctx);
	free(patch.p);
	pair_free(&p);
}
END_TEST

START_TEST(cut_and_extended)
{
	struct pair p = plain_pair();
	struct bytes patch = patch_of(&rows[_i], &p), part = bytes_new(patch.len + 20);
	ota_err err = OTA_ERR_INIT;
	unsigned good = 0, other = 0, more = 0;
	struct counter c;

	memcpy(part.p, patch.p, patch.len);
	for (part.len = 0; part.len < patch.len; part.len++) {
		struct bytes exact = bytes_new(part.len);

		memcpy(exact.p, patch.p, part.len);
		good += apply(&c, t_ctx(), &p, exact, 0, &err) == OTA_OK;
		other += err.id != (part.len < 4 ? OTA_E_CODEC : OTA_E_PATCH);
		more += c.len > p.new_.len || c.differs;
		free(exact.p);
	}
	for (part.len = patch.len + 1; part.len <= patch.len + 20; part.len++) {
		good += apply(&c, t_ctx(), &p, part, 0, &err) == OTA_OK;
		other += err.id != OTA_E_PATCH;
	}
	ck_assert_uint_eq(good, 0);
	ck_assert_uint_eq(other, 0);
	ck_assert_uint_eq(more, 0);
	free(part.p);
	free(patch.p);
	pair_free(&p);
}
END_TEST

static bool expected(ota_id id)
{
	static const ota_id ids[] = {
		OTA_E_PATCH, OTA_E_CODEC, OTA_E_LIMIT, OTA_E_SOURCE, OTA_E_MEM_LIMIT};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Every byte with every bit, then several at once: the right image or an id, never more bytes. */
START_TEST(mutations)
{
	struct pair p = plain_pair();
	struct bytes patch = patch_of(&rows[_i], &p), bad = bytes_new(patch.len);
	ota_config cfg = {.size = sizeof(cfg), .mem_max = 64 << 20U};
	unsigned wrong = 0, strange = 0, more = 0;
	ota_err err = OTA_ERR_INIT;
	uint64_t s = 5;
	struct counter c;
	ota_ctx *ctx;

	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	for (size_t i = 0; i < 8 * patch.len + 2000; i++) {
		memcpy(bad.p, patch.p, patch.len);
		if (i < 8 * patch.len)
			bad.p[i / 8] ^= (uint8_t)(1U << (i % 8));
		else
			for (uint64_t n = pair_rand(&s) % 4 + 1; n > 0; n--)
				bad.p[pair_rand(&s) % bad.len] = (uint8_t)(pair_rand(&s) & 0xff);
		if (apply(&c, ctx, &p, bad, 1 << 20U, &err) == OTA_OK)
			wrong += c.differs || c.len != p.new_.len;
		else
			strange += !expected(err.id);
		more += c.len > 1 << 20U;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(strange, 0);
	ck_assert_uint_eq(more, 0);
	ota_ctx_free(ctx);
	free(bad.p);
	free(patch.p);
	pair_free(&p);
}
END_TEST

START_TEST(limits)
{
	struct pair p = plain_pair(), other = plain_pair();
	struct bytes patch = patch_of(&rows[_i], &p);
	ota_err err = OTA_ERR_INIT;
	struct counter c;
	ota_ctx *ctx;

	ck_assert_int_eq(apply(&c, t_ctx(), &p, patch, p.new_.len - 1, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ck_assert_uint_eq(c.len, 0);
	ck_ok(apply(&c, t_ctx(), &p, patch, p.new_.len, &err), &err);
	for (size_t i = 0; i < other.old_.len; i++)
		other.old_.p[i] ^= 1;
	ck_assert_int_ne(apply(&c, t_ctx(), &other, patch, 0, &err), OTA_OK);
	ck_id(err, OTA_E_PATCH);
	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ota_ctx_cancel(ctx);
	ck_assert_int_eq(apply(&c, ctx, &p, patch, 0, &err), OTA_CANCELLED);
	ck_assert_int_eq(make(&patch, ctx, &rows[_i], &p, 0, &err), OTA_CANCELLED);
	ota_ctx_free(ctx);
	free(patch.p);
	pair_free(&other);
	pair_free(&p);
}
END_TEST

START_TEST(deterministic)
{
	struct pair p = pair_make(9);
	struct bytes a, b;
	ota_err err = OTA_ERR_INIT;

	pair_free(&p);
	p.old_ = bytes_new(200000);
	for (size_t i = 0; i < p.old_.len; i++)
		p.old_.p[i] = (uint8_t)(i * i >> 7U);
	p.new_ = bytes_edited(&(uint64_t){3}, p.old_, 200000);
	a = patch_of(&rows[_i], &p);
	ck_ok(make(&b, t_ctx_jobs(4), &rows[_i], &p, 0, &err), &err);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert(memcmp(a.p, b.p, a.len) == 0);
	free(a.p);
	free(b.p);
	pair_free(&p);
}
END_TEST

START_TEST(no_memory)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	struct pair p = plain_pair();
	struct bytes patch = patch_of(&rows[_i], &p), again;
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = t_ctx_failing(&f);
	int64_t live = f.live;
	uint64_t failed = 0;
	struct counter c;
	ota_status st;

	do {
		f.fail_at = f.count + failed;
		st = make(&again, ctx, &rows[_i], &p, 0, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 500);
	ck_ok(st, &err);
	free(again.p);
	failed = 0;
	do {
		f.fail_at = f.count + failed;
		st = apply(&c, ctx, &p, patch, 0, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 100);
	ck_ok(st, &err);
	ck_assert_uint_ge(failed, 3);
	free(patch.p);
	pair_free(&p);
	ota_ctx_free(ctx);
}
END_TEST

TCase *tcase_codecs(void)
{
	TCase *tc = tcase_create("codecs");

	tcase_add_loop_test(tc, pairs, 0, ROWS);
	tcase_add_loop_test(tc, memory, 0, 5 * ROWS);
	tcase_add_loop_test(tc, cut_and_extended, 0, ROWS);
	tcase_add_loop_test(tc, mutations, 0, ROWS);
	tcase_add_loop_test(tc, limits, 0, ROWS);
	tcase_add_loop_test(tc, deterministic, 0, ROWS);
	tcase_add_loop_test(tc, no_memory, 0, ROWS);
	tcase_set_timeout(tc, 120);
	return tc;
}
