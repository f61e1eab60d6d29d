/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

#include <model/rules.h>

TCase *tcase_manifest_source(void);

/* The example of the format's manual, without what later versions bring. */
static const char example[] =
	"format: otap-manifest            # R  constant\n"
	"spec: \"1.0\"                      # R\n"
	"product: gw-100                  # R\n"
	"version: 2.4.0                   # R\n"
	"requires: { version: \">=2.0.0 <2.4.0 || =1.9.7\", counter_min: 3 }\n"
	"security_counter: 7              # R\n"
	"allow_downgrade: false           # O\n"
	"created: 2026-01-01T00:00:00Z    # O\n"
	"expires: 2027-01-01T00:00:00Z    # O\n"
	"release: { severity: security, notes: \"Fixes the parser.\", channel: stable }\n"
	"build:                           # O\n"
	"  id: ci-48213\n"
	"  source: { uri: \"git+https://example.com/fw.git\","
	" commit: 0123456789abcdef0123456789abcdef01234567 }\n"
	"  builder: \"https://ci.example.com/runner/7\"\n"
	"components:                      # R  1..64\n"
	"  - name: rootfs\n"
	"    slot: ab\n"
	"    image: out/rootfs.img\n"
	"    version: 2.4.0\n"
	"    payloads:\n"
	"      - { kind: full, compression: zstd }\n"
	"      - { kind: full }\n"
	"      - { kind: delta, from: old/rootfs-2.3.0.img }\n"
	"      - { kind: delta, from: old/rootfs-2.2.1.img, codec: bsdiff }\n"
	"    fallback: full               # O\n"
	"    delta_only: false            # O\n"
	"rules:                           # O\n"
	"  - { fact: hw.model, op: in, value: [gw-100, gw-110] }\n"
	"  - { fact: hw.revision, op: ge, value: 3 }\n"
	"  - { fact: bootloader.version, op: range, value: \">=1.2.0\" }\n"
	"  - { fact: storage.free, op: ge, value: 1048576, effect: defer }\n"
	"  - any: [ { fact: battery.percent, op: ge, value: 40 },"
	" { fact: power.external, op: eq, value: true } ]\n"
	"    effect: defer\n"
	"steps:                           # O\n"
	"  - { op: write, component: rootfs }\n"
	"  - { op: verify, component: rootfs }\n"
	"  - { op: set-env, name: ota_rel, value: \"2.4.0\" }\n"
	"  - { op: switch-slot, tries: 3 }\n"
	"  - { op: reboot }\n"
	"  - { op: health-check, name: default, timeout: 120, retries: 2 }\n"
	"  - { op: commit }\n"
	"after_commit: keep               # O\n"
	"signatures: roomy                # O\n"
	"hash: sha256                     # O\n"
	"x-ticket: FW-991                 # ignorable, still signed\n";

START_TEST(the_example)
{
	ota_manifest *m = NULL;
	const struct manifest_payload *p;
	ota_report *rep = NULL;
	ota_err err;

	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_ok(m_yaml(&m, example, rep, &err), &err);
	ck_assert_uint_eq(ota_report_count(rep), 0);
	ck_assert_str_eq(m->version, "2.4.0");
	ck_assert_str_eq(m->components[0].image, "out/rootfs.img");
	p = m->components[0].payloads;
	ck_assert_uint_eq(p[0].compression, 2);
	ck_assert_uint_eq(p[1].compression, 1);
	ck_assert_uint_eq(p[2].kind, PAYLOAD_DELTA);
	ck_assert_str_eq(p[2].from->path, "old/rootfs-2.3.0.img");
	/* The default is never named, the others are. */
	ck_assert_ptr_null(p[2].codec);
	ck_assert_str_eq(payload_codec(&p[2]), "otad");
	ck_assert_str_eq(p[3].codec, "bsdiff");
	ck_assert_uint_eq(m->rule_count, 5);
	ck_assert_int_eq(m->rules[4].effect, EFFECT_DEFER);
	ck_assert_uint_eq(m->step_count, 7);
	ck_assert(!m->steps_default);
	ck_assert_uint_eq(m->release->severity, 2);
	ck_assert_ptr_nonnull(m->x.map);
	ota_report_free(rep);
	manifest_free(m);
}
END_TEST

