/* SPDX-License-Identifier: MIT */
#include <ota/sign.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <crypto/hash.h>
#include <crypto/verify.h>
#include <package/header.h>
#include <package/pkg.h>
#include <sign/sigedit.h>
#include <sign/signer.h>

#define TIME_MAX ((UINT64_C(1) << 53U) - 1)

/* The package under the pen: checked, and the very bytes that were checked. */
struct work {
	const ota_ctx *ctx;
	ota_source *src, *view;
	ota_pkg *pkg;
	ota_header h;
	struct digest digest;
	uint8_t *head; /* 0 … tab_off */
};

static ota_status check_options(const ota_sign_options *opt, ota_err *err)
{
	if (opt->comment != NULL && !key_comment_ok(opt->comment, strlen(opt->comment)))
		return ota_fail(err, OTA_E_ARGUMENT, "the comment is not " KEY_COMMENT_RULE);
	if (opt->time > TIME_MAX)
		return ota_fail(err, OTA_E_ARGUMENT, "the time is above 2^53 - 1");
	return OTA_OK;
}

/*
 * The head is read once more after the check; what is signed and written is
 * this copy, so it must still have the digest that was checked.
 */
static ota_status load_head(struct work *w, ota_err *err)
{
	size_t len = size_of_u64(w->h.tab_off);
	struct digest now;
	ota_status st;

	st = mem_new_bytes(&w->head, w->ctx, len, err);
	if (!st)
		st = ota_source_pread(w->src, w->head, len, 0, err);
	if (!st)
		st = hash_bytes(
			&now, w->ctx, w->digest.alg, w->head, HEADER_LEN + w->h.manifest_len, err);
	if (!st && !digest_equal(&now, &w->digest))
		st = ota_fail(err, OTA_E_CHANGED, "the package changed while it was checked");
	return st;
}

/* All of the verification order but the signatures, to the last byte. */
static ota_status work_open(struct work *w, ota_report *rep, ota_err *err)
{
	const uint8_t *d;
	uint64_t len = 0;
	size_t d_len = 0;
	ota_status st;

	st = ota_source_length(w->src, &len, err);
	/* A view of its own: the caller may have read from src before. */
	if (!st)
		st = ota_source_slice(&w->view, w->ctx, w->src, 0, len, err);
	if (!st)
		st = ota_pkg_open_unauthenticated(&w->pkg, w->ctx, w->view, rep, err);
	if (!st)
		st = ota_pkg_verify(w->pkg, NULL, rep, err);
	if (st)
		return st;
	w->h = *ota_pkg_header(w->pkg);
	d = ota_pkg_digest(w->pkg, &d_len);
	w->digest.alg = w->h.hash_alg;
	w->digest.len = lo8(d_len);
	memcpy(w->digest.b, d, d_len);
	return load_head(w, err);
}

static void work_close(struct work *w)
{
	mem_free(w->ctx, w->head);
	ota_pkg_free(w->pkg);
	ota_source_close(w->view);
}

static void rebuild(struct buf *text, const struct work *w, const struct sigline *line)
{
	tbs_package(text, &w->digest, HEADER_LEN + w->h.manifest_len, line->alg, line->keyid,
		line->time, line->comment);
}

struct checker {
	const struct work *w;
	const ota_signer *by;
};

static ota_status is_good(void *arg, const struct sigline *line, bool *yes, ota_err *err)
{
	const struct checker *c = arg;
	const ota_key *key = ota_signer_key(c->by);
	struct buf text;
	ota_status st;

	*yes = false;
	buf_init(&text, c->w->ctx);
	rebuild(&text, c->w, line);
	st = buf_status(&text, err);
	if (!st && strcmp(line->alg, ota_key_scheme(key)) == 0) {
		st = verify_sig(
			c->w->ctx, &key->key, line->sig, line->sig_len, text.p, text.len, err);
		*yes = st == OTA_OK;
	}
	buf_fini(&text);
	return st == OTA_UNTRUSTED ? OTA_OK : st;
}

