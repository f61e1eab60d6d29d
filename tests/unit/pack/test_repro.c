/* SPDX-License-Identifier: MIT */
/* The same content under other signatures; else whose the first byte is, and why. */
#include <unit.h>

#include <forge/sample.h>
#include <package/header.h>

static struct sample s;
static ota_report *report;

static void setup(void)
{
	sample_init(&s);
	ck_assert_int_eq(ota_report_new(&report, t_ctx(), NULL), OTA_OK);
}

static void teardown(void)
{
	sample_fini(&s);
	ota_report_free(report);
}

static uint8_t *packed(size_t *len, const char *from, const char *to)
{
	const char *at = strstr(sample_yaml, from);
	ota_err err = OTA_ERR_INIT;
	uint8_t *pkg = NULL;
	char yaml[2048];

	ck_assert_ptr_nonnull(at);
	snprintf(yaml, sizeof(yaml), "%.*s%s%s", (int)(at - sample_yaml), sample_yaml, to,
		at + strlen(from));
	ck_ok(forge_pack(&pkg, len, t_ctx(), yaml, s.files, 2, &err), &err);
	return pkg;
}

static ota_status check(const ota_source *const *src, const ota_ctx *ctx, ota_err *err)
{
	ota_pkg *a = NULL, *b = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	st = ota_pkg_open_unauthenticated(&a, ctx, (ota_source *)src[0], NULL, err);
	if (!st)
		st = ota_pkg_open_unauthenticated(&b, ctx, (ota_source *)src[1], NULL, err);
	if (!st)
		st = ota_repro_check(a, b, report, err);
	ota_pkg_free(a);
	ota_pkg_free(b);
	return st;
}

static ota_status compare(
	const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, bool pipes, ota_err *err)
{
	ota_source *src[2] = {NULL, NULL};
	ota_status st;

	if (pipes) {
		src[0] = forge_pipe(a, a_len);
		src[1] = forge_pipe(b, b_len);
	} else {
		ck_assert_int_eq(ota_source_memory(&src[0], t_ctx(), a, a_len, NULL), OTA_OK);
		ck_assert_int_eq(ota_source_memory(&src[1], t_ctx(), b, b_len, NULL), OTA_OK);
	}
	st = check((const ota_source *const *)src, t_ctx(), err);
	ota_source_close(src[0]);
	ota_source_close(src[1]);
	return st;
}

/* A finding has this subject and this text. */
static bool told(const char *subject, const char *text)
{
	for (size_t i = 0; i < ota_report_count(report); i++) {
		const ota_finding *f = ota_report_at(report, i);

		if (f->id == OTA_E_REPRO && strstr(f->subject, subject) != NULL &&
			strstr(f->text, text) != NULL)
			return true;
	}
	return false;
}

