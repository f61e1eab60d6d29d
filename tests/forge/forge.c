/* SPDX-License-Identifier: MIT */
#include "forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <base/num.h>
#include <base/text.h>
#include <crypto/hash.h>
#include <crypto/secret.h>
#include <package/header.h>
#include <package/sigline.h>
#include <package/table.h>
#include <trust/keyid.h>

const char *const forge_says[SAY_END] = {
	"alg", "key", "time", "comment", "magic", "type", "hash", "digest", "length"};

const uint8_t *forge_seed(bool other)
{
	static const uint8_t seeds[2][ED25519_SEED_LEN] = {
		"a forger's seed for the tests 1", "a forger's seed for the tests 2"};

	return seeds[other];
}

ota_key *forge_key(const ota_ctx *ctx, bool other)
{
	uint8_t raw[32];
	struct key key;
	ota_key *k = NULL;

	MUST(ed25519_public(raw, forge_seed(other), NULL) == OTA_OK);
	MUST(key_init(&key, ctx, KEY_ED25519, raw, sizeof(raw), NULL) == OTA_OK);
	MUST(key_make(&k, ctx, &key, NULL, NULL) == OTA_OK);
	return k;
}

ota_trust *forge_trust(const ota_ctx *ctx)
{
	ota_key *k = forge_key(ctx, false);
	ota_trust *t = NULL;

	MUST(ota_trust_from_key(&t, ctx, k, true, NULL) == OTA_OK);
	ota_key_free(k);
	return t;
}

static void id_of_key(const ota_ctx *ctx, char id[static 65], bool other)
{
	ota_key *k = forge_key(ctx, other);

	memcpy(id, ota_key_id(k), 65);
	ota_key_free(k);
}

const char *forge_keyid(const ota_ctx *ctx, char id[65])
{
	id_of_key(ctx, id, false);
	return id;
}

static char *copy_bytes(const void *p, size_t len)
{
	char *out = malloc(len + 1);

	MUST(out != NULL);
	if (len > 0)
		memcpy(out, p, len);
	out[len] = '\0';
	return out;
}

static void say_again(char says[static 256], const char *bent)
{
	if (bent != NULL && bent[0] == '+')
		snprintf(says, 256, "%llu", strtoull(says, NULL, 10) + strtoull(bent, NULL, 10));
	else if (bent != NULL)
		snprintf(says, 256, "%s", bent);
}

/* The truth in what[…], bent by how. */
static void say_all(char what[SAY_END][256], const ota_ctx *ctx, const uint8_t *head,
	size_t head_len, const struct forge_sig *how)
{
	enum hash_alg alg = load_le16(head + 14);
	struct digest d;

	/* A header that names no hash is refused before any signature: any digest will do. */
	if (digest_len(alg) == 0)
		alg = HASH_SHA256;
	MUST(hash_bytes(&d, ctx, alg, head, head_len, NULL) == OTA_OK);
	snprintf(what[SAY_ALG], 256, "ed25519");
	id_of_key(ctx, what[SAY_KEY], how->own);
	snprintf(what[SAY_TIME], 256, "0");
	snprintf(what[SAY_MAGIC], 256, "otap-tbs-v1");
	snprintf(what[SAY_TYPE], 256, "package");
	snprintf(what[SAY_HASH], 256, "%s", hash_name(alg));
	digest_hex(what[SAY_DIGEST], &d);
	snprintf(what[SAY_LENGTH], 256, "%zu", head_len);
	for (unsigned i = 0; i < SAY_END; i++)
		say_again(what[i], how->line[i]);
}

