/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <forge/sample.h>
#include <package/header.h>
#include <package/table.h>

static struct sample s;

static void setup(void)
{
	sample_init(&s);
}

static void teardown(void)
{
	sample_fini(&s);
}

static const char top[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\n"
			  "version: 2.4.0\nsecurity_counter: 7\n";
#define ROOTFS "components:\n  - name: rootfs\n    image: new.img\n    payloads:\n"

static void yaml_of(char *out, size_t cap, const char *tail)
{
	snprintf(out, cap, "%s%s", top, tail);
}

/* Deep verification: the target's hash over the decoded image included. */
static void verify(const uint8_t *pkg, size_t len, const ota_ctx *ctx)
{
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_pkg *p = NULL;

	ck_ok(ota_source_memory(&src, ctx, pkg, len, &err), &err);
	ck_ok(ota_pkg_open_unauthenticated(&p, ctx, src, NULL, &err), &err);
	ck_ok(ota_pkg_verify(p, &deep, NULL, &err), &err);
	ota_pkg_free(p);
	ota_source_close(src);
}

static uint8_t *pack(size_t *len, const char *tail, const ota_ctx *ctx)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t *pkg = NULL;
	char yaml[2048];

	yaml_of(yaml, sizeof(yaml), tail);
	ck_ok(forge_pack(&pkg, len, ctx, yaml, s.files, 2, &err), &err);
	verify(pkg, *len, ctx);
	return pkg;
}

static ota_header header_of(const char *tail)
{
	ota_err err = OTA_ERR_INIT;
	ota_header h;
	size_t len;
	uint8_t *pkg = pack(&len, tail, t_ctx());

	ck_ok(header_parse(&h, pkg, len, &err), &err);
	free(pkg);
	return h;
}

START_TEST(same_bytes_for_any_jobs)
{
	static const char tail[] = ROOTFS "      - { kind: full, compression: xz }\n"
					  "      - { kind: full, compression: zstd }\n"
					  "      - { kind: full, compression: none }\n"
					  "      - { kind: delta, from: old.img }\n";
	size_t a_len, b_len;
	uint8_t *a = pack(&a_len, tail, t_ctx());
	uint8_t *b = pack(&b_len, tail, t_ctx_jobs(3));

	ck_assert_uint_eq(a_len, b_len);
	ck_assert_int_eq(memcmp(a, b, a_len), 0);
	free(a);
	free(b);
}
END_TEST

START_TEST(alignment_and_room)
{
	ota_header h = header_of(ROOTFS "      - { kind: full, compression: xz }\n");

	ck_assert_uint_eq(h.align_log2, 3);
	ck_assert_uint_eq(h.sig_cap, 8192);
	h = header_of("signatures: compact\n" ROOTFS "      - { kind: full, compression: xz }\n");
	ck_assert_uint_eq(h.sig_cap, 256);
	h = header_of("signatures: compact\n" ROOTFS "      - { kind: full, compression: none }\n");
	ck_assert_uint_eq(h.align_log2, 12);
	ck_assert_uint_eq(h.sig_cap, 4096);
	ck_assert_uint_eq(h.data_off % 4096, 0);
	/* Only delta sections are stored raw: no need to align for mapping. */
	h = header_of(ROOTFS "      - { kind: full, compression: zstd }\n"
			     "      - { kind: delta, from: old.img }\n");
	ck_assert_uint_eq(h.align_log2, 3);
}
END_TEST

START_TEST(every_hash)
{
	ota_header h = header_of("hash: sha512\n" ROOTFS "      - { kind: full }\n");

	ck_assert_uint_eq(h.hash_alg, HASH_SHA512);
	h = header_of("hash: sha3-256\n" ROOTFS "      - { kind: full }\n"
		      "      - { kind: delta, from: old.img }\n");
	ck_assert_uint_eq(h.hash_alg, HASH_SHA3_256);
}
END_TEST

/* Deltas by size, then full images in the manifest's order. */
START_TEST(section_order)
{
	static const char tail[] = "components:\n"
				   "  - name: a\n    image: new.img\n    payloads:\n"
				   "      - { kind: full, compression: zstd }\n"
				   "      - { kind: delta, from: old.img }\n"
				   "  - name: b\n    image: new.img\n    payloads:\n"
				   "      - { kind: delta, from: new.img }\n"
				   "      - { kind: full, compression: xz }\n";
	static const char *const paths[] = {"components.1.payloads.0.section",
		"components.0.payloads.1.section", "components.0.payloads.0.section",
		"components.1.payloads.1.section"};
	size_t len, n;
	uint8_t *pkg = pack(&len, tail, t_ctx());
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_pkg *p = NULL;
	char value[32], want[32];

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, len, &err), &err);
	ck_ok(ota_pkg_open_unauthenticated(&p, t_ctx(), src, NULL, &err), &err);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(want, sizeof(want), "%u", i);
		ck_ok(ota_manifest_get(
			      ota_pkg_manifest(p), paths[i], value, sizeof(value), &n, &err),
			&err);
		ck_assert_str_eq(value, want);
	}
	ota_pkg_free(p);
	ota_source_close(src);
	free(pkg);
}
END_TEST