/* What pack fills in; then the canonical form reads back to itself. */
static void generate(ota_manifest *m)
{
	static struct manifest_section sections[4];
	static struct manifest_source source = {H64, 77, NULL};
	struct manifest_component *c = &m->components[0];

	c->target = (struct manifest_target){H64, 5000};
	for (size_t i = 0; i < 4; i++) {
		sections[i] = (struct manifest_section){.chunk_size = 8192,
			.chunks = 1,
			.raw_size = 5000,
			.stored_size = 5000,
			.table_hash = H64};
		c->payloads[i].section = i;
		if (c->payloads[i].kind != PAYLOAD_DELTA)
			continue;
		c->payloads[i].source = &source;
		if (c->payloads[i].codec != NULL)
			continue;
		c->payloads[i].window = 5000;
		sections[i].chunks = 2;
	}
	m->sections = sections;
	m->section_count = 4;
	m->payload_hash = H64;
}

START_TEST(becomes_canonical)
{
	ota_manifest *m = NULL, *again = NULL;
	ota_err err;
	struct buf b, b2;

	ck_ok(m_yaml(&m, example, NULL, &err), &err);
	generate(m);
	buf_init(&b, t_ctx());
	buf_init(&b2, t_ctx());
	ck_ok(manifest_write(&b, m, &err), &err);
	ck_ok(manifest_read(&again, t_ctx(), b.p, b.len, NULL, &err), &err);
	ck_ok(manifest_write(&b2, again, &err), &err);
	ck_assert_uint_eq(b.len, b2.len);
	ck_assert_mem_eq(b.p, b2.p, b.len);
	/* Paths never enter. */
	buf_put(&b, "", 1);
	ck_assert_ptr_null(strstr((const char *)b.p, "out/"));
	ck_assert_ptr_null(strstr((const char *)b.p, "old/"));
	ck_assert_ptr_nonnull(strstr((const char *)b.p, "\"x-ticket\":\"FW-991\""));
	buf_fini(&b);
	buf_fini(&b2);
	manifest_free(again);
	manifest_free(m);
}
END_TEST

