/* SPDX-License-Identifier: MIT */
/* Patches built by hand: every kind of code, and what a head, a window, an instruction may not say. */
#include <patch/vcdiff.h>

#include <patch/patch.h>

#include <unit.h>

/* One window against the ten bytes "abcdefghij"; texts of bytes with their lengths. */
struct row {
	unsigned head, secondary, flags;
	uint64_t source_len, source_pos, len;
	unsigned packed;
	const char *data, *inst, *addr;
	size_t data_len, inst_len, addr_len;
	const char *want; /* NULL: refused by id */
	ota_id id;
	size_t extra; /* added to what the window says of its length */
};

#define PARTS(d, i, a)                                                                             \
	.data = d, .data_len = sizeof(d) - 1, .inst = i, .inst_len = sizeof(i) - 1, .addr = a,     \
	.addr_len = sizeof(a) - 1
#define ALL .flags = VCDIFF_SOURCE, .source_len = 10

static const struct row rows[] = {
	{.len = 3, PARTS("xyz", "\x04", ""), .want = "xyz"},
	{.len = 18, PARTS("123456789012345678", "\x01\x12", ""), .want = "123456789012345678"},
	{.len = 5, PARTS("z", "\x00\x05", ""), .want = "zzzzz"},
	{ALL, .len = 4, PARTS("", "\x14", "\x02"), .want = "cdef"},
	{ALL, .len = 4, PARTS("", "\x14", "\x06"), .want = "ghij"},
	{ALL, .len = 3, PARTS("", "\x13\x03", "\x07"), .want = "hij"},
	/* What is copied may be what the copy makes. */
	{.len = 5, PARTS("a", "\x02\x24", "\x01"), .want = "aaaaa"},
	/* From here back: four before the end of old. */
	{ALL, .len = 4, PARTS("", "\x24", "\x04"), .want = "ghij"},
	/* Two in one code: add and copy, copy and add. */
	{ALL, .len = 5, PARTS("x", "\xa3", "\x00"), .want = "xabcd"},
	{ALL, .len = 5, PARTS("x", "\xf7", "\x00"), .want = "abcdx"},
	{ALL, .len = 10, PARTS("wxyz", "\xae", "\x01"), .want = "wxyzbcdefg"},
	/* Near the last address, and the same again. */
	{ALL, .len = 8, PARTS("", "\x14\x34", "\x02\x01"), .want = "cdefdefg"},
	{ALL, .len = 8, PARTS("", "\x14\x74", "\x05\x05"), .want = "fghifghi"},
	{ALL, .len = 9, PARTS("x", "\x14\xeb", "\x05\x05"), .want = "fghixfghi"},
	/* A part of old. */
	{.flags = VCDIFF_SOURCE,
		.source_len = 4,
		.source_pos = 6,
		.len = 4,
		PARTS("", "\x14", "\x00"),
		.want = "ghij"},
	/* Nothing at all; flags for what is not used; one that makes nothing. */
	{.len = 0, PARTS("", "", ""), .want = ""},
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_DJW,
		.len = 1,
		PARTS("x", "\x02", ""),
		.want = "x"},
	{.head = VCDIFF_APPHEADER, .len = 1, PARTS("x", "\x02", ""), .want = "x"},
	{.len = 1, PARTS("x", "\x01\x00\x02", ""), .want = "x"},

	/* Across the border between old and new, whole or by a byte. */
	{ALL, .len = 4, PARTS("", "\x14", "\x08"), .id = OTA_E_PATCH},
	{ALL, .len = 4, PARTS("", "\x14", "\x07"), .id = OTA_E_PATCH},
	/* From what is not made yet, or nowhere. */
	{ALL, .len = 4, PARTS("", "\x14", "\x0a"), .id = OTA_E_PATCH},
	{ALL, .len = 4, PARTS("", "\x24", "\x0b"), .id = OTA_E_PATCH},
	{ALL, .len = 4, PARTS("", "\x24", "\x00"), .id = OTA_E_PATCH},
	{.len = 4, PARTS("", "\x74", "\x01"), .id = OTA_E_PATCH},
	{ALL, .len = 8, PARTS("", "\x14\x34", "\x02\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
		.id = OTA_E_PATCH},
	/* Beyond the window: an add, a run, a copy, the second of two. */
	{.len = 3, PARTS("wxyz", "\x05", ""), .id = OTA_E_PATCH},
	{.len = 3, PARTS("z", "\x00\x04", ""), .id = OTA_E_PATCH},
	{ALL, .len = 3, PARTS("", "\x14", "\x00"), .id = OTA_E_PATCH},
	{ALL, .len = 4, PARTS("x", "\xa3", "\x00"), .id = OTA_E_PATCH},
	{.len = 3, PARTS("z", "\x00\xff\xff\xff\xff\x7f", ""), .id = OTA_E_PATCH},
	/* A section that ends too early, or too late. */
	{.len = 4, PARTS("xyz", "\x05", ""), .id = OTA_E_PATCH},
	{.len = 4, PARTS("xyz", "\x04", ""), .id = OTA_E_PATCH},
	{.len = 4, PARTS("xyzw", "\x01", ""), .id = OTA_E_PATCH},
	{ALL, .len = 4, PARTS("", "\x14", ""), .id = OTA_E_PATCH},
	{.len = 3, PARTS("xyzw", "\x04", ""), .id = OTA_E_PATCH},
	{.len = 3, PARTS("xyz", "\x04\x04", ""), .id = OTA_E_PATCH},
	{.len = 3, PARTS("xyz", "\x04", "\x00"), .id = OTA_E_PATCH},
	{.len = 3, PARTS("xyz", "\x04", ""), .extra = 1, .id = OTA_E_PATCH},
	/* Endless instructions that make nothing. */
	{.len = 1, PARTS("x", "\x01\x00\x01\x00\x01\x00\x01\x00\x02", ""), .id = OTA_E_PATCH},
	/* Heads. */
	{.head = VCDIFF_CODETABLE, .len = 1, PARTS("x", "\x02", ""), .id = OTA_E_CODEC},
	{.head = 8, .len = 1, PARTS("x", "\x02", ""), .id = OTA_E_PATCH},
	{.flags = 8, .len = 1, PARTS("x", "\x02", ""), .id = OTA_E_PATCH},
	{.flags = VCDIFF_TARGET, .len = 1, PARTS("x", "\x02", ""), .id = OTA_E_CODEC},
	{.packed = 1, .len = 1, PARTS("x", "\x02", ""), .id = OTA_E_PATCH},
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_LZMA,
		.packed = 8,
		.len = 1,
		PARTS("x", "\x02", ""),
		.id = OTA_E_PATCH},
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_DJW,
		.packed = 1,
		.len = 1,
		PARTS("x", "\x02", ""),
		.id = OTA_E_CODEC},
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_FGK,
		.packed = 1,
		.len = 1,
		PARTS("x", "\x02", ""),
		.id = OTA_E_CODEC},
	/* LZMA that is none; with a dictionary of 4 GiB; with another filter in front. */
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_LZMA,
		.packed = 1,
		.len = 1,
		PARTS("\x01x", "\x02", ""),
		.id = OTA_E_PATCH},
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_LZMA,
		.packed = 1,
		.len = 1,
		PARTS("\x01\xfd"
		      "7zXZ\0\0\0\xff\x12\xd9\x41\x02\0\x21\x01\x28\0\0\0",
			"\x02", ""),
		.id = OTA_E_LIMIT},
	{.head = VCDIFF_SECONDARY,
		.secondary = VCDIFF_LZMA,
		.packed = 1,
		.len = 1,
		PARTS("\x01\xfd"
		      "7zXZ\0\0\0\xff\x12\xd9\x41\x02\x01\x04\0\x21\x01\x16\0",
			"\x02", ""),
		.id = OTA_E_PATCH},
	/* Sizes: of a window, of its source, over the range of numbers. */
	{.len = VCDIFF_WINDOW_MAX + 1, PARTS("x", "\x02", ""), .id = OTA_E_LIMIT},
	{ALL, .source_pos = 1, .len = 4, PARTS("", "\x14", "\x00"), .id = OTA_E_SOURCE},
	{ALL, .source_pos = UINT64_MAX - 5, .len = 4, PARTS("", "\x14", "\x00"), .id = OTA_E_PATCH},
};

