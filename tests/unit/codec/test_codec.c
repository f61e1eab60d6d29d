/* SPDX-License-Identifier: MIT */
#include <codec/codec.h>

#include <lzma.h>
#include <unit.h>

static const enum codec_id ids[] = {CODEC_XZ, CODEC_ZSTD};

enum fill { ZEROS, TEXT, NOISE, FILLS };

static uint8_t *make_raw(size_t len, enum fill fill)
{
	uint8_t *p = malloc(len);
	uint64_t seed = len + fill;

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < len; i++) {
		uint64_t r = fill == NOISE || (fill == TEXT && i % 7 == 0) ? t_rand(&seed) : 0;

		p[i] = (uint8_t)(fill == TEXT ? 'a' + (r % 16) : r & 0xff);
	}
	return p;
}

/* Encoded bytes in a block of exactly their length, so that a sanitizer sees each read beyond. */
static uint8_t *encode(const struct block_codec *c, size_t *len, const uint8_t *raw, size_t raw_len,
	uint32_t chunk_size)
{
	size_t cap = c->bound(raw_len);
	uint8_t *out = malloc(cap), *exact;
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	st = c->encode(t_ctx(), out, cap, len, raw, raw_len, chunk_size, &err);
	ck_ok(st, &err);
	exact = malloc(*len);
	memcpy(exact, out, *len);
	free(out);
	return exact;
}

static void refuse(const struct block_codec *c, const uint8_t *in, size_t len, size_t raw_len,
	uint32_t chunk_size)
{
	uint8_t *raw = malloc(raw_len + 1), *exact = malloc(len + 1);
	ota_err err = OTA_ERR_INIT;
	ota_status st;

	memcpy(exact, in, len);
	st = c->decode(t_ctx(), raw, raw_len, exact, len, chunk_size, &err);
	ck_assert_int_eq(st, OTA_FORMAT);
	ck_id(err, OTA_E_CHUNK);
	free(exact);
	free(raw);
}

START_TEST(rows)
{
	ck_assert_ptr_eq(codec_by_name("none"), codec_by_id(CODEC_NONE));
	ck_assert_ptr_null(codec_by_name("none")->encode);
	ck_assert_ptr_eq(codec_by_name("xz"), codec_by_id(CODEC_XZ));
	ck_assert_ptr_eq(codec_by_name("zstd"), codec_by_id(CODEC_ZSTD));
	ck_assert_ptr_null(codec_by_name("gzip"));
	ck_assert_ptr_null(codec_by_name(""));
	ck_assert_ptr_null(codec_alloc(t_ctx(), SIZE_MAX / 2, 3));
}
END_TEST

START_TEST(round_trips)
{
	static const size_t lens[] = {1, 2, 3, 255, 256, 4095, 4096, 65536, 70001, 262144};
	const struct block_codec *c = codec_by_id(ids[_i]);

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (enum fill fill = ZEROS; fill < FILLS; fill++) {
			uint32_t chunk = lens[i] <= 4096 ? 4096 : 262144;
			uint8_t *raw = make_raw(lens[i], fill), *back = malloc(lens[i]);
			ota_err err = OTA_ERR_INIT;
			size_t len, len2;
			uint8_t *a = encode(c, &len, raw, lens[i], chunk);
			uint8_t *b = encode(c, &len2, raw, lens[i], chunk);

			ck_assert_uint_eq(len, len2);
			ck_assert_mem_eq(a, b, len);
			ck_ok(c->decode(t_ctx(), back, lens[i], a, len, chunk, &err), &err);
			ck_assert_mem_eq(raw, back, lens[i]);
			free(a);
			free(b);
			free(back);
			free(raw);
		}
	}
}
END_TEST

START_TEST(other_sizes)
{
	const struct block_codec *c = codec_by_id(ids[_i]);
	uint8_t *raw = make_raw(4096, TEXT), *in, *two;
	size_t len;

	in = encode(c, &len, raw, 4096, 4096);
	refuse(c, in, len, 4095, 4096);
	refuse(c, in, len, 4097, 8192);
	refuse(c, in, len, 1, 4096);
	refuse(c, in, len, 0, 4096);
	for (size_t cut = 0; cut < len; cut++)
		refuse(c, in, cut, 4096, 4096);
	two = calloc(2, len);
	memcpy(two, in, len);
	for (size_t extra = 1; extra <= 8; extra++)
		refuse(c, two, len + extra, 4096, 4096);
	memcpy(two + len, in, len);
	refuse(c, two, 2 * len, 4096, 4096);
	refuse(c, two, 2 * len, 8192, 8192);
	free(two);
	free(in);
	free(raw);
}
END_TEST