struct packed {
	ota_plan *plan;
	ota_report *rep;
	ota_err err;
	ota_status st;
	uint8_t digest[OTA_DIGEST_MAX];
	size_t digest_len;
};

/* Plan and pack into nothing, as --dry-run does. */
static void dry_run(struct packed *out, const char *tail, ota_open_fn *open, void *arg)
{
	ota_plan_options opt = {.size = sizeof(opt), .open = open, .open_arg = arg};
	ota_source *src = NULL;
	ota_sink *dst = NULL;
	char yaml[2048];

	*out = (struct packed){.err = OTA_ERR_INIT};
	yaml_of(yaml, sizeof(yaml), tail);
	ck_ok(ota_report_new(&out->rep, t_ctx(), &out->err), &out->err);
	ck_ok(ota_source_memory(&src, t_ctx(), yaml, strlen(yaml), &out->err), &out->err);
	ck_ok(ota_plan_new(&out->plan, t_ctx(), src, &opt, out->rep, &out->err), &out->err);
	ck_ok(ota_sink_null(&dst, t_ctx(), &out->err), &out->err);
	out->st = ota_pack(dst, out->plan, out->digest, &out->digest_len, out->rep, &out->err);
	ota_sink_close(dst);
	ota_source_close(src);
}

static void packed_fini(struct packed *p)
{
	ota_plan_free(p->plan);
	ota_report_free(p->rep);
}

START_TEST(costs)
{
	struct forge_folder folder = {t_ctx(), s.files, 2};
	const ota_payload_cost *c;
	struct packed p;

	dry_run(&p,
		ROOTFS "      - { kind: full, compression: xz }\n"
		       "      - { kind: delta, from: old.img }\n",
		forge_open_file, &folder);
	ck_ok(p.st, &p.err);
	ck_assert_uint_eq(p.digest_len, 32);
	ck_assert_uint_eq(ota_plan_cost_count(p.plan), 2);
	c = ota_plan_cost_at(p.plan, 0);
	ck_assert_str_eq(c->component, "rootfs");
	ck_assert_str_eq(c->kind, "full");
	ck_assert_str_eq(c->codec, "xz");
	ck_assert_uint_eq(c->image, SAMPLE_SIZE);
	ck_assert_uint_lt(c->stored, 4000);
	ck_assert_uint_gt(c->ram, SAMPLE_CHUNK);
	c = ota_plan_cost_at(p.plan, 1);
	ck_assert_str_eq(c->codec, "otad");
	ck_assert(!c->dropped);
	ck_assert_ptr_null(ota_plan_cost_at(p.plan, 2));
	packed_fini(&p);
}
END_TEST

START_TEST(larger_delta_is_dropped)
{
	static const uint8_t tiny[64] = "a small image, smaller than any patch";
	struct forge_file files[] = {s.files[0], {"new.img", tiny, 20}};
	struct forge_folder folder = {t_ctx(), files, 2};
	struct packed p;
	bool said = false;

	dry_run(&p,
		ROOTFS "      - { kind: full, compression: none }\n"
		       "      - { kind: delta, from: old.img }\n",
		forge_open_file, &folder);
	ck_ok(p.st, &p.err);
	for (size_t i = 0; i < ota_report_count(p.rep); i++)
		said |= ota_report_at(p.rep, i)->id == OTA_E_DELTA_LARGER &&
			ota_report_at(p.rep, i)->outcome == OTA_WARN;
	ck_assert(said);
	ck_assert(ota_plan_cost_at(p.plan, 1)->dropped);
	packed_fini(&p);
}
END_TEST

/* An input that is another one at each reading. */
struct shifty {
	ota_source base;
	uint64_t reads;
};

static ota_status shifty_pread(ota_source *src, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct shifty *t = (struct shifty *)src;

	(void)off;
	(void)err;
	memset(buf, (int)(t->reads++ & 0x7f), len);
	return OTA_OK;
}

static ota_status shifty_length(ota_source *src, uint64_t *len, ota_err *err)
{
	(void)src;
	(void)err;
	*len = 10000;
	return OTA_OK;
}

static void shifty_close(ota_source *src)
{
	free(src);
}

