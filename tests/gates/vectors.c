/* SPDX-License-Identifier: MIT */
/*
 * Writes the published vectors from the tables of forged packages:
 * vectors INDEX DIR. INDEX has the name of a row first on each line.
 */
#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <forge/rows.h>
#include <package/header.h>

#define LINE 32U

static const char *const tables[] = {
	"good", "header", "signature", "json", "manifest", "steps", "data", "patches"};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* ---- one vector ---- */

struct out {
	FILE *f;
	const uint8_t *p;
	size_t len; /* what is there: a vector may be cut short */
	bool words; /* beside the hex */
};

static void put_line(const struct out *o, size_t at, size_t n, const char *what)
{
	bool words = what == NULL && o->words;

	for (size_t i = 0; i < n && at + i < o->len; i++)
		fprintf(o->f, "%02X", o->p[at + i]);
	if (what != NULL)
		fprintf(o->f, "  # %s", what);
	for (size_t i = 0; words && i < n && at + i < o->len; i++) {
		uint8_t c = o->p[at + i];

		fprintf(o->f, "%s%c", i == 0 ? "  # " : "", c >= 0x20 && c <= 0x7e ? c : '.');
	}
	fputc('\n', o->f);
}

static void put_region(const struct out *o, const char *name, uint64_t from, uint64_t to)
{
	if (from >= o->len || from >= to)
		return;
	fprintf(o->f, "# %s, byte %llu\n", name, (unsigned long long)from);
	for (size_t at = from; at < to && at < o->len; at += LINE)
		put_line(o, at, to - at < LINE ? to - at : LINE, NULL);
}

static void put_header(const struct out *o)
{
	static const struct {
		size_t len;
		const char *name;
	} fields[] = {{8, "magic"}, {2, "major"}, {2, "minor"}, {2, "header_len"}, {2, "hash_alg"},
		{4, "crit_flags"}, {4, "opt_flags"}, {4, "manifest_len"}, {4, "sig_cap"},
		{8, "tables_len"}, {8, "data_len"}, {1, "align_log2"}, {75, "zero"}, {4, "crc32"}};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && at < o->len; i++) {
		put_line(o, at, fields[i].len, fields[i].name);
		at += fields[i].len;
	}
}

static void put_vector(const char *dir, const struct row *r, const struct bases *b)
{
	struct out o = {.words = strcmp(r->name, "good-minimal") == 0};
	char path[512];
	ota_header h;
	uint8_t *p = row_make(&o.len, r, b, &h);

	snprintf(path, sizeof(path), "%s/%s.hex", dir, r->name);
	o.f = fopen(path, "w");
	o.p = p;
	MUST(o.f != NULL);
	put_header(&o);
	put_region(&o, "MANIFEST", HEADER_LEN, HEADER_LEN + h.manifest_len);
	put_region(&o, "pad", HEADER_LEN + h.manifest_len, h.sig_off);
	put_region(&o, "SIGAREA", h.sig_off, h.tab_off);
	put_region(&o, "TABLES", h.tab_off, h.tab_off + h.tables_len);
	put_region(&o, "pad", h.tab_off + h.tables_len, h.data_off);
	put_region(&o, "DATA", h.data_off, h.file_len);
	put_region(&o, "after the end", h.file_len, o.len);
	MUST(fclose(o.f) == 0);
	free(p);
}

/* ---- all of them ---- */

static void put_key(const char *dir, const ota_ctx *ctx)
{
	ota_file_options opt = {.size = sizeof(opt), .replace = true};
	ota_key *k = forge_key(ctx, false);
	ota_sink *dst = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/test.pub", dir);
	MUST(ota_sink_file(&dst, ctx, path, &opt, NULL) == OTA_OK);
	MUST(ota_key_write(dst, k, NULL) == OTA_OK);
	MUST(ota_sink_commit(dst, NULL) == OTA_OK);
	ota_sink_close(dst);
	ota_key_free(k);
}

static void put_all(FILE *index, const char *dir, const struct rows *rows, const struct bases *b)
{
	char line[1024];

	while (fgets(line, sizeof(line), index) != NULL) {
		const struct row *r = NULL;

		if (line[0] == '#' || line[0] == '\n')
			continue;
		line[strcspn(line, "\t")] = '\0';
		for (size_t i = 0; i < TABLES && r == NULL; i++)
			r = rows_find(&rows[i], line);
		if (r == NULL)
			fprintf(stderr, "vectors: no row %s\n", line);
		MUST(r != NULL);
		put_vector(dir, r, b);
	}
}

int main(int argc, char **argv)
{
	ota_config cfg = {.size = sizeof(cfg), .jobs = 1};
	struct rows rows[TABLES];
	struct bases bases;
	ota_ctx *ctx = NULL;
	FILE *index;

	MUST(argc == 3 && ota_ctx_new(&ctx, &cfg, NULL) == OTA_OK);
	for (size_t i = 0; i < TABLES; i++) {
		char path[64];

		snprintf(path, sizeof(path), "tests/forge/%s.tsv", tables[i]);
		rows_read(&rows[i], path);
	}
	bases_init(&bases, ctx);
	index = fopen(argv[1], "r");
	MUST(index != NULL);
	put_key(argv[2], ctx);
	put_all(index, argv[2], rows, &bases);
	fclose(index);
	bases_fini(&bases);
	for (size_t i = 0; i < TABLES; i++)
		rows_free(&rows[i]);
	ota_ctx_free(ctx);
	return 0;
}