char *forge_line_as(
	const ota_ctx *ctx, const uint8_t *head, size_t head_len, const struct forge_sig *how)
{
	char says[SAY_END][256] = {{0}}, line[3][256], text[SAY_END * 272];
	uint8_t sig[ED25519_SIG_LEN];
	struct buf out;
	char *s;

	say_all(says, ctx, head, head_len, how);
	memcpy(line, says, sizeof(line));
	for (unsigned i = 0; i < SAY_END; i++)
		say_again(says[i], how->text[i]);
	snprintf(text, sizeof(text),
		"%s\ntype:%s\nalg:%s\nkey:%s\nhash:%s\ndigest:%s\nlength:%s\ntime:%s\n"
		"comment:%s\n",
		says[SAY_MAGIC], says[SAY_TYPE], says[SAY_ALG], says[SAY_KEY], says[SAY_HASH],
		says[SAY_DIGEST], says[SAY_LENGTH], says[SAY_TIME], says[SAY_COMMENT]);
	MUST(ed25519_sign(sig, forge_seed(how->other), (const uint8_t *)text, strlen(text), NULL) ==
		OTA_OK);
	buf_init(&out, ctx);
	buf_printf(&out, "otap-sig-v1 %s %s %s ", line[SAY_ALG], line[SAY_KEY], line[SAY_TIME]);
	text_base64(&out, sig, sizeof(sig));
	if (how->line[SAY_COMMENT] != NULL)
		buf_printf(&out, " %s", how->line[SAY_COMMENT]);
	buf_str(&out, "\n");
	MUST(buf_status(&out, NULL) == OTA_OK);
	s = copy_bytes(out.p, out.len);
	buf_fini(&out);
	return s;
}

char *forge_line(const ota_ctx *ctx, const uint8_t *head, size_t head_len, uint64_t time,
	const char *comment)
{
	char when[24];
	struct forge_sig how = {.line[SAY_TIME] = when};

	snprintf(when, sizeof(when), "%llu", (unsigned long long)time);
	how.line[SAY_COMMENT] = comment[0] != '\0' ? comment : NULL;
	return forge_line_as(ctx, head, head_len, &how);
}

/* ---- packing ---- */

ota_status forge_open_file(void *arg, const char *name, ota_source **out, ota_err *err)
{
	const struct forge_folder *f = arg;

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->files[i].name, name) == 0)
			return ota_source_memory(out, f->ctx, f->files[i].p, f->files[i].len, err);
	return ota_fail(err, OTA_E_SYSTEM, "%s: no such file", name);
}

ota_status forge_pack(uint8_t **out, size_t *len, const ota_ctx *ctx, const char *yaml,
	const struct forge_file *files, size_t n, ota_err *err)
{
	struct forge_folder folder = {ctx, files, n};
	ota_plan_options opt = {.size = sizeof(opt),
		.name = "m.yaml",
		.open = forge_open_file,
		.open_arg = &folder,
		.created = 1767225600};
	uint8_t digest[OTA_DIGEST_MAX];
	ota_source *src = NULL;
	ota_plan *plan = NULL;
	ota_sink *dst = NULL;
	const uint8_t *p;
	size_t digest_len = 0;
	ota_status st;

	st = ota_source_memory(&src, ctx, yaml, strlen(yaml), err);
	if (!st)
		st = ota_plan_new(&plan, ctx, src, &opt, NULL, err);
	if (!st)
		st = ota_sink_memory(&dst, ctx, err);
	if (!st)
		st = ota_pack(dst, plan, digest, &digest_len, NULL, err);
	if (!st)
		st = ota_sink_commit(dst, err);
	if (!st) {
		ota_sink_memory_bytes(dst, &p, len);
		*out = (uint8_t *)copy_bytes(p, *len);
	}
	ota_sink_close(dst);
	ota_plan_free(plan);
	ota_source_close(src);
	return st;
}

void forge_sign(uint8_t *pkg, const ota_ctx *ctx)
{
	ota_header h;
	char *line;

	MUST(header_parse(&h, pkg, HEADER_LEN, NULL) == OTA_OK);
	line = forge_line(ctx, pkg, HEADER_LEN + h.manifest_len, 0, "");
	MUST(strlen(line) <= h.sig_cap);
	memset(pkg + h.sig_off, 0, h.sig_cap);
	memcpy(pkg + h.sig_off, line, strlen(line));
	free(line);
}

uint8_t *forge_signed(
	size_t *len, const ota_ctx *ctx, const char *yaml, const struct forge_file *files, size_t n)
{
	uint8_t *pkg = NULL;
	ota_err err = OTA_ERR_INIT;

	if (forge_pack(&pkg, len, ctx, yaml, files, n, &err) != OTA_OK) {
		fprintf(stderr, "forge: %s\n", err.msg);
		abort();
	}
	forge_sign(pkg, ctx);
	return pkg;
}

