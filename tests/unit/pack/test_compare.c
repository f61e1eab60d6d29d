/* SPDX-License-Identifier: MIT */
/* What two packages mean differently. */
#include <unit.h>

#include <forge/sample.h>

static struct sample s;

static void setup(void)
{
	sample_init(&s);
}

static void teardown(void)
{
	sample_fini(&s);
}

static ota_peek *peek_of(const uint8_t *p, size_t len)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_peek *peek = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	ota_source_close(src);
	return peek;
}

/* sample_yaml with the first `from` made `to`, packed. */
static ota_peek *packed(const char *from, const char *to, bool sign)
{
	const char *at = strstr(sample_yaml, from);
	ota_err err = OTA_ERR_INIT;
	uint8_t *pkg = NULL;
	char yaml[2048];
	ota_peek *peek;
	size_t len;

	ck_assert_ptr_nonnull(at);
	snprintf(yaml, sizeof(yaml), "%.*s%s%s", (int)(at - sample_yaml), sample_yaml, to,
		at + strlen(from));
	ck_ok(forge_pack(&pkg, &len, t_ctx(), yaml, s.files, 2, &err), &err);
	if (sign)
		forge_sign(pkg, t_ctx());
	peek = peek_of(pkg, len);
	free(pkg);
	return peek;
}

/* "path,path,…" of what differs. */
static void paths_of(char *out, size_t cap, const ota_peek *a, const ota_peek *b)
{
	static const char mark[] = "=+-~<";
	ota_err err = OTA_ERR_INIT;
	ota_comparison *cmp = NULL;
	size_t len = 0;

	*out = '\0';
	ck_ok(ota_compare(&cmp, a, b, &err), &err);
	for (size_t i = 0; i < ota_comparison_count(cmp); i++) {
		const ota_change *c = ota_comparison_at(cmp, i);

		ck_assert_int_eq(c->a == NULL, c->a_json == NULL);
		ck_assert_int_eq(c->b == NULL, c->kind == OTA_CHANGE_REMOVED);
		if (c->kind != OTA_CHANGE_NONE)
			len += (size_t)snprintf(
				out + len, cap - len, "%c%s\n", mark[c->kind], c->path);
	}
	ck_assert_ptr_null(ota_comparison_at(cmp, ota_comparison_count(cmp)));
	ota_comparison_free(cmp);
}

static const struct {
	const char *from, *to, *want;
} rows[] = {
	{"version: 2.4.0", "version: 2.4.0", ""},
	{"version: 2.4.0", "version: 2.4.1", "~version\n"},
	{"security_counter: 7", "security_counter: 7\nrelease: { severity: critical }",
		"+release\n"},
	{"security_counter: 7", "security_counter: 7\nx-a: [ b ]", "+x-a\n"},
	{"    image: new.img", "    image: old.img", NULL},
	{"compression: xz", "compression: zstd", NULL},
	/* In another order: the payload of the lower index wins where costs are equal. */
	{"      - { kind: full, compression: xz }\n      - { kind: delta, codec: bsdiff, from: "
	 "old.img }\n",
		"      - { kind: delta, codec: bsdiff, from: old.img }\n      - { kind: full, "
		"compression: xz }\n",
		"<components.rootfs.payloads\n"},
	{"      - { kind: delta, codec: bsdiff, from: old.img }\n", "", NULL},
};

static const char *const say[][2] = {
	{"~components.rootfs.target.hash\n", "~images.rootfs\n"},
	{"~components.rootfs.payloads.full.section.compression\n", "~size.rootfs\n"},
	{"-components.rootfs.payloads.delta-", "~size\n"},
};

START_TEST(one_change)
{
	ota_peek *a = packed("", "", false), *b = packed(rows[_i].from, rows[_i].to, false);
	const char *const *want = _i == 4 ? say[0] : _i == 5 ? say[1] : say[2];
	char text[4096];

	paths_of(text, sizeof(text), a, b);
	if (rows[_i].want != NULL) {
		/* A longer manifest is a larger file and takes more memory to read. */
		for (const char *more = "~resources.ram\n~size\n"; *more != '\0';) {
			size_t len = strcspn(more, "\n") + 1;
			char line[32];
			char *at;

			snprintf(line, sizeof(line), "%.*s", (int)len, more);
			at = strstr(text, line);
			if (at != NULL)
				memmove(at, at + len, strlen(at + len) + 1);
			more += len;
		}
		ck_assert_str_eq(text, rows[_i].want);
	} else {
		ck_assert_msg(strstr(text, want[0]) != NULL, "%s", text);
		ck_assert_msg(strstr(text, want[1]) != NULL, "%s", text);
	}
	/* Whatever came one way went the other. */
	paths_of(text, sizeof(text), b, b);
	ck_assert_str_eq(text, "");
	ota_peek_free(a);
	ota_peek_free(b);
}
END_TEST

