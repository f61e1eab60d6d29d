/* SPDX-License-Identifier: MIT */
/* What a package is made of: every byte of every form is somebody's, and once. */
#include <unit.h>

#include <forge/sample.h>
#include <package/header.h>

static uint8_t *package;
static size_t package_len;

static void setup(void)
{
	package = sample_package(&package_len, t_ctx());
}

static void teardown(void)
{
	free(package);
}

struct seen {
	uint64_t at;
	unsigned kinds[OTA_PART_DATA + 1];
};

static ota_status see(void *arg, const ota_part *part, ota_err *err)
{
	struct seen *s = arg;

	(void)err;
	ck_assert_uint_eq(part->off, s->at);
	ck_assert_uint_gt(part->len, 0);
	s->at += part->len;
	s->kinds[part->kind]++;
	return OTA_OK;
}

static ota_pkg *open_bytes(ota_source **src, const uint8_t *p, size_t len)
{
	ota_err err = OTA_ERR_INIT;
	ota_pkg *pkg = NULL;

	ck_ok(ota_source_memory(src, t_ctx(), p, len, &err), &err);
	ck_ok(ota_pkg_open_unauthenticated(&pkg, t_ctx(), *src, NULL, &err), &err);
	return pkg;
}

static void parts_of(struct seen *s, const uint8_t *p, size_t len)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_pkg *pkg = open_bytes(&src, p, len);

	*s = (struct seen){0};
	ck_ok(ota_pkg_each_part(pkg, see, s, &err), &err);
	ck_assert_uint_eq(s->at, len);
	ota_pkg_free(pkg);
	ota_source_close(src);
}

START_TEST(every_byte_once)
{
	struct seen s;
	ota_header h;
	ota_err err = OTA_ERR_INIT;

	parts_of(&s, package, package_len);
	ck_assert_uint_eq(s.kinds[OTA_PART_SLICE_HEADER], 0);
	ck_assert_uint_eq(s.kinds[OTA_PART_SIGNATURES], 1);
	ck_assert_uint_eq(s.kinds[OTA_PART_RESERVE], 1);
	ck_assert_uint_eq(s.kinds[OTA_PART_TABLE], 2);
	ck_assert_uint_eq(s.kinds[OTA_PART_DATA], 2);
	ck_ok(header_parse(&h, package, package_len, &err), &err);
	parts_of(&s, package, h.data_off);
	ck_assert_uint_eq(s.kinds[OTA_PART_TABLE], 2);
	ck_assert_uint_eq(s.kinds[OTA_PART_DATA], 0);
}
END_TEST

START_TEST(every_byte_of_a_slice)
{
	char hash[80] = "sha256:";
	const ota_slice_options opt = {.size = sizeof(opt), .hash = hash};
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *dst = NULL;
	ota_pkg *pkg = open_bytes(&src, package, package_len);
	const uint8_t *p;
	struct seen s;
	size_t len, n;

	ck_ok(ota_manifest_get(ota_pkg_manifest(pkg), "components.0.payloads.1.source.hash",
		      hash + 7, sizeof(hash) - 7, &n, &err),
		&err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_pkg_slice(dst, pkg, &opt, NULL, NULL, &err), &err);
	ck_ok(ota_sink_commit(dst, &err), &err);
	ota_sink_memory_bytes(dst, &p, &len);
	parts_of(&s, p, len);
	ck_assert_uint_eq(s.kinds[OTA_PART_SLICE_HEADER], 1);
	ck_assert_uint_eq(s.kinds[OTA_PART_RESERVE], 0);
	ck_assert_uint_eq(s.kinds[OTA_PART_TABLE], 1);
	ck_assert_uint_eq(s.kinds[OTA_PART_DATA], 1);
	ck_assert_uint_eq(s.kinds[OTA_PART_PAD], 0);
	ota_sink_close(dst);
	ota_pkg_free(pkg);
	ota_source_close(src);
}
END_TEST

