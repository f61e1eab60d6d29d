/* SPDX-License-Identifier: MIT */
/* What is printed as YAML packs to the same manifest again. */
#include <unit.h>

#include <ota/text.h>

#include <crypto/hash.h>
#include <doc/table.h>
#include <forge/sample.h>
#include <model/manifest.h>

/* Every row of the table that people can write, none at its default. */
static const char every[] =
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"
	"requires: { version: \">=2.0.0 <2.4.0 || =1.9.7\", counter_min: 3 }\n"
	"security_counter: 7\nallow_downgrade: true\n"
	"created: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\n"
	"release: { severity: security, channel: stable, notes: \"# A: \\\"b\\\" \\\\ 'c'\\n- "
	"d\\t\\u0085"
	"\\u2028\\u007f\\uFEFF \xc3\xa4\" }\n"
	"build:\n  id: no\n  source: { uri: \"git+https://example.com/fw.git\","
	" commit: 0123456789012345678901234567890123456789 }\n"
	"  builder: \"-\"\n"
	"components:\n"
	"  - name: boot\n    slot: single\n    version: 1.2.3\n    variants:\n"
	"      - when: { fact: hw.revision, op: ge, value: 3 }\n        image: new.img\n"
	"        payloads: [ { kind: full, compression: zstd },"
	" { kind: delta, codec: bsdiff, from: [ old.img, other.img ] } ]\n"
	"      - when: { not: { fact: hw.revision, op: ge, value: 3 } }\n"
	"        image: old.img\n"
	"        payloads: [ { kind: delta, codec: bsdiff, from: new.img, from_version: 1.1.0 },"
	" { kind: full, compression: none } ]\n"
	"  - name: 1.0\n    image: new.img\n    payloads: [ { kind: delta, from: old.img, window: "
	"32768 } ]\n"
	"    fallback: fail\n    delta_only: true\n"
	"  - name: data\n    image: old.img\n    payloads: [ { kind: present } ]\n"
	"rules:\n"
	"  - { fact: hw.model, op: in, value: [ gw-100, \"true\", \"7\", \"~\" ] }\n"
	"  - { fact: bootloader.version, op: range, value: \">=1.2.0\" }\n"
	"  - { fact: feature.tpm, op: has }\n"
	"  - any: [ { fact: battery.percent, op: ge, value: 40, absent: true },"
	" { not: { all: [ { fact: power.external, op: eq, value: false } ] } } ]\n"
	"    effect: defer\n"
	"steps:\n"
	"  - { op: run-hook, hook: pre.sh, when: pre, timeout: 30, on_error: continue }\n"
	"  - { op: write, component: boot }\n  - { op: verify, component: boot }\n"
	"  - { op: patch, component: \"1.0\" }\n  - { op: verify, component: \"1.0\" }\n"
	"  - { op: write, component: data }\n  - { op: verify, component: data }\n"
	"  - { op: set-env, name: ota_rel, value: \"\" }\n"
	"  - { op: switch-slot, tries: 5 }\n  - { op: reboot }\n"
	"  - { op: health-check, name: net, timeout: 60, retries: 1 }\n  - { op: commit }\n"
	"attachments:\n"
	"  - { name: pre.sh, role: hook, file: other.img }\n"
	"  - { name: old.img, role: sbom, media_type: application/spdx+json, file: new.img }\n"
	"  - { name: prov, role: provenance, uri: \"https://example.com/p\", size: 8123, hash: "
	"\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n"
	"after_commit: disable-previous\nsignatures: compact\nhash: sha512\n"
	"x-ticket: FW-991\n"
	"x-list: [ \"a: b\", [ \"#\", [ \"null\" ], {} ], { d: [], \"-\": \"\", \"1\": \" e \" } "
	"]\n";

#define IMAGE (48U << 10U)

static uint8_t images[3][IMAGE];
static struct forge_file files[3];

