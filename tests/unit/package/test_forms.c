/* SPDX-License-Identifier: MIT */
/* Head, prefix and slice: every length, every bit, and what each is refused for. */
#include <unit.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <base/digest.h>
#include <forge/sample.h>
#include <model/manifest.h>
#include <package/header.h>
#include <package/slice.h>

static struct sample s;
static uint8_t *pkg, *slice;
static size_t pkg_len, slice_len;
static ota_header h;
static ota_trust *trust;

static uint8_t *taken(ota_sink *sink, size_t *len)
{
	ota_err err = OTA_ERR_INIT;
	const uint8_t *p = NULL;
	uint8_t *out;

	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, len);
	out = malloc(*len + 1);
	memcpy(out, p, *len);
	ota_sink_close(sink);
	return out;
}

static ota_status cut(uint8_t **out, size_t *len, const uint8_t *from, size_t from_len,
	const ota_slice_options *opt, ota_slice_result *res, ota_err *err)
{
	ota_source *src = NULL;
	ota_sink *sink = NULL;
	ota_pkg *p = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), from, from_len, err), err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), err), err);
	st = ota_pkg_open_unauthenticated(&p, t_ctx(), src, NULL, err);
	if (!st)
		st = ota_pkg_slice(sink, p, opt, res, NULL, err);
	if (!st)
		*out = taken(sink, len);
	else
		ota_sink_close(sink);
	ota_pkg_free(p);
	ota_source_close(src);
	return st;
}

/* A slice for a device that runs these bytes. */
static uint8_t *cut_for(size_t *len, const uint8_t *image, size_t image_len)
{
	ota_slice_options opt = {.size = sizeof(opt)};
	ota_err err = OTA_ERR_INIT;
	uint8_t *out = NULL;

	ck_ok(ota_source_memory(&opt.image, t_ctx(), image, image_len, &err), &err);
	ck_ok(cut(&out, len, pkg, pkg_len, &opt, NULL, &err), &err);
	ota_source_close(opt.image);
	return out;
}

static void setup(void)
{
	sample_init(&s);
	pkg = forge_signed(&pkg_len, t_ctx(), sample_yaml, s.files, 2);
	trust = forge_trust(t_ctx());
	ck_assert_int_eq(header_parse(&h, pkg, pkg_len, NULL), OTA_OK);
	slice = cut_for(&slice_len, s.old_, SAMPLE_SIZE);
}

static void teardown(void)
{
	free(slice);
	ota_trust_free(trust);
	free(pkg);
	sample_fini(&s);
}

static ota_status judge_source(
	ota_source *src, ota_extent extent, ota_verify_result *res, ota_err *err)
{
	ota_verify_options opt = {.size = sizeof(opt), .extent = extent, .result = res};
	ota_pkg *p = NULL;
	ota_status st = ota_pkg_open(&p, t_ctx(), src, trust, NULL, err);

	if (!st)
		st = ota_pkg_verify(p, &opt, NULL, err);
	ota_pkg_free(p);
	ota_source_close(src);
	return st;
}

/* The verdict on len bytes, the same from a file and from a pipe. */
static ota_status judge(
	const uint8_t *p, size_t len, ota_extent extent, ota_verify_result *res, ota_err *err)
{
	ota_verify_result other = {.size = sizeof(other)};
	/* Exactly as long as it says, so that a sanitizer sees every read past the end. */
	uint8_t *copy = malloc(len > 0 ? len : 1);
	ota_err why = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_status st;

	memcpy(copy, p, len);
	*err = why;
	ck_ok(ota_source_memory(&src, t_ctx(), copy, len, err), err);
	st = judge_source(src, extent, res, err);
	ck_assert_int_eq(judge_source(forge_pipe(copy, len), extent, &other, &why), st);
	if (err->id != why.id)
		ck_abort_msg("length %zu: %s; from a pipe %s", len, err->msg, why.msg);
	free(copy);
	return st;
}

/* ---- head and prefix ---- */

