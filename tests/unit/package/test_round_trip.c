/* SPDX-License-Identifier: MIT */
/*
 * One form: what is read of a good package and written again is the same
 * bytes. Over every row of tests/forge that wants "ok": header, manifest,
 * signature lines (as they are and detached), chunk tables.
 */
#include <unit.h>

#include <forge/rows.h>
#include <package/header.h>
#include <package/otsig.h>
#include <package/table.h>

TCase *tcase_round_trip(void);

static bool header_comes_back(const uint8_t *p, size_t len)
{
	uint8_t again[HEADER_LEN];
	ota_header h;

	if (header_parse(&h, p, len, NULL) != OTA_OK)
		return false;
	header_write(again, &h);
	return memcmp(again, p, HEADER_LEN) == 0;
}

static bool same(struct buf *b, const uint8_t *p, size_t len)
{
	bool ok = buf_status(b, NULL) == OTA_OK && b->len == len && memcmp(b->p, p, len) == 0;

	buf_fini(b);
	return ok;
}

static bool manifest_comes_back(const ota_manifest *m, const uint8_t *p, size_t len)
{
	struct buf b;

	buf_init(&b, t_ctx());
	return manifest_write(&b, m, NULL) == OTA_OK && same(&b, p, len);
}

/* Through a detached file and back. */
static bool line_comes_back_detached(const struct sigline *s, struct arena *a)
{
	struct digest d = {.alg = HASH_SHA256, .len = 32, .b = {1, 2, 3}};
	struct sigline *more = NULL;
	ota_source *src = NULL;
	struct buf b, again;
	size_t n = 0;
	bool ok;

	buf_init(&b, t_ctx());
	buf_init(&again, t_ctx());
	otsig_write(&b, &d, s);
	ok = ota_source_memory(&src, t_ctx(), b.p, b.len, NULL) == OTA_OK &&
	     otsig_read(&more, &n, a, src, &d, t_ctx(), NULL) == OTA_OK && n == 1;
	if (ok)
		otsig_write(&again, &d, &more[0]);
	ota_source_close(src);
	ok = same(&again, b.p, b.len) && ok;
	buf_fini(&b);
	return ok;
}

static bool lines_come_back(const uint8_t *area, size_t len)
{
	size_t n = 0, used = strnlen((const char *)area, len);
	struct sigline *lines = NULL;
	struct arena a;
	struct buf b;
	bool ok;

	arena_init(&a, t_ctx());
	buf_init(&b, t_ctx());
	ok = sigarea_parse(&lines, &n, &a, area, len, NULL) == OTA_OK;
	for (size_t i = 0; ok && i < n; i++) {
		sigline_write(&b, &lines[i]);
		ok = line_comes_back_detached(&lines[i], &a);
	}
	ok = same(&b, area, used) && ok;
	arena_fini(&a);
	return ok;
}

static bool entry_comes_back(
	const uint8_t *p, size_t len, const struct manifest_section *s, uint64_t i, unsigned alg)
{
	uint8_t again[256];
	struct chunk c;
	struct wr w;

	wr_init(&w, again, sizeof(again));
	if (chunk_parse(&c, p, len, s, alg, i, true, NULL) != OTA_OK)
		return false;
	chunk_write(&w, &c);
	return wr_ok(&w) && w.pos == len && memcmp(again, p, len) == 0;
}

static bool tables_come_back(const uint8_t *p, const ota_manifest *m, const ota_header *h)
{
	size_t off = 0;
	bool ok = true;

	for (size_t i = 0; i < m->section_count; i++) {
		const struct manifest_section *s = &m->sections[i];
		size_t len = chunk_entry_len(h->hash_alg, s->raw_hashes);

		for (uint64_t k = 0; k < s->chunks; k++, off += len)
			ok = entry_comes_back(p + off, len, s, k, h->hash_alg) && ok;
	}
	return ok && off == h->tables_len;
}

static bool comes_back(const uint8_t *p, size_t len)
{
	ota_manifest *m = NULL;
	ota_header h;
	bool ok;

	if (!header_comes_back(p, len) || header_parse(&h, p, len, NULL) != OTA_OK ||
		manifest_read(&m, t_ctx(), p + HEADER_LEN, h.manifest_len, NULL, NULL) != OTA_OK)
		return false;
	ok = manifest_comes_back(m, p + HEADER_LEN, h.manifest_len) &&
	     lines_come_back(p + h.sig_off, h.sig_cap) && tables_come_back(p + h.tab_off, m, &h);
	manifest_free(m);
	return ok;
}

static unsigned rows_come_back(const char *table, const struct bases *bases, unsigned *failed)
{
	struct rows rows;
	char path[64];
	unsigned n = 0;

	snprintf(path, sizeof(path), "tests/forge/%s.tsv", table);
	rows_read(&rows, path);
	for (size_t i = 0; i < rows.n; i++) {
		size_t len;
		uint8_t *p;

		if (rows.row[i].id != OTA_E_NONE)
			continue;
		p = row_make(&len, &rows.row[i], bases, NULL);
		n++;
		if (!comes_back(p, len))
			fprintf(stderr, "%s does not come back\n", rows.row[i].name);
		*failed += !comes_back(p, len);
		free(p);
	}
	rows_free(&rows);
	return n;
}

START_TEST(canonical_forms_come_back)
{
	static const char *const tables[] = {
		"good", "header", "signature", "json", "manifest", "steps", "data", "patches"};
	unsigned n = 0, failed = 0;
	struct bases bases;

	bases_init(&bases, t_ctx());
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		n += rows_come_back(tables[i], &bases, &failed);
	bases_fini(&bases);
	ck_assert_uint_eq(failed, 0);
	ck_assert_uint_ge(n, 70);
}
END_TEST

START_TEST(public_key_comes_back)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_sink *dst = NULL;
	const uint8_t *out;
	ota_key *k = NULL;
	size_t len, n = 0;
	uint8_t *p = t_read_file("formats/vectors/test.pub", &n);

	ck_ok(ota_source_memory(&src, t_ctx(), p, n, &err), &err);
	ck_ok(ota_key_read(&k, t_ctx(), src, &err), &err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), &err), &err);
	ck_ok(ota_key_write(dst, k, &err), &err);
	ota_sink_memory_bytes(dst, &out, &len);
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(out, p, n);
	ota_sink_close(dst);
	ota_key_free(k);
	ota_source_close(src);
	free(p);
}
END_TEST

TCase *tcase_round_trip(void)
{
	TCase *tc = tcase_create("round_trip");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, canonical_forms_come_back);
	tcase_add_test(tc, public_key_comes_back);
	return tc;
}