static void setup(void)
{
	static const char *const names[] = {"old.img", "new.img", "other.img"};
	uint64_t state = 1;

	for (size_t i = 0; i < IMAGE; i++)
		images[0][i] = (uint8_t)(i % 7 < 3 ? t_rand(&state) : i >> 8U);
	for (size_t k = 0; k < 3; k++) {
		memcpy(images[k], images[0], IMAGE);
		memset(images[k] + 9000 * k, 'x', 100 * k);
		files[k] = (struct forge_file){names[k], images[k], IMAGE};
	}
}

/* COMPONENT@DIGEST.img is the file with that digest; attachments have their names. */
static ota_status open_printed(void *arg, const char *name, ota_source **out, ota_err *err)
{
	const char *at = strchr(name, '@');
	size_t i = strcmp(name, "pre.sh") == 0 ? 2 : 1;

	(void)arg;
	for (size_t k = 0; at != NULL && k < 3; k++) {
		char hex[2 * DIGEST_MAX + 1];
		struct digest d;

		ck_assert_int_eq(
			hash_bytes(&d, t_ctx(), HASH_SHA512, files[k].p, files[k].len, err), 0);
		digest_hex(hex, &d);
		if (strncmp(hex, at + 1, 16) == 0 && strcmp(at + 17, ".img") == 0)
			i = k;
	}
	return ota_source_memory(out, t_ctx(), files[i].p, files[i].len, err);
}

static uint8_t *pack_printed(size_t *len, const char *yaml)
{
	ota_plan_options opt = {
		.size = sizeof(opt), .open = open_printed, .created = OTA_TIME_NONE};
	uint8_t digest[OTA_DIGEST_MAX], *copy;
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *dst = NULL;
	ota_plan *plan = NULL;
	const uint8_t *p;
	size_t n;

	ck_ok(ota_source_memory(&src, t_ctx(), yaml, strlen(yaml), &err), &err);
	ck_ok(ota_plan_new(&plan, t_ctx(), src, &opt, NULL, &err), &err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pack(dst, plan, digest, &n, NULL, &err), &err);
	ck_ok(ota_sink_commit(dst, &err), &err);
	ota_sink_memory_bytes(dst, &p, len);
	copy = malloc(*len);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, p, *len);
	ota_sink_close(dst);
	ota_plan_free(plan);
	ota_source_close(src);
	return copy;
}

static char *print_manifest(const ota_manifest *m, ota_report *rep)
{
	ota_err err = OTA_ERR_INIT;
	ota_sink *dst = NULL;
	const uint8_t *p;
	char *text;
	size_t len;

	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_manifest_print(dst, m, rep, &err), &err);
	ck_ok(ota_sink_commit(dst, &err), &err);
	ota_sink_memory_bytes(dst, &p, &len);
	text = strndup((const char *)p, len);
	ota_sink_close(dst);
	return text;
}