START_TEST(signers)
{
	ota_peek *a = packed("", "", true), *b = packed("", "", false);
	char text[512], want[128], id[65];

	forge_keyid(t_ctx(), id);
	paths_of(text, sizeof(text), a, b);
	snprintf(want, sizeof(want), "-signatures.%s\n", id);
	ck_assert_str_eq(text, want);
	paths_of(text, sizeof(text), b, a);
	snprintf(want, sizeof(want), "+signatures.%s\n", id);
	ck_assert_str_eq(text, want);
	ota_peek_free(a);
	ota_peek_free(b);
}
END_TEST

static const struct {
	ota_change_kind kind;
	const char *path, *field;
	bool in;
} guards[] = {
	{OTA_CHANGE_VALUE, "version", "version", true},
	{OTA_CHANGE_VALUE, "components.a.target.hash", "components", true},
	{OTA_CHANGE_VALUE, "components.a.target.hash", "components.a", true},
	{OTA_CHANGE_VALUE, "components.ab.target.hash", "components.a", false},
	{OTA_CHANGE_VALUE, "components.a", "components.a.target", false},
	{OTA_CHANGE_ADDED, "components.a", "components.a.target", true},
	{OTA_CHANGE_REMOVED, "release", "release.severity", true},
	{OTA_CHANGE_REMOVED, "release", "releases", false},
	{OTA_CHANGE_NONE, "images.a", "images", false},
	{OTA_CHANGE_VALUE, "size.a", "size", true},
	{OTA_CHANGE_VALUE, "size", "size.a", false},
};

START_TEST(guarded)
{
	const ota_change c = {.size = sizeof(c), .kind = guards[_i].kind, .path = guards[_i].path};

	ck_assert_int_eq(ota_change_in(&c, guards[_i].field), guards[_i].in);
}
END_TEST

static const struct {
	const char *field, *says; /* NULL: it is one */
} fields[] = {
	{"images", NULL},
	{"images.rootfs", NULL},
	{"size", NULL},
	{"signatures", NULL},
	{"version", NULL},
	{"requires.version", NULL},
	{"components.rootfs.payloads.full.ram", NULL},
	{"components.rootfs.payloads.full.section", NULL},
	{"components.rootfs.payloads.full.section.compression", NULL},
	{"components.rootfs.payloads.full.section.compresion", "nothing can differ"},
	{"attachments.sbom.json.section.stored_size", NULL},
	{"rules", NULL},
	{"rules.0.fact", NULL},
	{"steps.write-rootfs", NULL},
	{"x-ticket", NULL},
	{"image", "did you mean images?"},
	{"verison", "did you mean version?"},
	{"requires.versoin", "nothing can differ"},
	{"sections", "nothing can differ"},
	{"", "nothing can differ"},
};

START_TEST(known_fields)
{
	ota_err err = OTA_ERR_INIT;
	ota_status st = ota_change_field(fields[_i].field, &err);

	if (fields[_i].says == NULL) {
		ck_ok(st, &err);
		return;
	}
	ck_assert_int_eq(st, OTA_USAGE);
	ck_id(err, OTA_E_FIELD);
	ck_assert_msg(strstr(err.msg, fields[_i].says) != NULL, "%s", err.msg);
}
END_TEST

START_TEST(no_memory)
{
	ota_status st = OTA_NOMEM;
	uint8_t *pkg;
	size_t len;

	pkg = sample_package(&len, t_ctx());
	for (uint64_t n = 0; st != OTA_OK; n += 1 + n / 64) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_comparison *cmp = NULL;
		ota_source *src = NULL;
		ota_peek *peek = NULL;

		ck_ok(ota_source_memory(&src, ctx, pkg, len, &err), &err);
		ck_ok(ota_pkg_peek(&peek, ctx, src, NULL, &err), &err);
		f.fail_at = f.count + n;
		st = ota_compare(&cmp, peek, peek, &err);
		ck_assert_int_eq(st == OTA_OK, cmp != NULL);
		ck_assert(st == OTA_OK || st == OTA_NOMEM);
		ota_comparison_free(cmp);
		ota_peek_free(peek);
		ota_source_close(src);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
	free(pkg);
}
END_TEST

TCase *tcase_compare(void)
{
	TCase *tc = tcase_create("compare");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, one_change, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, signers);
	tcase_add_loop_test(tc, guarded, 0, sizeof(guards) / sizeof(*guards));
	tcase_add_loop_test(tc, known_fields, 0, sizeof(fields) / sizeof(*fields));
	tcase_add_test(tc, no_memory);
	return tc;
}
