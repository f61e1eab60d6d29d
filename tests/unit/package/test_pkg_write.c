/* SPDX-License-Identifier: MIT */
/* Choosing a payload and writing the image, by full payload and by delta. */
#include <unit.h>

#include <forge/sample.h>
#include <package/choose.h>

static struct sample s;
static uint8_t *pkg;
static size_t pkg_len;
static ota_trust *trust;

static void setup(void)
{
	sample_init(&s);
	pkg = forge_signed(&pkg_len, t_ctx(), sample_yaml, s.files, 2);
	trust = forge_trust(t_ctx());
}

static void teardown(void)
{
	ota_trust_free(trust);
	free(pkg);
	sample_fini(&s);
}

struct run {
	const ota_ctx *ctx;
	const uint8_t *bytes; /* NULL: pkg */
	size_t len;
	const uint8_t *old; /* NULL: none */
	size_t old_len;
	const char *component;
	ota_write_options opt;
	ota_write_result res;
	ota_report *rep;
	bool piped;
	ota_err err;
};

/* Open, write into memory; on success the image must be the new one. */
static ota_status run(struct run *r)
{
	const char *component = r->component != NULL ? r->component : "rootfs";
	const ota_ctx *ctx = r->ctx != NULL ? r->ctx : t_ctx();
	ota_source *src = NULL, *old = NULL;
	const uint8_t *p;
	ota_sink *dst;
	ota_pkg *k;
	ota_status st;
	size_t len;

	if (r->bytes == NULL) {
		r->bytes = pkg;
		r->len = pkg_len;
	}
	r->err = (ota_err)OTA_ERR_INIT;
	r->opt.size = sizeof(r->opt);
	r->res.size = sizeof(r->res);
	if (r->piped)
		src = forge_pipe(r->bytes, r->len);
	else
		ck_ok(ota_source_memory(&src, ctx, r->bytes, r->len, &r->err), &r->err);
	if (r->old != NULL)
		ck_ok(ota_source_memory(&old, ctx, r->old, r->old_len, &r->err), &r->err);
	ck_ok(ota_sink_memory(&dst, ctx, &r->err), &r->err);
	ck_ok(ota_pkg_open(&k, ctx, src, trust, NULL, &r->err), &r->err);
	st = ota_pkg_write(dst, k, component, old, &r->opt, &r->res, r->rep, &r->err);
	ota_sink_memory_bytes(dst, &p, &len);
	if (st == OTA_OK) {
		ck_assert_uint_eq(len, SAMPLE_SIZE);
		ck_assert_int_eq(memcmp(p, s.new_, SAMPLE_SIZE), 0);
		ck_assert_uint_eq(r->res.bytes, SAMPLE_SIZE);
	}
	ota_pkg_free(k);
	ota_sink_close(dst);
	ota_source_close(old);
	ota_source_close(src);
	return st;
}

/* What verify refuses, writing refuses too, wherever it passes by. */
START_TEST(hidden_bytes_are_refused)
{
	struct run r = {.old = NULL};
	uint8_t *bent = malloc(pkg_len + 5);
	ota_source *src = NULL;
	ota_peek *peek;
	ota_err err = OTA_ERR_INIT;
	uint64_t tables_end, data;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	tables_end = ota_peek_header(peek)->tab_off + ota_peek_header(peek)->tables_len;
	data = ota_peek_header(peek)->data_off;
	ota_peek_free(peek);
	ota_source_close(src);
	memcpy(bent, pkg, pkg_len);
	memcpy(bent + pkg_len, "junk", 5);
	r.bytes = bent;
	r.len = pkg_len + 5;
	ck_assert_int_eq(run(&r), OTA_FORMAT);
	ck_id(r.err, OTA_E_TRAILING);
	r.len = pkg_len - 1;
	ck_assert_int_eq(run(&r), OTA_FORMAT);
	ck_id(r.err, OTA_E_TRUNCATED);
	r.len = pkg_len;
	/* The delta has 162 bytes, its pad 6. */
	for (uint64_t at = data + 162; at < data + 168; at++) {
		bent[at] = 1;
		ck_assert_int_eq(run(&r), OTA_FORMAT);
		ck_id(r.err, OTA_E_PAD);
		bent[at] = 0;
	}
	for (uint64_t at = tables_end; at < data; at++) {
		bent[at] = 1;
		ck_assert_int_eq(run(&r), OTA_FORMAT);
		ck_id(r.err, OTA_E_PAD);
		bent[at] = 0;
	}
	ck_ok(run(&r), &r.err);
	free(bent);
}
END_TEST