static const struct {
	const char *from, *to;
	ota_id id;
	unsigned line, col;
	const char *says;
} rows[] = {
	{"product: gw-100", "produkt: gw-100", OTA_E_UNKNOWN_KEY, 3, 1, "product"},
	{"slot: ab", "sllot: ab", OTA_E_UNKNOWN_KEY, 17, 5, "slot"},
	{"x-ticket: ", "y-ticket: ", OTA_E_UNKNOWN_KEY, 45, 1, "y-ticket"},
	{"hw.model, op", "hw.modell, op", OTA_E_UNKNOWN_KEY, 28, 13, "hw.model"},
	{"product: gw-100                  # R\n", "", OTA_E_MISSING, 1, 1, "product"},
	{"    image: out/rootfs.img\n", "", OTA_E_MISSING, 16, 5, "image"},
	{"version: 2.4.0                   # R\n", "version: 2026.01.15\n", OTA_E_TYPE, 4, 10,
		"2026.1.15"},
	{"\">=2.0.0 <2.4.0 || =1.9.7\"", "\"^2.0.0\"", OTA_E_TYPE, 5, 22, "range"},
	{"security_counter: 7", "security_counter: 0", OTA_E_RANGE, 6, 19, "1"},
	{"security_counter: 7", "security_counter: \"7\"", OTA_E_TYPE, 6, 19, "number"},
	{"allow_downgrade: false", "allow_downgrade: no", OTA_E_TYPE, 7, 18, "true or false"},
	{"expires: 2027", "expires: 2026", OTA_E_RANGE, 9, 10, "not after created"},
	{"severity: security", "severity: sekurity", OTA_E_TYPE, 10, 22, "security"},
	{"payloads:\n", "payloads: []\n    x-p:\n", OTA_E_RANGE, 20, 15, "1 to 64"},
	{"{ kind: full, compression: zstd }", "{ kind: full, from: a }", OTA_E_UNKNOWN_KEY, 21, 29,
		"takes no from"},
	{"{ kind: full, compression: zstd }", "{ kind: full, codec: bsdiff }", OTA_E_UNKNOWN_KEY,
		21, 30, "takes no codec"},
	{"{ kind: full, compression: zstd }", "{ kind: delta, compression: zstd, from: a }",
		OTA_E_UNKNOWN_KEY, 21, 37, "takes no compression"},
	{", from: old/rootfs-2.3.0.img", "", OTA_E_MISSING, 23, 9, "from"},
	{"codec: bsdiff", "codec: xdelta", OTA_E_TYPE, 24, 59, "otad, bsdiff"},
	{"codec: bsdiff", "codec: otad, profile: tiny, window: 4096", OTA_E_NONE, 0, 0, ""},
	{"codec: bsdiff", "codec: vcdiff, profile: tiny", OTA_E_NONE, 0, 0, ""},
	{"codec: bsdiff", "codec: vcdiff, window: 4096", OTA_E_UNKNOWN_KEY, 24, 75,
		"takes no window"},
	{"codec: bsdiff", "codec: zstd", OTA_E_NONE, 0, 0, ""},
	{"codec: bsdiff", "codec: auto, window: 4096", OTA_E_NONE, 0, 0, ""},
	{"codec: bsdiff", "codec: auto, profile: tiny", OTA_E_UNKNOWN_KEY, 24, 74,
		"takes no profile"},
	{"codec: bsdiff", "codec: zstd, profile: tiny", OTA_E_UNKNOWN_KEY, 24, 74,
		"takes no profile"},
	{"codec: bsdiff", "profile: huge", OTA_E_TYPE, 24, 61, "tiny, std, max"},
	{"codec: bsdiff", "codec: bsdiff, profile: tiny", OTA_E_UNKNOWN_KEY, 24, 76,
		"takes no profile"},
	{"codec: bsdiff", "codec: bsdiff, window: 4096", OTA_E_UNKNOWN_KEY, 24, 75,
		"takes no window"},
	{"kind: full }", "kind: full, profile: tiny }", OTA_E_UNKNOWN_KEY, 22, 32,
		"takes no profile"},
	{"{ op: switch-slot, tries: 3 }", "{ op: reboot }", OTA_E_STEPS, 41, 5, "V2: without"},
	{"{ op: write, component: rootfs }", "{ op: write, component: roots }", OTA_E_COMPONENT, 35,
		5, "roots"},
	{"hash: sha256", "hash: sha1", OTA_E_TYPE, 44, 7, "sha256"},
	{"spec: \"1.0\"", "spec: \"2.0\"", OTA_E_VERSION_FMT, 2, 7, "2.0"},
	{"x-ticket: FW-991", "critical: [ x-tickt ]\nx-ticket: 1", OTA_E_MISSING, 45, 13,
		"x-tickt"},
	{"x-ticket: FW-991", "critical: [ x-ticket ]\nx-ticket: 1", OTA_E_CRITICAL, 45, 13,
		"x-ticket"},
	/* later versions' features */
	{"x-ticket: FW-991", "attachments: []", OTA_E_RANGE, 45, 14, "attachments"},
	{"x-ticket: FW-991", "encryption: {}", OTA_E_UNKNOWN_KEY, 45, 1, "encryption"},
	{"    fallback", "    verity: {}\n    fallback", OTA_E_UNKNOWN_KEY, 25, 5, "verity"},
	{"kind: full }", "kind: presnt }", OTA_E_TYPE, 22, 17, "present"},
	/* generated fields are not for people */
	{"x-ticket: FW-991", "payload_hash: " H64, OTA_E_UNKNOWN_KEY, 45, 1, "payload_hash"},
	{"x-ticket: FW-991", "x-ticket: [1\n", OTA_E_YAML, 0, 0, ""},
};