static char *print_package(const uint8_t *p, size_t len)
{
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;
	ota_source *src = NULL;
	ota_peek *peek = NULL;
	char *text;

	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_ok(ota_source_memory(&src, t_ctx(), p, len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	text = print_manifest(ota_peek_manifest(peek), rep);
	ck_assert_uint_eq(ota_report_count(rep), 0);
	ota_peek_free(peek);
	ota_source_close(src);
	ota_report_free(rep);
	return text;
}

START_TEST(packs_to_the_same)
{
	ota_err err = OTA_ERR_INIT;
	size_t len, again_len;
	uint8_t *pkg = NULL, *again;
	char *text, *text_again;

	ck_ok(forge_pack(&pkg, &len, t_ctx(), every, files, 3, &err), &err);
	text = print_package(pkg, len);
	again = pack_printed(&again_len, text);
	ck_assert_uint_eq(len, again_len);
	ck_assert_int_eq(memcmp(pkg, again, len), 0);
	text_again = print_package(again, again_len);
	ck_assert_str_eq(text, text_again);
	free(text_again);
	free(text);
	free(again);
	free(pkg);
}
END_TEST

static const struct field *seen[256];
static size_t seen_count;

static void mark(const struct schema *schema, const struct doc *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct field *f = table_find(schema, d->keys[i], SCHEMA_SOURCE);

		if (f == NULL || seen_count == 256)
			continue;
		seen[seen_count++] = f;
		if (f->type == F_OBJ)
			mark(f->sub, d->items[i]);
		for (size_t k = 0; f->type == F_LIST && k < d->items[i]->count; k++)
			mark(f->sub, d->items[i]->items[k]);
	}
}

/*
 * No x- key that a reader must know is known yet: no such package can be read.
 * The profile of a patch stands in the patch.
 */
static bool not_printed(const char *key)
{
	return strcmp(key, "critical") == 0 || strcmp(key, "profile") == 0;
}

static void expect_marked(const struct schema *schema)
{
	for (const struct field *f = schema->fields; f->key != NULL; f++) {
		size_t i = 0;

		if (!field_in_form(f, SCHEMA_SOURCE) || not_printed(f->key))
			continue;
		while (i < seen_count && seen[i] != f)
			i++;
		ck_assert_msg(
			i < seen_count, "%s.%s is not in what is printed", schema->name, f->key);
		if (f->sub != NULL)
			expect_marked(f->sub);
	}
}

/* A row that is new in the table must come into `every`, or this fails. */
START_TEST(every_row)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	struct doc *root = NULL;
	uint8_t *pkg = NULL;
	struct arena a;
	size_t len;
	char *text;

	ck_ok(forge_pack(&pkg, &len, t_ctx(), every, files, 3, &err), &err);
	text = print_package(pkg, len);
	arena_init(&a, t_ctx());
	ck_ok(ota_source_memory(&src, t_ctx(), text, strlen(text), &err), &err);
	ck_ok(yaml_read(&root, &a, src, "printed", NULL, &err), &err);
	seen_count = 0;
	mark(&manifest_schema, root);
	expect_marked(&manifest_schema);
	ota_source_close(src);
	arena_fini(&a);
	free(text);
	free(pkg);
}
END_TEST

/* Another packer may sign what no YAML can say. */
START_TEST(says_what_is_lost)
{
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;
	ota_manifest *m = NULL;
	struct forge f;
	size_t len;
	uint8_t *pkg = sample_package(&len, t_ctx());
	char *text;

	forge_init(&f, t_ctx(), pkg, len);
	forge_json(&f, "\"version\":\"2.4.0\"",
		"\"version\":\"2.4.0\",\"x-a\":[\"1\",[2]],\"x-b\":{\"c\":\"1\"}");
	forge_json(&f, "\"codec\":\"bsdiff\",", "");
	forge_json(&f, "\"size\":1056768}}",
		"\"size\":1056768,\"version\":\"1.1.0\"},\"window\":1056768}");
	forge_json(&f, "\"chunks\":1", "\"chunks\":2");
	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	ck_ok(manifest_read(&m, t_ctx(), (const uint8_t *)f.json, f.json_len, NULL, &err), &err);
	text = print_manifest(m, rep);
	ck_assert_ptr_nonnull(strstr(text, "window: 1056768"));
	ck_assert_ptr_nonnull(strstr(text, "from_version: 1.1.0"));
	ck_assert_uint_eq(ota_report_count(rep), 1);
	ck_assert_str_eq(ota_report_at(rep, 0)->subject, "x-a");
	ck_assert_int_eq(ota_report_at(rep, 0)->outcome, OTA_WARN);
	free(text);
	manifest_free(m);
	ota_report_free(rep);
	forge_fini(&f);
	free(pkg);
}
END_TEST

TCase *tcase_print(void)
{
	TCase *tc = tcase_create("print");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, packs_to_the_same);
	tcase_add_test(tc, every_row);
	tcase_add_test(tc, says_what_is_lost);
	return tc;
}
