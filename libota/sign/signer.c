/* SPDX-License-Identifier: MIT */
#include <sign/signer.h>

#include <base/file.h>
#include <base/mem.h>
#include <crypto/foreign.h>
#include <crypto/p11_token.h>
#include <crypto/verify.h>
#include <sign/external.h>
#include <sign/keyfile.h>

struct ota_signer {
	const ota_ctx *ctx;
	ota_key *key;
	uint8_t *secret;     /* guarded; NULL: one of those signs */
	struct token *token; /* NULL: none */
	struct external ext;
};

/* Permission bits that let anybody but the owner at the file. */
#define OTHERS 077U

ota_status passphrase_ask(
	uint8_t **out, size_t *len, ota_ask_fn *ask, void *arg, const char *what, ota_err *err)
{
	uint8_t *pass = NULL;
	ota_status st;

	if (ask == NULL)
		return ota_fail(
			err, OTA_E_PASSPHRASE, "%s is locked and there is no passphrase", what);
	st = secret_alloc(&pass, PASSPHRASE_MAX, err);
	if (!st)
		st = ask(arg, what, pass, PASSPHRASE_MAX, len, err);
	if (!st && *len > PASSPHRASE_MAX)
		st = ota_fail(
			err, OTA_E_LIMIT, "the passphrase is longer than %u bytes", PASSPHRASE_MAX);
	if (st)
		secret_free(pass);
	else
		*out = pass;
	return st;
}

/* An empty one would look like protection. */
static ota_status new_passphrase(
	uint8_t **out, size_t *len, ota_ask_fn *ask, void *arg, const char *what, ota_err *err)
{
	uint8_t *pass = NULL;
	ota_status st = passphrase_ask(&pass, len, ask, arg, what, err);

	if (!st && *len == 0)
		st = ota_fail(err, OTA_E_PASSPHRASE, "the passphrase is empty");
	if (st)
		secret_free(pass);
	else
		*out = pass;
	return st;
}

ota_status secret_store(ota_sink *dst, const ota_key *key, const uint8_t *secret, ota_ask_fn *ask,
	void *arg, ota_err *err)
{
	struct keyfile_lock lock = {NULL, 0, KEYFILE_KDF_PASSES, KEYFILE_KDF_MEM};
	uint8_t *pass = NULL;
	ota_status st;

	if (ask == NULL)
		return keyfile_write(dst, key, secret, NULL, err);
	st = new_passphrase(&pass, &lock.pass_len, ask, arg, "the new key", err);
	lock.pass = pass;
	if (!st)
		st = keyfile_write(dst, key, secret, &lock, err);
	secret_free(pass);
	return st;
}

static ota_status check_mode(const ota_source *src, const char *ref, ota_err *err)
{
	unsigned mode = file_source_mode(src);

	if ((mode & OTHERS) == 0)
		return OTA_OK;
	return ota_fail(err, OTA_E_KEY_MODE,
		"%s is a secret key with mode %04o, expected 0600: others can reach it", ref, mode);
}

static ota_status unlock(ota_signer *s, const struct keyfile *kf, const char *ref,
	const ota_signer_options *opt, ota_err *err)
{
	uint8_t *pass = NULL;
	size_t len = 0;
	ota_status st = OTA_OK;

	if (kf->locked)
		st = passphrase_ask(&pass, &len, opt->ask, opt->ask_arg, ref, err);
	if (!st)
		st = keyfile_unlock(&s->secret, kf, pass, len, err);
	secret_free(pass);
	return st;
}

static ota_status check_test(
	const ota_key *key, const char *ref, const ota_signer_options *opt, ota_err *err)
{
	if (opt->allow_test || !ota_key_is_test(key))
		return OTA_OK;
	return ota_fail(err, OTA_E_TEST_KEY,
		"%s is a published TEST-ONLY key: anybody can sign with it", ref);
}

/* Everything that can be refused is refused before anybody is asked for a passphrase. */
static ota_status open_file(ota_signer *s, ota_source *src, const char *ref,
	const ota_signer_options *opt, ota_err *err)
{
	struct keyfile kf;
	ota_status st;

	/* First what it is: the mode of a public key is no reason to refuse it. */
	st = keyfile_open(&kf, s->ctx, src, err);
	if (st)
		return st;
	if (!opt->allow_readable)
		st = check_mode(src, ref, err);
	if (!st)
		st = check_test(kf.key, ref, opt, err);
	if (!st)
		st = unlock(s, &kf, ref, opt, err);
	if (!st) {
		s->key = kf.key;
		kf.key = NULL;
	}
	keyfile_close(&kf);
	return st;
}