/* ---- parts ---- */

static bool replace(struct forge *f, size_t from_off, const char *from, const char *to)
{
	char *at = strstr(f->json + from_off, from);
	size_t head, n = strlen(from), m = strlen(to);
	char *out;

	if (at == NULL)
		return false;
	head = (size_t)(at - f->json);
	out = malloc(f->json_len - n + m + 1);
	MUST(out != NULL);
	memcpy(out, f->json, head);
	memcpy(out + head, to, m);
	memcpy(out + head + m, at + n, f->json_len - head - n + 1);
	free(f->json);
	f->json = out;
	f->json_len = f->json_len - n + m;
	return true;
}

/* So that a longer manifest is not refused for the memory it takes. */
static void be_generous(struct forge *f)
{
	char *at = strstr(f->json, "\"resources\":{");
	char was[40];

	MUST(at != NULL);
	at = strstr(at, "\"ram\":");
	MUST(at != NULL);
	snprintf(was, sizeof(was), "\"ram\":%zu", (size_t)strtoull(at + 6, NULL, 10));
	MUST(replace(f, (size_t)(at - f->json), was, "\"ram\":99999999"));
}

void forge_init(struct forge *f, const ota_ctx *ctx, const uint8_t *pkg, size_t len)
{
	*f = (struct forge){.ctx = ctx};
	MUST(header_parse(&f->h, pkg, len, NULL) == OTA_OK && f->h.file_len == len);
	f->json_len = f->h.manifest_len;
	f->tables_len = size_of_u64(f->h.tables_len);
	f->data_len = size_of_u64(f->h.data_len);
	f->entry_len = chunk_entry_len(f->h.hash_alg, false);
	f->json = copy_bytes(pkg + HEADER_LEN, f->json_len);
	f->tables = (uint8_t *)copy_bytes(pkg + f->h.tab_off, f->tables_len);
	f->data = (uint8_t *)copy_bytes(pkg + f->h.data_off, f->data_len);
	be_generous(f);
}

void forge_fini(struct forge *f)
{
	free(f->json);
	free(f->tables);
	free(f->data);
	free(f->sigarea);
	free(f->line_tail);
}

void forge_json(struct forge *f, const char *from, const char *to)
{
	MUST(replace(f, 0, from, to));
}

void forge_json_from(struct forge *f, size_t off, const char *from, const char *to)
{
	MUST(replace(f, off, from, to));
}

void forge_json_all(struct forge *f, const char *from, const char *to)
{
	const char *at = strstr(f->json, from);

	MUST(at != NULL);
	while (at != NULL) {
		size_t off = (size_t)(at - f->json);

		MUST(replace(f, off, from, to));
		at = strstr(f->json + off + strlen(to), from);
	}
}

void forge_header(struct forge *f, size_t off, size_t len, uint64_t value)
{
	for (size_t i = 0; i < len; i++) {
		f->header[off + i] = lo8(value >> (8 * i));
		f->mask[off + i] = 1;
	}
}

void forge_table(struct forge *f, size_t off, size_t len, uint64_t value)
{
	MUST(off + len <= f->tables_len);
	for (size_t i = 0; i < len; i++)
		f->tables[off + i] = lo8(value >> (8 * i));
}

/* ---- sealing ---- */

static void put_hash(struct forge *f, char *hex, const uint8_t *p, size_t len)
{
	char text[2 * DIGEST_MAX + 1];
	struct digest d;

	MUST(hash_bytes(&d, f->ctx, f->h.hash_alg, p, len, NULL) == OTA_OK);
	digest_hex(text, &d);
	if (strspn(hex, "0123456789abcdef") == strlen(text))
		memcpy(hex, text, strlen(text));
}

