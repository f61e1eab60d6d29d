/* SPDX-License-Identifier: MIT */
#include <trust/quorum.h>

#include <stdio.h>
#include <string.h>

#include <crypto/verify.h>
#include <trust/trust.h>

/* What became of the claims as a whole: it chooses the message when no role is met. */
struct tally {
	size_t known, good, revoked;
};

static void note(
	ota_report *rep, const struct claim *c, ota_outcome outcome, ota_id id, const char *text)
{
	ota_finding f = {.size = sizeof(f),
		.outcome = outcome,
		.id = id,
		.file = c->source,
		.line = c->line,
		.off = OTA_NO_OFF,
		.subject = c->keyid,
		.text = text,
		.about = OTA_ABOUT_LINE};

	ota_report_add(rep, &f);
}

/* Has the key of claim i, by its material, a good signature before that one? */
static bool repeated(const ota_trust *t, const struct claim *claims, size_t i)
{
	const ota_key *k = trust_key(t, claims[i].keyid);

	for (size_t j = 0; j < i; j++)
		if (claims[j].good &&
			digest_equal(&trust_key(t, claims[j].keyid)->material, &k->material))
			return true;
	return false;
}

bool trust_revokes(const ota_trust *t, const ota_key *k)
{
	for (size_t i = 0; i < t->revoked_count; i++)
		if (digest_equal(&t->revoked[i], &k->material))
			return true;
	return false;
}

/* OTA_OK: judged, for good or bad. Anything else is a failure to judge. */
static ota_status judge(struct claim *claims, size_t i, struct tally *tally, const ota_ctx *ctx,
	const ota_trust *t, ota_report *rep, ota_err *err)
{
	struct claim *c = &claims[i];
	const ota_key *k = trust_key(t, c->keyid);
	ota_status st = OTA_UNTRUSTED;
	ota_err why = OTA_ERR_INIT;

	c->good = false;
	if (k == NULL) {
		note(rep, c, OTA_NOTE, OTA_E_SIG_UNKNOWN, "not a trusted key; ignored");
		return OTA_OK;
	}
	tally->known++;
	if (trust_revokes(t, k)) {
		tally->revoked++;
		note(rep, c, OTA_WARN, OTA_E_REVOKED_KEY, "the key is revoked; ignored");
		return OTA_OK;
	}
	/* The key binds the scheme; a line that says another counts for nothing. */
	if (c->alg != NULL && strcmp(c->alg, ota_key_scheme(k)) != 0) {
		note(rep, c, OTA_WARN, OTA_E_SIG_BAD, "names another algorithm than the key's");
		return OTA_OK;
	}
	st = verify_sig(ctx, &k->key, c->sig, c->sig_len, c->msg, c->msg_len, &why);
	if (st == OTA_UNTRUSTED) {
		note(rep, c, OTA_WARN, OTA_E_SIG_BAD, "the signature does not verify");
		return OTA_OK;
	}
	if (st) {
		if (err != NULL)
			*err = why;
		return st;
	}
	c->good = true;
	tally->good++;
	if (repeated(t, claims, i))
		note(rep, c, OTA_NOTE, OTA_E_NONE, "good, but the key is counted already");
	else
		note(rep, c, OTA_PASS, OTA_E_NONE, "good signature by a trusted key");
	return OTA_OK;
}

static bool signed_by(const ota_key *k, const struct claim *claims, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (claims[i].good && strcmp(claims[i].keyid, k->id) == 0)
			return true;
	}
	return false;
}

/*
 * Does the role's i-th key add a signature? By material: one key under two ids
 * or two schemes, or on two lines, counts once, as the first of its kind.
 */
static bool adds(const struct trust_role *role, const ota_trust *t, size_t i,
	const struct claim *claims, size_t n)
{
	const ota_key *k = t->keys[role->keys[i]];

	if (!signed_by(k, claims, n))
		return false;
	for (size_t j = 0; j < i; j++) {
		const ota_key *before = t->keys[role->keys[j]];

		if (digest_equal(&before->material, &k->material) && signed_by(before, claims, n))
			return false;
	}
	return true;
}

static bool role_met(const struct trust_role *role, const ota_trust *t, const struct claim *claims,
	size_t n, const char *of, ota_report *rep)
{
	char expected[16], got[16];
	uint32_t found = 0;
	bool met;

	for (size_t i = 0; i < role->key_count; i++)
		found += adds(role, t, i, claims, n) ? 1 : 0;
	met = role->threshold > 0 && found >= role->threshold;
	snprintf(expected, sizeof(expected), "%u", role->threshold);
	snprintf(got, sizeof(got), "%u", found);
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = met ? OTA_PASS : OTA_NOTE,
				    .file = of,
				    .off = OTA_NO_OFF,
				    .subject = role->name,
				    .expected = expected,
				    .found = got,
				    .text = "keys of this role that signed",
				    .about = OTA_ABOUT_ROLE});
	return met;
}

static ota_status unmet(const ota_trust *t, const struct claim *claims, size_t n,
	const struct tally *tally, ota_err *err)
{
	if (n == 0)
		return ota_fail(err, OTA_E_UNSIGNED, "there is no signature");
	if (tally->known == 0)
		return ota_fail(err, OTA_E_SIG_UNKNOWN,
			"signed by key %.16s…, which is not trusted; trusted: %.16s…%s",
			claims[0].keyid, t->key_count > 0 ? t->keys[0]->id : "none",
			t->key_count > 1 ? " and others" : "");
	if (tally->revoked == tally->known)
		return ota_fail(err, OTA_E_REVOKED_KEY, "signed by key %.16s…, which is revoked",
			claims[0].keyid);
	if (tally->good == 0)
		return ota_fail(err, OTA_E_SIG_BAD, "a trusted key is named, but %s",
			tally->known - tally->revoked == 1 ? "its signature does not verify"
							   : "none of their signatures verifies");
	return ota_fail(err, OTA_E_THRESHOLD, "%zu good signature%s, too few for any role",
		tally->good, tally->good == 1 ? "" : "s");
}

ota_status quorum_met(struct role_set *met, const ota_ctx *ctx, const ota_trust *t,
	struct claim *claims, size_t n, const char *of, ota_report *rep, ota_err *err)
{
	ota_status st = OTA_UNTRUSTED;
	struct tally tally = {0, 0, 0};
	struct role_set roles = {0};

	for (size_t i = 0; i < n; i++) {
		st = judge(claims, i, &tally, ctx, t, rep, err);
		if (st)
			return st;
	}
	for (uint32_t i = 0; i < t->role_count; i++) {
		if (role_met(&t->roles[i], t, claims, n, of, rep))
			roles.bits |= UINT32_C(1) << i;
	}
	if (roles.bits == 0)
		return unmet(t, claims, n, &tally, err);
	*met = roles;
	return st;
}