struct text {
	uint8_t p[256];
	size_t len;
};

static void put(struct text *t, const void *p, size_t len)
{
	memcpy(t->p + t->len, p, len);
	t->len += len;
}

static void put_byte(struct text *t, unsigned v)
{
	t->p[t->len++] = (uint8_t)v;
}

static void put_number(struct text *t, uint64_t v)
{
	unsigned n = 1;

	while (n < 10 && v >> (7 * n) != 0)
		n++;
	while (n-- > 0)
		put_byte(t, (unsigned)(v >> (7 * n) & 0x7f) | (n > 0 ? 0x80 : 0));
}

static void put_window(struct text *t, const struct row *r, const uint8_t *adler)
{
	struct text body = {.len = 0};

	put_number(&body, r->len);
	put_byte(&body, r->packed);
	put_number(&body, r->data_len);
	put_number(&body, r->inst_len);
	put_number(&body, r->addr_len);
	if (adler != NULL)
		put(&body, adler, 4);
	put(&body, r->data, r->data_len);
	put(&body, r->inst, r->inst_len);
	put(&body, r->addr, r->addr_len);
	put_byte(t, r->flags | (adler != NULL ? VCDIFF_ADLER32 : 0));
	if (r->flags & VCDIFF_SOURCE) {
		put_number(t, r->source_len);
		put_number(t, r->source_pos);
	}
	put_number(t, body.len + r->extra);
	put(t, body.p, body.len);
}