/* ---- a token ---- */

bool ota_signer_is_token(const char *ref)
{
	return token_is_uri(ref);
}

static ota_status open_token(
	ota_signer *s, const char *uri, const ota_signer_options *opt, ota_err *err)
{
	const struct token_options o = {
		.scheme = opt->scheme != NULL ? key_scheme_by_name(opt->scheme) : KEY_NONE,
		.pub = opt->pub != NULL ? &opt->pub->key : NULL,
		.ask = opt->ask,
		.ask_arg = opt->ask_arg,
	};
	struct key pub;
	ota_status st;

	if (opt->scheme != NULL && o.scheme == KEY_NONE)
		return ota_fail(err, OTA_E_ALG, "key scheme `%s` is unknown", opt->scheme);
	st = token_open(&s->token, &pub, s->ctx, uri, &o, err);
	if (!st)
		st = key_make(&s->key, s->ctx, &pub,
			opt->pub != NULL ? ota_key_comment(opt->pub) : NULL, err);
	return st ? st : check_test(s->key, "the key of the token", opt, err);
}

/* ---- signers ---- */

static ota_status open_path(
	ota_signer *s, const char *path, const ota_signer_options *opt, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = ota_source_file(&src, s->ctx, path, err);

	if (!st)
		st = open_file(s, src, path, opt, err);
	ota_source_close(src);
	return st;
}

static const ota_signer_options strict = {.size = sizeof(strict)};

ota_status ota_signer_open(ota_signer **out, const ota_ctx *ctx, const char *ref,
	const ota_signer_options *opt, ota_err *err)
{
	const ota_signer_options *o = opt != NULL ? opt : &strict;
	ota_signer *s = NULL;
	ota_status st;

	st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	s->ctx = ctx;
	st = token_is_uri(ref) ? open_token(s, ref, o, err) : open_path(s, ref, o, err);
	if (st)
		ota_signer_close(s);
	else
		*out = s;
	return st;
}

ota_status ota_signer_external(ota_signer **out, const ota_ctx *ctx, const ota_key *pub,
	ota_sign_fn *sign, void *arg, const ota_signer_options *opt, ota_err *err)
{
	ota_signer *s = NULL;
	ota_status st;

	st = check_test(pub, "this", opt != NULL ? opt : &strict, err);
	if (!st)
		st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	s->ctx = ctx;
	s->ext = (struct external){sign, arg};
	st = key_make(&s->key, ctx, &pub->key, ota_key_comment(pub), err);
	if (st)
		ota_signer_close(s);
	else
		*out = s;
	return st;
}

void ota_signer_close(ota_signer *signer)
{
	if (signer == NULL)
		return;
	secret_free(signer->secret);
	token_close(signer->token);
	ota_key_free(signer->key);
	mem_free(signer->ctx, signer);
}

const ota_key *ota_signer_key(const ota_signer *signer)
{
	return signer->key;
}

ota_status signer_sign(const ota_signer *s, uint8_t sig[static SIG_MAX], size_t *sig_len,
	const void *msg, size_t len, ota_err *err)
{
	ota_status st;

	if (s->ext.sign != NULL)
		st = external_sign(&s->ext, sig, sig_len, msg, len, err);
	else if (s->token != NULL)
		st = token_sign(s->token, sig, sig_len, msg, len, err);
	else
		st = pair_sign(sig, sig_len, s->ctx, &s->key->key, s->secret, msg, len, err);
	if (!st)
		st = verify_sig(s->ctx, &s->key->key, sig, *sig_len, msg, len, err);
	if (st == OTA_UNTRUSTED)
		st = ota_fail(err, OTA_E_SELF_VERIFY,
			"the signature that key %.16s… just made does not verify", s->key->id);
	return st;
}

ota_status ota_signer_export(
	ota_sink *dst, const ota_signer *signer, ota_ask_fn *ask, void *ask_arg, ota_err *err)
{
	uint8_t *pass = NULL, *pem = NULL;
	size_t pass_len = 0, len = 0;
	ota_status st = OTA_OK;

	if (signer->secret == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "the secret of this key is elsewhere");
	if (ask != NULL)
		st = new_passphrase(&pass, &pass_len, ask, ask_arg, "the exported key", err);
	if (!st)
		st = foreign_write(&pem, &len, signer->ctx, &signer->key->key, signer->secret, pass,
			pass_len, err);
	if (!st)
		st = ota_sink_write(dst, pem, len, err);
	secret_free(pem);
	secret_free(pass);
	return st;
}
