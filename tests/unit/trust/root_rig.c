/* SPDX-License-Identifier: MIT */
#include "root_rig.h"

#include <ctype.h>

#include "unit.h"

#include <ota/text.h>

#include <crypto/secret.h>

static ota_key *keys[ROOTS_KEYS];
static uint8_t *seeds[ROOTS_KEYS];

void roots_open(void)
{
	ota_err err = OTA_ERR_INIT;

	for (uint8_t i = 0; i < ROOTS_KEYS; i++) {
		uint8_t raw[32];
		struct key key;

		ck_ok(secret_alloc(&seeds[i], ED25519_SEED_LEN, &err), &err);
		memset(seeds[i], 0x40 + i, ED25519_SEED_LEN);
		ck_ok(ed25519_public(raw, seeds[i], &err), &err);
		ck_ok(key_init(&key, t_ctx(), KEY_ED25519, raw, 32, &err), &err);
		ck_ok(key_make(&keys[i], t_ctx(), &key, NULL, &err), &err);
	}
}

void roots_close(void)
{
	for (size_t i = 0; i < ROOTS_KEYS; i++) {
		ota_key_free(keys[i]);
		secret_free(seeds[i]);
	}
}

const ota_key *roots_key(unsigned i)
{
	return keys[i];
}

void roots_material(char hex[2 * DIGEST_MAX + 1], unsigned i)
{
	digest_hex(hex, &keys[i]->material);
}

/* K and a hex digit, not within a word, is a key. */
static void expand(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		bool key =
			*p == 'K' && isxdigit((unsigned char)p[1]) && !isupper((unsigned char)p[1]);

		if (!key) {
			buf_put(out, p, 1);
			continue;
		}
		p++;
		buf_str(out, keys[isdigit((unsigned char)*p) ? *p - '0' : *p - 'a' + 10]->id);
	}
}

static void canonical(struct buf *out, const struct buf *body)
{
	ota_err err = OTA_ERR_INIT;
	struct doc *d = NULL;
	struct arena a;

	arena_init(&a, t_ctx());
	ck_ok(json_read(&d, &a, body->p, body->len, &err), &err);
	ck_ok(json_write_olpc(out, d, &err), &err);
	arena_fini(&a);
}

void roots_sign(struct buf *out, const char *body, uint32_t signers)
{
	ota_err err = OTA_ERR_INIT;
	struct buf whole, text;
	const char *comma = "";

	buf_init(&whole, t_ctx());
	buf_init(&text, t_ctx());
	expand(&whole, body);
	canonical(&text, &whole);
	buf_str(out, "{\"signatures\":[");
	for (unsigned i = 0; i < ROOTS_KEYS; i++) {
		char hex[2 * ED25519_SIG_LEN + 1];
		uint8_t sig[ED25519_SIG_LEN];

		if ((signers >> i & 1U) == 0)
			continue;
		ck_ok(ed25519_sign(sig, seeds[i], text.p, text.len, &err), &err);
		ota_hex(hex, sig, sizeof(sig));
		buf_printf(out, "%s{\"keyid\":\"%s\",\"sig\":\"%s\"}", comma, keys[i]->id, hex);
		comma = ",";
	}
	buf_str(out, "],\"signed\":");
	buf_put(out, whole.p, whole.len);
	buf_str(out, "}");
	buf_fini(&whole);
	buf_fini(&text);
}

static bool is_used(const struct root_spec *spec, uint32_t set, unsigned i)
{
	char name[3];

	snprintf(name, sizeof(name), "K%x", i);
	return (set >> i & 1U) != 0 || (spec->ext != NULL && strstr(spec->ext, name) != NULL);
}

static void put_keys(struct buf *body, const struct root_spec *spec, uint32_t set)
{
	const char *comma = "";

	buf_str(body, "\"keys\":{");
	for (unsigned i = 0; i < ROOTS_KEYS; i++) {
		char hex[65];

		if (!is_used(spec, set, i))
			continue;
		ota_hex(hex, keys[i]->key.raw, 32);
		buf_printf(body,
			"%s\"K%x\":{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"%s\"},"
			"\"scheme\":\"ed25519\"}",
			comma, i, hex);
		comma = ",";
	}
	buf_str(body, "}");
}

static void put_role(struct buf *body, const char *name, uint32_t set, uint32_t threshold)
{
	const char *comma = "";

	buf_printf(body, "\"%s\":{\"keyids\":[", name);
	for (unsigned i = 0; i < ROOTS_KEYS; i++) {
		if ((set >> i & 1U) == 0)
			continue;
		buf_printf(body, "%s\"K%x\"", comma, i);
		comma = ",";
	}
	buf_printf(body, "],\"threshold\":%u}", threshold > 0 ? threshold : 1);
}

void roots_doc(struct buf *out, const struct root_spec *spec)
{
	uint32_t root = spec->root > 0 ? spec->root : 1;
	uint32_t targets = spec->targets > 0 ? spec->targets : 2;
	struct buf body;

	buf_init(&body, t_ctx());
	buf_printf(&body, "{\"_type\":\"root\",\"expires\":\"%s\",",
		spec->expires != NULL ? spec->expires : "2030-01-01T00:00:00Z");
	put_keys(&body, spec, root | targets);
	buf_str(&body, ",\"roles\":{");
	put_role(&body, "root", root, spec->root_threshold);
	buf_str(&body, ",");
	put_role(&body, "snapshot", root, 1);
	buf_str(&body, ",");
	put_role(&body, "targets", targets, spec->targets_threshold);
	buf_str(&body, ",");
	put_role(&body, "timestamp", root, 1);
	buf_printf(&body, "},\"spec_version\":\"1.0.31\",\"version\":%u", spec->version);
	if (spec->ext != NULL)
		buf_printf(&body, ",\"x-ota\":%s", spec->ext);
	buf_put(&body, "}", 2);
	roots_sign(out, (const char *)body.p, spec->signers > 0 ? spec->signers : root);
	buf_fini(&body);
}

ota_id roots_read(ota_root **out, const struct buf *doc)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), doc->p, doc->len, &err), &err);
	st = ota_root_read(out, t_ctx(), src, &err);
	ota_source_close(src);
	ck_assert((st == OTA_OK) == (err.id == OTA_E_NONE));
	return err.id;
}

ota_root *roots_root(const struct root_spec *spec)
{
	ota_root *r = NULL;
	struct buf doc;

	buf_init(&doc, t_ctx());
	roots_doc(&doc, spec);
	ck_assert_int_eq(roots_read(&r, &doc), OTA_E_NONE);
	buf_fini(&doc);
	return r;
}
