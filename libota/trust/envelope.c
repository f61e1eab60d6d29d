/* SPDX-License-Identifier: MIT */
#include <trust/envelope.h>

#include <string.h>

#include <base/text.h>

static ota_status read_all(
	const uint8_t **p, size_t *len, struct envelope *e, ota_source *src, ota_err *err)
{
	uint8_t *bytes = arena_alloc(&e->arena, ENVELOPE_MAX + 1);
	ota_status st;

	if (bytes == NULL)
		return ota_fail_nomem(err);
	st = ota_source_read(src, bytes, ENVELOPE_MAX + 1, len, err);
	if (!st && *len > ENVELOPE_MAX)
		st = ota_fail(
			err, OTA_E_LIMIT, "longer than a TUF document's %u bytes", ENVELOPE_MAX);
	*p = bytes;
	return st;
}

static const char *text_at(const struct doc *map, const char *key)
{
	const struct doc *d = doc_get(map, key);

	return d != NULL && d->kind == DOC_STR ? d->s : NULL;
}

/* An empty signature is a place that somebody has yet to sign; it counts for nothing. */
static ota_status read_signature(
	struct claim *out, struct envelope *e, const struct doc *d, ota_err *err)
{
	const char *hex = text_at(d, "sig");
	uint8_t *sig;
	size_t len;

	out->keyid = text_at(d, "keyid");
	if (d->kind != DOC_MAP || d->count != 2 || out->keyid == NULL || hex == NULL)
		return ota_fail(
			err, OTA_E_ROOT, "a signature has exactly a keyid and a sig, both strings");
	len = strlen(hex) / 2;
	sig = arena_alloc(&e->arena, len + 1);
	if (sig == NULL)
		return ota_fail_nomem(err);
	if (len > SIG_MAX || strlen(hex) != 2 * len || !ota_unhex(sig, len, hex, 2 * len))
		return ota_fail(err, OTA_E_ROOT,
			"a signature is at most %d bytes in lowercase hex digits", SIG_MAX);
	out->sig = sig;
	out->sig_len = len;
	return OTA_OK;
}

static ota_status read_signatures(struct envelope *e, const struct doc *list, ota_err *err)
{
	ota_status st = OTA_OK;

	if (list->kind != DOC_LIST || list->count > ENVELOPE_SIGS_MAX)
		return ota_fail(
			err, OTA_E_ROOT, "`signatures` is a list of at most %d", ENVELOPE_SIGS_MAX);
	e->claims = arena_array(&e->arena, list->count + 1, sizeof(*e->claims));
	if (e->claims == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < list->count; i++) {
		struct claim *c = &e->claims[i];

		st = read_signature(c, e, list->items[i], err);
		c->msg = e->text.p;
		c->msg_len = e->text.len;
		c->line = (uint32_t)i + 1;
		for (size_t j = 0; !st && j < i; j++)
			if (strcmp(c->keyid, e->claims[j].keyid) == 0)
				st = ota_fail(
					err, OTA_E_ROOT, "key id %.64s signs twice", c->keyid);
	}
	e->count = list->count;
	return st;
}

ota_status envelope_load(struct envelope *e, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	const struct doc *sigs = NULL;
	const uint8_t *p = NULL;
	size_t len = 0;
	ota_status st;

	arena_init(&e->arena, ctx);
	buf_init(&e->text, ctx);
	st = read_all(&p, &len, e, src, err);
	if (!st)
		st = json_read(&e->root, &e->arena, p, len, err);
	if (st)
		return st;
	sigs = doc_get(e->root, "signatures");
	e->body = doc_get(e->root, "signed");
	if (e->root->count != 2 || sigs == NULL || e->body == NULL || e->body->kind != DOC_MAP)
		return ota_fail(err, OTA_E_ROOT,
			"a TUF document has exactly `signatures` and `signed`, which is an object");
	e->type = text_at(e->body, "_type");
	if (e->type == NULL)
		return ota_fail(err, OTA_E_ROOT, "`signed` has no _type");
	st = json_write_olpc(&e->text, e->body, err);
	if (!st)
		st = read_signatures(e, sigs, err);
	return st;
}

void envelope_fini(struct envelope *e)
{
	buf_fini(&e->text);
	arena_fini(&e->arena);
}

ota_status envelope_quorum(const struct envelope *e, const ota_trust *t, const char *role,
	const char *of, ota_report *rep, ota_err *err)
{
	struct claim claims[ENVELOPE_SIGS_MAX +
			    1]; /* what is good under one trust says nothing of another */
	struct role_set met = {0};
	ota_status st;

	memcpy(claims, e->claims, (e->count + 1) * sizeof(claims[0]));
	for (size_t i = 0; i < e->count; i++)
		claims[i].source = of;
	st = quorum_met(&met, t->ctx, t, claims, e->count, of, rep, err);

	for (size_t i = 0; !st && i < t->role_count; i++)
		if (strcmp(t->roles[i].name, role) == 0 && (met.bits >> i & 1U) != 0)
			return OTA_OK;
	if (!st)
		st = ota_fail(err, OTA_E_THRESHOLD, "role %s is not met", role);
	return st;
}
