/* SPDX-License-Identifier: MIT */
/* Frames built by hand: what a head may claim, and what it may not. */
#include <patch/patch.h>

#include <unit.h>

#define MAGIC 0x28, 0xb5, 0x2f, 0xfd

static const struct {
	uint8_t head[24];
	size_t len;
	ota_id id;
} heads[] = {
	/* A raw block of three bytes, the last; the frame says 3, single segment. */
	{{MAGIC, 0x20, 3, 0x19, 0, 0, 'a', 'b', 'c'}, 12, OTA_E_NONE},
	/* It says 4, and 2. */
	{{MAGIC, 0x20, 4, 0x19, 0, 0, 'a', 'b', 'c'}, 12, OTA_E_PATCH},
	{{MAGIC, 0x20, 2, 0x19, 0, 0, 'a', 'b', 'c'}, 12, OTA_E_PATCH},
	/* It says nothing of a size. */
	{{MAGIC, 0x00, 0x58, 0x19, 0, 0, 'a', 'b', 'c'}, 12, OTA_E_CODEC},
	/* It names a dictionary. */
	{{MAGIC, 0x21, 7, 3, 0x19, 0, 0, 'a', 'b', 'c'}, 13, OTA_E_CODEC},
	/* It is skippable. */
	{{0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'}, 11, OTA_E_CODEC},
	/* A second frame, a skippable one, a byte follows. */
	{{MAGIC, 0x20, 3, 0x19, 0, 0, 'a', 'b', 'c', MAGIC, 0x20, 0, 1, 0, 0}, 21, OTA_E_PATCH},
	{{MAGIC, 0x20, 3, 0x19, 0, 0, 'a', 'b', 'c', 0x50, 0x2a, 0x4d, 0x18}, 16, OTA_E_PATCH},
	{{MAGIC, 0x20, 3, 0x19, 0, 0, 'a', 'b', 'c', 0}, 13, OTA_E_PATCH},
	/* A window of 2 TiB; a size of 2^62 in one segment; both before anything is allocated. */
	{{MAGIC, 0x40, 0xf8, 0, 0, 0x19, 0, 0}, 10, OTA_E_LIMIT},
	{{MAGIC, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0}, 16, OTA_E_LIMIT},
	/* A run of 2 MiB where 3 bytes were said. */
	{{MAGIC, 0x20, 3, 0x03, 0, 0x10, 'a'}, 10, OTA_E_PATCH},
};

START_TEST(frames)
{
	ota_config cfg = {.size = sizeof(cfg), .mem_max = 2 << 20U};
	ota_source *old = NULL, *patch = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_sink *out = NULL;
	const uint8_t *p;
	ota_status st;
	ota_ctx *ctx;
	size_t n;

	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	ck_ok(ota_source_memory(&old, ctx, "old", 3, &err), &err);
	ck_ok(ota_source_memory(&patch, ctx, heads[_i].head, heads[_i].len, &err), &err);
	ck_ok(ota_sink_memory(&out, ctx, &err), &err);
	st = ota_patch(out, ctx, old, patch, NULL, &err);
	if (heads[_i].id == OTA_E_NONE) {
		ck_ok(st, &err);
		ck_ok(ota_sink_commit(out, &err), &err);
		ota_sink_memory_bytes(out, &p, &n);
		ck_assert_uint_eq(n, 3);
		ck_assert_mem_eq(p, "abc", 3);
	} else {
		ck_assert_int_ne(st, OTA_OK);
		ck_id(err, heads[_i].id);
	}
	ota_sink_close(out);
	ota_source_close(patch);
	ota_source_close(old);
	ota_ctx_free(ctx);
}
END_TEST

TCase *tcase_zstd_patch(void)
{
	TCase *tc = tcase_create("zstd_patch");

	tcase_add_loop_test(tc, frames, 0, (int)(sizeof(heads) / sizeof(heads[0])));
	return tc;
}