START_TEST(the_same)
{
	size_t a_len, b_len;
	uint8_t *a = packed(&a_len, "", ""), *b = packed(&b_len, "", "");
	ota_header h;
	ota_err err;

	forge_sign(b, t_ctx());
	ck_assert_int_ne(memcmp(a, b, a_len), 0);
	for (int pipes = 0; pipes < 2; pipes++)
		ck_ok(compare(a, a_len, b, b_len, pipes != 0, &err), &err);
	ck_assert_uint_eq(ota_report_count(report), 0);
	/* Its head is what of it there is. */
	ck_ok(header_parse(&h, a, a_len, &err), &err);
	ck_ok(compare(a, h.data_off, b, b_len, false, &err), &err);
	ck_ok(compare(b, b_len, a, h.data_off, false, &err), &err);
	/* What is missing of it is not the same. */
	ck_assert_int_eq(compare(a, a_len, b, b_len - 1, false, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TRUNCATED);
	ck_assert_msg(strstr(err.msg, "the second package") != NULL, "%s", err.msg);
	free(a);
	free(b);
}
END_TEST

static const struct {
	const char *from, *to;
	uint64_t off; /* of the first byte; 0: any */
	const char *first, *path, *cause;
} rows[] = {
	{"version: 2.4.0", "version: 2.4.1", 0, "manifest version", "version",
		"the manifests say something else"},
	{"security_counter: 7", "security_counter: 7\ncreated: 2025-01-01T00:00:00Z", 0,
		"manifest created", "created", "SOURCE_DATE_EPOCH"},
	{"security_counter: 7", "security_counter: 8\ncreated: 2025-01-01T00:00:00Z", 0,
		"manifest created", "security_counter", "the manifests say something else"},
	{"image: new.img", "image: old.img", 0, "header field", "components.rootfs.target.hash",
		"another image went in"},
	{"compression: xz", "compression: zstd", 0, "header field",
		"components.rootfs.payloads.full.section.compression", "other settings"},
	{"      - { kind: delta, codec: bsdiff, from: old.img }\n", "", 24,
		"header field manifest_len", "components.rootfs.payloads.delta-", "base image"},
	{"signatures: compact", "signatures: roomy", 24, "header field manifest_len", "signatures",
		"the manifests say something else"},
	{"signatures: compact", "hash: sha512", 14, "header field hash_alg", "hash", ""},
};

START_TEST(other_content)
{
	size_t a_len, b_len;
	uint8_t *a, *b;
	ota_err err;

	a = packed(&a_len, "", "");
	b = packed(&b_len, rows[_i].from, rows[_i].to);
	ck_assert_int_eq(compare(a, a_len, b, b_len, _i % 2 != 0, &err), OTA_REFUSED);
	ck_id(err, OTA_E_REPRO);
	ck_assert_msg(strstr(err.msg, rows[_i].first) != NULL, "%s", err.msg);
	ck_assert_msg(strstr(err.msg, rows[_i].cause) != NULL, "%s", err.msg);
	ck_assert_msg(told(rows[_i].path, rows[_i].cause), "%s", rows[_i].path);
	ck_assert(told("manifest ", "the first of the manifest"));
	ck_assert_int_ne(a[err.off], b[err.off]);
	ck_assert_int_eq(memcmp(a, b, err.off), 0);
	if (rows[_i].off > 0)
		ck_assert_uint_eq(err.off, rows[_i].off);
	free(a);
	free(b);
}
END_TEST

/* As another version of a compressor would: other stored bytes for the same image. */
START_TEST(other_compressor)
{
	size_t a_len, b_len;
	uint8_t *a = packed(&a_len, "", ""), *b;
	struct forge f;
	ota_err err;

	forge_init(&f, t_ctx(), a, a_len);
	forge_table(&f, 48 + 48 + 16, 1, 0);
	b = forge_seal(&b_len, &f);
	ck_assert_int_eq(compare(a, a_len, b, b_len, false, &err), OTA_REFUSED);
	ck_id(err, OTA_E_REPRO);
	ck_assert_msg(strstr(err.msg, "manifest payload_hash") != NULL, "%s", err.msg);
	ck_assert_msg(strstr(err.msg, "another version of the packer") != NULL, "%s", err.msg);
	ck_assert(told("table row and chunk 1 of rootfs, full xz (section 1)", "first chunk"));
	ck_assert(!told("payload_hash", "it follows"));
	forge_fini(&f);
	free(a);
	free(b);
}
END_TEST

START_TEST(other_tools)
{
	size_t a_len, b_len;
	uint8_t *a = packed(&a_len, "", ""), *b, *c;
	struct forge f;
	ota_err err;

	/* Keys in their order: build before components. */
	forge_init(&f, t_ctx(), a, a_len);
	forge_json(
		&f, "{\"components\"", "{\"build\":{\"tools\":\"liblzma 5.4.1\"},\"components\"");
	b = forge_seal(&b_len, &f);
	forge_json(&f, "5.4.1", "5.6.0");
	forge_table(&f, 48 + 48 + 16, 1, 0);
	c = forge_seal(&a_len, &f);
	ck_assert_int_eq(compare(b, b_len, c, a_len, false, &err), OTA_REFUSED);
	ck_id(err, OTA_E_REPRO);
	ck_assert_msg(
		strstr(err.msg, "manifest build.tools: other versions") != NULL, "%s", err.msg);
	ck_assert(told("components.rootfs.payloads.full.section.table_hash", "another version"));
	forge_fini(&f);
	free(a);
	free(b);
	free(c);
}
END_TEST

static const struct {
	int part; /* of the second: 0 table, 1 delta, 2 the pad before the full image, 3 that */
	const char *subject, *piped;
} damages[] = {
	{0, "table row 1 of rootfs, full xz (section 1)", "the chunk tables"},
	{1, "chunk 0 of rootfs, delta bsdiff from", NULL},
	{2, "padding", NULL},
	{3, "chunk 1 of rootfs, full xz (section 1)", NULL},
};

START_TEST(damage)
{
	size_t len;
	uint8_t *a = packed(&len, "", ""), *b = malloc(len);
	ota_err err;
	ota_header h;
	uint64_t delta_end, at;

	ck_assert_ptr_nonnull(b);
	memcpy(b, a, len);
	ck_ok(header_parse(&h, a, len, &err), &err);
	/* The delta's length is the first word of the tables. */
	delta_end = h.data_off + a[h.tab_off] + 256U * a[h.tab_off + 1];
	at = damages[_i].part == 0   ? h.tab_off + 48 + 48 + 20
	     : damages[_i].part == 1 ? h.data_off
	     : damages[_i].part == 2 ? delta_end
				     : len - 1;
	ck_assert_uint_ne(delta_end % 8, 0);
	b[at] ^= 1;
	ck_assert_int_eq(compare(a, len, b, len, false, &err), OTA_REFUSED);
	ck_id(err, OTA_E_REPRO);
	ck_assert_msg(strstr(err.msg, "the second package is damaged") != NULL, "%s", err.msg);
	ck_assert(told(damages[_i].subject, "the second package"));
	if (damages[_i].part == 0)
		ck_assert_uint_eq(err.off, at);
	ck_assert_int_eq(compare(b, len, a, len, true, &err), OTA_REFUSED);
	ck_id(err, OTA_E_REPRO);
	ck_assert(told(damages[_i].piped != NULL ? damages[_i].piped : damages[_i].subject,
		"the first package"));
	/* The same damage twice is no difference. */
	ck_assert_int_ne(compare(b, len, b, len, false, &err), OTA_OK);
	ck_assert_int_ne(err.id, OTA_E_REPRO);
	ck_assert_msg(strstr(err.msg, "both packages are damaged") != NULL, "%s", err.msg);
	free(a);
	free(b);
}
END_TEST

START_TEST(no_memory)
{
	size_t a_len, b_len;
	uint8_t *a = packed(&a_len, "", ""), *b = packed(&b_len, "xz", "zstd");
	ota_status st = OTA_NOMEM;
	ota_err err;

	for (uint64_t n = 0; st != OTA_REFUSED; n += 1 + n / 32) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_source *src[2] = {NULL, NULL};

		ck_assert_int_eq(ota_source_memory(&src[0], ctx, a, a_len, NULL), OTA_OK);
		ck_assert_int_eq(ota_source_memory(&src[1], ctx, b, b_len, NULL), OTA_OK);
		f.fail_at = f.count + n;
		st = check((const ota_source *const *)src, ctx, &err);
		ck_assert(st == OTA_REFUSED || st == OTA_NOMEM);
		ota_source_close(src[0]);
		ota_source_close(src[1]);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
	free(a);
	free(b);
}
END_TEST

TCase *tcase_repro(void)
{
	TCase *tc = tcase_create("repro");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_same);
	tcase_add_loop_test(tc, other_content, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, other_compressor);
	tcase_add_test(tc, other_tools);
	tcase_add_loop_test(tc, damage, 0, sizeof(damages) / sizeof(*damages));
	tcase_add_test(tc, no_memory);
	return tc;
}
