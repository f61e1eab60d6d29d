/* SPDX-License-Identifier: MIT */
#include "show_against.h"

#include "show_changes.h"
#include "show_package.h"
#include "with_io.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An operand, and what it is held against. */
struct pair {
	const char *name;
	ota_peek *now, *before;
	char *before_name; /* NULL: there is none of that product */
};

static ota_status open_peek(ota_peek **out, struct cli *c, const char *name, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, name, err);

	if (!st)
		st = ota_err_in(err, ota_pkg_peek(out, c->ctx, src, NULL, err), "%s", name);
	ota_source_close(src);
	return st;
}

static bool same_product(const ota_peek *a, const ota_peek *b)
{
	char *of_a = show_get(ota_peek_manifest(a), "product");
	char *of_b = show_get(ota_peek_manifest(b), "product");
	bool same = of_a && of_b && !strcmp(of_a, of_b);

	free(of_b);
	free(of_a);
	return same;
}

static bool same_digest(const ota_peek *a, const ota_peek *b)
{
	size_t a_len, b_len;
	const uint8_t *of_a = ota_peek_digest(a, &a_len), *of_b = ota_peek_digest(b, &b_len);

	return a_len == b_len && !memcmp(of_a, of_b, a_len);
}

/* Takes over peek and name where they are the better ones. */
static void consider(struct pair *p, ota_peek **peek, char **name)
{
	ota_peek *old = p->before;
	char *old_name = p->before_name;

	if (!same_product(p->now, *peek) || same_digest(p->now, *peek))
		return;
	if (old && ota_manifest_order(ota_peek_manifest(*peek), ota_peek_manifest(old)) <= 0)
		return;
	p->before = *peek;
	p->before_name = *name;
	*peek = old;
	*name = old_name;
}

static ota_status try_file(struct pair *p, struct cli *c, const char *path, ota_err *err)
{
	char *name = strdup(path);
	ota_peek *peek = NULL;
	ota_status st = name ? open_peek(&peek, c, path, err) : ota_fail_nomem(err);

	if (!st)
		consider(p, &peek, &name);
	ota_peek_free(peek);
	free(name);
	return st;
}

static int is_release(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && (!strcmp(dot, ".otap") || !strcmp(dot, ".head"));
}

/* What in the folder cannot be read might be the one: it is no reason to take another. */
static ota_status try_folder(struct pair *p, struct cli *c, const char *folder, ota_err *err)
{
	struct dirent **names = NULL;
	ota_status st = OTA_OK;
	int n = scandir(folder, &names, is_release, alphasort);

	if (n < 0)
		return ota_fail_sys(err, "cannot read the folder %s", folder);
	for (int i = 0; i < n; i++) {
		char path[4096];

		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name) >=
			sizeof(path))
			st = st ? st : ota_fail(err, OTA_E_ARGUMENT, "%s is too long", folder);
		if (!st)
			st = try_file(p, c, path, err);
		free(names[i]);
	}
	free(names);
	return st;
}

static ota_status find_before(struct pair *p, struct cli *c, const char *before, ota_err *err)
{
	struct stat info;
	ota_status st;

	if (stat(before, &info))
		return ota_fail_sys(err, "%s", before);
	if (S_ISDIR(info.st_mode))
		return try_folder(p, c, before, err);
	st = open_peek(&p->before, c, before, err);
	if (st)
		return st;
	p->before_name = strdup(before);
	return p->before_name ? OTA_OK : ota_fail_nomem(err);
}

/* ---- in words and JSON ---- */

static ota_status show_pair(struct out *o, const struct pair *p, ota_err *err)
{
	const ota_manifest *m = ota_peek_manifest(p->now);
	size_t len;
	const uint8_t *digest = ota_peek_digest(p->now, &len);
	char alg[16];
	bool ok;

	out_row(o);
	out_str(o, "file", "File", p->name);
	ok = show_text(o, "product", "Product", show_get(m, "product")) &&
	     show_text(o, "version", "Version", show_get(m, "version"));
	out_digest(o, "digest", "Digest", show_hash_name(m, alg), digest, len);
	out_str(o, "against", NULL, p->before_name);
	out_cell(o, "Against", p->before_name ? p->before_name : "nothing: the first one");
	if (ok && p->before)
		ok = show_text(o, "against_version", "Its version",
			show_get(ota_peek_manifest(p->before), "version"));
	out_end(o);
	return ok ? OTA_OK : ota_fail_nomem(err);
}

static ota_status show_difference(struct out *o, const struct pair *p, size_t *n, ota_err *err)
{
	ota_comparison *cmp = NULL;
	ota_status st;

	if (!p->before)
		return OTA_OK;
	st = ota_compare(&cmp, p->before, p->now, err);
	if (!st)
		*n += show_change_rows(o, cmp, p->name);
	ota_comparison_free(cmp);
	return st;
}

static ota_status show_all(struct out *o, const struct pair *p, size_t count, ota_err *err)
{
	ota_status st = OTA_OK;
	size_t n = 0;

	out_table(o, "compared", "Compared");
	for (size_t i = 0; !st && i < count; i++)
		st = show_pair(o, &p[i], err);
	out_end(o);
	out_table(o, "changes", "Differences (not verified)");
	for (size_t i = 0; !st && i < count; i++)
		st = show_difference(o, &p[i], &n, err);
	out_end(o);
	out_line(o, n ? "" : "  none");
	out_bool(o, "same", NULL, n == 0);
	out_bool(o, "verified", NULL, false);
	return st;
}

ota_status show_against(struct cli *c, const char *before, ota_err *err)
{
	struct pair *p = calloc(c->args.n, sizeof(*p));
	ota_status st = p ? OTA_OK : ota_fail_nomem(err);

	for (size_t i = 0; !st && i < c->args.n; i++) {
		p[i].name = c->args.v[i];
		st = open_peek(&p[i].now, c, p[i].name, err);
		if (!st)
			st = find_before(&p[i], c, before, err);
	}
	if (!st)
		st = show_all(c->out, p, c->args.n, err);
	for (size_t i = 0; p && i < c->args.n; i++) {
		free(p[i].before_name);
		ota_peek_free(p[i].before);
		ota_peek_free(p[i].now);
	}
	free(p);
	return st;
}