START_TEST(owners)
{
	ota_source *src = NULL;
	ota_pkg *pkg = open_bytes(&src, package, package_len);
	char text[OTA_OWNER_MAX];
	ota_owner w;

	ck_assert(ota_pkg_owner(&w, pkg, 0));
	ck_assert_str_eq(w.component, "rootfs");
	ck_assert_str_eq(w.kind, "delta");
	ck_assert_str_eq(w.codec, "bsdiff");
	ck_assert_int_eq(w.variant, -1);
	ck_assert_uint_eq(w.payload, 1);
	ota_owner_text(text, &w);
	ck_assert_int_eq(memcmp(text, "rootfs, delta bsdiff from ", 26), 0);
	ck_assert_uint_eq(strlen(text), 26 + 12);
	ck_assert(ota_pkg_owner(&w, pkg, 1));
	ota_owner_text(text, &w);
	ck_assert_str_eq(text, "rootfs, full xz");
	ck_assert(!ota_pkg_owner(&w, pkg, 2));
	ota_pkg_free(pkg);
	ota_source_close(src);
}
END_TEST

static ota_status add_chunk(void *arg, const ota_chunk *c, ota_err *err)
{
	uint64_t *sum = arg;

	(void)err;
	ck_assert_uint_eq(c->index, sum[0]);
	ck_assert_uint_eq(c->hash_len, 32);
	sum[0]++;
	sum[1] += c->stored_len;
	sum[2] += c->raw_len;
	return OTA_OK;
}

START_TEST(chunk_rows)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_pkg *pkg = open_bytes(&src, package, package_len);
	uint64_t sum[3] = {0};

	ck_ok(ota_pkg_each_chunk(pkg, 1, add_chunk, sum, &err), &err);
	ck_assert_uint_eq(sum[0], 2);
	ck_assert_uint_eq(sum[2], SAMPLE_SIZE);
	ck_assert_int_eq(ota_pkg_each_chunk(pkg, 2, add_chunk, sum, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	ota_pkg_free(pkg);
	ota_source_close(src);
}
END_TEST

/* Rows that are not what the manifest hashes are not shown as if they were. */
START_TEST(bent_tables)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	uint64_t sum[3] = {0};
	ota_pkg *pkg;
	ota_header h;

	ck_ok(header_parse(&h, package, package_len, &err), &err);
	package[h.tab_off] ^= 1;
	pkg = open_bytes(&src, package, package_len);
	ck_assert_int_eq(ota_pkg_each_chunk(pkg, 0, add_chunk, sum, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_HASH_TABLE);
	ck_assert_uint_eq(sum[0], 0);
	ota_pkg_free(pkg);
	ota_source_close(src);
}
END_TEST

/* A line is good where it verifies, and nowhere else. */
START_TEST(good_lines)
{
	ota_err err = OTA_ERR_INIT;
	ota_trust *trust = forge_trust(t_ctx());
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;
	ota_sigline line;
	ota_header h;
	char *good, *bad;

	ck_ok(header_parse(&h, package, package_len, &err), &err);
	good = forge_line(t_ctx(), package, 128 + h.manifest_len, 0, "");
	/* Another comment than what was signed. */
	bad = forge_line(t_ctx(), package, 128 + h.manifest_len, 0, "a");
	bad[strlen(bad) - 2] = 'b';
	ck_assert_uint_lt(strlen(good) + strlen(bad), 2 * h.sig_cap);
	memset(package + h.sig_off, 0, h.sig_cap);
	memcpy(package + h.sig_off, good, strlen(good));
	ck_ok(ota_source_memory(&src, t_ctx(), package, package_len, &err), &err);
	ck_ok(ota_pkg_open(&pkg, t_ctx(), src, trust, NULL, &err), &err);
	ck_assert_uint_eq(ota_pkg_sig_count(pkg), 1);
	ck_assert(ota_pkg_sig_at(&line, pkg, 0));
	ck_assert(line.good);
	ck_assert(ota_pkg_sigarea_ok(pkg));
	ck_assert(!ota_pkg_sig_at(&line, pkg, 1));
	ota_pkg_free(pkg);
	memcpy(package + h.sig_off, bad, strlen(bad));
	ck_ok(ota_pkg_open_unauthenticated(&pkg, t_ctx(), src, NULL, &err), &err);
	ck_assert(ota_pkg_sig_at(&line, pkg, 0));
	ck_assert(!line.good);
	ota_pkg_free(pkg);
	ota_source_close(src);
	ota_trust_free(trust);
	free(good);
	free(bad);
}
END_TEST

TCase *tcase_parts(void)
{
	TCase *tc = tcase_create("parts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_byte_once);
	tcase_add_test(tc, every_byte_of_a_slice);
	tcase_add_test(tc, owners);
	tcase_add_test(tc, chunk_rows);
	tcase_add_test(tc, bent_tables);
	tcase_add_test(tc, good_lines);
	return tc;
}
