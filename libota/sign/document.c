/* SPDX-License-Identifier: MIT */
#include <sign/document.h>

#include <stdio.h>
#include <string.h>

#include <ota/text.h>

#include <sign/signer.h>
#include <trust/fields.h>
#include <trust/root.h>
#include <trust/stop.h>

ota_status document_write(ota_sink *dst, const ota_ctx *ctx, struct arena *a, struct doc *sigs,
	struct doc *body, ota_err *err)
{
	struct doc *whole = doc_map(a, 2);
	struct buf text;
	ota_status st;

	if (whole == NULL)
		return ota_fail_nomem(err);
	doc_put(whole, "signatures", sigs);
	doc_put(whole, "signed", body);
	buf_init(&text, ctx);
	st = json_write(&text, whole, err);
	buf_str(&text, "\n");
	if (!st)
		st = buf_status(&text, err);
	if (!st && text.len > ENVELOPE_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "the document would be longer than %u bytes",
			ENVELOPE_MAX);
	if (!st)
		st = ota_sink_write(dst, text.p, text.len, err);
	buf_fini(&text);
	return st;
}

ota_status document_signature(struct doc **out, struct arena *a, const char *keyid,
	const struct buf *text, const ota_signer *by, ota_err *err)
{
	uint8_t sig[SIG_MAX];
	struct doc *d;
	size_t len = 0;
	char *hex;
	ota_status st = signer_sign(by, sig, &len, text->p, text->len, err);

	if (st)
		return st;
	hex = arena_alloc(a, 2 * len + 1);
	keyid = arena_strndup(a, keyid, strlen(keyid));
	d = doc_map(a, 2);
	if (hex == NULL || keyid == NULL || d == NULL)
		return ota_fail_nomem(err);
	ota_hex(hex, sig, len);
	doc_put(d, "keyid", doc_str(a, keyid));
	doc_put(d, "sig", doc_str(a, hex));
	if (d->items[0] == NULL || d->items[1] == NULL)
		return ota_fail_nomem(err);
	*out = d;
	return OTA_OK;
}

ota_status document_copy(struct doc **out, struct arena *a, const struct doc *body, ota_err *err)
{
	struct buf text;
	ota_status st;

	buf_init(&text, a->ctx);
	st = json_write(&text, body, err);
	if (!st)
		st = json_read(out, a, text.p, text.len, err);
	buf_fini(&text);
	return st;
}

/* ---- signatures ---- */

/* What nobody would accept nobody should sign. */
static ota_status check_body(
	ota_root **root, const ota_ctx *ctx, ota_source *src, const char *type, ota_err *err)
{
	ota_stop *stop = NULL;
	ota_status st;

	if (strcmp(type, ROLE_ROOT) == 0)
		return ota_root_read(root, ctx, src, err);
	if (strcmp(type, STOP_TYPE) != 0)
		return ota_fail(err, OTA_E_ROOT,
			"_type %.64s: expected root or " STOP_TYPE ", nothing else is signed",
			type);
	st = ota_stop_read(&stop, ctx, src, err);
	ota_stop_free(stop);
	return st;
}

/* As the root calls the key; by its own id where it does not. */
static const char *keyid_in(const ota_root *root, const ota_key *key)
{
	for (size_t i = 0; root != NULL && i < root->key_count; i++) {
		const ota_key *k = root->keys[i].key;

		if (k != NULL && digest_equal(&k->material, &key->material))
			return root->keys[i].id;
	}
	return key->id;
}

static ota_status add_signature(struct envelope *e, struct doc *sig, ota_err *err)
{
	struct doc *sigs = doc_get(e->root, "signatures");
	const char *keyid = sig->items[0]->s;

	for (size_t i = 0; i < e->count; i++) {
		if (strcmp(e->claims[i].keyid, keyid) != 0)
			continue;
		sigs->items[i] = sig;
		return OTA_OK;
	}
	if (e->count == ENVELOPE_SIGS_MAX)
		return ota_fail(
			err, OTA_E_LIMIT_COUNT, "more than %d signatures", ENVELOPE_SIGS_MAX);
	return doc_push(sigs, &e->arena, sig) ? OTA_OK : ota_fail_nomem(err);
}

static ota_status read_bytes(struct buf *out, ota_source *src, ota_err *err)
{
	ota_status st;
	size_t n = 0;

	buf_fill(out, 0, ENVELOPE_MAX + 1);
	st = buf_status(out, err);
	if (!st)
		st = ota_source_read(src, out->p, out->len, &n, err);
	out->len = n;
	return st;
}

/* Each reading is of the same bytes, whatever happens to the file meanwhile. */
static ota_status reread(
	ota_source **out, const ota_ctx *ctx, const struct buf *bytes, ota_err *err)
{
	return ota_source_memory(out, ctx, bytes->p, bytes->len, err);
}