START_TEST(full_without_a_source)
{
	struct run r = {.old = NULL};
	struct run piped = {.piped = true};
	struct run threads = {.ctx = t_ctx_jobs(3)};

	ck_ok(run(&r), &r.err);
	ck_assert(!r.res.delta);
	ck_assert_uint_eq(r.res.payload, 0);
	ck_ok(run(&piped), &piped.err);
	ck_ok(run(&threads), &threads.err);
}
END_TEST

START_TEST(delta_from_its_source)
{
	/* A slot is larger than the image in it. */
	uint8_t *slot = calloc(1, SAMPLE_SIZE + 5000);
	struct run r = {.old = s.old_, .old_len = SAMPLE_SIZE};
	struct run larger = {.old = slot, .old_len = SAMPLE_SIZE + 5000, .piped = true};

	memcpy(slot, s.old_, SAMPLE_SIZE);
	memset(slot + SAMPLE_SIZE, 0xff, 5000);
	ck_ok(run(&r), &r.err);
	ck_assert(r.res.delta);
	ck_assert_uint_eq(r.res.payload, 1);
	ck_ok(run(&larger), &larger.err);
	ck_assert(larger.res.delta);
	free(slot);
}
END_TEST

static size_t count(const ota_report *rep, ota_id id)
{
	size_t n = 0;

	for (size_t i = 0; i < ota_report_count(rep); i++)
		n += ota_report_at(rep, i)->id == id;
	return n;
}

START_TEST(other_source_falls_back_and_says_so)
{
	struct run r = {.old = s.new_, .old_len = SAMPLE_SIZE};
	struct run shorter = {.old = s.old_, .old_len = SAMPLE_SIZE - 1};
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_report_new(&r.rep, t_ctx(), &err), &err);
	ck_ok(run(&r), &r.err);
	ck_assert(!r.res.delta);
	ck_assert_uint_eq(count(r.rep, OTA_E_SOURCE), 1);
	ota_report_free(r.rep);
	ck_ok(run(&shorter), &shorter.err);
	ck_assert(!shorter.res.delta);
	shorter.opt.delta_only = true;
	ck_assert_int_eq(run(&shorter), OTA_REFUSED);
	ck_id(shorter.err, OTA_E_SOURCE);
}
END_TEST

START_TEST(refusals)
{
	struct run delta_only = {.opt = {.delta_only = true}};
	struct run nobody = {.component = "kernel"};
	struct run little = {.opt = {.ram_max = 1000}};
	/* Enough for the full payload, not for the delta's applier. */
	struct run middling = {.old = s.old_, .old_len = SAMPLE_SIZE, .opt = {.ram_max = 4 << 20}};

	ck_assert_int_eq(run(&delta_only), OTA_REFUSED);
	ck_id(delta_only.err, OTA_E_NO_PAYLOAD);
	ck_assert_int_eq(run(&nobody), OTA_USAGE);
	ck_id(nobody.err, OTA_E_ARGUMENT);
	ck_assert_int_eq(run(&little), OTA_REFUSED);
	ck_id(little.err, OTA_E_RAM);
	ck_ok(run(&middling), &middling.err);
	ck_assert(!middling.res.delta);
}
END_TEST

static void bend(struct run *r, const char *from, const char *to)
{
	struct forge f;

	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json(&f, from, to);
	r->bytes = forge_seal(&r->len, &f);
	forge_fini(&f);
}

static void expect_bent(const char *from, const char *to, ota_id want)
{
	struct run r = {.old = s.old_, .old_len = SAMPLE_SIZE, .opt = {.delta_only = true}};

	bend(&r, from, to);
	ck_assert_int_ne(run(&r), OTA_OK);
	ck_assert_msg(r.err.id == want, "%s: %s", to, r.err.msg);
	free((void *)(uintptr_t)r.bytes);
}

START_TEST(signed_lies_about_a_delta)
{
	/* The applier would take more than the payload promises. */
	expect_bent("\"ram\":12", "\"ram\":1", OTA_E_RESOURCES);
	expect_bent("\"codec\":\"bsdiff\"", "\"codec\":\"lzip\"", OTA_E_CODEC);
	expect_bent("\"target\":{\"hash\":\"4", "\"target\":{\"hash\":\"5", OTA_E_HASH_TARGET);
	expect_bent("\"source\":{\"hash\":\"b", "\"source\":{\"hash\":\"c", OTA_E_SOURCE);
}
END_TEST