static ota_status shifty_open(void *arg, const char *name, ota_source **out, ota_err *err)
{
	static const ota_source_ops ops = {.size = sizeof(ops),
		.pread = shifty_pread,
		.length = shifty_length,
		.close = shifty_close};
	struct shifty *t = calloc(1, sizeof(*t));

	(void)arg;
	(void)name;
	(void)err;
	t->base.ops = &ops;
	*out = &t->base;
	return OTA_OK;
}

START_TEST(input_changes_meanwhile)
{
	struct packed p;

	dry_run(&p,
		ROOTFS "      - { kind: full, compression: none }\n"
		       "      - { kind: full, compression: xz }\n",
		shifty_open, NULL);
	ck_assert_int_eq(p.st, OTA_IO);
	ck_id(p.err, OTA_E_CHANGED);
	packed_fini(&p);
	/* A delta is proved against the image that the full payload was cut from. */
	dry_run(&p,
		ROOTFS "      - { kind: full, compression: none }\n"
		       "      - { kind: delta, from: x }\n",
		shifty_open, NULL);
	ck_assert_int_eq(p.st, OTA_REFUSED);
	ck_id(p.err, OTA_E_DELTA_PROOF);
	packed_fini(&p);
}
END_TEST

/* All zeros: nothing is stored, and the data may be empty. */
START_TEST(sparse)
{
	static const uint8_t zeros[3000];
	struct forge_file files[] = {{"old.img", zeros, 1}, {"new.img", zeros, sizeof(zeros)}};
	ota_err err = OTA_ERR_INIT;
	char yaml[2048];
	ota_header h;
	uint8_t *pkg;
	size_t len;

	yaml_of(yaml, sizeof(yaml),
		"components:\n  - name: a\n    image: new.img\n    payloads: [ { kind: full } ]\n"
		"  - name: b\n    image: old.img\n    payloads: [ { kind: full, compression: none "
		"} ]\n"
		"  - name: c\n    image: new.img\n    payloads: [ { kind: full } ]\n");
	ck_ok(forge_pack(&pkg, &len, t_ctx(), yaml, files, 2, &err), &err);
	verify(pkg, len, t_ctx());
	ck_ok(header_parse(&h, pkg, len, &err), &err);
	ck_assert_uint_eq(h.data_len, 1);
	free(pkg);
	yaml_of(yaml, sizeof(yaml),
		"components:\n  - name: a\n    image: new.img\n    payloads: [ { kind: full } ]\n");
	ck_ok(forge_pack(&pkg, &len, t_ctx(), yaml, files, 2, &err), &err);
	verify(pkg, len, t_ctx());
	ck_ok(header_parse(&h, pkg, len, &err), &err);
	ck_assert_uint_eq(h.data_len, 0);
	free(pkg);
}
END_TEST

/* Without memory there is no package, and nothing leaks. */
START_TEST(every_allocation)
{
	static const uint8_t old[5000] = "an old image", new[5000] = "a new image";
	struct forge_file files[] = {{"old.img", old, sizeof(old)}, {"new.img", new, sizeof(new)},
		{"old.otap", NULL, 0}};
	uint8_t *package = NULL;
	ota_err why = OTA_ERR_INIT;
	char yaml[2048];

	yaml_of(yaml, sizeof(yaml),
		"components:\n  - name: rootfs\n    image: old.img\n    payloads:\n"
		"      - { kind: full, compression: none }\n");
	ck_ok(forge_pack(&package, &files[2].len, t_ctx(), yaml, files, 2, &why), &why);
	files[2].p = package;
	yaml_of(yaml, sizeof(yaml),
		ROOTFS "      - { kind: full, compression: none }\n"
		       "      - { kind: delta, from: [ old.img, old.otap ] }\n");
	for (uint64_t n = 0;; n++) {
		struct t_failing f = {.fail_at = n};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		uint8_t *pkg = NULL;
		size_t len;
		ota_status st = OTA_NOMEM;
		bool failed;

		if (ctx != NULL)
			st = forge_pack(&pkg, &len, ctx, yaml, files, 3, &err);
		failed = f.count > n;
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
		free(pkg);
		if (!failed) {
			ck_ok(st, &err);
			ck_assert_uint_gt(n, 50);
			free(package);
			return;
		}
		ck_assert_msg(st == OTA_NOMEM, "allocation %llu: status %d, %s",
			(unsigned long long)n, (int)st, err.msg);
	}
}
END_TEST

TCase *tcase_pack_build(void)
{
	TCase *tc = tcase_create("pack_build");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, same_bytes_for_any_jobs);
	tcase_add_test(tc, alignment_and_room);
	tcase_add_test(tc, every_hash);
	tcase_add_test(tc, section_order);
	tcase_add_test(tc, costs);
	tcase_add_test(tc, larger_delta_is_dropped);
	tcase_add_test(tc, input_changes_meanwhile);
	tcase_add_test(tc, sparse);
	tcase_add_test(tc, every_allocation);
	return tc;
}