START_TEST(bomb)
{
	const struct block_codec *c = codec_by_id(ids[_i]);
	uint8_t *raw = make_raw(1 << 20, ZEROS), *in;
	size_t len;

	in = encode(c, &len, raw, 1 << 20, 1 << 20);
	ck_assert_uint_lt(len, 1000);
	refuse(c, in, len, 4096, 4096);
	free(in);
	free(raw);
}
END_TEST

START_TEST(mutations)
{
	const struct block_codec *c = codec_by_id(ids[_i]);
	uint8_t *raw = make_raw(3000, TEXT), *back = malloc(3000), *in, *bad;
	ota_err err = OTA_ERR_INIT;
	uint64_t seed = 7;
	size_t len, refused = 0;

	in = encode(c, &len, raw, 3000, 4096);
	bad = malloc(len);
	for (unsigned i = 0; i < 2000; i++) {
		memcpy(bad, in, len);
		for (uint64_t n = t_rand(&seed) % 3 + 1; n > 0; n--)
			bad[t_rand(&seed) % len] ^= (uint8_t)(1U << (t_rand(&seed) % 8));
		if (c->decode(t_ctx(), back, 3000, bad, len, 4096, &err) != OTA_OK) {
			ck_id(err, OTA_E_CHUNK);
			refused++;
		}
	}
	ck_assert_uint_gt(refused, 1000);
	free(bad);
	free(in);
	free(back);
	free(raw);
}
END_TEST

START_TEST(decode_ram)
{
	const struct block_codec *c = codec_by_id(ids[_i]);

	for (uint32_t chunk = 4096; chunk <= 4U << 20U; chunk *= 4) {
		uint8_t *raw = make_raw(chunk, ZEROS), *in;
		ota_err err = OTA_ERR_INIT;
		uint64_t before;
		ota_ctx *ctx;
		size_t len;

		in = encode(c, &len, raw, chunk, chunk);
		ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
		before = ota_ctx_peak(ctx);
		ck_ok(c->decode(ctx, raw, chunk, in, len, chunk, &err), &err);
		ck_assert_uint_le(ota_ctx_peak(ctx) - before, c->decode_ram(chunk));
		/* It is counted at all. */
		ck_assert_uint_gt(ota_ctx_peak(ctx), before);
		ota_ctx_free(ctx);
		free(in);
		free(raw);
	}
}
END_TEST

START_TEST(no_memory)
{
	const struct block_codec *c = codec_by_id(ids[_i]);
	uint8_t raw[600] = {1, 2, 3}, back[600], out[2000];
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = t_ctx_failing(&f);
	int64_t live = f.live;
	uint64_t failed = 0;
	ota_status st;
	size_t len;

	do {
		f.fail_at = f.count + failed;
		st = c->encode(ctx, out, sizeof(out), &len, raw, sizeof(raw), 4096, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 100);
	ck_ok(st, &err);
	ck_assert_uint_gt(failed, 0);
	failed = 0;
	do {
		f.fail_at = f.count + failed;
		st = c->decode(ctx, back, sizeof(back), out, len, 4096, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 100);
	ck_ok(st, &err);
	ck_assert_uint_gt(failed, 0);
	ck_assert_mem_eq(raw, back, sizeof(raw));
	ota_ctx_free(ctx);
}
END_TEST

/* What no chunk of ours is: another check, a larger dictionary. */
START_TEST(xz_foreign)
{
	const struct block_codec *c = codec_by_id(CODEC_XZ);
	uint8_t raw[100] = {0}, out[1000];
	lzma_options_lzma opt;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};
	static const lzma_check checks[] = {
		LZMA_CHECK_NONE, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256, LZMA_CHECK_CRC32};
	size_t len;

	lzma_lzma_preset(&opt, 6);
	for (size_t i = 0; i < 4; i++) {
		len = 0;
		opt.dict_size = checks[i] == LZMA_CHECK_CRC32 ? 8U << 20U : 4096;
		ck_assert_int_eq(lzma_stream_buffer_encode(filters, checks[i], NULL, raw,
					 sizeof(raw), out, &len, sizeof(out)),
			LZMA_OK);
		refuse(c, out, len, sizeof(raw), 4096);
	}
}
END_TEST

/* What liblzma decodes and the format does not allow, so that all readers agree. */
START_TEST(xz_other_filters)
{
	const struct block_codec *c = codec_by_id(CODEC_XZ);
	uint8_t raw[100], out[1000];
	lzma_options_lzma opt;
	lzma_options_delta delta = {.type = LZMA_DELTA_TYPE_BYTE, .dist = 1};
	lzma_filter plain[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};
	lzma_filter x86[] = {{LZMA_FILTER_X86, NULL}, plain[0], plain[1]};
	lzma_filter diff[] = {{LZMA_FILTER_DELTA, &delta}, plain[0], plain[1]};
	const struct {
		lzma_filter *filters;
		uint32_t dict;
		bool good;
	} cases[] = {{plain, 4096, true}, {plain, 8192, false}, {plain, 128U << 10U, false},
		{x86, 4096, false}, {diff, 4096, false}};
	ota_err err = OTA_ERR_INIT;

	lzma_lzma_preset(&opt, 6);
	memset(raw, 'a', sizeof(raw));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = 0;

		opt.dict_size = cases[i].dict;
		ck_assert_int_eq(lzma_stream_buffer_encode(cases[i].filters, LZMA_CHECK_CRC32, NULL,
					 raw, sizeof(raw), out, &len, sizeof(out)),
			LZMA_OK);
		if (cases[i].good)
			ck_ok(c->decode(t_ctx(), raw, sizeof(raw), out, len, 4096, &err), &err);
		else
			refuse(c, out, len, sizeof(raw), 4096);
	}
}
END_TEST

