/* SPDX-License-Identifier: MIT */
/* Roots, stop documents and provenance where memory runs out: nothing made, nothing leaked. */
#include "unit.h"

#include <forge/forge.h>

#include <ota/author.h>

#define YAML                                                                                       \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"                  \
	"security_counter: 7\nbuild: { builder: \"https://ci.example.com/7\" }\n"                  \
	"components:\n- name: rootfs\n  image: new.img\n  payloads: [{ kind: full }]\n"

static const char image[] = "what the device will run";
static const struct forge_file files[] = {{"new.img", image, sizeof(image)}};
static const char packages[] = "sha256:"
			       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static ota_signer *signer;

/* What one of them made before, for the next. */
static uint8_t *text;
static size_t text_len;

static void set_up(void)
{
	const ota_signer_options opt = {
		.size = sizeof(opt), .allow_readable = true, .allow_test = true};
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_signer_open(&signer, t_ctx(), "keys/test.key", &opt, &err), &err);
}

static void tear_down(void)
{
	free(text);
	text = NULL;
	ota_signer_close(signer);
}

typedef ota_status make_fn(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_err *err);

static ota_status make_root(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	const ota_root_edit edits[] = {
		{.size = sizeof(edits[0]),
			.op = OTA_ROOT_ADD,
			.name = "root",
			.key = ota_signer_key(signer)},
		{.size = sizeof(edits[0]), .op = OTA_ROOT_EXPIRES, .time = 2000000000},
		{.size = sizeof(edits[0]),
			.op = OTA_ROOT_ADD,
			.name = "targets",
			.key = ota_signer_key(signer)},
	};

	(void)src;
	return ota_root_write(NULL, dst, ctx, NULL, edits, 3, err);
}

static ota_status sign_root(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	return ota_document_sign(NULL, dst, ctx, src, signer, err);
}

static ota_status next_root(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	const ota_root_edit edit = {
		.size = sizeof(edit), .op = OTA_ROOT_EXPIRES, .time = 2100000000};
	ota_root *old = NULL;
	ota_status st = ota_root_read(&old, ctx, src, err);

	if (!st)
		st = ota_root_write(NULL, dst, ctx, old, &edit, 1, err);
	ota_root_free(old);
	return st;
}

static ota_status make_stop(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	const char *list[] = {packages};

	(void)src;
	return ota_stop_write(dst, NULL, ctx, NULL, list, 1, signer, err);
}

static ota_status make_dsse(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	return ota_pkg_export_dsse(dst, ctx, src, signer, NULL, err);
}

/* One try with the at-th allocation failing; what was made is text then. */
static ota_status attempt(make_fn *make, uint64_t at)
{
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_ctx *ctx = t_ctx_failing(&f);
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *sink = NULL;
	const uint8_t *p = NULL;
	int64_t before;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), text, text_len, &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	before = f.live;
	f.fail_at = f.count + at;
	st = make(sink, ctx, src, &err);
	ck_assert_msg(st == OTA_OK || st == OTA_NOMEM, "%llu: %s", (unsigned long long)at, err.msg);
	ck_assert_int_eq(f.live, before);
	if (st == OTA_OK) {
		ck_ok(ota_sink_commit(sink, &err), &err);
		free(text);
		ota_sink_memory_bytes(sink, &p, &text_len);
		text = malloc(text_len);
		memcpy(text, p, text_len);
	}
	ota_source_close(src);
	ota_sink_close(sink);
	ota_ctx_free(ctx);
	return st;
}

static void exhaust(make_fn *make)
{
	ota_status st = OTA_NOMEM;
	uint64_t at = 0;

	while (st != OTA_OK) {
		ck_assert_uint_lt(at, 5000);
		st = attempt(make, at++);
	}
	ck_assert_uint_gt(at, 5);
	ck_assert_uint_gt(text_len, 100);
}

START_TEST(roots)
{
	exhaust(make_root);
	exhaust(sign_root);
	exhaust(next_root);
	exhaust(sign_root);
}
END_TEST

START_TEST(stop)
{
	exhaust(make_stop);
}
END_TEST

START_TEST(provenance)
{
	text = forge_signed(&text_len, t_ctx(), YAML, files, 1);
	exhaust(make_dsse);
}
END_TEST

TCase *tcase_author(void)
{
	TCase *tc = tcase_create("author");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, roots);
	tcase_add_test(tc, stop);
	tcase_add_test(tc, provenance);
	return tc;
}
