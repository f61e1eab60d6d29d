/* SPDX-License-Identifier: MIT */
/* Edits of header, signature area, tables and data, and of the sealed bytes. */
#include "edits.h"

#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <codec/codec.h>
#include <crypto/hash.h>
#include <package/header.h>
#include <package/table.h>

/* ---- the header: formats/otap.md section 1 ---- */

static const struct place_of {
	const char *name;
	size_t off, len;
} fields[] = {{"major", 8, 2}, {"minor", 10, 2}, {"header_len", 12, 2}, {"hash_alg", 14, 2},
	{"crit_flags", 16, 4}, {"opt_flags", 20, 4}, {"manifest_len", 24, 4}, {"sig_cap", 28, 4},
	{"tables_len", 32, 8}, {"data_len", 40, 8}, {"align_log2", 48, 1}, {"crc32", 124, 4}};

static uint64_t field_was(const struct forge *f, const char *name)
{
	if (strcmp(name, "manifest_len") == 0)
		return f->json_len;
	if (strcmp(name, "tables_len") == 0)
		return f->tables_len;
	if (strcmp(name, "data_len") == 0)
		return f->data_len;
	if (strcmp(name, "sig_cap") == 0)
		return f->h.sig_cap;
	return strcmp(name, "align_log2") == 0 ? f->h.align_log2 : 0;
}

static void head(struct forge *f, struct edit_env *env, char **arg)
{
	size_t i = 0;

	(void)env;
	while (i < sizeof(fields) / sizeof(fields[0]) && strcmp(fields[i].name, arg[0]) != 0)
		i++;
	MUST(i < sizeof(fields) / sizeof(fields[0]));
	forge_header(f, fields[i].off, fields[i].len, edit_number(arg[1], field_was(f, arg[0])));
}

static void head_byte(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	forge_header(f, edit_number(arg[0], 0), 1, edit_number(arg[1], 0));
}

/* Another size of the signature area, and the file laid out by it. */
static void cap(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	f->h.sig_cap = u32_of_u64(edit_number(arg[0], f->h.sig_cap));
}

static void crc(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	(void)arg;
	f->bad_crc = true;
}

static void pad(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	f->pad = lo8(edit_number(arg[0], 0));
}

static void tail(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	f->tail = edit_number(arg[0], 0);
}

/* ---- signatures ---- */

static unsigned says_at(const char *name)
{
	unsigned i = 0;

	while (i < SAY_END && strcmp(forge_says[i], name) != 0)
		i++;
	MUST(i < SAY_END);
	return i;
}

static void say(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	f->sig.line[says_at(arg[0])] = arg[1];
}

static void sign(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	f->sig.text[says_at(arg[0])] = arg[1];
}

static void other_key(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	(void)arg;
	f->sig.other = true;
}

static void own_key(struct forge *f, struct edit_env *env, char **arg)
{
	other_key(f, env, arg);
	f->sig.own = true;
}

/* The line that seals f as it is now, without its LF. */
static char *line_now(struct forge *f)
{
	size_t len;
	uint8_t *whole = forge_seal(&len, f);
	char *line = forge_line_as(f->ctx, whole, HEADER_LEN + f->json_len, &f->sig);

	line[strlen(line) - 1] = '\0';
	free(whole);
	return line;
}

