/* SPDX-License-Identifier: MIT */
/*
 * The tables of forged packages, tests/forge/: correctly signed for the most
 * part, with one thing wrong, so that only the rule that the row names can
 * refuse them. A row that wants "ok" proves that the forger's signature is good
 * and the rule not too strict.
 */
#include <unit.h>

#include <forge/rows.h>

TCase *tcase_pkg_forged(void);

static struct bases bases;
static ota_trust *trust;

static void setup(void)
{
	bases_init(&bases, t_ctx());
	trust = forge_trust(t_ctx());
}

static void teardown(void)
{
	ota_trust_free(trust);
	bases_fini(&bases);
}

static const char *name_of(ota_id id)
{
	return id == OTA_E_NONE ? "ok" : ota_id_find(id)->name;
}

/* ---- everything that `verify --deep` does ---- */

static ota_status judge(ota_source *src, ota_err *err)
{
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_pkg *p = NULL;
	ota_status st = ota_pkg_open(&p, t_ctx(), src, trust, NULL, err);

	if (!st)
		st = ota_pkg_verify(p, &deep, NULL, err);
	ota_pkg_free(p);
	return st;
}

/* Returns whether the row holds; says so if not. */
static bool holds(const struct row *r, const uint8_t *p, size_t len)
{
	ota_err err = OTA_ERR_INIT, piped = OTA_ERR_INIT;
	ota_source *src = NULL, *pipe = forge_pipe(p, len);
	ota_status st, pst;
	/* A pipe knows its end last: what a file shows as too short it may refuse for more. */
	bool ends = r->id == OTA_E_TRUNCATED || r->id == OTA_E_TRAILING;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, &err), &err);
	st = judge(src, &err);
	pst = judge(pipe, &piped);
	ota_source_close(pipe);
	ota_source_close(src);
	if (err.id == r->id && (st == OTA_OK) == (r->id == OTA_E_NONE) &&
		(st == OTA_OK) == (pst == OTA_OK) && (ends || piped.id == err.id))
		return true;
	fprintf(stderr, "%s: %s (%s), from a pipe %s; wanted %s\n", r->name, name_of(err.id),
		err.msg, name_of(piped.id), r->want);
	return false;
}

/* ---- everything that `extract` does ---- */

/* Is that the image of this component as the good package has it? */
static bool is_image(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < bases.file_count; i++)
		if (bases.files[i].len == len && memcmp(bases.files[i].p, p, len) == 0)
			return true;
	return false;
}

struct write {
	const uint8_t *p;
	size_t len;
	const char *component;
	const struct forge_file *old; /* NULL: none */
	bool *image;                  /* what came out is an image of the good package */
	size_t out_len;
};

static ota_status write_it(struct write *w, ota_err *err)
{
	ota_write_options opt = {.size = sizeof(opt), .ram_max = 1U << 30U};
	ota_source *src = NULL, *from = NULL;
	ota_sink *dst = NULL;
	const uint8_t *out;
	ota_pkg *pkg = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), w->p, w->len, err), err);
	if (w->old != NULL)
		ck_ok(ota_source_memory(&from, t_ctx(), w->old->p, w->old->len, err), err);
	ck_ok(ota_sink_memory(&dst, t_ctx(), err), err);
	st = ota_pkg_open(&pkg, t_ctx(), src, trust, NULL, err);
	if (!st)
		st = ota_pkg_write(dst, pkg, w->component, from, &opt, NULL, NULL, err);
	ota_sink_memory_bytes(dst, &out, &w->out_len);
	if (w->image != NULL)
		*w->image = is_image(out, w->out_len);
	ota_pkg_free(pkg);
	ota_sink_close(dst);
	ota_source_close(from);
	ota_source_close(src);
	return st;
}

/* A refusal hands on no more than an image has; a success is an image of the good package. */
static bool writes(const struct row *r, const uint8_t *p, size_t len, const char *component,
	const struct forge_file *old)
{
	ota_err err = OTA_ERR_INIT;
	bool image, fine;
	struct write w = {p, len, component, old, &image, 0};

	fine = write_it(&w, &err) == OTA_OK ? image : w.out_len <= 2U << 20U;
	if (!fine)
		fprintf(stderr, "%s: %s was written, %zu bytes: %s\n", r->name, component,
			w.out_len, err.msg);
	return fine;
}

static bool writes_nothing_else(const struct row *r, const uint8_t *p, size_t len)
{
	static const char *const olds[] = {"old.img", "old-noise.img"};
	bool fine = writes(r, p, len, "rootfs", NULL) && writes(r, p, len, "boot", NULL);

	for (size_t i = 0; i < 2; i++)
		fine = fine && writes(r, p, len, "rootfs", bases_file(&bases, olds[i]));
	return fine;
}

/* ---- the tables ---- */

/* As a device that runs the old image sees it. */
static bool writes_as(const struct row *r, const uint8_t *p, size_t len)
{
	bool otad = strcmp(r->base, "otad") == 0;
	const struct forge_file *old = bases_file(&bases, otad ? "old-noise.img" : "old.img");
	ota_err err = OTA_ERR_INIT;

	(void)write_it(&(struct write){p, len, "rootfs", old, NULL, 0}, &err);
	if (err.id != r->id)
		fprintf(stderr, "%s: %s (%s); wanted %s\n", r->name, name_of(err.id), err.msg,
			r->want);
	return err.id == r->id;
}

static const struct {
	const char *file;
	size_t least; /* rows that must be refused: a table does not shrink unseen */
	bool (*judge)(const struct row *r, const uint8_t *p, size_t len);
} tables[] = {
	{"header", 90, holds},
	{"signature", 70, holds},
	{"json", 65, holds},
	{"manifest", 260, holds},
	{"steps", 95, holds},
	{"data", 85, holds},
	{"patches", 40, writes_as},
	{"good", 0, holds},
};

START_TEST(table)
{
	size_t bad = 0, failed = 0, total;
	struct rows rows;
	char path[64];

	snprintf(path, sizeof(path), "tests/forge/%s.tsv", tables[_i].file);
	rows_read(&rows, path);
	total = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		size_t len;
		uint8_t *p = row_make(&len, &rows.row[i], &bases, NULL);

		failed += rows_find(&rows, rows.row[i].name) != &rows.row[i];
		bad += rows.row[i].id != OTA_E_NONE;
		failed += !tables[_i].judge(&rows.row[i], p, len);
		failed += !writes_nothing_else(&rows.row[i], p, len);
		free(p);
	}
	rows_free(&rows);
	ck_assert_msg(failed == 0, "%s: %zu of %zu rows do not hold", path, failed, total);
	ck_assert_msg(bad >= tables[_i].least, "%s: %zu bad packages, wanted %zu", path, bad,
		tables[_i].least);
}
END_TEST

TCase *tcase_pkg_forged(void)
{
	TCase *tc = tcase_create("pkg_forged");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, table, 0, sizeof(tables) / sizeof(tables[0]));
	return tc;
}
