/* SPDX-License-Identifier: MIT */
#include <codec/stream.h>

#include <unit.h>

static uint8_t *pack(
	size_t *len, const ota_ctx *ctx, const uint8_t *raw, size_t raw_len, ota_status *st)
{
	ota_sink *mem = NULL, *bz = NULL;
	ota_err err = OTA_ERR_INIT;
	const uint8_t *p;
	uint8_t *out = NULL;

	*st = ota_sink_memory(&mem, ctx, &err);
	if (!*st)
		*st = bz2_sink(&bz, ctx, mem, raw_len, &err);
	for (size_t done = 0; !*st && done < raw_len;) {
		size_t n = raw_len - done < 40000 ? raw_len - done : 40000;

		*st = ota_sink_write(bz, raw + done, n, &err);
		done += n;
	}
	if (!*st)
		*st = ota_sink_commit(bz, &err);
	if (!*st)
		*st = ota_sink_commit(mem, &err);
	if (!*st) {
		ota_sink_memory_bytes(mem, &p, len);
		out = malloc(*len);
		memcpy(out, p, *len);
	}
	ota_sink_close(bz);
	ota_sink_close(mem);
	return out;
}

/* Reads to the end in steps; the bytes got are counted in *got, at most cap. */
static ota_status unpack(uint8_t *raw, size_t cap, size_t *got, const ota_ctx *ctx,
	const uint8_t *in, size_t len, ota_err *err)
{
	ota_source *mem = NULL, *bz = NULL;
	size_t n = 1, step = 1;
	ota_status st;

	*got = 0;
	st = ota_source_memory(&mem, ctx, in, len, err);
	if (!st)
		st = bz2_source(&bz, ctx, mem, err);
	while (!st && n > 0 && *got < cap) {
		size_t want = step < cap - *got ? step : cap - *got;

		st = ota_source_read(bz, raw + *got, want, &n, err);
		if (st)
			break;
		*got += n;
		step = step * 3 + 1;
	}
	ota_source_close(bz);
	ota_source_close(mem);
	return st;
}

START_TEST(round_trips)
{
	static const size_t lens[] = {0, 1, 5, 32768, 100000, 2000000};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		uint8_t *raw = malloc(lens[i] + 1), *back = malloc(lens[i] + 1), *in;
		ota_err err = OTA_ERR_INIT;
		uint64_t seed = i;
		size_t len, got;
		ota_status st;

		for (size_t k = 0; k < lens[i]; k++)
			raw[k] = k % 8 ? 0 : (uint8_t)(t_rand(&seed) & 0xff);
		in = pack(&len, t_ctx(), raw, lens[i], &st);
		ck_assert_int_eq(st, OTA_OK);
		ck_assert_int_eq(in[3], lens[i] < 79000 ? '1' : lens[i] == 100000 ? '2' : '9');
		ck_ok(unpack(back, lens[i] + 1, &got, t_ctx(), in, len, &err), &err);
		ck_assert_uint_eq(got, lens[i]);
		ck_assert_mem_eq(raw, back, lens[i]);
		free(in);
		free(back);
		free(raw);
	}
}
END_TEST

START_TEST(damage)
{
	uint8_t raw[400], back[4000], *in, *bad;
	ota_err err = OTA_ERR_INIT;
	size_t len, got, harmless = 0;
	ota_status st;

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * i >> 3U);
	in = pack(&len, t_ctx(), raw, sizeof(raw), &st);
	ck_assert_int_eq(st, OTA_OK);
	bad = malloc(2 * len);
	for (size_t cut = 0; cut < len; cut++) {
		ck_assert(unpack(back, sizeof(back), &got, t_ctx(), in, cut, &err) != OTA_OK);
		ck_id(err, OTA_E_PATCH);
	}
	memcpy(bad, in, len);
	memcpy(bad + len, in, len);
	for (size_t more = 1; more <= len; more++) {
		ck_assert(
			unpack(back, sizeof(back), &got, t_ctx(), bad, len + more, &err) != OTA_OK);
		ck_id(err, OTA_E_PATCH);
	}
	/* Not every bit of a stream bears data (block size, unused codes); none may change it. */
	for (size_t bit = 0; bit < 8 * len; bit++) {
		memcpy(bad, in, len);
		bad[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		st = unpack(back, sizeof(back), &got, t_ctx(), bad, len, &err);
		if (st == OTA_OK && got < sizeof(back)) {
			ck_assert_uint_eq(got, sizeof(raw));
			ck_assert_mem_eq(back, raw, sizeof(raw));
			harmless++;
		} else if (st != OTA_OK) {
			ck_id(err, OTA_E_PATCH);
		}
	}
	ck_assert_uint_lt(harmless, 64);
	free(bad);
	free(in);
}
END_TEST

START_TEST(memory)
{
	uint8_t *raw = calloc(1, 3000000), *in;
	ota_err err = OTA_ERR_INIT;
	uint64_t before, seed = 3;
	size_t len, got;
	ota_status st;
	ota_ctx *ctx;

	for (size_t i = 0; i < 3000000; i += 40)
		raw[i] = (uint8_t)(t_rand(&seed) & 0xff);
	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	before = ota_ctx_peak(ctx);
	in = pack(&len, ctx, raw, 3000000, &st);
	ck_assert_int_eq(st, OTA_OK);
	/* The memory sink takes up to three times its bytes while it grows. */
	ck_assert_uint_le(ota_ctx_peak(ctx), before + BZ2_ENCODE_RAM + 3 * len + 4096);
	ota_ctx_free(ctx);

	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ck_ok(unpack(raw, 3000000, &got, ctx, in, len, &err), &err);
	ck_assert_uint_gt(ota_ctx_peak(ctx), BZ2_DECODE_RAM / 2);
	ck_assert_uint_le(ota_ctx_peak(ctx), BZ2_DECODE_RAM);
	ota_ctx_free(ctx);
	free(in);
	free(raw);
}
END_TEST

START_TEST(no_memory)
{
	uint8_t raw[50] = {9}, back[51], *in = NULL;
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = t_ctx_failing(&f);
	int64_t live = f.live;
	uint64_t failed = 0;
	size_t len, got;
	ota_status st;

	do {
		f.fail_at = f.count + failed;
		in = pack(&len, ctx, raw, sizeof(raw), &st);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 50);
	ck_assert_int_eq(st, OTA_OK);
	failed = 0;
	do {
		f.fail_at = f.count + failed;
		st = unpack(back, sizeof(back), &got, ctx, in, len, &err);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ck_assert_int_eq(f.live, live);
	} while (st && failed++ < 50);
	ck_ok(st, &err);
	ck_assert_uint_ge(failed, 3);
	free(in);
	ota_ctx_free(ctx);
}
END_TEST

TCase *tcase_bz2(void)
{
	TCase *tc = tcase_create("bz2");

	tcase_add_test(tc, round_trips);
	tcase_add_test(tc, damage);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, no_memory);
	tcase_set_timeout(tc, 60);
	return tc;
}
