/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "edits.h"
#include "rows.h"
#include "sample.h"

#define TOP(counter)                                                                               \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"                  \
	"security_counter: " counter "\nsignatures: compact\n"
#define ONE(payloads)                                                                              \
	TOP("7")                                                                                   \
	"components:\n  - name: rootfs\n    image: text.img\n    payloads: [ " payloads " ]\n"
#define TINY(image)                                                                                \
	TOP("7")                                                                                   \
	"components:\n  - name: rootfs\n    image: " image "\n    payloads: [ " FULL " ]\n"
#define DELTA "{ kind: delta, from: old-noise.img, codec: bsdiff }"
#define FULL  "{ kind: full, compression: none }"

static const char rich[] = TOP(
	"4294967") "requires: { version: \">=2.0.0 <2.4.0 || =1.9.7\", counter_min: 3 }\n"
		   "expires: 2027-01-01T00:00:00Z\n"
		   "release: { severity: security, notes: \"Fixes it.\", channel: stable }\n"
		   "build:\n  id: ci-1\n  builder: \"https://ci.example.com\"\n"
		   "  source: { uri: \"git+https://example.com/fw.git\",\n"
		   "    commit: 0123456789abcdef0123456789abcdef01234567 }\n"
		   "after_commit: disable-previous\n"
		   "components:\n"
		   "  - name: rootfs\n    image: noise.img\n    version: 2.4.0+1\n"
		   "    fallback: fail\n    payloads: [ " FULL ", " DELTA " ]\n"
		   "  - name: boot\n    image: tiny.img\n    payloads: [ " FULL " ]\n"
		   "rules:\n"
		   "  - { fact: hw.model, op: in, value: [ gw-100, gw-110 ] }\n"
		   "  - { fact: hw.revision, op: ge, value: 3, absent: false }\n"
		   "  - { fact: os.version, op: range, value: \">=1.2.0\" }\n"
		   "  - any: [ { fact: battery.percent, op: ge, value: 40 },\n"
		   "      { not: { fact: power.external, op: eq, value: false } } ]\n"
		   "    effect: defer\n"
		   "attachments:\n"
		   "  - { name: pre.sh, role: hook, file: hook }\n"
		   "  - { name: sbom.json, role: sbom, media_type: application/json, file: "
		   "text.img }\n"
		   "  - { name: prov, role: provenance, uri: \"https://example.com/p\", size: 9,\n"
		   "      hash: \"sha256:0123456789abcdef0123456789abcdef"
		   "0123456789abcdef0123456789abcdef\" }\n"
		   "x-ticket: FW-991\n";

static const char hooked[] =
	ONE(FULL) "steps:\n  - { op: run-hook, hook: pre.sh, when: pre, timeout: 30 }\n"
		  "  - { op: write, component: rootfs }\n  - { op: verify, component: rootfs }\n"
		  "  - { op: set-env, name: ota_rel, value: \"2.4.0\" }\n"
		  "  - { op: switch-slot }\n  - { op: reboot }\n"
		  "  - { op: run-hook, hook: pre.sh, when: boot }\n"
		  "  - { op: health-check }\n  - { op: commit }\n"
		  "attachments: [ { name: pre.sh, role: hook, file: hook } ]\n";

/* The default sequence but for the tries: steps that no power is needed for. */
static const char stepped[] = ONE(FULL) "steps:\n  - { op: write, component: rootfs }\n"
					"  - { op: verify, component: rootfs }\n"
					"  - { op: switch-slot, tries: 5 }\n  - { op: reboot }\n"
					"  - { op: health-check }\n  - { op: commit }\n";

static const char variants[] =
	TOP("7") "components:\n  - name: rootfs\n    variants:\n"
		 "      - when: { fact: hw.model, op: eq, value: a }\n        image: tiny.img\n"
		 "        payloads: [ " FULL " ]\n"
		 "      - when: { fact: hw.model, op: eq, value: b }\n        image: tiny2.img\n"
		 "        payloads: [ " FULL " ]\n";

static const char deltas[] =
	TOP("7") "components:\n"
		 "  - name: rootfs\n    image: noise.img\n"
		 "    payloads: [ " FULL ", " DELTA
		 ", { kind: delta, from: older-noise.img, codec: bsdiff } ]\n"
		 "  - name: boot\n    image: tiny.img\n    payloads: [ " FULL " ]\n";

