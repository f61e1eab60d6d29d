/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <forge/forge.h>

#include <ota/sign.h>

#define YAML                                                                                       \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"                  \
	"security_counter: 7\n"                                                                    \
	"components:\n- name: rootfs\n  image: new.img\n  payloads: [{ kind: full }]\n"
#define COMPACT YAML "signatures: compact\n"

static const char image[] = "what the device will run";
static const struct forge_file files[] = {{"new.img", image, sizeof(image)}};

static ota_signer *signer;
static ota_trust *trust;

static void set_up(void)
{
	ota_signer_options opt = {.size = sizeof(opt), .allow_readable = true, .allow_test = true};
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_signer_open(&signer, t_ctx(), "keys/test.key", &opt, &err), &err);
	ck_ok(ota_trust_from_key(&trust, t_ctx(), ota_signer_key(signer), true, &err), &err);
}

static void tear_down(void)
{
	ota_trust_free(trust);
	ota_signer_close(signer);
}

struct bytes {
	uint8_t *p;
	size_t len;
};

static struct bytes packed(const char *yaml)
{
	ota_err err = OTA_ERR_INIT;
	struct bytes b = {NULL, 0};

	ck_ok(forge_pack(&b.p, &b.len, t_ctx(), yaml, files, 1, &err), &err);
	return b;
}

/* Sign; *out is malloc'd, and stays empty on failure. */
static ota_status sign_from(
	struct bytes *out, ota_source *src, const ota_sign_options *opt, ota_err *err)
{
	const uint8_t *p = NULL;
	ota_sink *sink = NULL;
	ota_status st;

	*out = (struct bytes){NULL, 0};
	ck_ok(ota_sink_memory(&sink, t_ctx(), err), err);
	st = ota_pkg_sign(sink, t_ctx(), src, signer, opt, NULL, err);
	if (!st) {
		ck_ok(ota_sink_commit(sink, err), err);
		ota_sink_memory_bytes(sink, &p, &out->len);
		out->p = malloc(out->len);
		memcpy(out->p, p, out->len);
	}
	ota_sink_close(sink);
	return st;
}

static ota_status sign(
	struct bytes *out, struct bytes in, const ota_sign_options *opt, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), in.p, in.len, err), err);
	st = sign_from(out, src, opt, err);
	ota_source_close(src);
	return st;
}

static ota_status verify(struct bytes b, const ota_trust *t, ota_err *err)
{
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), b.p, b.len, err), err);
	st = ota_pkg_open(&pkg, t_ctx(), src, t, NULL, err);
	if (!st)
		st = ota_pkg_verify(pkg, NULL, NULL, err);
	ota_pkg_free(pkg);
	ota_source_close(src);
	return st;
}

static ota_peek *peek(struct bytes b)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_peek *p = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), b.p, b.len, &err), &err);
	ck_ok(ota_pkg_peek(&p, t_ctx(), src, NULL, &err), &err);
	ota_source_close(src);
	return p;
}

static size_t lines(struct bytes b)
{
	ota_peek *p = peek(b);
	size_t n = ota_peek_sig_count(p);

	ota_peek_free(p);
	return n;
}

static ota_sign_options mode(ota_sign_mode m)
{
	return (ota_sign_options){.size = sizeof(ota_sign_options), .mode = m};
}