/* $S is a line as it would be, $K the key id, $0 64 zeros, $A 12 300 times A; %XX a byte. */
static void area(struct forge *f, struct edit_env *env, char **arg)
{
	static const char zeros[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	char *line = line_now(f), *out = calloc(1, 65537), *to = out, id[65];
	char *much = calloc(1, 12301);

	(void)env;
	MUST(out != NULL && much != NULL);
	memset(much, 'A', 12300);
	forge_keyid(f->ctx, id);
	for (const char *p = arg[0]; *p != '\0'; p++) {
		const char *words[] = {line, id, zeros, much};
		const char *which = p[0] == '$' ? strchr("SK0A", p[1]) : NULL;
		char hex[3] = {p[0] == '%' ? p[1] : '0', p[0] == '%' ? p[2] : '0', '\0'};

		MUST(to - out < 40000);
		if (which != NULL)
			to = stpcpy(to, words[which - "SK0A"]);
		else
			*to++ = p[0] == '%' ? (char)strtoul(hex, NULL, 16) : p[0];
		p += which != NULL ? 1 : p[0] == '%' ? 2 : 0;
	}
	f->sigarea = out;
	free(much);
	free(line);
}

static void more_lines(struct forge *f, struct edit_env *env, char **arg)
{
	unsigned n = (unsigned)edit_number(arg[0], 0);
	char *out = calloc(1, 128U * n + 1), *to = out;

	(void)env;
	MUST(out != NULL);
	while (n-- > 0)
		to = stpcpy(to, "otap-sig-v1 ed25519 "
				"00000000000000000000000000000000"
				"00000000000000000000000000000000 0 AAAA\n");
	f->line_tail = out;
}

/* ---- tables and data ---- */

static uint8_t *entry_at(struct forge *f, uint64_t i)
{
	MUST((i + 1) * f->entry_len <= f->tables_len);
	return f->tables + i * f->entry_len;
}

static void entry(struct forge *f, struct edit_env *env, char **arg)
{
	static const struct place_of parts[] = {{"stored_len", 0, 4}, {"raw_len", 4, 4},
		{"flags", 8, 4}, {"reserved", 12, 4}, {"hash", 16, 1}, {"raw_hash", 48, 1}};
	uint8_t *e = entry_at(f, edit_number(arg[0], 0));
	size_t i = 0;
	uint64_t was;

	(void)env;
	while (i < sizeof(parts) / sizeof(parts[0]) && strcmp(parts[i].name, arg[1]) != 0)
		i++;
	MUST(i < sizeof(parts) / sizeof(parts[0]) && parts[i].off < f->entry_len);
	was = parts[i].len == 4 ? load_le32(e + parts[i].off) : e[parts[i].off];
	forge_table(
		f, (size_t)(e - f->tables) + parts[i].off, parts[i].len, edit_number(arg[2], was));
}

static void swap_entries(struct forge *f, struct edit_env *env, char **arg)
{
	uint8_t was[2 * (16 + DIGEST_MAX)];
	uint8_t *a = entry_at(f, edit_number(arg[0], 0)), *b = entry_at(f, edit_number(arg[1], 0));

	(void)env;
	memcpy(was, a, f->entry_len);
	memcpy(a, b, f->entry_len);
	memcpy(b, was, f->entry_len);
}

/* Where chunk i's bytes are: sections begin at multiples of the alignment. */
static uint8_t *chunk_at(struct forge *f, uint64_t i, size_t *len)
{
	size_t off = 0, step = (size_t)1 << f->h.align_log2;
	const char *at = strstr(f->json, "\"sections\":");
	uint64_t left = 0;

	for (uint64_t k = 0; k <= i; k++, left--) {
		if (left == 0) {
			at = strstr(at, "\"chunks\":");
			MUST(at != NULL);
			at += strlen("\"chunks\":");
			left = strtoull(at, NULL, 10);
			off = (off + step - 1) / step * step;
		}
		*len = load_le32(entry_at(f, k));
		off += k < i ? *len : 0;
	}
	MUST(off + *len <= f->data_len);
	return f->data + off;
}

/* Another alignment, and the data laid out by it. */
static void align(struct forge *f, struct edit_env *env, char **arg)
{
	size_t chunks = f->tables_len / f->entry_len, off = 0, len = 0;
	uint8_t to = lo8(edit_number(arg[0], 0));
	struct forge was = *f;

	(void)env;
	f->h.align_log2 = to;
	f->data = calloc(1, f->data_len + (chunks << to) + 1);
	f->data_len += chunks << to;
	MUST(f->data != NULL);
	for (uint64_t i = 0; i < chunks; i++) {
		const uint8_t *from = chunk_at(&was, i, &len);

		off = (size_t)(chunk_at(f, i, &len) - f->data);
		memcpy(f->data + off, from, len);
	}
	f->data_len = off + len;
	free(was.data);
}

void edit_small(struct forge *f)
{
	char eight[] = "3", *arg = eight;

	align(f, NULL, &arg);
	f->h.sig_cap = 256;
}

static void rehash_chunk(struct forge *f, uint64_t i)
{
	struct digest d;
	size_t len;
	uint8_t *p = chunk_at(f, i, &len);

	MUST(hash_bytes(&d, f->ctx, f->h.hash_alg, p, len, NULL) == OTA_OK);
	memcpy(entry_at(f, i) + 16, d.b, d.len);
}

/* The last byte of a chunk is at -1. */
static void data(struct forge *f, struct edit_env *env, char **arg)
{
	size_t len;
	uint8_t *p = chunk_at(f, edit_number(arg[0], 0), &len);
	size_t off = edit_number(arg[1], len);

	(void)env;
	off = arg[1][0] == '-' ? off : edit_number(arg[1], 0);
	p[off] = lo8(edit_number(arg[2], p[off])); /* a pad too */
}

static void rehash(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	rehash_chunk(f, edit_number(arg[0], 0));
}

static void swap_data(struct forge *f, struct edit_env *env, char **arg)
{
	size_t len, other;
	uint8_t *a = chunk_at(f, edit_number(arg[0], 0), &len);
	uint8_t *b = chunk_at(f, edit_number(arg[1], 0), &other);

	(void)env;
	MUST(len == other);
	for (size_t i = 0; i < len; i++) {
		uint8_t was = a[i];

		a[i] = b[i];
		b[i] = was;
	}
}

/* A number of the first section in the manifest's text. */
static void renumber(struct forge *f, const char *key, uint64_t value)
{
	char *at = strstr(f->json, "\"sections\":"), was[64], now[64];
	int n = snprintf(was, sizeof(was), "\"%s\":", key);

	at = at != NULL ? strstr(at, was) : NULL;
	MUST(at != NULL);
	snprintf(was + n, sizeof(was) - (size_t)n, "%llu", strtoull(at + n, NULL, 10));
	snprintf(now, sizeof(now), "\"%s\":%llu", key, (unsigned long long)value);
	if (strcmp(was, now) != 0)
		forge_json_from(f, (size_t)(at - f->json), was, now);
}

/* Of the first section. It stands there only where it is not the raw size. */
static void restore_size(struct forge *f, uint64_t value)
{
	static const char key[] = ",\"stored_size\":";
	char *at = strstr(strstr(f->json, "\"sections\":"), "\"raw_size\":"), *end;
	char was[96], now[96];
	unsigned long long raw = strtoull(at + 11, &end, 10);

	if (strncmp(end, key, sizeof(key) - 1) == 0)
		strtoull(end + sizeof(key) - 1, &end, 10);
	snprintf(was, sizeof(was), "%.*s", (int)(end - at), at);
	snprintf(now, sizeof(now), "\"raw_size\":%llu", raw);
	if (value != raw)
		snprintf(now + strlen(now), sizeof(now) - strlen(now), "%s%llu", key,
			(unsigned long long)value);
	if (strcmp(was, now) != 0)
		forge_json_from(f, (size_t)(at - f->json), was, now);
}

/* The bytes of the only chunk of a package of one section: hex. */
static void chunk(struct forge *f, struct edit_env *env, char **arg)
{
	size_t len = strlen(arg[0]) / 2;
	uint8_t *p = malloc(len + 1);

	(void)env;
	MUST(p != NULL && f->tables_len == f->entry_len);
	for (size_t i = 0; i < len; i++) {
		char hex[3] = {arg[0][2 * i], arg[0][2 * i + 1], '\0'};

		p[i] = lo8(strtoul(hex, NULL, 16));
	}
	free(f->data);
	f->data = p;
	f->data_len = len;
	store_le32(f->tables, u32_of_u64(len));
	restore_size(f, len);
	rehash_chunk(f, 0);
}

/* ---- smaller chunks than the packer takes ---- */

struct recut {
	struct forge *f;
	const struct block_codec *codec;
	uint32_t size;
	bool raw_hashes;
	uint8_t *data, *tables;
	size_t data_len, tables_len;
};

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* As the packer does: zeros are not stored, what does not shrink is stored raw. */
static void recut_chunk(struct recut *r, const uint8_t *raw, size_t len)
{
	struct chunk c = {.raw_len = u32_of_u64(len), .flags = CHUNK_RAW};
	uint8_t *to = r->data + r->data_len;
	size_t stored = len;
	struct wr w;

	if (r->codec->encode != NULL)
		MUST(r->codec->encode(r->f->ctx, to, r->codec->bound(len), &stored, raw, len,
			     r->size, NULL) == OTA_OK);
	if (r->codec->encode != NULL && stored < len)
		c.flags = 0;
	else
		memcpy(to, raw, len);
	if (r->codec->encode != NULL && all_zero(raw, len))
		c.flags = CHUNK_ZERO;
	c.stored_len = c.flags == CHUNK_ZERO ? 0 : u32_of_u64(c.flags == 0 ? stored : len);
	MUST(hash_bytes(&c.stored, r->f->ctx, r->f->h.hash_alg, to, c.stored_len, NULL) == OTA_OK);
	if (r->raw_hashes)
		MUST(hash_bytes(&c.raw, r->f->ctx, r->f->h.hash_alg, raw, len, NULL) == OTA_OK);
	wr_init(&w, r->tables + r->tables_len, r->f->entry_len);
	chunk_write(&w, &c);
	MUST(wr_ok(&w));
	r->tables_len += r->f->entry_len;
	r->data_len += c.stored_len;
}

/* SIZE [raw]: the only chunk of a package of one section, cut anew; with hashes of raw chunks. */
static void recut(struct forge *f, struct edit_env *env, char **arg)
{
	size_t len = load_le32(f->tables + 4), n;
	struct recut r = {.f = f, .size = (uint32_t)strtoul(arg[0], NULL, 10)};
	uint8_t *raw = malloc(len);
	char *name = strstr(strstr(f->json, "\"sections\":"), "\"compression\":\"") + 15;

	(void)env;
	MUST(raw != NULL && f->tables_len == f->entry_len);
	r.raw_hashes = strstr(arg[0], "raw") != NULL;
	r.codec = codec_by_id(name[0] == 'n' ? CODEC_NONE : name[0] == 'x' ? CODEC_XZ : CODEC_ZSTD);
	if (load_le32(f->tables + 8) == CHUNK_RAW)
		memcpy(raw, f->data, len);
	else
		MUST(r.codec->decode(f->ctx, raw, len, f->data, f->data_len, 1U << 20U, NULL) ==
			OTA_OK);
	n = (len + r.size - 1) / r.size;
	f->entry_len = chunk_entry_len(f->h.hash_alg, r.raw_hashes);
	r.tables = calloc(n, f->entry_len);
	r.data = calloc(n + 1, 2 * (size_t)r.size + 4096);
	MUST(r.tables != NULL && r.data != NULL);
	for (size_t off = 0; off < len; off += r.size)
		recut_chunk(&r, raw + off, min_size(r.size, len - off));
	free(raw);
	free(f->data);
	free(f->tables);
	f->data = r.data;
	f->data_len = r.data_len;
	f->tables = r.tables;
	f->tables_len = r.tables_len;
	renumber(f, "chunk_size", r.size);
	renumber(f, "chunks", n);
	restore_size(f, r.data_len);
	if (r.raw_hashes)
		forge_json(f, "\"raw_size\"", "\"raw_hashes\":true,\"raw_size\"");
}

static void tables_of(struct forge *f, struct edit_env *env, char **arg)
{
	struct forge other;

	env->base(env->arg, &other, arg[0]);
	MUST(other.tables_len == f->tables_len);
	memcpy(f->tables, other.tables, f->tables_len);
	forge_fini(&other);
}

static void keep(struct forge *f, struct edit_env *env, char **arg)
{
	(void)env;
	(void)arg;
	f->keep_hashes = true;
}

/* ---- after sealing ---- */

/* manifest, sigarea, tables, data, end, or a number. */
static size_t place(const struct edit_env *env, const char *text, size_t *used)
{
	const struct {
		const char *name;
		uint64_t at;
	} places[] = {{"manifest", HEADER_LEN}, {"json-end", HEADER_LEN + env->h.manifest_len},
		{"sigarea", env->h.sig_off}, {"tables", env->h.tab_off}, {"data", env->h.data_off},
		{"end", env->h.file_len}};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		*used = strlen(places[i].name);
		if (strncmp(text, places[i].name, *used) == 0)
			return size_of_u64(places[i].at);
	}
	*used = 0;
	return size_of_u64(edit_number(text, 0));
}

