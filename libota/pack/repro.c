/* SPDX-License-Identifier: MIT */
/*
 * D names the content: where it is the same, all that is left is whether each
 * file is what it says.
 */
#include <pack/repro.h>

#include <inttypes.h>
#include <stdio.h>

#include <ota/pack.h>

#include <base/num.h>

void repro_find(const struct repro *r, uint64_t off, const char *subject, const char *a,
	const char *b, const char *text)
{
	ota_report_add(r->rep, &(ota_finding){.size = sizeof(ota_finding),
				       .outcome = OTA_FAIL,
				       .id = OTA_E_REPRO,
				       .off = off,
				       .subject = subject,
				       .expected = a,
				       .found = b,
				       .text = text});
}

/* ---- the same content, or a damaged copy of it ---- */

static ota_status whole(ota_pkg *pkg, ota_err *err)
{
	const ota_verify_options opt = {.size = sizeof(opt),
		.extent = ota_pkg_form(pkg) == OTA_FORM_HEAD ? OTA_EXTENT_HEAD : OTA_EXTENT_WHOLE};

	return ota_pkg_verify(pkg, &opt, NULL, err);
}

static bool is_damage(const ota_err *why)
{
	return why->id == OTA_E_HASH_CHUNK || why->id == OTA_E_HASH_TABLE || why->id == OTA_E_PAD ||
	       why->id == OTA_E_TABLE || why->id == OTA_E_SUMS;
}

struct at_off {
	uint64_t off;
	ota_part part;
	uint64_t chunk;
};

static ota_status take_part(void *arg, const ota_part *part, ota_err *err)
{
	struct at_off *at = arg;

	(void)err;
	if (at->off >= part->off && at->off - part->off < part->len)
		at->part = *part;
	return OTA_OK;
}

static ota_status take_chunk(void *arg, const ota_chunk *c, ota_err *err)
{
	struct at_off *at = arg;

	(void)err;
	if (at->off >= c->off && at->off - c->off < c->stored_len)
		at->chunk = c->index;
	return OTA_OK;
}

/* Whose the byte at off is: "padding", "chunk 3 of rootfs, full xz (section 1)". */
static ota_status owner_at(char out[REPRO_SUBJECT], ota_pkg *pkg, uint64_t off, ota_err *err)
{
	struct at_off at = {.off = off, .part.kind = OTA_PART_PAD};
	char owner[OTA_OWNER_MAX];
	ota_owner w;
	bool table;
	ota_status st = ota_pkg_each_part(pkg, take_part, &at, err);

	snprintf(out, REPRO_SUBJECT, "padding");
	if (st || at.part.kind < OTA_PART_TABLE || !ota_pkg_owner(&w, pkg, at.part.section))
		return st;
	table = at.part.kind == OTA_PART_TABLE;
	if (table)
		at.chunk = (off - at.part.off) / pkg->infos[at.part.section].entry_len;
	else
		st = ota_pkg_each_chunk(pkg, at.part.section, take_chunk, &at, err);
	ota_owner_text(owner, &w);
	snprintf(out, REPRO_SUBJECT, "%s %" PRIu64 " of %s (section %u)",
		table ? "table row" : "chunk", at.chunk, owner, at.part.section);
	return st;
}

/* How many bytes of TABLES are the same; both inputs can be read again. */
static ota_status same_tables(uint64_t *same, struct repro *r, ota_err *err)
{
	const struct place *a = &r->a->head.at, *b = &r->b->head.at;
	uint64_t len = min_u64(a->tab_len, b->tab_len), at = 0;
	uint8_t x[4096], y[4096];
	size_t n = 0, i = 0;
	ota_status st = OTA_OK;

	while (!st && i == n && at < len) {
		n = size_of_u64(min_u64(sizeof(x), len - at));
		st = input_read(&r->a->in, x, n, a->tab_off + at, err);
		if (!st)
			st = input_read(&r->b->in, y, n, b->tab_off + at, err);
		for (i = 0; !st && i < n && x[i] == y[i];)
			i++;
		at += i;
	}
	*same = at;
	return st;
}

/* Of a pipe, or of other sections than the other has, no row is told. */
static ota_status damaged_table(
	char subject[REPRO_SUBJECT], uint64_t *off, struct repro *r, ota_pkg *bad, ota_err *err)
{
	uint64_t same = 0;
	ota_status st;

	snprintf(subject, REPRO_SUBJECT, "the chunk tables");
	if (!r->a->in.seek || !r->b->in.seek || r->a->head.at.tab_len != r->b->head.at.tab_len)
		return OTA_OK;
	st = same_tables(&same, r, err);
	if (st || same == bad->head.at.tab_len)
		return st;
	*off = bad->head.at.tab_off + same;
	return owner_at(subject, bad, *off, err);
}

static ota_status damaged(
	struct repro *r, ota_pkg *bad, const char *which, const ota_err *why, ota_err *err)
{
	char subject[REPRO_SUBJECT], text[96];
	uint64_t off = why->off;
	bool data = why->id == OTA_E_HASH_CHUNK || why->id == OTA_E_PAD;
	ota_status st =
		data ? owner_at(subject, bad, off, err) : damaged_table(subject, &off, r, bad, err);

	if (st)
		return st;
	snprintf(text, sizeof(text), "the %s package is damaged: this is not what was signed",
		which);
	repro_find(r, off, subject, NULL, NULL, text);
	return ota_fail_at(
		err, OTA_E_REPRO, off, "the %s package is damaged in %.160s", which, subject);
}

static ota_status same_content(struct repro *r, ota_err *err)
{
	ota_err x = OTA_ERR_INIT, y = OTA_ERR_INIT;
	ota_status st = whole(r->a, &x), su;

	if (st && !is_damage(&x)) {
		*err = x;
		return ota_err_in(err, st, "the first package");
	}
	su = whole(r->b, &y);
	if (su && !is_damage(&y)) {
		*err = y;
		return ota_err_in(err, su, "the second package");
	}
	if (!st && !su)
		return OTA_OK;
	/* The same damage in both is no difference, but nothing to build on either. */
	if (st && su) {
		*err = x;
		return ota_err_in(err, st, "both packages are damaged");
	}
	return st ? damaged(r, r->a, "first", &x, err) : damaged(r, r->b, "second", &y, err);
}

ota_status ota_repro_check(ota_pkg *a, ota_pkg *b, ota_report *rep, ota_err *err)
{
	struct repro r = {.a = a, .b = b, .rep = rep};
	size_t n = min_size(a->head.len, b->head.len), at = 0;
	ota_err why = OTA_ERR_INIT;
	ota_status st;

	while (at < n && a->head.bytes[at] == b->head.bytes[at])
		at++;
	st = at < n || a->head.len != b->head.len ? repro_other_content(&r, at, &why)
						  : same_content(&r, &why);
	if (st && err != NULL)
		*err = why;
	return st ? st : ota_report_status(rep, err);
}