START_TEST(one_change)
{
	const char *at = strstr(example, rows[_i].from);
	ota_report *rep = NULL;
	const ota_finding *f;
	ota_manifest *m = NULL;
	char text[8192];
	ota_err err;

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - example), example, rows[_i].to,
		at + strlen(rows[_i].from));
	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_assert_int_eq(m_yaml(&m, text, rep, &err) == OTA_OK, rows[_i].id == OTA_E_NONE);
	ck_id(err, rows[_i].id);
	ck_assert_msg(strstr(err.msg, rows[_i].says) != NULL, "%s", err.msg);
	f = ota_report_at(rep, 0);
	if (rows[_i].line > 0) {
		ck_assert_ptr_nonnull(f);
		ck_assert_str_eq(f->file, "m.yaml");
		ck_assert_msg(f->line == rows[_i].line && f->col == rows[_i].col, "%u:%u: %s",
			f->line, f->col, err.msg);
		ck_assert_int_eq(f->id, rows[_i].id);
	}
	manifest_free(m);
	ota_report_free(rep);
}
END_TEST

START_TEST(build_number_warns)
{
	ota_report *rep = NULL;
	ota_manifest *m = NULL;
	char text[8192];
	const char *at = strstr(example, "version: 2.4.0");
	ota_err err;

	snprintf(text, sizeof(text), "%.*sversion: 2.4.0+45%s", (int)(at - example), example,
		at + strlen("version: 2.4.0"));
	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_ok(m_yaml(&m, text, rep, &err), &err);
	ck_assert_uint_eq(ota_report_count(rep), 1);
	ck_assert_int_eq(ota_report_at(rep, 0)->outcome, OTA_WARN);
	ck_assert_uint_eq(ota_report_at(rep, 0)->line, 4);
	ota_report_free(rep);
	manifest_free(m);
}
END_TEST

START_TEST(no_memory)
{
	static const char *const set[] = {"version=2.4.1"};
	const struct manifest_sets sets = {set, 1};
	ota_status st = OTA_NOMEM;

	for (uint64_t n = 0; st != OTA_OK; n++) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_source *src = NULL;
		ota_manifest *m = NULL;
		ota_err err = OTA_ERR_INIT;

		ck_assert_ptr_nonnull(ctx);
		ck_assert_int_eq(
			ota_source_memory(&src, ctx, example, strlen(example), NULL), OTA_OK);
		f.fail_at = f.count + n;
		st = manifest_read_source(&m, ctx, src, "m.yaml", &sets, NULL, &err);
		ck_assert_msg(
			st == OTA_OK || st == OTA_NOMEM, "allocation %u: %s", (unsigned)n, err.msg);
		manifest_free(m);
		ota_source_close(src);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
}
END_TEST

/*
 * Each value in turn is one that cannot be read. That is told, and nothing
 * that only seems so because of it; what else is wrong is told as well.
 */
static void spoil_each(const char *tail, size_t others)
{
	size_t n = 0;

	const char *end = strstr(example, "x-ticket");

	for (const char *at = example; (at = strstr(at, ": ")) < end; at += 2) {
		size_t before = (size_t)(at + 2 - example), len = strcspn(at + 2, ",}\n#");
		char text[4096];
		ota_manifest *m = NULL;
		ota_report *rep = NULL;
		ota_err err;

		if (strchr("[{\n#", at[1 + strspn(at + 1, " ")]) != NULL)
			continue;
		snprintf(text, sizeof(text), "%.*s{ q: 1 } %s%s", (int)before, example,
			example + before + len, tail);
		ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
		ck_assert_msg(m_yaml(&m, text, rep, &err) == OTA_REFUSED, "%s:\n%s", err.msg, text);
		ck_assert_msg(ota_report_failures(rep) == 1 + others, "%zu findings:\n%s",
			ota_report_failures(rep), text);
		ota_report_free(rep);
		n++;
	}
	ck_assert_uint_eq(n, 68);
}

START_TEST(unread_values)
{
	spoil_each("", 0);
	spoil_each("attachments: [ { name: a, role: other, file: f, size: 3 } ]\n", 1);
}
END_TEST

TCase *tcase_manifest_source(void)
{
	TCase *tc = tcase_create("manifest_source");

	tcase_add_test(tc, the_example);
	tcase_add_test(tc, becomes_canonical);
	tcase_add_loop_test(tc, one_change, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, unread_values);
	tcase_add_test(tc, build_number_warns);
	tcase_add_test(tc, no_memory);
	return tc;
}