START_TEST(head_is_the_front_of_the_package)
{
	ota_verify_result res = {.size = sizeof(res)};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *sink = NULL;
	ota_peek *peek = NULL;
	ota_pkg *p = NULL;
	uint8_t *head;
	size_t len;

	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	src = forge_pipe(pkg, pkg_len);
	ck_ok(ota_pkg_open_unauthenticated(&p, t_ctx(), src, NULL, &err), &err);
	ck_ok(ota_pkg_head(sink, p, &err), &err);
	ota_pkg_free(p);
	ota_source_close(src);
	head = taken(sink, &len);
	ck_assert_uint_eq(len, h.data_off);
	ck_assert_mem_eq(head, pkg, len);
	ck_ok(judge(head, len, OTA_EXTENT_HEAD, &res, &err), &err);
	ck_assert_uint_eq(res.bytes, h.data_off);
	ck_assert_uint_eq(res.length, pkg_len);
	ck_assert_uint_eq(res.chunks, 0);
	ck_assert_int_eq(judge(head, len, OTA_EXTENT_WHOLE, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TRUNCATED);
	ck_assert_ptr_nonnull(strstr(err.msg, "--head"));
	ck_ok(ota_source_memory(&src, t_ctx(), head, len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	ck_assert_int_eq(ota_peek_form(peek), OTA_FORM_HEAD);
	ota_peek_free(peek);
	ota_source_close(src);
	free(head);
}
END_TEST

START_TEST(head_of_every_length)
{
	ota_err err;

	for (size_t n = 0; n <= pkg_len; n++) {
		ota_status st = judge(pkg, n, OTA_EXTENT_HEAD, NULL, &err);
		bool good = n == h.data_off || n == pkg_len;

		if ((st == OTA_OK) != good ||
			(st && err.id != (n == 0 ? OTA_E_MAGIC : OTA_E_TRUNCATED)))
			ck_abort_msg("%zu: %d %s", n, (int)st, err.msg);
	}
}
END_TEST

START_TEST(head_beside_and_behind)
{
	uint8_t *longer = calloc(1, pkg_len + 1);
	ota_err err;

	memcpy(longer, pkg, pkg_len);
	ck_assert_int_eq(judge(longer, pkg_len + 1, OTA_EXTENT_HEAD, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TRAILING);
	ck_assert_int_eq(judge(longer, pkg_len + 1, OTA_EXTENT_PREFIX, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TRAILING);
	longer[h.tab_off] ^= 1U;
	ck_assert_int_eq(judge(longer, h.data_off, OTA_EXTENT_HEAD, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TABLE);
	longer[h.tab_off] ^= 1U;
	/* What is not checked must not be believed either: the damage is behind the head. */
	longer[pkg_len - 1] ^= 1U;
	ck_ok(judge(longer, pkg_len, OTA_EXTENT_HEAD, NULL, &err), &err);
	ck_assert_int_eq(judge(longer, pkg_len, OTA_EXTENT_PREFIX, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_CHUNK);
	free(longer);
}
END_TEST

/* Is n where a chunk of the package begins or ends? */
static bool boundary(size_t n)
{
	size_t align = (size_t)1 << h.align_log2;
	size_t off = h.data_off;
	bool yes = n == off;

	/* Two tables of the sample: the delta's one chunk, then the image's. */
	for (size_t e = h.tab_off; e + 48 <= h.tab_off + h.tables_len; e += 48) {
		size_t len = load_le32(pkg + e);

		if (e == h.tab_off + 48)
			off = (off + align - 1) & ~(align - 1);
		yes |= n == off || n == off + len;
		off += len;
	}
	return yes;
}

START_TEST(prefix_of_every_length)
{
	ota_verify_result res = {.size = sizeof(res)};
	ota_err err;
	size_t good = 0;

	for (size_t n = 0; n <= pkg_len; n++) {
		ota_status st = judge(pkg, n, OTA_EXTENT_PREFIX, &res, &err);

		good += st == OTA_OK;
		if ((st == OTA_OK) != boundary(n) || (!st && res.bytes != n) ||
			(st && err.id != (n == 0 ? OTA_E_MAGIC : OTA_E_TRUNCATED)))
			ck_abort_msg("%zu: %d %s", n, (int)st, err.msg);
	}
	ck_assert_uint_ge(good, 4);
	ck_assert_uint_eq(res.length, pkg_len);
}
END_TEST

/* ---- slice ---- */

START_TEST(slice_of_one_delta)
{
	ota_verify_result res = {.size = sizeof(res)};
	ota_write_result wrote = {.size = sizeof(wrote)};
	ota_source *src = NULL, *old = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_sink *sink = NULL;
	ota_pkg *p = NULL;
	uint8_t *image;
	size_t len;

	ck_assert_uint_lt(slice_len, pkg_len);
	ck_assert_mem_eq(slice + SLICE_LEN, pkg, HEADER_LEN + h.manifest_len);
	ck_ok(judge(slice, slice_len, OTA_EXTENT_WHOLE, &res, &err), &err);
	ck_assert_uint_eq(res.bytes, slice_len);
	ck_assert_uint_eq(res.length, slice_len);
	ck_assert_uint_eq(res.chunks, 1);
	ck_ok(ota_source_memory(&src, t_ctx(), slice, slice_len, &err), &err);
	ck_ok(ota_source_memory(&old, t_ctx(), s.old_, SAMPLE_SIZE, &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_pkg_open(&p, t_ctx(), src, trust, NULL, &err), &err);
	ck_assert_int_eq(ota_pkg_form(p), OTA_FORM_SLICE);
	ck_assert(ota_pkg_has_section(p, 0));
	ck_assert(!ota_pkg_has_section(p, 1));
	ck_ok(ota_pkg_write(sink, p, "rootfs", old, NULL, &wrote, NULL, &err), &err);
	ck_assert(wrote.delta);
	image = taken(sink, &len);
	ck_assert_uint_eq(len, SAMPLE_SIZE);
	ck_assert_int_eq(memcmp(image, s.new_, SAMPLE_SIZE), 0);
	free(image);
	/* What it has not cannot be had: not by choice, and not by index. */
	ck_ok(ota_sink_null(&sink, t_ctx(), &err), &err);
	ck_assert_int_eq(
		ota_pkg_write(sink, p, "rootfs", NULL, NULL, NULL, NULL, &err), OTA_REFUSED);
	ck_id(err, OTA_E_NOT_IN_SLICE);
	ota_source_close(old);
	old = NULL;
	ck_assert_int_eq(ota_pkg_section(&old, p, 1, &err), OTA_REFUSED);
	ck_id(err, OTA_E_NOT_IN_SLICE);
	ck_assert_int_eq(ota_pkg_head(sink, p, &err), OTA_USAGE);
	ck_id(err, OTA_E_FORM);
	ota_sink_close(sink);
	ota_pkg_free(p);
	ota_source_close(src);
}
END_TEST

START_TEST(slice_for_what)
{
	ota_slice_options opt = {.size = sizeof(opt)};
	ota_slice_result res = {.size = sizeof(res)};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_peek *peek = NULL;
	char hash[80] = "sha256:";
	uint8_t *out, *full;
	size_t len;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	/* Another image, or none that is known: the full image. */
	ck_ok(cut(&out, &len, pkg, pkg_len, &opt, &res, &err), &err);
	ck_assert_uint_eq(res.fulls, 1);
	ck_assert_uint_eq(res.length, len);
	free(out);
	opt.from = ota_peek_manifest(peek);
	ck_ok(cut(&out, &len, pkg, pkg_len, &opt, &res, &err), &err);
	ck_assert_uint_eq(res.fulls, 1);
	/* A slice of the full image cannot be cut for the delta. */
	opt.from = NULL;
	opt.hash = hash;
	snprintf(hash + 7, sizeof(hash) - 7, "%s",
		ota_peek_manifest(peek)->components[0].payloads[1].source->hash);
	full = out;
	ck_ok(cut(&out, &len, full, len, &opt, &res, &err), &err);
	ck_assert_uint_eq(res.fulls, 1);
	free(out);
	free(full);
	ck_ok(cut(&out, &len, pkg, pkg_len, &opt, &res, &err), &err);
	ck_assert_uint_eq(res.deltas, 1);
	ck_assert_uint_eq(len, slice_len);
	ck_assert_mem_eq(out, slice, len);
	free(out);
	/* A slice of a slice is the same slice. */
	ck_ok(cut(&out, &len, slice, slice_len, &opt, &res, &err), &err);
	ck_assert_uint_eq(len, slice_len);
	ck_assert_mem_eq(out, slice, len);
	free(out);
	hash[7] = 'X';
	ck_assert_int_eq(cut(&out, &len, pkg, pkg_len, &opt, &res, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	opt.hash = NULL;
	ck_assert_int_eq(cut(&out, &len, slice, slice_len, &opt, &res, &err), OTA_REFUSED);
	ck_id(err, OTA_E_NOT_IN_SLICE);
	ota_peek_free(peek);
	ota_source_close(src);
}
END_TEST

#define CARRIED                                                                                    \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"                  \
	"security_counter: 7\nsignatures: compact\ncomponents:\n- name: rootfs\n"                  \
	"  image: new.img\n  payloads: [{ kind: %s }]\n"

/* A hook goes with every slice, what people read with none, `kind: present` brings nothing. */
START_TEST(slice_beside_payloads)
{
	struct forge_file files[3] = {s.files[1], {"hook", "exit 0", 6}, {"sbom", "{}", 2}};
	ota_slice_options opt = {.size = sizeof(opt)};
	ota_slice_result res = {.size = sizeof(res)};
	ota_err err = OTA_ERR_INIT;
	uint8_t *p, *out = NULL;
	char yaml[1024];
	size_t len, n;

	snprintf(yaml, sizeof(yaml),
		CARRIED "attachments:\n  - { name: sbom, role: sbom, file: sbom }\n"
			"  - { name: pre.sh, role: hook, file: hook }\n",
		"full");
	p = forge_signed(&len, t_ctx(), yaml, files, 3);
	ck_ok(cut(&out, &n, p, len, &opt, &res, &err), &err);
	ck_assert_uint_eq(res.fulls, 1);
	/* Sections: the hook, the image, the SBOM. */
	ck_assert_uint_eq(out[16], 3);
	ck_ok(judge(out, n, OTA_EXTENT_WHOLE, NULL, &err), &err);
	free(out);
	free(p);

	snprintf(yaml, sizeof(yaml), CARRIED, "present");
	p = forge_signed(&len, t_ctx(), yaml, files, 1);
	ck_ok(cut(&out, &n, p, len, &opt, &res, &err), &err);
	ck_assert_uint_eq(res.fulls + res.deltas, 0);
	ck_assert_uint_eq(res.data, 0);
	ck_ok(judge(out, n, OTA_EXTENT_WHOLE, NULL, &err), &err);
	ck_ok(judge(p, len, OTA_EXTENT_HEAD, NULL, &err), &err);
	free(out);
	free(p);
}
END_TEST

START_TEST(slice_copies_only_what_was_signed)
{
	ota_slice_options opt = {.size = sizeof(opt)};
	ota_err err = OTA_ERR_INIT;
	size_t len;
	uint8_t *out = NULL;

	/* The last byte is the full image's, the first of DATA the delta's. */
	pkg[pkg_len - 1] ^= 1U;
	ck_assert_int_eq(cut(&out, &len, pkg, pkg_len, &opt, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_CHUNK);
	free(cut_for(&len, s.old_, SAMPLE_SIZE));
	pkg[pkg_len - 1] ^= 1U;
	pkg[h.tab_off] ^= 1U;
	ck_assert_int_eq(cut(&out, &len, pkg, pkg_len, &opt, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TABLE);
	pkg[h.tab_off] ^= 1U;
	pkg[h.sig_off] = 'x';
	ck_assert_int_eq(cut(&out, &len, pkg, pkg_len, &opt, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SIG_SPOILED);
}
END_TEST

/* May a flip at off of the slice be refused with that id? Only the reasons of its region. */
static bool fits(size_t off, ota_id id)
{
	size_t sig = SLICE_LEN + HEADER_LEN + h.manifest_len;
	size_t tab = sig + load_le32(slice + 12);

	if (off < 8)
		return id == OTA_E_MAGIC;
	if (off < 10)
		return id == OTA_E_VERSION_FMT;
	if (off < SLICE_LEN)
		return id == OTA_E_CRC;
	if (off < SLICE_LEN + 8)
		return id == OTA_E_MAGIC;
	if (off < SLICE_LEN + 10)
		return id == OTA_E_VERSION_FMT;
	if (off < SLICE_LEN + HEADER_LEN)
		return id == OTA_E_CRC;
	if (off < sig)
		return id == OTA_E_SIG_BAD;
	if (off < tab)
		return id == OTA_E_SIG_SPOILED || id == OTA_E_SIG_BAD || id == OTA_E_SIG_UNKNOWN ||
		       (id == OTA_E_SLICE && off == tab - 1);
	return id == (off < tab + 48 ? OTA_E_HASH_TABLE : OTA_E_HASH_CHUNK);
}

START_TEST(every_bit_of_a_slice)
{
	for (size_t bit = 0; bit < 8 * slice_len; bit++) {
		ota_err err = OTA_ERR_INIT;
		uint8_t mask = (uint8_t)(1U << (bit & 7U));
		ota_source *src = NULL;
		ota_status st;

		slice[bit / 8] ^= mask;
		if (ota_source_memory(&src, t_ctx(), slice, slice_len, &err) != OTA_OK)
			ck_abort_msg("%s", err.msg);
		st = judge_source(src, OTA_EXTENT_WHOLE, NULL, &err);
		slice[bit / 8] ^= mask;
		if (st == OTA_OK || !fits(bit / 8, err.id))
			ck_abort_msg(
				"bit %zu of byte %zu: %d %s", bit & 7U, bit / 8, (int)st, err.msg);
	}
}
END_TEST

START_TEST(every_length_of_a_slice)
{
	uint8_t *longer = calloc(1, slice_len + 64);
	ota_err err;

	memcpy(longer, slice, slice_len);
	for (size_t n = 0; n <= slice_len + 64; n++) {
		ota_status st = judge(longer, n, OTA_EXTENT_WHOLE, NULL, &err);
		ota_id want = n == 0          ? OTA_E_MAGIC
			      : n < slice_len ? OTA_E_TRUNCATED
					      : OTA_E_TRAILING;

		if ((st == OTA_OK) != (n == slice_len) || (st && err.id != want))
			ck_abort_msg("%zu: %d %s", n, (int)st, err.msg);
	}
	/* A prefix of it ends before its one chunk, or after it. */
	for (size_t n = 0; n <= slice_len; n++) {
		ota_status st = judge(slice, n, OTA_EXTENT_PREFIX, NULL, &err);
		size_t data = slice_len - load_le32(pkg + h.tab_off);

		if ((st == OTA_OK) != (n == data || n == slice_len))
			ck_abort_msg("prefix %zu: %d %s", n, (int)st, err.msg);
	}
	/* A slice has no head of its own. */
	ck_assert_int_eq(judge(slice, slice_len - 1, OTA_EXTENT_HEAD, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_TRUNCATED);
	ck_ok(judge(slice, slice_len, OTA_EXTENT_HEAD, NULL, &err), &err);
	free(longer);
}
END_TEST

START_TEST(slice_header_rules)
{
	static const struct {
		size_t off, len;
		uint64_t value;
		ota_id id;
	} rows[] = {
		{8, 2, 0, OTA_E_VERSION_FMT},
		{8, 2, 2, OTA_E_VERSION_FMT},
		{10, 2, 63, OTA_E_SLICE},
		{10, 2, 65, OTA_E_SLICE},
		{12, 4, 0, OTA_E_UNSIGNED},
		{12, 4, 65537, OTA_E_SLICE},
		{12, 4, 257, OTA_E_SLICE},  /* over the package's sig_cap */
		{12, 4, 175, OTA_E_SLICE},  /* not the end of a line */
		{16, 1, 0, OTA_E_TRAILING}, /* no section */
		{16, 1, 5, OTA_E_SLICE},    /* section 2 of 2 */
		{47, 1, 128, OTA_E_SLICE},
		{16, 1, 2, OTA_E_TRUNCATED}, /* the other one: longer */
		{16, 1, 3, OTA_E_TRUNCATED},
		{48, 1, 1, OTA_E_SLICE},
		{59, 1, 1, OTA_E_SLICE},
		{60, 4, 0, OTA_E_CRC},
	};

	ck_assert_uint_eq(load_le32(slice + 12), 176);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *bent = malloc(slice_len);
		ota_err err = OTA_ERR_INIT;
		ota_source *src = NULL;

		memcpy(bent, slice, slice_len);
		for (size_t k = 0; k < rows[i].len; k++)
			bent[rows[i].off + k] = lo8(rows[i].value >> 8 * k);
		if (rows[i].id != OTA_E_CRC)
			store_le32(bent + 60, crc32_of(bent, 60));
		ck_ok(ota_source_memory(&src, t_ctx(), bent, slice_len, &err), &err);
		ck_assert_int_ne(judge_source(src, OTA_EXTENT_WHOLE, NULL, &err), OTA_OK);
		ck_assert_msg(err.id == rows[i].id, "row %zu: %s", i, err.msg);
		free(bent);
	}
}
END_TEST

START_TEST(slice_within_a_slice)
{
	uint8_t *nested = malloc(SLICE_LEN + slice_len);
	ota_err err;

	memcpy(nested, slice, SLICE_LEN);
	memcpy(nested + SLICE_LEN, slice, slice_len);
	ck_assert_int_eq(
		judge(nested, SLICE_LEN + slice_len, OTA_EXTENT_WHOLE, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_MAGIC);
	ck_assert_ptr_nonnull(strstr(err.msg, "slice"));
	free(nested);
}
END_TEST

/* ---- deltas under the memory they declare ---- */

static ota_status apply(const uint8_t *p, size_t len, const uint8_t *image, size_t *applied,
	ota_report *rep, ota_err *err)
{
	ota_source *src = NULL, *old = NULL;
	ota_pkg *k = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	*applied = 0;
	ck_ok(ota_source_memory(&src, t_ctx(), p, len, err), err);
	ck_ok(ota_source_memory(&old, t_ctx(), image, SAMPLE_SIZE, err), err);
	ck_ok(ota_pkg_open(&k, t_ctx(), src, trust, NULL, err), err);
	st = ota_pkg_verify_deltas(k, NULL, old, applied, rep, err);
	ota_pkg_free(k);
	ota_source_close(old);
	ota_source_close(src);
	return st;
}

START_TEST(deltas_from_their_source)
{
	ota_report *rep = NULL;
	ota_err err = OTA_ERR_INIT;
	size_t applied;

	ck_ok(apply(pkg, pkg_len, s.old_, &applied, NULL, &err), &err);
	ck_assert_uint_eq(applied, 1);
	ck_ok(apply(slice, slice_len, s.old_, &applied, NULL, &err), &err);
	ck_assert_uint_eq(applied, 1);
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	ck_ok(apply(pkg, pkg_len, s.new_, &applied, rep, &err), &err);
	ck_assert_uint_eq(applied, 0);
	ck_assert_uint_eq(ota_report_count(rep), 1);
	ck_assert_int_eq(ota_report_at(rep, 0)->id, OTA_E_SOURCE);
	ota_report_free(rep);
}
END_TEST

/* Signed, and a patch of the right source; only what it makes, or takes, is wrong. */
START_TEST(delta_that_lies)
{
	char hash[80], other[80], ram[40];
	ota_source *src = NULL;
	ota_err err = OTA_ERR_INIT;
	ota_peek *peek = NULL;
	struct forge f;
	uint8_t *bent;
	size_t len, applied;

	ck_ok(ota_source_memory(&src, t_ctx(), pkg, pkg_len, &err), &err);
	ck_ok(ota_pkg_peek(&peek, t_ctx(), src, NULL, &err), &err);
	snprintf(hash, sizeof(hash), "\"hash\":\"%s\"",
		ota_peek_manifest(peek)->components[0].target.hash);
	snprintf(ram, sizeof(ram), "\"ram\":%llu",
		(unsigned long long)ota_peek_manifest(peek)->components[0].payloads[1].ram);
	snprintf(other, sizeof(other), "\"hash\":\"%064d\"", 0);
	ota_peek_free(peek);
	ota_source_close(src);
	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json_all(&f, hash, other);
	bent = forge_seal(&len, &f);
	ck_assert_int_eq(apply(bent, len, s.old_, &applied, NULL, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TARGET);
	forge_fini(&f);
	free(bent);
	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_json(&f, ram, "\"ram\":20000");
	bent = forge_seal(&len, &f);
	ck_assert_int_eq(apply(bent, len, s.old_, &applied, NULL, &err), OTA_FORMAT);
	ck_id(err, OTA_E_RESOURCES);
	forge_fini(&f);
	free(bent);
}
END_TEST

/* ---- what they cost ---- */

#define LONELY                                                                                     \
	"format: otap-manifest\nspec: \"1.0\"\nproduct: gw-100\nversion: 2.4.0\n"                  \
	"security_counter: 7\nsignatures: compact\ncomponents:\n- name: rootfs\n"                  \
	"  image: new.img\n  delta_only: true\n  payloads:\n"

START_TEST(a_slice_costs_little)
{
	ota_slice_options opt = {.size = sizeof(opt)};
	ota_slice_result res = {.size = sizeof(res)};
	ota_err err = OTA_ERR_INIT;
	size_t len, cut_len;
	uint8_t *out = NULL;
	uint8_t *p = forge_signed(
		&len, t_ctx(), LONELY "  - { kind: delta, from: old.img }\n", s.files, 2);

	ck_ok(ota_source_memory(&opt.image, t_ctx(), s.old_, SAMPLE_SIZE, &err), &err);
	ck_ok(cut(&out, &cut_len, p, len, &opt, &res, &err), &err);
	ck_assert_msg(res.length - res.data <= 1331, "%llu bytes beside the patch",
		(unsigned long long)(res.length - res.data));
	ota_source_close(opt.image);
	free(out);
	free(p);
}
END_TEST

START_TEST(a_head_with_twelve_deltas_is_small)
{
	struct forge_file files[13];
	char yaml[2048] = LONELY "  - { kind: full, compression: xz }\n";
	char names[12][16];
	ota_header head = {.size = sizeof(head)};
	uint8_t *p;
	size_t len;

	files[12] = s.files[1];
	for (size_t i = 0; i < 12; i++) {
		uint8_t *image = malloc(SAMPLE_SIZE);

		memcpy(image, s.old_, SAMPLE_SIZE);
		image[SAMPLE_CHUNK + i] ^= 1U;
		snprintf(names[i], sizeof(names[i]), "old%zu.img", i);
		files[i] = (struct forge_file){names[i], image, SAMPLE_SIZE};
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml),
			"  - { kind: delta, from: %s }\n", names[i]);
	}
	p = forge_signed(&len, t_ctx(), yaml, files, 13);
	ck_assert_int_eq(header_parse(&head, p, len, NULL), OTA_OK);
	ck_assert_msg(
		head.data_off <= 9216, "a head of %llu bytes", (unsigned long long)head.data_off);
	/* The full image has two chunks, a delta a head and a segment. */
	ck_assert_uint_eq(head.tables_len, (2 + 12 * 2) * 48);
	for (size_t i = 0; i < 12; i++)
		free((void *)(uintptr_t)files[i].p);
	free(p);
}
END_TEST

TCase *tcase_forms(void)
{
	TCase *tc = tcase_create("forms");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, head_is_the_front_of_the_package);
	tcase_add_test(tc, head_of_every_length);
	tcase_add_test(tc, head_beside_and_behind);
	tcase_add_test(tc, prefix_of_every_length);
	tcase_add_test(tc, slice_of_one_delta);
	tcase_add_test(tc, slice_for_what);
	tcase_add_test(tc, slice_beside_payloads);
	tcase_add_test(tc, slice_copies_only_what_was_signed);
	tcase_add_test(tc, every_bit_of_a_slice);
	tcase_add_test(tc, every_length_of_a_slice);
	tcase_add_test(tc, slice_header_rules);
	tcase_add_test(tc, slice_within_a_slice);
	tcase_add_test(tc, deltas_from_their_source);
	tcase_add_test(tc, delta_that_lies);
	tcase_add_test(tc, a_slice_costs_little);
	tcase_add_test(tc, a_head_with_twelve_deltas_is_small);
	return tc;
}
