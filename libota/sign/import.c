/* SPDX-License-Identifier: MIT */
#include <ota/sign.h>

#include <string.h>

#include <base/kind.h>
#include <crypto/foreign.h>
#include <crypto/secret.h>
#include <sign/signer.h>
#include <trust/keytext.h>

static ota_status check_options(
	enum key_scheme *scheme, const ota_import_options *opt, ota_err *err)
{
	if (opt->comment != NULL && !key_comment_ok(opt->comment, strlen(opt->comment)))
		return ota_fail(err, OTA_E_ARGUMENT, "the comment is not " KEY_COMMENT_RULE);
	*scheme = opt->scheme != NULL ? key_scheme_by_name(opt->scheme) : KEY_NONE;
	if (opt->scheme != NULL && *scheme == KEY_NONE)
		return ota_fail(err, OTA_E_ALG, "key scheme `%s` is unknown", opt->scheme);
	return OTA_OK;
}

/* Into guarded memory: it may be a secret. */
static ota_status slurp(uint8_t **out, size_t *len, ota_source *src, ota_err *err)
{
	uint8_t *p = NULL;
	ota_status st = secret_alloc(&p, KEYTEXT_MAX + 1, err);

	if (!st)
		st = ota_source_read(src, p, KEYTEXT_MAX + 1, len, err);
	if (!st && *len > KEYTEXT_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "longer than a key file's %u bytes: this is %s",
			KEYTEXT_MAX, kind_name(p, *len));
	if (st)
		secret_free(p);
	else
		*out = p;
	return st;
}

static ota_status read_foreign(uint8_t **secret, ota_key **key, const ota_ctx *ctx, ota_source *src,
	const ota_import_options *opt, ota_err *err)
{
	enum key_scheme scheme = KEY_NONE;
	uint8_t *p = NULL;
	struct key raw;
	size_t len = 0;
	ota_status st = check_options(&scheme, opt, err);

	if (!st)
		st = slurp(&p, &len, src, err);
	if (!st)
		st = foreign_read(secret, &raw, ctx, scheme, p, len, opt->open, opt->open_arg, err);
	if (!st)
		st = key_make(key, ctx, &raw, opt->comment, err);
	secret_free(p);
	return st;
}

ota_status ota_key_import(ota_sink *secret_file, ota_sink *public_file, ota_key **pub,
	bool *has_secret, const ota_ctx *ctx, ota_source *src, const ota_import_options *opt,
	ota_err *err)
{
	static const ota_import_options bare = {.size = sizeof(bare)};
	const ota_import_options *o = opt != NULL ? opt : &bare;
	uint8_t *secret = NULL;
	ota_key *key = NULL;
	ota_status st;

	st = read_foreign(&secret, &key, ctx, src, o, err);
	if (!st && secret != NULL)
		st = secret_store(secret_file, key, secret, o->ask, o->ask_arg, err);
	if (!st)
		st = ota_key_write(public_file, key, err);
	if (!st)
		*has_secret = secret != NULL;
	if (!st && pub != NULL) {
		*pub = key;
		key = NULL;
	}
	ota_key_free(key);
	secret_free(secret);
	return st;
}