START_TEST(fallback_fail_is_signed)
{
	struct run r = {.old = s.new_, .old_len = SAMPLE_SIZE};

	bend(&r, "\"components\":[{", "\"components\":[{\"fallback\":\"fail\",");
	ck_assert_int_eq(run(&r), OTA_REFUSED);
	ck_id(r.err, OTA_E_SOURCE);
	r.old = s.old_;
	ck_ok(run(&r), &r.err);
	ck_assert(r.res.delta);
	free((void *)(uintptr_t)r.bytes);
}
END_TEST

START_TEST(damaged_data_is_never_written)
{
	struct run r = {.bytes = pkg, .len = pkg_len};

	pkg[pkg_len - 5] ^= 1U;
	ck_assert_int_eq(run(&r), OTA_UNTRUSTED);
	ck_id(r.err, OTA_E_HASH_CHUNK);
}
END_TEST

/* A source that is another one when it is read again. */
struct turncoat {
	ota_source base;
	const uint8_t *before, *after;
	uint64_t budget;
};

static ota_status turncoat_pread(ota_source *src, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct turncoat *t = (struct turncoat *)src;
	const uint8_t *p = t->budget > 0 ? t->before : t->after;

	(void)err;
	memcpy(buf, p + off, len);
	t->budget = t->budget > len ? t->budget - len : 0;
	return OTA_OK;
}

static ota_status turncoat_length(ota_source *src, uint64_t *len, ota_err *err)
{
	(void)src;
	(void)err;
	*len = SAMPLE_SIZE;
	return OTA_OK;
}

START_TEST(source_changes_meanwhile)
{
	static const ota_source_ops ops = {
		.size = sizeof(ops), .pread = turncoat_pread, .length = turncoat_length};
	struct turncoat t = {{&ops}, s.old_, s.new_, SAMPLE_SIZE};
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	ota_sink *dst;
	ota_pkg *k;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_sink_null(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pkg_open(&k, t_ctx(), src, trust, NULL, &err), &err);
	ck_assert_int_eq(
		ota_pkg_write(dst, k, "rootfs", &t.base, NULL, NULL, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_SOURCE_CHANGED);
	ota_pkg_free(k);
	ota_sink_close(dst);
	ota_source_close(src);
}
END_TEST

/* ---- a write that goes on ---- */

static const struct {
	const char *payload;
	uint64_t have;
} rests[] = {
	{"kind: full, compression: xz", 1},
	{"kind: full, compression: xz", SAMPLE_CHUNK - 1},
	{"kind: full, compression: xz", SAMPLE_CHUNK},
	{"kind: full, compression: none", SAMPLE_CHUNK + 1},
	{"kind: full, compression: none", SAMPLE_SIZE},
	{"kind: delta, codec: bsdiff, from: old.img", 70000},
	{"kind: delta, codec: vcdiff, from: old.img", 1},
	{"kind: delta, codec: vcdiff, profile: tiny, from: old.img", 70000},
	{"kind: delta, codec: zstd, from: old.img", 1},
	{"kind: delta, codec: zstd, from: old.img", SAMPLE_CHUNK + 1},
	{"kind: delta, window: 100000, from: old.img", 1},
	{"kind: delta, window: 100000, from: old.img", 99999},
	{"kind: delta, window: 100000, from: old.img", 100000},
	{"kind: delta, window: 100000, profile: std, from: old.img", 1000001},
	{"kind: delta, from: old.img", 5000},
	{"kind: delta, window: 100000, from: old.img", SAMPLE_SIZE},
};

/* The rest of the new image from what `done` begins with. */
static ota_status write_rest(uint64_t have, ota_source *done, bool piped, ota_err *err)
{
	ota_write_options opt = {.size = sizeof(opt), .have = have, .done = done};
	ota_write_result res = {.size = sizeof(res)};
	ota_source *src = NULL, *old = NULL;
	const uint8_t *p;
	ota_sink *dst;
	ota_pkg *k;
	ota_status st;
	size_t len;

	if (piped)
		src = forge_pipe(pkg, pkg_len);
	else
		ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, err), err);
	ck_ok(ota_source_memory(&old, t_ctx(), s.old_, SAMPLE_SIZE, err), err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), err), err);
	ck_ok(ota_pkg_open(&k, t_ctx(), src, trust, NULL, err), err);
	st = ota_pkg_write(dst, k, "rootfs", old, &opt, &res, NULL, err);
	ota_sink_memory_bytes(dst, &p, &len);
	if (st == OTA_OK) {
		ck_assert_uint_eq(len, SAMPLE_SIZE - have);
		ck_assert_uint_eq(res.bytes, len);
		ck_assert(len == 0 || memcmp(p, s.new_ + have, len) == 0);
	}
	ota_pkg_free(k);
	ota_sink_close(dst);
	ota_source_close(old);
	ota_source_close(src);
	return st;
}