/* Follows "chunks" and "table_hash" of the sections as they stand, bent or not. */
static void rehash(struct forge *f)
{
	static const char chunks_key[] = "\"chunks\":";
	char *at = strstr(f->json, "\"sections\":");
	char *whole = strstr(f->json, "\"payload_hash\":\"");
	size_t off = 0;

	for (at = at != NULL ? strstr(at, chunks_key) : NULL; at != NULL;
		at = strstr(at, chunks_key)) {
		uint64_t chunks = strtoull(at + strlen(chunks_key), NULL, 10);
		char *hash = strstr(at, "\"table_hash\":\"");
		size_t e = f->entry_len;

		if (hash == NULL || chunks > 1000 || off + chunks * e > f->tables_len)
			break;
		put_hash(f, hash + strlen("\"table_hash\":\""), f->tables + off, chunks * e);
		off += chunks * e;
		at = hash;
	}
	if (whole != NULL)
		put_hash(f, whole + strlen("\"payload_hash\":\""), f->tables, f->tables_len);
}

static void make_header(struct forge *f, uint8_t *out)
{
	ota_header h = f->h;

	h.manifest_len = u32_of_u64(f->json_len);
	h.tables_len = f->tables_len;
	h.data_len = f->data_len;
	MUST(header_layout(&h));
	f->h = h;
	header_write(out, &h);
	for (size_t i = 0; i < HEADER_LEN; i++)
		if (f->mask[i])
			out[i] = f->header[i];
	if (f->mask[124] == 0)
		store_le32(out + 124, crc32_of(out, 124) ^ (f->bad_crc ? 1U : 0U));
}

static void put_signatures(struct forge *f, uint8_t *pkg, size_t len)
{
	size_t mlen = load_le32(pkg + 24);
	char *line;

	/* The reader's view of what is signed, as far as the file goes. */
	if (mlen > len - HEADER_LEN)
		mlen = f->json_len;
	line = f->sigarea != NULL ? copy_bytes(f->sigarea, strlen(f->sigarea))
				  : forge_line_as(f->ctx, pkg, HEADER_LEN + mlen, &f->sig);
	MUST(strlen(line) <= f->h.sig_cap);
	memcpy(pkg + f->h.sig_off, line, strlen(line));
	if (f->line_tail != NULL) {
		MUST(strlen(line) + strlen(f->line_tail) <= f->h.sig_cap);
		memcpy(pkg + f->h.sig_off + strlen(line), f->line_tail, strlen(f->line_tail));
	}
	free(line);
}

uint8_t *forge_seal(size_t *len, struct forge *f)
{
	uint8_t header[HEADER_LEN];
	uint8_t *pkg;

	if (!f->keep_hashes)
		rehash(f);
	make_header(f, header);
	*len = size_of_u64(f->h.file_len + f->tail);
	pkg = malloc(*len);
	MUST(pkg != NULL);
	memset(pkg, f->pad, *len);
	memcpy(pkg, header, sizeof(header));
	memcpy(pkg + HEADER_LEN, f->json, f->json_len);
	memset(pkg + f->h.sig_off, 0, f->h.sig_cap);
	memcpy(pkg + f->h.tab_off, f->tables, f->tables_len);
	memcpy(pkg + f->h.data_off, f->data, f->data_len);
	put_signatures(f, pkg, *len);
	return pkg;
}

/* ---- a pipe ---- */

struct pipe {
	ota_source base;
	const uint8_t *p;
	size_t len, pos;
};

static ota_status pipe_read(ota_source *s, void *buf, size_t cap, size_t *n, ota_err *err)
{
	struct pipe *p = (struct pipe *)s;

	(void)err;
	*n = min_size(cap, p->len - p->pos);
	if (*n > 0)
		memcpy(buf, p->p + p->pos, *n);
	p->pos += *n;
	return OTA_OK;
}

static void pipe_close(ota_source *s)
{
	free(s);
}

ota_source *forge_pipe(const void *p, size_t len)
{
	static const ota_source_ops ops = {sizeof(ops), pipe_read, NULL, NULL, pipe_close};
	struct pipe *out = calloc(1, sizeof(*out));

	MUST(out != NULL);
	*out = (struct pipe){.base.ops = &ops, .p = p, .len = len};
	return &out->base;
}