/* Sign, and believe the answer only after verifying it: a faulty signer must not be stored. */
static ota_status answer(
	struct sigline *line, const struct work *w, const ota_signer *by, ota_err *err)
{
	const ota_key *key = ota_signer_key(by);
	struct buf text;
	ota_status st;

	buf_init(&text, w->ctx);
	rebuild(&text, w, line);
	st = buf_status(&text, err);
	if (!st)
		st = signer_sign(by, line->sig, &line->sig_len, text.p, text.len, err);
	if (!st)
		st = verify_sig(w->ctx, &key->key, line->sig, line->sig_len, text.p, text.len, err);
	if (st == OTA_UNTRUSTED)
		st = ota_fail(err, OTA_E_SELF_VERIFY,
			"the signature that key %.16s… just made does not verify", line->keyid);
	buf_fini(&text);
	return st;
}

static ota_status add_line(struct buf *area, const struct work *w, const ota_signer *by,
	const ota_sign_options *opt, ota_err *err)
{
	const ota_key *key = ota_signer_key(by);
	uint8_t sig[SIG_MAX];
	struct sigline line = {.time = opt->time, .sig = sig};
	ota_status st;

	snprintf(line.alg, sizeof(line.alg), "%s", ota_key_scheme(key));
	snprintf(line.keyid, sizeof(line.keyid), "%s", ota_key_id(key));
	snprintf(line.comment, sizeof(line.comment), "%s", opt->comment ? opt->comment : "");
	st = answer(&line, w, by, err);
	if (!st)
		sigline_write(area, &line);
	return st;
}

static ota_status make_area(struct buf *area, const struct work *w, const ota_signer *by,
	const ota_sign_options *opt, ota_err *err)
{
	struct checker checker = {w, by};
	struct sigedit_by who = {NULL, is_good, &checker};
	size_t lines = 0;
	ota_status st;

	if (by != NULL)
		who.keyid = ota_key_id(ota_signer_key(by));
	st = sigedit_keep(area, &lines, w->head + w->h.sig_off, w->h.sig_cap, opt->mode, &who, err);
	if (!st && opt->mode != OTA_SIGN_STRIP) {
		st = add_line(area, w, by, opt, err);
		lines++;
	}
	if (!st)
		st = sigedit_close(area, lines, w->h.sig_cap, err);
	return st;
}

/* Only bytes that were hashed leave: the file may have changed since the check. */
static ota_status copy(ota_sink *dst, const struct work *w, const struct buf *area, ota_err *err)
{
	const size_t len = HEADER_LEN + w->h.manifest_len;
	ota_status st;

	st = ota_sink_write(dst, w->head, len, err);
	if (!st)
		st = ota_sink_zeros(dst, w->h.sig_off - len, err);
	if (!st)
		st = ota_sink_write(dst, area->p, area->len, err);
	if (!st)
		st = pkg_copy_verified(dst, w->pkg, err);
	/* It was all good a moment ago. */
	if (st == OTA_UNTRUSTED || st == OTA_FORMAT)
		st = ota_fail(err, OTA_E_CHANGED, "the package changed while it was signed");
	return st;
}

ota_status ota_pkg_sign(ota_sink *dst, const ota_ctx *ctx, ota_source *src, ota_signer *by,
	const ota_sign_options *opt, ota_report *rep, ota_err *err)
{
	static const ota_sign_options first = {.size = sizeof(first)};
	const ota_sign_options *o = opt != NULL ? opt : &first;
	struct work w = {.ctx = ctx, .src = src};
	struct buf area;
	ota_status st;

	assert(by != NULL || o->mode == OTA_SIGN_STRIP);
	buf_init(&area, ctx);
	st = check_options(o, err);
	if (!st)
		st = work_open(&w, rep, err);
	if (!st)
		st = make_area(&area, &w, by, o, err);
	if (!st)
		st = copy(dst, &w, &area, err);
	work_close(&w);
	buf_fini(&area);
	return st;
}
