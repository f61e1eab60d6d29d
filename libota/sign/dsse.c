/* SPDX-License-Identifier: MIT */
/*
 * What a package says of its origin, for the tools of others: an in-toto
 * Statement v1 with SLSA's provenance v1 as its predicate, in a DSSE v1
 * envelope.
 */
#include <ota/sign.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/text.h>
#include <model/manifest.h>
#include <sign/signer.h>
#include <sign/work.h>

#define PAYLOAD_TYPE "application/vnd.in-toto+json"
#define BUILD_TYPE   "urn:otatool:pack:v1"

/* A tree under way: NULL from any maker is memory that ran out, and sticks. */
struct tree {
	struct arena a;
	bool failed;
};

static struct doc *keep(struct tree *t, struct doc *d)
{
	t->failed = t->failed || d == NULL;
	return d;
}

static struct doc *map(struct tree *t, size_t cap)
{
	return keep(t, doc_map(&t->a, cap));
}

static struct doc *list(struct tree *t, size_t cap)
{
	return keep(t, doc_list(&t->a, cap));
}

/* A value that is not there leaves no key. */
static void put(struct tree *t, struct doc *m, const char *key, struct doc *value)
{
	if (!t->failed && value != NULL)
		doc_put(m, key, value);
}

static void put_text(struct tree *t, struct doc *m, const char *key, const char *s)
{
	if (s != NULL)
		put(t, m, key, keep(t, doc_str(&t->a, s)));
}

static void add(struct tree *t, struct doc *l, struct doc *item)
{
	if (!t->failed)
		doc_add(l, item);
}

/* in-toto's names of digests have no hyphen. */
static const char *digest_name(enum hash_alg alg)
{
	return alg == HASH_SHA3_256 ? "sha3_256" : hash_name(alg);
}

/* {"name": …, "uri": …, "digest": {alg: hex}} */
static void add_artifact(struct tree *t, struct doc *l, const char *name, const char *uri,
	const char *alg, const char *hex)
{
	struct doc *m = map(t, 3), *digest = map(t, 1);

	put_text(t, m, "name", name);
	put_text(t, m, "uri", uri);
	put_text(t, digest, alg, hex);
	if (hex != NULL)
		put(t, m, "digest", digest);
	add(t, l, m);
}

static const char *format(struct tree *t, const char *a, const char *b)
{
	size_t len = strlen(a) + strlen(b) + 2;
	char *s = arena_alloc(&t->a, len);

	t->failed = t->failed || s == NULL;
	if (s != NULL)
		snprintf(s, len, "%s %s", a, b);
	return s;
}

/* The package by the digest that is signed, and the images, which others can hash. */
static struct doc *subjects(struct tree *t, const struct work *w, const ota_manifest *m)
{
	struct doc *l = list(t, m->component_count + 1);
	char hex[2 * DIGEST_MAX + 1];

	digest_hex(hex, &w->digest);
	add_artifact(t, l, format(t, m->product, m->version), NULL, "otapDigest",
		arena_strndup(&t->a, hex, strlen(hex)));
	for (size_t i = 0; i < m->component_count; i++)
		add_artifact(t, l, m->components[i].name, NULL, digest_name(w->digest.alg),
			m->components[i].target.hash);
	return l;
}

static struct doc *materials(struct tree *t, const struct work *w, const ota_manifest *m)
{
	const struct manifest_build_source *src = m->build->source;
	size_t n = 1;
	struct doc *l;

	for (size_t i = 0; i < m->component_count; i++)
		n += m->components[i].payload_count;
	l = list(t, n);
	if (src != NULL)
		add_artifact(t, l, NULL, src->uri, "gitCommit", src->commit);
	for (size_t i = 0; i < m->component_count; i++) {
		const struct manifest_component *c = &m->components[i];

		for (size_t k = 0; k < c->payload_count; k++)
			if (c->payloads[k].source != NULL)
				add_artifact(t, l, c->name, NULL, digest_name(w->digest.alg),
					c->payloads[k].source->hash);
	}
	return l;
}

static struct doc *definition(struct tree *t, const struct work *w, const ota_manifest *m)
{
	struct doc *d = map(t, 3), *outer = map(t, 4);

