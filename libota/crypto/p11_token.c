/* SPDX-License-Identifier: MIT */
#include <crypto/p11_session.h>

#include <stdio.h>
#include <string.h>

#include <base/mem.h>
#include <crypto/ossl_pair.h>
#include <crypto/secret.h>

#define SCHEME  "pkcs11:"
#define PIN_MAX 1024U
#define SLOTS   256

bool token_is_uri(const char *ref)
{
	return strncmp(ref, SCHEME, strlen(SCHEME)) == 0;
}

ota_status p11_failed(ota_err *err, const struct token *t, const char *what, CK_RV rv)
{
	return ota_fail(
		err, OTA_E_TOKEN, "token %s cannot %s: %s", t->label, what, p11_kit_strerror(rv));
}

/* ---- the URI and the modules ---- */

static ota_status parse(struct token *t, const char *uri, ota_err *err)
{
	const P11KitUriType type =
		P11_KIT_URI_FOR_OBJECT_ON_TOKEN_AND_MODULE | P11_KIT_URI_FOR_SLOT;
	const CK_ATTRIBUTE *class;
	int rc;

	t->uri = p11_kit_uri_new();
	if (t->uri == NULL)
		return ota_fail_nomem(err);
	rc = p11_kit_uri_parse(uri, type, t->uri);
	if (rc != P11_KIT_URI_OK)
		return ota_fail(err, OTA_E_ARGUMENT, "the key's URI: %s", p11_kit_uri_message(rc));
	if (p11_kit_uri_any_unrecognized(t->uri))
		return ota_fail(err, OTA_E_ARGUMENT,
			"the key's URI has an attribute that tells no key, token, slot or module");
	if (p11_kit_uri_get_pin_value(t->uri) != NULL || p11_kit_uri_get_pin_source(t->uri) != NULL)
		return ota_fail(err, OTA_E_ARGUMENT,
			"a PIN does not belong into the key's URI, where others can read it: give "
			"it as a passphrase is given");
	class = p11_kit_uri_get_attribute(t->uri, CKA_CLASS);
	if (class != NULL && *(const CK_OBJECT_CLASS *)class->pValue != CKO_PRIVATE_KEY)
		return ota_fail(err, OTA_E_ARGUMENT,
			"the key's URI has a type that cannot sign: say type=private or nothing");
	return OTA_OK;
}

static ota_status load(struct token *t, ota_err *err)
{
	const char *path = p11_kit_uri_get_module_path(t->uri);
	CK_RV rv = CKR_OK;

	p11_kit_be_quiet();
	if (path == NULL) {
		t->modules = p11_kit_modules_load_and_initialize(0);
	} else {
		t->own[0] = p11_kit_module_load(path, 0);
		rv = t->own[0] != NULL ? p11_kit_module_initialize(t->own[0]) : CKR_OK;
	}
	if (rv != CKR_OK) {
		p11_kit_module_release(t->own[0]);
		t->own[0] = NULL;
		return ota_fail(err, OTA_E_TOKEN, "the module %s does not start: %s", path,
			p11_kit_strerror(rv));
	}
	if (t->modules != NULL || t->own[0] != NULL)
		return OTA_OK;
	return ota_fail(err, OTA_E_TOKEN, "%s cannot be loaded: %s",
		path != NULL ? path : "the machine's PKCS #11 modules", p11_kit_message());
}

/* ---- the token ---- */

