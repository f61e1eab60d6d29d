/* SPDX-License-Identifier: MIT */
/* Lines of detached files into the packages they are for. */
#include <ota/sign.h>

#include <string.h>

#include <base/arena.h>
#include <crypto/verify.h>
#include <package/header.h>
#include <package/otsig.h>
#include <sign/sigedit.h>
#include <sign/work.h>
#include <trust/quorum.h>

struct attach {
	struct work w;
	const ota_trust *trust;
	struct arena arena;
	struct sigline *old;
	size_t old_count;
	struct buf area;
	ota_attach_result res;
	ota_report *rep;
};

static void note(const struct attach *a, ota_outcome outcome, ota_id id, const char *subject,
	const char *text)
{
	ota_report_add(a->rep, &(ota_finding){.size = sizeof(ota_finding),
				       .outcome = outcome,
				       .id = id,
				       .off = OTA_NO_OFF,
				       .subject = subject,
				       .text = text});
}

static ota_status verify_line(
	const struct attach *a, const struct sigline *s, const ota_key *key, ota_err *err)
{
	struct buf text;
	ota_status st;

	if (strcmp(s->alg, ota_key_scheme(key)) != 0)
		return ota_fail(err, OTA_E_SIG_BAD, "key %.16s… signs by %s, the line says %s",
			s->keyid, ota_key_scheme(key), s->alg);
	buf_init(&text, a->w.ctx);
	tbs_package(&text, &a->w.digest, HEADER_LEN + a->w.h.manifest_len, s->alg, s->keyid,
		s->time, s->comment);
	st = buf_status(&text, err);
	if (!st)
		st = verify_sig(a->w.ctx, &key->key, s->sig, s->sig_len, text.p, text.len, err);
	buf_fini(&text);
	return st;
}

static bool same_line(const struct sigline *a, const struct sigline *b)
{
	return strcmp(a->alg, b->alg) == 0 && a->time == b->time &&
	       strcmp(a->comment, b->comment) == 0 && a->sig_len == b->sig_len &&
	       memcmp(a->sig, b->sig, a->sig_len) == 0;
}

/* A second line of one key counts for nothing and only takes room. */
static ota_status find_old(
	bool *there, const struct attach *a, const struct sigline *s, ota_err *err)
{
	*there = false;
	for (size_t i = 0; i < a->old_count; i++) {
		if (strcmp(a->old[i].keyid, s->keyid) != 0)
			continue;
		if (!same_line(&a->old[i], s))
			return ota_fail(err, OTA_E_SIGNED,
				"key %.16s… has signed this package already, with another line",
				s->keyid);
		*there = true;
	}
	return OTA_OK;
}

static ota_status take(struct attach *a, const struct sigline *s, ota_err *err)
{
	const ota_key *key = trust_key(a->trust, s->keyid);
	bool there = false;
	ota_status st;

	if (key == NULL) {
		note(a, OTA_SKIP, OTA_E_SIG_UNKNOWN, s->keyid, "not a trusted key");
		return OTA_OK;
	}
	if (trust_revokes(a->trust, key)) {
		note(a, OTA_SKIP, OTA_E_REVOKED_KEY, s->keyid, "the key is revoked");
		return OTA_OK;
	}
	st = verify_line(a, s, key, err);
	if (!st)
		st = find_old(&there, a, s, err);
	if (st)
		return st;
	if (there) {
		note(a, OTA_PASS, OTA_E_NONE, s->keyid, "its signature is in the package already");
		a->res.there++;
		return OTA_OK;
	}
	note(a, OTA_PASS, OTA_E_NONE, s->keyid, "good signature by a trusted key");
	a->old[a->old_count++] = *s;
	sigline_write(&a->area, s);
	a->res.added++;
	return OTA_OK;
}

/* The lines that the package has: they stay. */
static ota_status read_old(struct attach *a, ota_err *err)
{
	struct sigline *old = NULL;
	ota_status st = sigarea_parse(
		&old, &a->old_count, &a->arena, a->w.head + a->w.h.sig_off, a->w.h.sig_cap, err);

	if (st == OTA_FORMAT)
		return ota_fail(err, OTA_E_SIG_SPOILED,
			"the signatures already there cannot be read; `sign --strip` drops them");
	if (st)
		return st;
	a->old = arena_array(&a->arena, 2 * SIGLINES_MAX, sizeof(*a->old));
	if (a->old == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < a->old_count; i++) {
		a->old[i] = old[i];
		sigline_write(&a->area, &old[i]);
	}
	return OTA_OK;
}

static ota_status add_lines(struct attach *a, ota_source *sigs, ota_err *err)
{
	struct sigline *lines = NULL;
	size_t n = 0;
	ota_status st = otsig_read(&lines, &n, &a->arena, sigs, &a->w.digest, a->w.ctx, err);

	for (size_t i = 0; !st && i < n; i++)
		st = take(a, &lines[i], err);
	if (!st && a->res.added + a->res.there == 0)
		st = ota_fail(err, OTA_E_NO_LINE,
			"of the detached signatures none is for this package and by a trusted key");
	if (!st)
		st = sigedit_close(&a->area, a->old_count, a->w.h.sig_cap, err);
	return st;
}

ota_status ota_pkg_attach(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_source *sigs,
	const ota_trust *trust, ota_attach_result *res, ota_report *rep, ota_err *err)
{
	struct attach a = {.w = {.ctx = ctx, .src = src}, .trust = trust, .rep = rep};
	ota_status st = OTA_UNTRUSTED;

	arena_init(&a.arena, ctx);
	buf_init(&a.area, ctx);
	st = work_open(&a.w, rep, err);
	if (!st)
		st = work_load(&a.w, err);
	if (!st)
		st = read_old(&a, err);
	if (!st)
		st = add_lines(&a, sigs, err);
	if (!st)
		st = work_copy(dst, &a.w, &a.area, err);
	if (!st && res != NULL) {
		res->added = a.res.added;
		res->there = a.res.there;
	}
	work_close(&a.w);
	buf_fini(&a.area);
	arena_fini(&a.arena);
	return st;
}