static struct text built(const struct row *r, const uint8_t *adler)
{
	struct text t = {.len = 0};

	put(&t, VCDIFF_MAGIC, 4);
	put_byte(&t, r->head);
	if (r->head & VCDIFF_SECONDARY)
		put_byte(&t, r->secondary);
	if (r->head & VCDIFF_APPHEADER)
		put(&t, "\x03old", 4);
	put_window(&t, r, adler);
	return t;
}

static ota_status apply(struct text *got, const struct text *patch, ota_err *err)
{
	ota_config cfg = {.size = sizeof(cfg), .mem_max = 2 << 20U};
	ota_source *old = NULL, *src = NULL;
	ota_sink *out = NULL;
	const uint8_t *p;
	ota_status st;
	ota_ctx *ctx;
	size_t n;

	ck_ok(ota_ctx_new(&ctx, &cfg, err), err);
	ck_ok(ota_source_memory(&old, ctx, "abcdefghij", 10, err), err);
	ck_ok(ota_source_memory(&src, ctx, patch->p, patch->len, err), err);
	ck_ok(ota_sink_memory(&out, ctx, err), err);
	st = ota_patch(out, ctx, old, src, NULL, err);
	if (ota_sink_commit(out, NULL) == OTA_OK) {
		ota_sink_memory_bytes(out, &p, &n);
		got->len = 0;
		if (n > 0)
			put(got, p, n);
	}
	ota_sink_close(out);
	ota_source_close(src);
	ota_source_close(old);
	ota_ctx_free(ctx);
	return st;
}

START_TEST(by_hand)
{
	const struct row *r = &rows[_i];
	struct text patch = built(r, NULL), got = {.len = 0};
	ota_err err = OTA_ERR_INIT;
	ota_status st = apply(&got, &patch, &err);

	if (r->want != NULL) {
		ck_ok(st, &err);
		ck_assert_uint_eq(got.len, strlen(r->want));
		ck_assert(memcmp(got.p, r->want, got.len) == 0);
	} else {
		ck_assert_int_ne(st, OTA_OK);
		ck_id(err, r->id);
		ck_assert_uint_eq(got.len, 0);
	}
}
END_TEST

