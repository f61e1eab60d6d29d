/* SPDX-License-Identifier: MIT */
/* The bounded reader and writer, arenas, buffers, counted memory. */
#include "unit.h"

#include <base/arena.h>
#include <base/buf.h>
#include <base/ctx.h>
#include <base/num.h>
#include <base/rd.h>
#include <base/wr.h>

START_TEST(reader_is_bounded_and_sticky)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct rd r, child;
	size_t len;

	rd_init(&r, bytes, sizeof(bytes));
	ck_assert_uint_eq(rd_u16(&r), 0x0201);
	child = rd_sub(&r, 3);
	ck_assert_uint_eq(rd_u8(&child), 3);
	ck_assert_uint_eq(rd_u32(&child), 0);
	ck_assert(!rd_ok(&child));
	ck_assert_uint_eq(rd_u8(&child), 0);
	ck_assert(rd_ok(&r));
	ck_assert_uint_eq(rd_u32(&r), 0x09080706);
	ck_assert(rd_end(&r));
	ck_assert_ptr_null(rd_bytes(&r, 1));
	ck_assert(!rd_end(&r));
	rd_init(&r, bytes, 8);
	ck_assert(rd_u64(&r) == UINT64_C(0x0807060504030201));
	rd_init(&r, "\0\0\1", 3);
	ck_assert(rd_zeros(&r, 2));
	ck_assert(!rd_zeros(&r, 1));
	rd_init(&r, "ab\0\0c", 5);
	ck_assert_str_eq(rd_text(&r, &len), "ab");
	ck_assert_uint_eq(len, 2);
	ck_assert_str_eq(rd_text(&r, &len), "");
	ck_assert_uint_eq(len, 0);
	ck_assert(rd_ok(&r));
	ck_assert_ptr_null(rd_text(&r, &len));
	ck_assert(!rd_ok(&r));
	ck_assert(mem_is_zero("", 0));
	ck_assert(!mem_is_zero("\1", 1));
	ck_assert(!mem_is_zero("\0\0\0\0\1", 5));
}
END_TEST

START_TEST(writer_is_bounded_and_sticky)
{
	uint8_t out[8] = {0};
	struct wr w;

	wr_init(&w, out, sizeof(out));
	wr_u32(&w, 0x04030201);
	wr_u16(&w, 0x0605);
	wr_u32(&w, 0xffffffff);
	ck_assert(!wr_ok(&w));
	wr_u8(&w, 9);
	ck_assert_uint_eq(out[6], 0);
	ck_assert_int_eq(memcmp(out, "\1\2\3\4\5\6\0\0", 8), 0);
}
END_TEST

START_TEST(arithmetic_is_checked)
{
	uint64_t v;

	ck_assert(!add_u64(&v, UINT64_MAX, 1));
	ck_assert(!mul_u64(&v, UINT64_MAX / 2, 3));
	ck_assert(!align_u64(&v, UINT64_MAX - 2, 8));
	ck_assert(align_u64(&v, 9, 8));
	ck_assert_uint_eq(v, 16);
}
END_TEST

START_TEST(memory_is_counted_and_capped)
{
	ota_config cfg = {.size = sizeof(cfg), .mem_max = 100000};
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx;
	void *a, *b;
	char *p = NULL;

	ck_assert_int_eq(ota_ctx_new(&ctx, &cfg, &err), OTA_OK);
	a = mem_alloc(ctx, 60000);
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_null(mem_alloc(ctx, 60000));
	ck_assert_int_eq(mem_new_bytes(&p, ctx, 60000, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	mem_free(ctx, a);
	b = mem_alloc(ctx, 60000);
	ck_assert_ptr_nonnull(b);
	mem_free(ctx, b);
	ck_assert(ota_ctx_peak(ctx) >= 60000 && ota_ctx_peak(ctx) < 100000);
	ck_assert_ptr_null(mem_alloc(ctx, SIZE_MAX));
	ota_ctx_free(ctx);
}
END_TEST

START_TEST(arena_survives_any_size)
{
	struct arena a;
	uint64_t seed = 1;

	arena_init(&a, t_ctx());
	for (int i = 0; i < 500; i++) {
		size_t len = (size_t)(t_rand(&seed) % 9000);
		uint8_t *p = arena_alloc(&a, len);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		ck_assert(mem_is_zero(p, len));
		memset(p, 0xff, len);
	}
	ck_assert_ptr_null(arena_array(&a, SIZE_MAX / 2, 3));
	ck_assert_str_eq(arena_strndup(&a, "abcdef", 3), "abc");
	arena_fini(&a);
}
END_TEST

START_TEST(buffers_fail_sticky)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_ctx *ctx = t_ctx_failing(&f);
	struct buf b;

	buf_init(&b, ctx);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	ck_assert_int_eq(buf_status(&b, NULL), OTA_OK);
	ck_assert_uint_eq(b.len, 3890);
	f.fail_at = f.count;
	buf_fill(&b, 0, 100000);
	ck_assert_int_eq(buf_status(&b, NULL), OTA_NOMEM);
	buf_str(&b, "x");
	ck_assert_uint_eq(b.len, 3890);
	buf_fini(&b);
	ota_ctx_free(ctx);
	ck_assert_int_eq(f.live, 0);
}
END_TEST

TCase *tcase_bytes(void)
{
	TCase *tc = tcase_create("bytes");

	tcase_add_test(tc, reader_is_bounded_and_sticky);
	tcase_add_test(tc, writer_is_bounded_and_sticky);
	tcase_add_test(tc, arithmetic_is_checked);
	tcase_add_test(tc, memory_is_counted_and_capped);
	tcase_add_test(tc, arena_survives_any_size);
	tcase_add_test(tc, buffers_fail_sticky);
	return tc;
}
