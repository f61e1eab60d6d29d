/* SPDX-License-Identifier: MIT */
#include <ota/sign.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <crypto/verify.h>
#include <package/header.h>
#include <package/otsig.h>
#include <sign/sigedit.h>
#include <sign/signer.h>
#include <sign/work.h>
#include <trust/fields.h>

#define TIME_MAX ((UINT64_C(1) << 53U) - 1)

static ota_status check_options(const ota_sign_options *opt, ota_err *err)
{
	if (opt->comment != NULL && !key_comment_ok(opt->comment, strlen(opt->comment)))
		return ota_fail(err, OTA_E_ARGUMENT, "the comment is not " KEY_COMMENT_RULE);
	if (opt->time > TIME_MAX)
		return ota_fail(err, OTA_E_ARGUMENT, "the time is above 2^53 - 1");
	return OTA_OK;
}

ota_status ota_sign_expected(const ota_sign_options *opt, const ota_pkg *pkg, ota_err *err)
{
	struct digest d, own = {.alg = ota_pkg_header(pkg)->hash_alg};
	char hex[2 * DIGEST_MAX + 1];
	size_t len = 0;
	const uint8_t *p = ota_pkg_digest(pkg, &len);
	bool found = opt->expect == NULL;

	own.len = lo8(len);
	memcpy(own.b, p, len);
	for (size_t i = 0; !found && i < opt->expect_count; i++) {
		if (!field_is_package(&d, opt->expect[i]))
			return ota_fail(err, OTA_E_ARGUMENT,
				"\"%.80s\" is no digest such as sha256:…", opt->expect[i]);
		found = digest_equal(&d, &own);
	}
	if (found)
		return OTA_OK;
	digest_hex(hex, &own);
	return ota_fail(err, OTA_E_UNEXPECTED, "%s:%s is not among the packages to sign",
		hash_name(own.alg), hex);
}

/* All of the checks, on the very bytes that are signed then. */
static ota_status open_checked(struct work *w, const ota_signer *by, const ota_sign_options *opt,
	ota_report *rep, ota_err *err)
{
	ota_status st = check_options(opt, err);

	if (!st)
		st = work_open(w, rep, err);
	if (!st)
		st = ota_sign_expected(opt, w->pkg, err);
	if (!st && opt->policy != NULL && by != NULL)
		st = ota_sign_policy_check(opt->policy, ota_pkg_manifest(w->pkg),
			ota_signer_key(by), opt->at, rep, err);
	return st;
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

static ota_status answer(
	struct sigline *line, const struct work *w, const ota_signer *by, ota_err *err)
{
	struct buf text;
	ota_status st;

	buf_init(&text, w->ctx);
	rebuild(&text, w, line);
	st = buf_status(&text, err);
	if (!st)
		st = signer_sign(by, line->sig, &line->sig_len, text.p, text.len, err);
	buf_fini(&text);
	return st;
}

/* sig: where its signature lives, SIG_MAX bytes. */
static ota_status make_line(struct sigline *out, uint8_t *sig, const struct work *w,
	const ota_signer *by, const ota_sign_options *opt, ota_err *err)
{
	const ota_key *key = ota_signer_key(by);
	struct sigline line = {.time = opt->time, .sig = sig};
	ota_status st;

	snprintf(line.alg, sizeof(line.alg), "%s", ota_key_scheme(key));
	snprintf(line.keyid, sizeof(line.keyid), "%s", ota_key_id(key));
	snprintf(line.comment, sizeof(line.comment), "%s", opt->comment ? opt->comment : "");
	st = answer(&line, w, by, err);
	if (!st)
		*out = line;
	return st;
}

static ota_status make_area(struct buf *area, const struct work *w, const ota_signer *by,
	const ota_sign_options *opt, ota_err *err)
{
	struct checker checker = {w, by};
	struct sigedit_by who = {NULL, is_good, &checker};
	uint8_t sig[SIG_MAX];
	struct sigline line;
	size_t lines = 0;
	ota_status st;

	if (by != NULL)
		who.keyid = ota_key_id(ota_signer_key(by));
	st = sigedit_keep(area, &lines, w->head + w->h.sig_off, w->h.sig_cap, opt->mode, &who, err);
	if (!st && opt->mode != OTA_SIGN_STRIP) {
		st = make_line(&line, sig, w, by, opt, err);
		lines++;
	}
	if (!st && opt->mode != OTA_SIGN_STRIP)
		sigline_write(area, &line);
	if (!st)
		st = sigedit_close(area, lines, w->h.sig_cap, err);
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
	st = open_checked(&w, by, o, rep, err);
	if (!st)
		st = work_load(&w, err);
	if (!st)
		st = make_area(&area, &w, by, o, err);
	if (!st)
		st = work_copy(dst, &w, &area, err);
	work_close(&w);
	buf_fini(&area);
	return st;
}

ota_status ota_pkg_sign_detached(ota_sink *otsig, const ota_ctx *ctx, ota_source *src,
	ota_signer *by, const ota_sign_options *opt, ota_report *rep, ota_err *err)
{
	struct work w = {.ctx = ctx, .src = src};
	uint8_t sig[SIG_MAX];
	struct sigline line;
	struct buf text;
	ota_status st;

	buf_init(&text, ctx);
	st = open_checked(&w, by, opt, rep, err);
	if (!st)
		st = make_line(&line, sig, &w, by, opt, err);
	if (st)
		goto out;
	otsig_write(&text, &w.digest, &line);
	st = buf_status(&text, err);
	if (!st)
		st = ota_sink_write(otsig, text.p, text.len, err);
out:
	work_close(&w);
	buf_fini(&text);
	return st;
}