	put_text(t, outer, "product", m->product);
	put_text(t, outer, "version", m->version);
	put(t, outer, "securityCounter", keep(t, doc_int(&t->a, (int64_t)m->security_counter)));
	if (m->release != NULL)
		put_text(t, outer, "channel", m->release->channel);
	put_text(t, d, "buildType", BUILD_TYPE);
	put(t, d, "externalParameters", outer);
	put(t, d, "resolvedDependencies", materials(t, w, m));
	return d;
}

static struct doc *run_details(struct tree *t, const ota_manifest *m)
{
	struct doc *d = map(t, 2), *builder = map(t, 1), *about = map(t, 2);
	char time[OTA_TIME_LEN + 1];

	put_text(t, builder, "id", m->build->builder);
	put(t, d, "builder", builder);
	put_text(t, about, "invocationId", m->build->id);
	if (m->created != OTA_TIME_NONE && ota_time_format(time, m->created))
		put_text(t, about, "finishedOn", arena_strndup(&t->a, time, OTA_TIME_LEN));
	put(t, d, "metadata", about);
	return d;
}

static struct doc *statement(struct tree *t, const struct work *w, const ota_manifest *m)
{
	struct doc *d = map(t, 4), *predicate = map(t, 2);

	put(t, predicate, "buildDefinition", definition(t, w, m));
	put(t, predicate, "runDetails", run_details(t, m));
	put_text(t, d, "_type", "https://in-toto.io/Statement/v1");
	put(t, d, "subject", subjects(t, w, m));
	put_text(t, d, "predicateType", "https://slsa.dev/provenance/v1");
	put(t, d, "predicate", predicate);
	return d;
}

static ota_status write_statement(struct buf *out, const struct work *w, ota_err *err)
{
	const ota_manifest *m = ota_pkg_manifest(w->pkg);
	struct tree t = {.failed = false};
	struct doc *d;
	ota_status st;

	if (m->build == NULL || m->build->builder == NULL)
		return ota_fail(err, OTA_E_MISSING,
			"a provenance names who built it: set build.builder in the manifest");
	arena_init(&t.a, w->ctx);
	d = statement(&t, w, m);
	st = t.failed ? ota_fail_nomem(err) : json_write_foreign(out, d, err);
	arena_fini(&t.a);
	return st;
}

/* DSSE's pre-authentication encoding: no text of ours begins like it. */
static ota_status sign_payload(uint8_t sig[static SIG_MAX], size_t *sig_len, const ota_ctx *ctx,
	const struct buf *payload, const ota_signer *by, ota_err *err)
{
	struct buf pae;
	ota_status st;

	buf_init(&pae, ctx);
	buf_printf(&pae, "DSSEv1 %zu %s %zu ", strlen(PAYLOAD_TYPE), PAYLOAD_TYPE, payload->len);
	buf_put(&pae, payload->p, payload->len);
	st = buf_status(&pae, err);
	if (!st)
		st = signer_sign(by, sig, sig_len, pae.p, pae.len, err);
	buf_fini(&pae);
	return st;
}

static ota_status write_envelope(struct buf *out, const ota_ctx *ctx, const struct buf *payload,
	const ota_signer *by, ota_err *err)
{
	uint8_t sig[SIG_MAX];
	size_t sig_len = 0;
	ota_status st = sign_payload(sig, &sig_len, ctx, payload, by, err);

	if (st)
		return st;
	buf_str(out, "{\"payload\":\"");
	text_base64(out, payload->p, payload->len);
	buf_printf(out, "\",\"payloadType\":\"%s\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"",
		PAYLOAD_TYPE, ota_key_id(ota_signer_key(by)));
	text_base64(out, sig, sig_len);
	buf_str(out, "\"}]}\n");
	return buf_status(out, err);
}

ota_status ota_pkg_export_dsse(ota_sink *dst, const ota_ctx *ctx, ota_source *src,
	const ota_signer *by, ota_report *rep, ota_err *err)
{
	struct work w = {.ctx = ctx, .src = src};
	struct buf payload, envelope;
	ota_status st;

	buf_init(&payload, ctx);
	buf_init(&envelope, ctx);
	st = work_open(&w, rep, err);
	if (!st)
		st = write_statement(&payload, &w, err);
	if (!st)
		st = write_envelope(&envelope, ctx, &payload, by, err);
	if (!st)
		st = ota_sink_write(dst, envelope.p, envelope.len, err);
	work_close(&w);
	buf_fini(&envelope);
	buf_fini(&payload);
	return st;
}