START_TEST(xz_two_blocks)
{
	const struct block_codec *c = codec_by_id(CODEC_XZ);
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma opt;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &opt}, {LZMA_VLI_UNKNOWN, NULL}};
	uint8_t raw[100] = {1}, out[1000];

	lzma_lzma_preset(&opt, 6);
	opt.dict_size = 4096;
	ck_assert_int_eq(lzma_stream_encoder(&s, filters, LZMA_CHECK_CRC32), LZMA_OK);
	s.next_out = out;
	s.avail_out = sizeof(out);
	for (int i = 0; i < 2; i++) {
		s.next_in = raw + 50 * i;
		s.avail_in = 50;
		ck_assert_int_eq(
			lzma_code(&s, i == 0 ? LZMA_FULL_FLUSH : LZMA_FINISH), LZMA_STREAM_END);
	}
	refuse(c, out, s.total_out, sizeof(raw), 4096);
	lzma_end(&s);
}
END_TEST

/* One frame of 300 × 'a' with a window descriptor; by hand, from RFC 8878. */
START_TEST(zstd_foreign)
{
	static const uint8_t good[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0x40, 0x10, 44, 0, 0x63, 0x09, 0x00, 'a'};
	static const uint8_t dict[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0x41, 0x10, 9, 44, 0, 0x63, 0x09, 0x00, 'a'};
	static const uint8_t no_size[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x10, 0x63, 0x09, 0x00, 'a'};
	static const uint8_t skip[] = {0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 'x'};
	const struct block_codec *c = codec_by_id(CODEC_ZSTD);
	uint8_t raw[300], two[sizeof(good) + sizeof(skip)], wide[sizeof(good)];
	ota_err err = OTA_ERR_INIT;

	ck_ok(c->decode(t_ctx(), raw, 300, good, sizeof(good), 4096, &err), &err);
	ck_assert_int_eq(raw[299], 'a');
	refuse(c, dict, sizeof(dict), 300, 4096);
	refuse(c, no_size, sizeof(no_size), 300, 4096);
	refuse(c, skip, sizeof(skip), 300, 4096);
	memcpy(wide, good, sizeof(good));
	wide[5] = 0x18;
	refuse(c, wide, sizeof(wide), 300, 4096);
	memcpy(two, good, sizeof(good));
	memcpy(two + sizeof(good), skip, sizeof(skip));
	refuse(c, two, sizeof(two), 300, 4096);
	memcpy(two, skip, sizeof(skip));
	memcpy(two + sizeof(skip), good, sizeof(good));
	refuse(c, two, sizeof(two), 300, 4096);
}
END_TEST

TCase *tcase_codec(void)
{
	TCase *tc = tcase_create("codec");

	tcase_add_test(tc, rows);
	tcase_add_loop_test(tc, round_trips, 0, 2);
	tcase_add_loop_test(tc, other_sizes, 0, 2);
	tcase_add_loop_test(tc, bomb, 0, 2);
	tcase_add_loop_test(tc, mutations, 0, 2);
	tcase_add_loop_test(tc, decode_ram, 0, 2);
	tcase_add_loop_test(tc, no_memory, 0, 2);
	tcase_add_test(tc, xz_foreign);
	tcase_add_test(tc, xz_other_filters);
	tcase_add_test(tc, xz_two_blocks);
	tcase_add_test(tc, zstd_foreign);
	tcase_set_timeout(tc, 60);
	return tc;
}