static ota_status sign_bytes(ota_root **root, ota_sink *dst, const ota_ctx *ctx,
	const struct buf *bytes, const ota_signer *by, ota_err *err)
{
	ota_source *once = NULL, *twice = NULL;
	struct envelope e = {0};
	struct doc *sig = NULL;
	ota_status st = reread(&once, ctx, bytes, err);

	if (!st)
		st = reread(&twice, ctx, bytes, err);
	if (!st)
		st = envelope_load(&e, ctx, once, err);
	if (!st)
		st = check_body(root, ctx, twice, e.type, err);
	if (!st)
		st = document_signature(
			&sig, &e.arena, keyid_in(*root, ota_signer_key(by)), &e.text, by, err);
	if (!st)
		st = add_signature(&e, sig, err);
	if (!st)
		st = document_write(dst, ctx, &e.arena, doc_get(e.root, "signatures"), e.body, err);
	envelope_fini(&e);
	ota_source_close(once);
	ota_source_close(twice);
	return st;
}

ota_status ota_document_sign(ota_root **root, ota_sink *dst, const ota_ctx *ctx, ota_source *src,
	const ota_signer *by, ota_err *err)
{
	ota_root *r = NULL;
	struct buf bytes;
	ota_status st;

	buf_init(&bytes, ctx);
	st = read_bytes(&bytes, src, err);
	if (!st)
		st = sign_bytes(&r, dst, ctx, &bytes, by, err);
	if (!st && root != NULL) {
		*root = r;
		r = NULL;
	}
	ota_root_free(r);
	buf_fini(&bytes);
	return st;
}

/* ---- stop documents ---- */

static ota_status put_packages(
	struct doc *list, struct arena *a, const char *const *packages, size_t n, ota_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *s = arena_strndup(a, packages[i], strlen(packages[i]));

		if (s == NULL)
			return ota_fail_nomem(err);
		if (doc_index(list, s) == list->count && !doc_push(list, a, doc_str(a, s)))
			return ota_fail_nomem(err);
	}
	return OTA_OK;
}

static ota_status stop_body(struct doc **out, struct arena *a, const ota_stop *before,
	const char *const *packages, size_t n, ota_err *err)
{
	uint64_t version = before != NULL ? before->version + 1 : 1;
	struct doc *body = doc_map(a, 4), *list = doc_list(a, 0);
	ota_status st;

	if (body == NULL || list == NULL)
		return ota_fail_nomem(err);
	doc_put(body, "_type", doc_str(a, STOP_TYPE));
	doc_put(body, "revoked_packages", list);
	doc_put(body, "spec_version", doc_str(a, TUF_SPEC));
	doc_put(body, "version", doc_int(a, (int64_t)version));
	for (size_t i = 0; i < body->count; i++)
		if (body->items[i] == NULL)
			return ota_fail_nomem(err);
	if (before != NULL)
		st = document_copy(&list, a, doc_get(before->env.body, "revoked_packages"), err);
	else
		st = OTA_OK;
	body->items[1] = list;
	if (!st)
		st = put_packages(list, a, packages, n, err);
	*out = body;
	return st;
}

static ota_status write_stop(ota_sink *dst, uint64_t *version, struct arena *a,
	const ota_stop *before, const char *const *packages, size_t n, const ota_signer *by,
	ota_err *err)
{
	struct doc *body = NULL, *sig = NULL, *sigs = doc_list(a, 1);
	struct buf text;
	ota_status st;

	if (sigs == NULL)
		return ota_fail_nomem(err);
	buf_init(&text, a->ctx);
	st = stop_body(&body, a, before, packages, n, err);
	if (!st)
		st = json_write_olpc(&text, body, err);
	if (!st)
		st = document_signature(&sig, a, ota_key_id(ota_signer_key(by)), &text, by, err);
	if (!st) {
		doc_add(sigs, sig);
		st = document_write(dst, a->ctx, a, sigs, body, err);
	}
	if (!st && version != NULL)
		*version = (uint64_t)doc_get(body, "version")->i;
	buf_fini(&text);
	return st;
}

ota_status ota_stop_write(ota_sink *dst, uint64_t *version, const ota_ctx *ctx,
	ota_source *previous, const char *const *packages, size_t n, const ota_signer *by,
	ota_err *err)
{
	ota_stop *before = NULL;
	struct digest d;
	struct arena a;
	ota_status st = OTA_OK;

	for (size_t i = 0; i < n; i++)
		if (!field_is_package(&d, packages[i]))
			return ota_fail(err, OTA_E_ARGUMENT, "%.80s is no digest such as sha256:…",
				packages[i]);
	arena_init(&a, ctx);
	if (previous != NULL)
		st = ota_stop_read(&before, ctx, previous, err);
	if (!st)
		st = write_stop(dst, version, &a, before, packages, n, by, err);
	ota_stop_free(before);
	arena_fini(&a);
	return st;
}