static size_t place_off(const struct edit_env *env, const char *text)
{
	size_t used, at = place(env, text, &used);

	return used > 0 && text[used] != '\0' ? edit_number(text + used, at) : at;
}

static void cut(struct forge *f, struct edit_env *env, char **arg)
{
	(void)f;
	MUST(place_off(env, arg[0]) < env->len);
	env->len = place_off(env, arg[0]);
}

static void poke(struct forge *f, struct edit_env *env, char **arg)
{
	size_t at = place_off(env, arg[0]);

	(void)f;
	MUST(at < env->len);
	env->sealed[at] = lo8(edit_number(arg[1], env->sealed[at]));
}

const struct edit byte_edits[] = {
	{"head", 2, false, head},
	{"head-byte", 2, false, head_byte},
	{"cap", 1, false, cap},
	{"align", 1, false, align},
	{"crc", 0, false, crc},
	{"pad", 1, false, pad},
	{"tail", 1, false, tail},
	{"say", 2, false, say},
	{"sign", 2, false, sign},
	{"other-key", 0, false, other_key},
	{"own-key", 0, false, own_key},
	{"area", 1, false, area},
	{"more-lines", 1, false, more_lines},
	{"entry", 3, false, entry},
	{"swap-entries", 2, false, swap_entries},
	{"data", 3, false, data},
	{"rehash", 1, false, rehash},
	{"swap-data", 2, false, swap_data},
	{"chunk", 1, false, chunk},
	{"recut", 1, false, recut},
	{"tables-of", 1, false, tables_of},
	{"keep-hashes", 0, false, keep},
	{"cut", 1, true, cut},
	{"poke", 2, true, poke},
	{0},
};