/* A wrong checksum: nothing of that window is written. */
START_TEST(checksums)
{
	const uint8_t good[] = {0x02, 0xd7, 0x01, 0x6c}, bad[] = {0x02, 0xd7, 0x01, 0x6d};
	struct text patch = built(&rows[0], good), got = {.len = 0};
	ota_err err = OTA_ERR_INIT;

	ck_ok(apply(&got, &patch, &err), &err);
	ck_assert_uint_eq(got.len, 3);
	patch = built(&rows[0], bad);
	ck_assert_int_ne(apply(&got, &patch, &err), OTA_OK);
	ck_id(err, OTA_E_PATCH);
	ck_assert_uint_eq(got.len, 0);
}
END_TEST

/* Addresses begin anew in each window; no window at all is a patch cut short. */
START_TEST(windows)
{
	struct text patch = built(&rows[3], NULL), got = {.len = 0};
	ota_err err = OTA_ERR_INIT;

	put_window(&patch, &rows[4], NULL);
	put_window(&patch, &rows[0], NULL);
	ck_ok(apply(&got, &patch, &err), &err);
	ck_assert_uint_eq(got.len, 11);
	ck_assert_mem_eq(got.p, "cdefghijxyz", 11);
	patch.len = 5;
	ck_assert_int_ne(apply(&got, &patch, &err), OTA_OK);
	ck_id(err, OTA_E_PATCH);
}
END_TEST

/* The table of RFC 3284, section 5.6, at the ends of its groups. */
START_TEST(codes)
{
	static const struct {
		uint8_t code;
		struct vcdiff_inst two[2];
	} some[] = {
		{0, {{VCDIFF_RUN, 0, 0}, {VCDIFF_NOOP, 0, 0}}},
		{1, {{VCDIFF_ADD, 0, 0}, {VCDIFF_NOOP, 0, 0}}},
		{18, {{VCDIFF_ADD, 17, 0}, {VCDIFF_NOOP, 0, 0}}},
		{19, {{VCDIFF_COPY, 0, 0}, {VCDIFF_NOOP, 0, 0}}},
		{20, {{VCDIFF_COPY, 4, 0}, {VCDIFF_NOOP, 0, 0}}},
		{34, {{VCDIFF_COPY, 18, 0}, {VCDIFF_NOOP, 0, 0}}},
		{35, {{VCDIFF_COPY, 0, 1}, {VCDIFF_NOOP, 0, 0}}},
		{162, {{VCDIFF_COPY, 18, 8}, {VCDIFF_NOOP, 0, 0}}},
		{163, {{VCDIFF_ADD, 1, 0}, {VCDIFF_COPY, 4, 0}}},
		{165, {{VCDIFF_ADD, 1, 0}, {VCDIFF_COPY, 6, 0}}},
		{174, {{VCDIFF_ADD, 4, 0}, {VCDIFF_COPY, 6, 0}}},
		{234, {{VCDIFF_ADD, 4, 0}, {VCDIFF_COPY, 6, 5}}},
		{235, {{VCDIFF_ADD, 1, 0}, {VCDIFF_COPY, 4, 6}}},
		{246, {{VCDIFF_ADD, 4, 0}, {VCDIFF_COPY, 4, 8}}},
		{247, {{VCDIFF_COPY, 4, 0}, {VCDIFF_ADD, 1, 0}}},
		{255, {{VCDIFF_COPY, 4, 8}, {VCDIFF_ADD, 1, 0}}},
	};
	struct vcdiff_inst two[2];

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		vcdiff_code(two, some[i].code);
		ck_assert_mem_eq(two, some[i].two, sizeof(two));
	}
}
END_TEST

TCase *tcase_vcdiff(void)
{
	TCase *tc = tcase_create("vcdiff");

	tcase_add_loop_test(tc, by_hand, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, checksums);
	tcase_add_test(tc, windows);
	tcase_add_test(tc, codes);
	return tc;
}