static const struct base yamls[] = {
	{.name = "main",
		.yaml = TOP(
			"7") "components:\n  - name: rootfs\n    image: new.img\n    payloads:\n"
			     "      - { kind: full, compression: xz }\n"
			     "      - { kind: delta, from: old.img, codec: bsdiff }\n"},
	{.name = "otad",
		.yaml = TOP("7") "components:\n  - name: rootfs\n    image: noise.img\n"
				 "    payloads: [ " FULL
				 ", { kind: delta, from: old-noise.img } ]\n"},
	{.name = "tiny", .yaml = TINY("tiny.img")},
	{.name = "tiny2", .yaml = TINY("tiny3.img")},
	{.name = "xz", .yaml = ONE("{ kind: full, compression: xz }")},
	{.name = "zstd", .yaml = ONE("{ kind: full, compression: zstd }")},
	{.name = "sha512", .yaml = TINY("tiny.img") "hash: sha512\n"},
	{.name = "sha3-256", .yaml = TINY("tiny.img") "hash: sha3-256\n"},
	{.name = "roomy",
		.yaml = "format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"
			"security_counter: 7\ncomponents:\n  - name: rootfs\n    image: text.img\n"
			"    payloads: [ " FULL " ]\n"},
	{.name = "blocks",
		.yaml = TOP("7") "components:\n  - name: rootfs\n    image: blocks.img\n"
				 "    payloads: [ { kind: full, compression: xz } ]\n"},
	{.name = "plain-blocks",
		.yaml = TOP("7") "components:\n  - name: rootfs\n    image: blocks.img\n"
				 "    payloads: [ " FULL " ]\n"},
	{.name = "present", .yaml = ONE("{ kind: present }")},
	{.name = "deltas", .yaml = deltas},
	{.name = "rich", .yaml = rich},
	{.name = "hooked", .yaml = hooked},
	{.name = "stepped", .yaml = stepped},
	{.name = "variants", .yaml = variants},
};

#define BASES (sizeof(yamls) / sizeof(yamls[0]))
#define FILES 16

/* ---- images ---- */

static uint8_t *made(struct bases *b, const char *name, size_t len)
{
	uint8_t *p = calloc(1, len);

	MUST(p != NULL && b->file_count < FILES);
	b->files[b->file_count++] = (struct forge_file){name, p, len};
	return p;
}

static void copied(struct bases *b, const char *name, const void *bytes, size_t len)
{
	memcpy(made(b, name, len), bytes, len);
}

static void make_texts(struct bases *b)
{
	static const char line[] = "A line of the image, again and again. ";
	uint8_t *text;

	copied(b, "tiny.img", "tiny image", 10);
	copied(b, "tiny2.img", "tiny picture", 12);
	copied(b, "tiny3.img", "tiny IMAGE", 10);
	copied(b, "hook", "#!/bin/sh\nexit 0\n", 17);
	text = made(b, "text.img", 160);
	for (size_t i = 0; i < 160; i++)
		text[i] = (uint8_t)line[i % (sizeof(line) - 1)];
}

/* 1 KiB that does not compress, with a few bytes changed. */
static void make_noise(struct bases *b)
{
	static const char *const names[] = {"noise.img", "old-noise.img", "older-noise.img"};

	for (size_t i = 0; i < 3; i++) {
		uint8_t *p = made(b, names[i], 1024);
		uint32_t state = 7;

		for (size_t k = 0; k < 1024; k++) {
			state = state * 1664525U + 1013904223U;
			p[k] = (uint8_t)(state >> 24U);
		}
		for (size_t k = 100; i > 0 && k < 1024; k += 300 / i)
			p[k] ^= 0x5a;
	}
}

/* 4096 times A, as many zeros, as many B, and 100 C. */
static void make_blocks(struct bases *b)
{
	uint8_t *p = made(b, "blocks.img", 3 * 4096 + 100);

	memset(p, 'A', 4096);
	memset(p + 8192, 'B', 4096);
	memset(p + 12288, 'C', 100);
}

/* Whole pages between the parts would make vectors that nobody reads. */
static void make_small(struct base *b, const ota_ctx *ctx)
{
	uint8_t *was = b->pkg;
	struct forge f;

	forge_init(&f, ctx, was, b->len);
	edit_small(&f);
	b->pkg = forge_seal(&b->len, &f);
	forge_fini(&f);
	free(was);
}

void bases_init(struct bases *b, const ota_ctx *ctx)
{
	struct sample s;

	*b = (struct bases){.ctx = ctx, .n = BASES};
	b->base = calloc(BASES, sizeof(*b->base));
	b->files = calloc(FILES, sizeof(*b->files));
	MUST(b->base != NULL && b->files != NULL);
	sample_init(&s);
	copied(b, "old.img", s.old_, SAMPLE_SIZE);
	copied(b, "new.img", s.new_, SAMPLE_SIZE);
	sample_fini(&s);
	make_texts(b);
	make_noise(b);
	make_blocks(b);
	for (size_t i = 0; i < BASES; i++) {
		b->base[i] = yamls[i];
		b->base[i].pkg =
			forge_signed(&b->base[i].len, ctx, yamls[i].yaml, b->files, b->file_count);
		if (strcmp(yamls[i].name, "roomy") != 0)
			make_small(&b->base[i], ctx);
	}
}

void bases_fini(struct bases *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->base[i].pkg);
	for (size_t i = 0; i < b->file_count; i++)
		free((void *)(uintptr_t)b->files[i].p);
	free(b->base);
	free(b->files);
}

const struct base *bases_find(const struct bases *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->base[i].name, name) == 0)
			return &b->base[i];
	return NULL;
}

const struct forge_file *bases_file(const struct bases *b, const char *name)
{
	for (size_t i = 0; i < b->file_count; i++)
		if (strcmp(b->files[i].name, name) == 0)
			return &b->files[i];
	return NULL;
}