START_TEST(first)
{
	ota_sign_options opt = {.size = sizeof(opt), .comment = "release 2026", .time = 1767225600};
	struct bytes in = packed(YAML), out, again;
	ota_err err = OTA_ERR_INIT;
	const ota_header *h;
	ota_peek *p;

	ck_assert_int_eq(verify(in, trust, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_UNSIGNED);
	ck_ok(sign(&out, in, &opt, &err), &err);
	ck_ok(verify(out, trust, &err), &err);
	/* Nothing but the signature area differs. */
	p = peek(out);
	h = ota_peek_header(p);
	ck_assert_uint_eq(in.len, out.len);
	ck_assert_mem_eq(in.p, out.p, h->sig_off);
	ck_assert_mem_eq(in.p + h->tab_off, out.p + h->tab_off, in.len - h->tab_off);
	ck_assert_uint_eq(ota_peek_sig_count(p), 1);
	ck_assert_str_eq(ota_peek_sig_at(p, 0)->comment, "release 2026");
	ck_assert_uint_eq(ota_peek_sig_at(p, 0)->time, 1767225600);
	ota_peek_free(p);
	/* Ed25519: the same every time. */
	ck_ok(sign(&again, in, &opt, &err), &err);
	ck_assert_mem_eq(again.p, out.p, out.len);
	free(again.p);
	free(out.p);
	free(in.p);
}
END_TEST

START_TEST(modes)
{
	ota_sign_options append = mode(OTA_SIGN_APPEND), replace = mode(OTA_SIGN_REPLACE),
			 strip = mode(OTA_SIGN_STRIP);
	struct bytes in = packed(YAML), bare = packed(YAML), out;
	ota_trust *forger = forge_trust(t_ctx());
	ota_err err = OTA_ERR_INIT;

	forge_sign(in.p, t_ctx());
	ck_assert_int_eq(sign(&out, in, NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_SIGNED);
	ck_assert_ptr_nonnull(strstr(err.msg, "--append"));
	ck_assert_ptr_nonnull(strstr(err.msg, "--replace"));

	ck_ok(sign(&out, in, &append, &err), &err);
	ck_assert_uint_eq(lines(out), 2);
	ck_ok(verify(out, trust, &err), &err);
	ck_ok(verify(out, forger, &err), &err);
	free(in.p);
	in = out;
	ck_assert_int_eq(sign(&out, in, &append, &err), OTA_USAGE);
	ck_id(err, OTA_E_SIGNED);

	ck_ok(sign(&out, in, &replace, &err), &err);
	ck_assert_uint_eq(lines(out), 1);
	ck_ok(verify(out, trust, &err), &err);
	ck_assert_int_eq(verify(out, forger, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_UNKNOWN);
	free(out.p);

	ck_ok(sign(&out, in, &strip, &err), &err);
	ck_assert_uint_eq(out.len, bare.len);
	ck_assert_mem_eq(out.p, bare.p, bare.len);
	free(out.p);
	ota_trust_free(forger);
	free(bare.p);
	free(in.p);
}
END_TEST

START_TEST(options)
{
	ota_sign_options opt = {.size = sizeof(opt), .comment = "a  b"};
	struct bytes in = packed(YAML), out;
	ota_err err = OTA_ERR_INIT;

	ck_assert_int_eq(sign(&out, in, &opt, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	opt.comment = NULL;
	opt.time = UINT64_C(1) << 53U;
	ck_assert_int_eq(sign(&out, in, &opt, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	opt.time--;
	ck_ok(sign(&out, in, &opt, &err), &err);
	ck_ok(verify(out, trust, &err), &err);
	free(out.p);
	free(in.p);
}
END_TEST

/* A damaged package is never signed, wherever the damage is; the area itself is not looked at. */
START_TEST(damage)
{
	ota_sign_options replace = mode(OTA_SIGN_REPLACE);
	struct bytes in = packed(COMPACT), out;
	ota_peek *p = peek(in);
	uint64_t area = ota_peek_header(p)->sig_off, tables = ota_peek_header(p)->tab_off;

	ota_peek_free(p);
	for (size_t i = 0; i < in.len; i++) {
		ota_err err = OTA_ERR_INIT;
		ota_status st;

		in.p[i] ^= 1;
		st = sign(&out, in, &replace, &err);
		in.p[i] ^= 1;
		/* Some bits of the manifest make another sound manifest: that is what signing is for. */
		if (i >= area && i < tables)
			ck_assert_msg(st == OTA_OK, "byte %zu: %s", i, err.msg);
		else if (i < 128 || i >= tables)
			ck_assert_msg(st != OTA_OK, "byte %zu", i);
		free(out.p);
	}
	for (size_t cut = 0; cut < in.len; cut += 7) {
		struct bytes part = {in.p, cut};
		ota_err err = OTA_ERR_INIT;

		ck_assert_int_eq(sign(&out, part, &replace, &err), OTA_FORMAT);
	}
	free(in.p);
}
END_TEST

START_TEST(spoiled_area)
{
	ota_sign_options append = mode(OTA_SIGN_APPEND), replace = mode(OTA_SIGN_REPLACE);
	struct bytes in = packed(YAML), out;
	ota_err err = OTA_ERR_INIT;
	ota_peek *p = peek(in);

	in.p[ota_peek_header(p)->sig_off] = 'x';
	ota_peek_free(p);
	ck_assert_int_eq(sign(&out, in, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_SPOILED);
	ck_assert_int_eq(sign(&out, in, &append, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_SPOILED);
	ck_ok(sign(&out, in, &replace, &err), &err);
	ck_ok(verify(out, trust, &err), &err);
	free(out.p);
	free(in.p);
}
END_TEST

/* A line that only claims to be ours does not keep us from signing. */
START_TEST(append_over_a_false_line)
{
	ota_sign_options append = mode(OTA_SIGN_APPEND);
	struct bytes in = packed(YAML), out;
	ota_err err = OTA_ERR_INIT;
	char *area = calloc(1, 8192);
	struct forge f;

	snprintf(area, 200, "otap-sig-v1 ed25519 %s 0 AAAA\n", ota_key_id(ota_signer_key(signer)));
	forge_init(&f, t_ctx(), in.p, in.len);
	f.sigarea = area;
	free(in.p);
	in.p = forge_seal(&in.len, &f);
	ck_ok(sign(&out, in, &append, &err), &err);
	ck_assert_uint_eq(lines(out), 1);
	ck_ok(verify(out, trust, &err), &err);
	forge_fini(&f);
	free(out.p);
	free(in.p);
}
END_TEST

/* Room for one line; and 32 lines is the most. */
START_TEST(no_room)
{
	ota_sign_options append = mode(OTA_SIGN_APPEND);
	struct bytes in = packed(COMPACT), out;
	ota_err err = OTA_ERR_INIT;
	char *area = calloc(1, 8192);
	struct forge f;

	forge_sign(in.p, t_ctx());
	ck_assert_int_eq(sign(&out, in, &append, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_COUNT);
	free(in.p);

	in = packed(YAML);
	for (int i = 0; i < 32; i++)
		snprintf(area + strlen(area), 200, "otap-sig-v1 other %064d 0 AAAA\n", i);
	forge_init(&f, t_ctx(), in.p, in.len);
	f.sigarea = area;
	free(in.p);
	in.p = forge_seal(&in.len, &f);
	forge_fini(&f);
	ck_assert_uint_eq(lines(in), 32);
	ck_assert_int_eq(sign(&out, in, &append, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT_COUNT);
	free(in.p);
}
END_TEST

/* A file that changes between two reads. */
struct fickle {
	ota_source base;
	struct bytes b;
	size_t pos, at; /* `at` is flipped from call `turn` on */
	unsigned calls, turn;
};

static void flip(struct fickle *f, uint8_t *buf, size_t off, size_t len)
{
	if (f->calls++ >= f->turn && f->at >= off && f->at < off + len)
		buf[f->at - off] ^= 1;
}

static ota_status fickle_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct fickle *f = (struct fickle *)s;

	(void)err;
	*n = f->b.len - f->pos < cap ? f->b.len - f->pos : cap;
	memcpy(buf, f->b.p + f->pos, *n);
	flip(f, buf, f->pos, *n);
	f->pos += *n;
	return OTA_OK;
}

static ota_status fickle_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct fickle *f = (struct fickle *)s;

	if (off > f->b.len || len > f->b.len - off)
		return ota_fail(err, OTA_E_TRUNCATED, "short");
	memcpy(buf, f->b.p + off, len);
	flip(f, buf, (size_t)off, len);
	return OTA_OK;
}

static ota_status fickle_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct fickle *)s)->b.len;
	return OTA_OK;
}

/* Whenever the head changes, what comes out is signed as it is, or nothing comes out. */
START_TEST(changing_file)
{
	static const ota_source_ops ops = {
		sizeof(ops), fickle_read, fickle_pread, fickle_length, NULL};
	struct bytes in = packed(YAML), out;
	ota_peek *p = peek(in);
	ota_header h = *ota_peek_header(p);
	/* The manifest, the pad before the area, the tables, the data. */
	const uint64_t places[] = {128 + 60, h.sig_off - 1, h.tab_off, in.len - 1};
	unsigned refused = 0, changed = 0;

	ota_peek_free(p);
	ck_assert_uint_gt(h.sig_off, 128 + h.manifest_len);
	for (unsigned turn = 0; turn < 40; turn++) {
		struct fickle f = {{&ops}, in, 0, places[_i], 0, turn};
		ota_err err = OTA_ERR_INIT;

		if (sign_from(&out, &f.base, NULL, &err) == OTA_OK)
			ck_ok(verify(out, trust, &err), &err);
		else
			refused++;
		changed += err.id == OTA_E_CHANGED;
		free(out.p);
	}
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_lt(refused, 40);
	/* The pad is written as zeros, the tables are read once. */
	ck_assert(changed > 0 || _i == 1 || _i == 2);
	free(in.p);
}
END_TEST

/* Whichever allocation fails: no package, no leak. */
START_TEST(out_of_memory)
{
	struct bytes in = packed(YAML);
	ota_status st = OTA_NOMEM;

	for (uint64_t at = 0; st != OTA_OK; at++) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_source *src = NULL;
		ota_sink *sink = NULL;
		int64_t before;

		ck_ok(ota_source_memory(&src, t_ctx(), in.p, in.len, &err), &err);
		ck_ok(ota_sink_null(&sink, t_ctx(), &err), &err);
		before = f.live;
		f.fail_at = f.count + at;
		st = ota_pkg_sign(sink, ctx, src, signer, NULL, NULL, &err);
		ck_assert_msg(st == OTA_OK || st == OTA_NOMEM, "%llu: %s", (unsigned long long)at,
			err.msg);
		ck_assert_uint_lt(at, 2000);
		ck_assert_int_eq(f.live, before);
		ota_sink_close(sink);
		ota_source_close(src);
		ota_ctx_free(ctx);
	}
	free(in.p);
}
END_TEST

/* The list is asked about the bytes that are signed, whoever asked before. */
START_TEST(expected)
{
	struct bytes in = packed(YAML);
	const char *list[] = {"sha256:"
			      "0000000000000000000000000000000000000000000000000000000000000000",
		"sha256:00"};
	ota_sign_options opt = {.size = sizeof(opt), .expect = list, .expect_count = 1};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *sink = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), in.p, in.len, &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_assert_int_eq(ota_pkg_sign(sink, t_ctx(), src, signer, &opt, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_UNEXPECTED);
	opt.expect_count = 0;
	ck_assert_int_eq(
		ota_pkg_sign_detached(sink, t_ctx(), src, signer, &opt, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_UNEXPECTED);
	opt.expect_count = 2;
	ck_assert_int_eq(ota_pkg_sign(sink, t_ctx(), src, signer, &opt, NULL, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	ota_sink_close(sink);
	ota_source_close(src);
	free(in.p);
}
END_TEST

static const char policy_text[] =
	"format: otap-sign-policy\nspec: \"1.0\"\nrules:\n"
	"- channels: [ stable ]\n- { schemes: [ ecdsa-sha2-nistp256 ], attachments: [ sbom ] }\n";

/* Whichever allocation of reading and judging fails: no policy that lets anything through. */
START_TEST(policy_without_memory)
{
	struct bytes in = packed(YAML);
	ota_status st = OTA_NOMEM;

	for (uint64_t at = 0; st == OTA_NOMEM; at++) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_sign_options opt = {.size = sizeof(opt)};
		ota_err err = OTA_ERR_INIT;
		ota_source *src = NULL, *yaml = NULL;
		ota_sign_policy *policy = NULL;
		ota_sink *sink = NULL;
		int64_t before;

		ck_ok(ota_source_memory(&src, t_ctx(), in.p, in.len, &err), &err);
		ck_ok(ota_source_memory(&yaml, t_ctx(), policy_text, sizeof(policy_text) - 1, &err),
			&err);
		ck_ok(ota_sink_null(&sink, t_ctx(), &err), &err);
		before = f.live;
		f.fail_at = f.count + at;
		st = ota_sign_policy_read(&policy, ctx, yaml, "p.yaml", NULL, &err);
		opt.policy = policy;
		if (!st)
			st = ota_pkg_sign(sink, ctx, src, signer, &opt, NULL, &err);
		ck_assert_int_ne(st, OTA_OK);
		ck_assert_uint_lt(at, 2000);
		ota_sign_policy_free(policy);
		ck_assert_int_eq(f.live, before);
		ota_sink_close(sink);
		ota_source_close(yaml);
		ota_source_close(src);
		ota_ctx_free(ctx);
	}
	ck_assert_int_eq(st, OTA_REFUSED);
	free(in.p);
}
END_TEST

TCase *tcase_sign(void)
{
	TCase *tc = tcase_create("sign");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, first);
	tcase_add_test(tc, modes);
	tcase_add_test(tc, options);
	tcase_add_test(tc, damage);
	tcase_add_test(tc, spoiled_area);
	tcase_add_test(tc, no_room);
	tcase_add_test(tc, append_over_a_false_line);
	tcase_add_loop_test(tc, changing_file, 0, 4);
	tcase_add_test(tc, out_of_memory);
	tcase_add_test(tc, expected);
	tcase_add_test(tc, policy_without_memory);
	return tc;
}