START_TEST(goes_on_where_it_was)
{
	const char *before = strstr(sample_yaml, "      - {");
	uint64_t have = rests[_i].have;
	ota_err err = OTA_ERR_INIT;
	ota_source *done;
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), "%.*s      - { %s }\n    delta_only: true\n",
		(int)(before - sample_yaml), sample_yaml, rests[_i].payload);
	free(pkg);
	pkg = forge_signed(&pkg_len, t_ctx(), yaml, s.files, 2);
	ck_ok(ota_source_memory(&done, t_ctx(), s.new_, SAMPLE_SIZE, &err), &err);
	ck_ok(write_rest(have, done, false, &err), &err);
	ck_ok(write_rest(have, done, true, &err), &err);
	/* What is there already counts for what it is, and that it can be read. */
	s.new_[have / 2] ^= 1;
	ck_assert_int_eq(write_rest(have, done, false, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TARGET);
	ota_source_close(done);
}
END_TEST

START_TEST(cut_otherwise_than_the_payload_says)
{
	struct run r = {.old = s.old_, .old_len = SAMPLE_SIZE};
	char yaml[1024];
	struct forge f;

	snprintf(yaml, sizeof(yaml),
		"%.*s      - { kind: delta, window: 262144, from: old.img }\n"
		"    delta_only: true\n",
		(int)(strstr(sample_yaml, "      - {") - sample_yaml), sample_yaml);
	free(pkg);
	pkg = forge_signed(&pkg_len, t_ctx(), yaml, s.files, 2);
	ck_ok(run(&r), &r.err);
	ck_assert(r.res.delta);
	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json(&f, "\"window\":262144", "\"window\":262143");
	r.bytes = forge_seal(&r.len, &f);
	forge_fini(&f);
	ck_assert_int_eq(run(&r), OTA_FORMAT);
	ck_id(r.err, OTA_E_PATCH);
	free((void *)(uintptr_t)r.bytes);
}
END_TEST

START_TEST(section_source)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src, *sec;
	uint8_t *got = malloc(SAMPLE_SIZE);
	size_t at = 0, n;
	uint64_t len;
	ota_pkg *k;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_pkg_open(&k, t_ctx(), src, trust, NULL, &err), &err);
	ck_assert_int_eq(ota_pkg_section(&sec, k, 2, &err), OTA_USAGE);
	ck_ok(ota_pkg_section(&sec, k, 1, &err), &err);
	ck_ok(ota_source_length(sec, &len, &err), &err);
	ck_assert_uint_eq(len, SAMPLE_SIZE);
	/* Odd pieces, over the border of the chunks. */
	for (;;) {
		ck_ok(ota_source_read(sec, got + at,
			      70001 < SAMPLE_SIZE - at ? 70001 : SAMPLE_SIZE - at, &n, &err),
			&err);
		if (n == 0)
			break;
		at += n;
	}
	ck_assert_uint_eq(at, SAMPLE_SIZE);
	ck_assert_int_eq(memcmp(got, s.new_, SAMPLE_SIZE), 0);
	ota_source_close(sec);
	ota_pkg_free(k);
	ota_source_close(src);
	free(got);
}
END_TEST

