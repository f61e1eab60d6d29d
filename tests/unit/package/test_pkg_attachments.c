/* SPDX-License-Identifier: MIT */
/* Packages with attachments: their order, their bytes, their memory. Forged ones: tests/forge/. */
#include <unit.h>

#include <forge/sample.h>
#include <package/pkg.h>

TCase *tcase_pkg_attachments(void);

static const char head[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\n"
			   "version: 2.4.0\nsecurity_counter: 7\nsignatures: compact\n"
			   "components:\n  - name: rootfs\n    image: new.img\n    payloads:\n"
			   "      - { kind: full, compression: xz }\n"
			   "      - { kind: delta, from: old.img }\n"
			   "attachments:\n"
			   "  - { name: sbom.json, role: sbom, media_type: application/json,"
			   " file: sbom }\n";
static const char elsewhere[] =
	"  - { name: prov, role: provenance, uri: \"https://example.com/p\", size: 9,\n"
	"      hash: \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" "
	"}\n";
static const char hook[] = "  - { name: pre.sh, role: hook, file: hook }\n";
static const char steps[] =
	"steps:\n  - { op: run-hook, hook: pre.sh, when: pre, timeout: 30 }\n"
	"  - { op: write, component: rootfs }\n  - { op: verify, component: rootfs }\n"
	"  - { op: switch-slot }\n  - { op: reboot }\n  - { op: health-check }\n"
	"  - { op: commit }\n";
static char sbom[5000];

static struct sample s;
static ota_trust *trust;
static uint8_t *pkg;
static size_t pkg_len;

static void make(const char *a, const char *b)
{
	struct forge_file files[] = {s.files[0], s.files[1], {"sbom", sbom, sizeof(sbom)},
		{"hook", "#!/bin/sh\nexit 0\n", 17}};
	char yaml[2048];

	free(pkg);
	snprintf(yaml, sizeof(yaml), "%s%s%s", head, a, b);
	pkg = forge_signed(&pkg_len, t_ctx(), yaml, files, 4);
}

static void setup(void)
{
	memset(sbom, 'b', sizeof(sbom));
	sample_init(&s);
	trust = forge_trust(t_ctx());
	make(elsewhere, hook);
}

static void teardown(void)
{
	free(pkg);
	pkg = NULL;
	ota_trust_free(trust);
	sample_fini(&s);
}

static ota_status judge(const uint8_t *p, size_t len, ota_err *err)
{
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_source *src = NULL;
	ota_pkg *open = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, err), err);
	st = ota_pkg_open(&open, t_ctx(), src, trust, NULL, err);
	if (!st)
		st = ota_pkg_verify(open, &deep, NULL, err);
	ota_pkg_free(open);
	ota_source_close(src);
	return st;
}

static ota_pkg *open_it(ota_source **src, const ota_trust *t)
{
	ota_err err = OTA_ERR_INIT;
	ota_pkg *p = NULL;

	ck_ok(ota_source_memory(src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(t != NULL ? ota_pkg_open(&p, t_ctx(), *src, t, NULL, &err)
			: ota_pkg_open_unauthenticated(&p, t_ctx(), *src, NULL, &err),
		&err);
	return p;
}

/* What a device reads first, deltas, full images, what it skips. */
START_TEST(order)
{
	static const char *const paths[] = {"attachments.2.section",
		"components.0.payloads.1.section", "components.0.payloads.0.section",
		"attachments.0.section"};
	ota_source *src;
	ota_pkg *p = open_it(&src, trust);
	char value[32], want[32];
	ota_err err = OTA_ERR_INIT;
	size_t n;

	for (unsigned i = 0; i < 4; i++) {
		snprintf(want, sizeof(want), "%u", i);
		ck_ok(ota_manifest_get(p->m, paths[i], value, sizeof(value), &n, &err), &err);
		ck_assert_str_eq(value, want);
	}
	/* Plain for a device, with small chunks; what people read is compressed. */
	ck_assert_uint_eq(p->m->sections[0].compression, 0);
	ck_assert_uint_eq(p->m->sections[0].chunk_size, 4096);
	ck_assert_uint_eq(p->m->sections[3].compression, 1);
	ck_assert_uint_eq(p->m->sections[3].chunk_size, 8192);
	ck_assert_uint_lt(p->m->sections[3].stored_size, 200);
	ota_pkg_free(p);
	ota_source_close(src);
	ck_ok(judge(pkg, pkg_len, &err), &err);
}
END_TEST

START_TEST(bytes)
{
	ota_source *src;
	ota_pkg *p = open_it(&src, trust);
	ota_sink *dst = NULL;
	ota_err err = OTA_ERR_INIT;
	const uint8_t *out;
	uint64_t n = 0;
	size_t len;

	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pkg_write_attachment(dst, p, "sbom.json", &n, &err), &err);
	ck_ok(ota_sink_commit(dst, &err), &err);
	ota_sink_memory_bytes(dst, &out, &len);
	ck_assert_uint_eq(len, sizeof(sbom));
	ck_assert_uint_eq(n, sizeof(sbom));
	ck_assert_mem_eq(out, sbom, len);
	ck_assert_int_eq(ota_pkg_write_attachment(dst, p, "prov", NULL, &err), OTA_USAGE);
	ck_assert_ptr_nonnull(strstr(err.msg, "https://example.com/p"));
	ck_assert_int_eq(ota_pkg_write_attachment(dst, p, "none", NULL, &err), OTA_USAGE);
	ota_sink_close(dst);
	ota_pkg_free(p);
	ota_source_close(src);
}
END_TEST

/* The memory that reading a hook takes is part of what the manifest promises. */
START_TEST(hook_memory)
{
	static const uint8_t large[300000];
	static const struct forge_file files[] = {
		{"new.img", "tiny", 4}, {"hook", large, sizeof(large)}};
	static const char yaml[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\n"
				   "version: 2.4.0\nsecurity_counter: 7\n"
				   "components:\n  - name: rootfs\n    image: new.img\n"
				   "    payloads: [ { kind: full, compression: none } ]\n"
				   "attachments: [ { name: pre.sh, role: hook, file: hook } ]\n";
	static const char *const promises[] = {"\"ram\":800000", "\"ram\":700000"};

	free(pkg);
	pkg = forge_signed(&pkg_len, t_ctx(), yaml, files, 2);
	for (unsigned i = 0; i < 2; i++) {
		ota_err err = OTA_ERR_INIT;
		struct forge f;
		uint8_t *bent;
		size_t len;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		forge_json(&f, "\"ram\":99999999", promises[i]);
		bent = forge_seal(&len, &f);
		(void)!judge(bent, len, &err);
		ck_id(err, i == 0 ? OTA_E_NONE : OTA_E_RESOURCES);
		free(bent);
		forge_fini(&f);
	}
}
END_TEST

/* A hook that a step runs is a power that one key does not give. */
START_TEST(hooks_need_a_power)
{
	ota_err err = OTA_ERR_INIT;

	make(hook, steps);
	ck_assert_int_eq(judge(pkg, pkg_len, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SCOPE);
}
END_TEST

TCase *tcase_pkg_attachments(void)
{
	TCase *tc = tcase_create("pkg_attachments");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, order);
	tcase_add_test(tc, bytes);
	tcase_add_test(tc, hook_memory);
	tcase_add_test(tc, hooks_need_a_power);
	return tc;
}