static void keep_label(struct token *t, const CK_TOKEN_INFO *info)
{
	size_t n = sizeof(info->label);

	while (n > 0 && info->label[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++)
		t->label[i] =
			info->label[i] > ' ' && info->label[i] <= '~' ? (char)info->label[i] : '_';
	t->label[n] = '\0';
}

static bool matches(
	const struct token *t, CK_FUNCTION_LIST *f, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	const CK_SLOT_ID asked = p11_kit_uri_get_slot_id(t->uri);
	CK_SLOT_INFO place;

	if (asked != (CK_SLOT_ID)-1 && asked != slot)
		return false;
	if (f->C_GetSlotInfo(slot, &place) != CKR_OK ||
		!p11_kit_uri_match_slot_info(t->uri, &place))
		return false;
	if (f->C_GetTokenInfo(slot, info) != CKR_OK || !p11_kit_uri_match_token_info(t->uri, info))
		return false;
	/* Not yet set up: there can be no key. */
	return (info->flags & CKF_TOKEN_INITIALIZED) != 0;
}

/* The tokens of one module that the URI matches; the last of them is kept. */
static size_t match_tokens(struct token *t, CK_FUNCTION_LIST *f, CK_TOKEN_INFO *kept)
{
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG n = SLOTS;
	CK_TOKEN_INFO info;
	CK_INFO module;
	size_t found = 0;

	if (f->C_GetInfo(&module) != CKR_OK || !p11_kit_uri_match_module_info(t->uri, &module))
		return 0;
	if (f->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return 0;
	for (CK_ULONG i = 0; i < n; i++) {
		if (!matches(t, f, slots[i], &info))
			continue;
		t->f = f;
		t->slot = slots[i];
		*kept = info;
		found++;
	}
	return found;
}

static ota_status find_token(struct token *t, CK_TOKEN_INFO *info, ota_err *err)
{
	CK_FUNCTION_LIST **f = t->modules != NULL ? t->modules : t->own;
	size_t found = 0;

	for (; *f != NULL; f++)
		found += match_tokens(t, *f, info);
	if (found == 0)
		return ota_fail(err, OTA_E_TOKEN,
			"no token matches the key's URI: is it plugged in, and its module known to "
			"p11-kit?");
	if (found > 1)
		return ota_fail(err, OTA_E_TOKEN_KEY,
			"%zu tokens match the key's URI: name one with token= or serial=", found);
	keep_label(t, info);
	return OTA_OK;
}

/* ---- the session ---- */

static ota_status ask_pin(struct token *t, const struct token_options *opt, ota_err *err)
{
	char what[64];
	ota_status st;

	snprintf(what, sizeof(what), "token %s (its PIN)", t->label);
	if (opt->ask == NULL)
		return ota_fail(err, OTA_E_PASSPHRASE, "token %s wants its PIN", t->label);
	st = secret_alloc(&t->pin, PIN_MAX, err);
	if (!st)
		st = opt->ask(opt->ask_arg, what, t->pin, PIN_MAX, &t->pin_len, err);
	if (!st && t->pin_len > PIN_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "the PIN is longer than %u bytes", PIN_MAX);
	return st;
}

/* A PIN is tried once: most tokens lock themselves after three wrong ones. */
static ota_status wrong_pin(const struct token *t, ota_err *err)
{
	CK_TOKEN_INFO now;
	const char *left = "";

	if (t->f->C_GetTokenInfo(t->slot, &now) == CKR_OK) {
		if ((now.flags & CKF_USER_PIN_LOCKED) != 0)
			left = "; it is locked now";
		else if ((now.flags & CKF_USER_PIN_FINAL_TRY) != 0)
			left = "; the next wrong one locks it";
		else if ((now.flags & CKF_USER_PIN_COUNT_LOW) != 0)
			left = "; few tries are left";
	}
	return ota_fail(
		err, OTA_E_PASSPHRASE_BAD, "token %s does not take that PIN%s", t->label, left);
}

static ota_status login(const struct token *t, CK_USER_TYPE user, ota_err *err)
{
	/* NULL: the token has keys of its own for the PIN. */
	CK_RV rv = t->f->C_Login(t->session, user, t->pin, t->pin_len);

	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return OTA_OK;
	if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_INVALID)
		return wrong_pin(t, err);
	return p11_failed(err, t, "be opened", rv);
}

static ota_status start(
	struct token *t, const struct token_options *opt, const CK_TOKEN_INFO *info, ota_err *err)
{
	CK_RV rv = t->f->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session);
	ota_status st = OTA_OK;

	if (rv != CKR_OK)
		return p11_failed(err, t, "open a session", rv);
	if ((info->flags & CKF_LOGIN_REQUIRED) == 0)
		return OTA_OK;
	if ((info->flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0)
		st = ask_pin(t, opt, err);
	return st ? st : login(t, CKU_USER, err);
}

static ota_status open_token(
	struct token *t, const char *uri, const struct token_options *opt, ota_err *err)
{
	CK_TOKEN_INFO info = {0};
	ota_status st = parse(t, uri, err);

	if (!st)
		st = load(t, err);
	if (!st)
		st = find_token(t, &info, err);
	if (!st)
		st = start(t, opt, &info, err);
	if (!st)
		st = p11_find_key(t, opt, err);
	if (!st && !t->each) {
		secret_free(t->pin);
		t->pin = NULL;
	}
	return st;
}

ota_status token_open(struct token **out, struct key *pub, const ota_ctx *ctx, const char *uri,
	const struct token_options *opt, ota_err *err)
{
	struct token *t = NULL;
	ota_status st = MEM_NEW(&t, ctx, err);

	if (st)
		return st;
	t->ctx = ctx;
	st = open_token(t, uri, opt, err);
	if (st) {
		token_close(t);
		return st;
	}
	*pub = t->pub;
	*out = t;
	return OTA_OK;
}

void token_close(struct token *t)
{
	if (t == NULL)
		return;
	if (t->session != 0)
		t->f->C_CloseSession(t->session);
	if (t->modules != NULL)
		p11_kit_modules_finalize_and_release(t->modules);
	if (t->own[0] != NULL) {
		p11_kit_module_finalize(t->own[0]);
		p11_kit_module_release(t->own[0]);
	}
	p11_kit_uri_free(t->uri);
	secret_free(t->pin);
	mem_free(t->ctx, t);
}

/* ---- signing ---- */

static void set_mechanism(CK_MECHANISM *m, CK_RSA_PKCS_PSS_PARAMS *pss, const struct scheme *s)
{
	const bool sha512 = s->id == KEY_RSA_PSS_SHA512;

	*m = (CK_MECHANISM){s->hash == NULL ? CKM_EDDSA : CKM_ECDSA, NULL, 0};
	if (s->hash == NULL || s->group != NULL)
		return;
	*pss = (CK_RSA_PKCS_PSS_PARAMS){
		.hash_alg = sha512 ? CKM_SHA512 : CKM_SHA256,
		.mgf = sha512 ? CKG_MGF1_SHA512 : CKG_MGF1_SHA256,
		.s_len = sha512 ? 64 : 32,
	};
	*m = (CK_MECHANISM){CKM_RSA_PKCS_PSS, pss, sizeof(*pss)};
}

static ota_status call(const struct token *t, CK_MECHANISM *m, const void *msg, size_t len,
	uint8_t *sig, CK_ULONG *sig_len, ota_err *err)
{
	CK_RV rv = t->f->C_SignInit(t->session, m, t->object);
	ota_status st = OTA_OK;

	if (rv != CKR_OK)
		return p11_failed(err, t, "begin to sign", rv);
	if (t->each)
		st = login(t, CKU_CONTEXT_SPECIFIC, err);
	if (st)
		return st;
	/* PKCS #11's input pointers are not const; the data is not written to. */
	rv = t->f->C_Sign(t->session, (CK_BYTE *)msg, len, sig, sig_len);
	return rv == CKR_OK ? OTA_OK : p11_failed(err, t, "sign", rv);
}

/* Digests are made here: tokens that hash are the rarer ones. */
ota_status token_sign(const struct token *t, uint8_t sig[static SIG_MAX], size_t *sig_len,
	const void *msg, size_t len, ota_err *err)
{
	const struct scheme *s = scheme_find(t->pub.scheme);
	CK_RSA_PKCS_PSS_PARAMS pss;
	CK_ULONG n = SIG_MAX;
	uint8_t digest[64], answer[SIG_MAX];
	CK_MECHANISM m;
	ota_status st = OTA_OK;

	set_mechanism(&m, &pss, s);
	if (s->hash != NULL) {
		st = ossl_prehash(digest, &len, t->ctx, s, msg, len, err);
		msg = digest;
	}
	if (!st)
		st = call(t, &m, msg, len, answer, &n, err);
	if (!st && n > sizeof(answer))
		st = ota_fail(
			err, OTA_E_SIGNER, "token %s says it signed with %lu bytes", t->label, n);
	if (!st && s->group != NULL)
		return ossl_join(sig, sig_len, s, answer, n, err);
	if (!st) {
		memcpy(sig, answer, n);
		*sig_len = n;
	}
	return st;
}