/* What the manifest promises is enough, and not by far too much. */
static void measure(const uint8_t *old, uint64_t payload_ram)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1};
	ota_err err = OTA_ERR_INIT;
	ota_source *src, *old_src = NULL;
	ota_write_result res = {.size = sizeof(res)};
	ota_ctx *ctx = NULL;
	ota_sink *dst;
	ota_pkg *k;

	ck_ok(ota_ctx_new(&ctx, &cfg, &err), &err);
	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	if (old != NULL)
		ck_ok(ota_source_memory(&old_src, t_ctx(), old, SAMPLE_SIZE, &err), &err);
	ck_ok(ota_sink_null(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pkg_open(&k, ctx, src, trust, NULL, &err), &err);
	ck_ok(ota_pkg_write(dst, k, "rootfs", old_src, NULL, &res, NULL, &err), &err);
	ck_assert(res.delta == (old != NULL));
	ck_assert_msg(ota_ctx_peak(ctx) <= payload_ram + (128U << 10U), "held %llu of %llu",
		(unsigned long long)ota_ctx_peak(ctx), (unsigned long long)payload_ram);
	ck_assert_msg(ota_ctx_peak(ctx) >= payload_ram / 4, "held only %llu of %llu",
		(unsigned long long)ota_ctx_peak(ctx), (unsigned long long)payload_ram);
	ota_pkg_free(k);
	ota_sink_close(dst);
	ota_source_close(old_src);
	ota_source_close(src);
	ota_ctx_free(ctx);
}

static uint64_t number_at(const ota_manifest *m, const char *path)
{
	char value[32];
	size_t len;

	ck_assert_int_eq(ota_manifest_get(m, path, value, sizeof(value), &len, NULL), OTA_OK);
	return strtoull(value, NULL, 10);
}

START_TEST(memory_is_as_declared)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src;
	ota_peek *peek;
	uint64_t full, delta;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	full = number_at(ota_peek_manifest(peek), "components.0.payloads.0.ram");
	delta = number_at(ota_peek_manifest(peek), "components.0.payloads.1.ram");
	ota_peek_free(peek);
	ota_source_close(src);
	measure(NULL, full);
	measure(s.old_, delta);
}
END_TEST

/* ---- choose: pure ---- */

START_TEST(cheapest_then_lower_index)
{
	struct manifest_source from = {"", 1, NULL};
	struct manifest_payload p[] = {{.kind = PAYLOAD_FULL, .cost = 50, .ram = 10},
		{.kind = PAYLOAD_DELTA, .codec = "bsdiff", .source = &from, .cost = 20, .ram = 99},
		{.kind = PAYLOAD_DELTA, .codec = "bsdiff", .source = &from, .cost = 10, .ram = 99},
		{.kind = PAYLOAD_DELTA, .codec = "bsdiff", .source = &from, .cost = 10, .ram = 99},
		{.kind = PAYLOAD_FULL, .cost = 50, .ram = 10}};
	struct manifest_component c = {.name = "x", .payloads = p, .payload_count = 5};
	struct choose_input in = {.c = &c, .have_source = true};
	ota_err err = OTA_ERR_INIT;
	uint32_t got = 99;

	in.matches = 0xe;
	ck_ok(choose_payload(&got, &in, NULL, &err), &err);
	ck_assert_uint_eq(got, 2);
	in.matches = 0x2;
	ck_ok(choose_payload(&got, &in, NULL, &err), &err);
	ck_assert_uint_eq(got, 1);
	in.matches = 0;
	ck_ok(choose_payload(&got, &in, NULL, &err), &err);
	ck_assert_uint_eq(got, 0);
	in.matches = 0xe;
	in.ram_fixed = 5;
	in.ram_max = 103;
	ck_ok(choose_payload(&got, &in, NULL, &err), &err);
	ck_assert_uint_eq(got, 0);
	in.ram_max = 104;
	ck_ok(choose_payload(&got, &in, NULL, &err), &err);
	ck_assert_uint_eq(got, 2);
	in.ram_max = 14;
	got = 99;
	ck_assert_int_eq(choose_payload(&got, &in, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_RAM);
	ck_assert_uint_eq(got, 99);
}
END_TEST

TCase *tcase_pkg_write(void)
{
	TCase *tc = tcase_create("pkg_write");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, full_without_a_source);
	tcase_add_test(tc, delta_from_its_source);
	tcase_add_test(tc, other_source_falls_back_and_says_so);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, signed_lies_about_a_delta);
	tcase_add_test(tc, fallback_fail_is_signed);
	tcase_add_test(tc, damaged_data_is_never_written);
	tcase_add_test(tc, source_changes_meanwhile);
	tcase_add_loop_test(tc, goes_on_where_it_was, 0, (int)(sizeof(rests) / sizeof(rests[0])));
	tcase_add_test(tc, cut_otherwise_than_the_payload_says);
	tcase_add_test(tc, section_source);
	tcase_add_test(tc, memory_is_as_declared);
	tcase_add_test(tc, hidden_bytes_are_refused);
	tcase_add_test(tc, cheapest_then_lower_index);
	return tc;
}
