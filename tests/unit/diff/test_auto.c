/* SPDX-License-Identifier: MIT */
/* Codec auto: what it tries by rule, and that it keeps the smallest. */
#include <diff/auto.h>

#include <pairs.h>
#include <unit.h>

#define MIB ((uint64_t)1 << 20U)

/* The tries as text, when each that is made is usable or (first letter of unusable) not. */
static const struct {
	struct diff_tries t;
	const char *unusable, *want;
	uint64_t size; /* of each patch */
} rules[] = {
	{{.old_len = MIB, .new_len = MIB}, "", "otad vcdiff bsdiff zstd ", 9999},
	{{.old_len = MIB, .new_len = MIB, .profile = "tiny"}, "",
		"otad-tiny vcdiff-tiny bsdiff zstd ", 9999},
	/* So small that the rest is not tried. */
	{{.old_len = MIB, .new_len = MIB}, "", "otad ", 512},
	{{.old_len = MIB, .new_len = MIB}, "", "otad vcdiff bsdiff zstd ", 513},
	/* With a device: the largest profile first, smaller ones only where it cannot be used. */
	{{.old_len = MIB, .new_len = MIB, .ram = 256 * MIB}, "", "otad-max vcdiff-max bsdiff zstd ",
		9999},
	{{.old_len = MIB, .new_len = MIB, .ram = 256 * MIB}, "o",
		"otad-max otad-std otad-tiny vcdiff-max bsdiff zstd ", 9999},
	/* What the device cannot hold is not made. */
	{{.old_len = MIB, .new_len = MIB, .ram = 8 * MIB}, "", "otad-std vcdiff-max zstd ", 9999},
	{{.old_len = 9 * MIB, .new_len = 9 * MIB, .ram = 8 * MIB}, "", "otad-std vcdiff-max ",
		9999},
	{{.old_len = MIB, .new_len = MIB, .ram = 65536}, "", "otad-tiny vcdiff-tiny ", 9999},
	{{.old_len = MIB, .new_len = MIB, .ram = 1000}, "", "", 9999},
	/* Nor what takes too much to make. */
	{{.old_len = MIB, .new_len = MIB, .memory = 1}, "", "", 9999},
};

START_TEST(by_rule)
{
	struct diff_tries t = rules[_i].t;
	struct diff_try try;
	char got[200] = "";

	while (diff_tries_next(&try, &t)) {
		size_t n = strlen(got);

		snprintf(got + n, sizeof(got) - n, "%s%s%s ", try.format->name,
			try.profile != NULL ? "-" : "", try.profile != NULL ? try.profile : "");
		if (rules[_i].unusable[0] != try.format->name[0])
			diff_tries_better(&t, rules[_i].size);
	}
	ck_assert_str_eq(got, rules[_i].want);
}
END_TEST

static size_t made(const char *codec, uint64_t memory, const struct pair *p, uint8_t *first)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = codec, .memory = memory};
	ota_source *a = NULL, *b = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_sink *sink = NULL;
	const uint8_t *bytes;
	size_t len;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_source_memory(&a, t_ctx(), p->old_.p, p->old_.len, &err), &err);
	ck_ok(ota_source_memory(&b, t_ctx(), p->new_.p, p->new_.len, &err), &err);
	ck_ok(ota_diff(sink, t_ctx(), a, b, &opt, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &bytes, &len);
	*first = bytes[0];
	ota_source_close(b);
	ota_source_close(a);
	ota_sink_close(sink);
	return len;
}

START_TEST(smallest)
{
	static const char *const codecs[] = {"otad", "bsdiff", "vcdiff", "zstd"};
	struct pair p = pair_make((uint64_t)_i);
	size_t least = SIZE_MAX, len;
	uint8_t first, best = 0;

	for (unsigned i = 0; i < 4; i++) {
		len = made(codecs[i], 0, &p, &first);
		best = len < least ? first : best;
		least = len < least ? len : least;
	}
	len = made("auto", 0, &p, &first);
	ck_assert(len == least || len <= 512);
	if (len > 512)
		ck_assert_uint_eq(first, best);
	pair_free(&p);
}
END_TEST

/* Under a cap it takes what fits, and below all of them it says so. */
START_TEST(capped)
{
	ota_diff_options opt = {.size = sizeof(opt), .codec = "auto", .memory = 2000};
	struct pair p = pair_make(3);
	ota_source *a = NULL, *b = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_sink *sink = NULL;
	uint8_t first;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_source_memory(&a, t_ctx(), p.old_.p, p.old_.len, &err), &err);
	ck_ok(ota_source_memory(&b, t_ctx(), p.new_.p, p.new_.len, &err), &err);
	ck_assert_int_eq(ota_diff(sink, t_ctx(), a, b, &opt, &err), OTA_LIMIT);
	ck_id(err, OTA_E_MEM_LIMIT);
	made("auto", 32 * MIB, &p, &first);
	ota_source_close(b);
	ota_source_close(a);
	ota_sink_close(sink);
	pair_free(&p);
}
END_TEST

TCase *tcase_auto(void)
{
	TCase *tc = tcase_create("auto");

	tcase_add_loop_test(tc, by_rule, 0, (int)(sizeof(rules) / sizeof(rules[0])));
	tcase_add_loop_test(tc, smallest, 40, 70);
	tcase_add_test(tc, capped);
	return tc;
}
