/* SPDX-License-Identifier: MIT */
/*
 * Correctly signed packages with one thing wrong: only the rule named in the
 * row can refuse them. A row that wants OTA_E_NONE proves that the forger's
 * signature is good and the rule not too strict.
 */
#include <unit.h>

#include <base/bits.h>
#include <crypto/hash.h>
#include <forge/sample.h>

#define ZEROS64 "0000000000000000000000000000000000000000000000000000000000000000"

/* ---- rows on the manifest ---- */

static const struct json_row {
	const char *from, *to;
	ota_id want;
} json_rows[] = {
	{"\"format\"", "\"format\"", OTA_E_NONE},
	{"\"version\":\"2.4.0\"}", "\"version\":\"2.4.0\",\"x-ticket\":\"FW-991\"}", OTA_E_NONE},
	/* strict JSON */
	{"{\"components\"", "[\"components\"", OTA_E_JSON},
	{"\"spec\":\"1.0\"", "\"spec\":\"1.0\",\"spec\":\"1.0\"", OTA_E_JSON},
	{"\"security_counter\":7", "\"security_counter\":7.0", OTA_E_JSON},
	{"\"security_counter\":7", "\"security_counter\":07", OTA_E_JSON},
	{"\"security_counter\":7", "\"security_counter\":-0", OTA_E_JSON},
	{"\"security_counter\":7", "\"security_counter\":7e0", OTA_E_JSON},
	{"\"security_counter\":7", "\"security_counter\":9007199254740992", OTA_E_JSON},
	{"\"version\":\"2.4.0\"}", "\"version\":\"2.4.0\"}}", OTA_E_JSON},
	{"\"version\":\"2.4.0\"}", "\"version\":\"2.4.0\"} ", OTA_E_CANON},
	{"\"version\":\"2.4.0\"}", "\"version\":\"2.4.0\"", OTA_E_JSON},
	{"\"version\":\"2.4.0\"}", "\"version\":\"2.4.0\",}", OTA_E_JSON},
	{"{\"components\"", "\xef\xbb\xbf{\"components\"", OTA_E_JSON},
	{"\"gw-100\"", "\"gw-\xff\"", OTA_E_JSON},
	{"\"gw-100\"", "\"gw-\\u0000\"", OTA_E_JSON},
	/* one canonical form */
	{"{\"components\"", "{ \"components\"", OTA_E_CANON},
	{"\"spec\":\"1.0\",\"version\":\"2.4.0\"", "\"version\":\"2.4.0\",\"spec\":\"1.0\"",
		OTA_E_CANON},
	{"\"gw-100\"", "\"gw\\u002d100\"", OTA_E_CANON},
	{"\"gw-100\"", "\"gw\\/100\"", OTA_E_CANON},
	/* one form of each meaning */
	{"\"target\":{", "\"slot\":\"ab\",\"target\":{", OTA_E_MANIFEST},
	{"\"security_counter\":7,\"signatures\":\"compact\"",
		"\"security_counter\":7,\"signatures\":\"roomy\"", OTA_E_MANIFEST},
	{"\"spec\":\"1.0\",",
		"\"spec\":\"1.0\",\"steps\":[{\"component\":\"rootfs\",\"op\":\"write\"},"
		"{\"component\":\"rootfs\",\"op\":\"verify\"},{\"op\":\"switch-slot\",\"tries\":3},"
		"{\"op\":\"reboot\"},{\"name\":\"default\",\"op\":\"health-check\",\"retries\":2,"
		"\"timeout\":120},"
		"{\"op\":\"commit\"}],",
		OTA_E_MANIFEST},
	/* fields */
	{"\"product\":", "\"prodict\":\"a\",\"product\":", OTA_E_MANIFEST},
	{"\"product\":\"gw-100\",", "", OTA_E_MANIFEST},
	{"\"gw-100\"", "\"GW-100\"", OTA_E_MANIFEST},
	{"\"gw-100\"", "\"../gw\"", OTA_E_MANIFEST},
	{"\"gw-100\"", "7", OTA_E_MANIFEST},
	{"\"gw-100\"", "null", OTA_E_MANIFEST},
	{"\"2.4.0\"", "\"2.4\"", OTA_E_MANIFEST},
	{"\"2.4.0\"", "\"2.4.0 \"", OTA_E_MANIFEST},
	{"\"security_counter\":7", "\"security_counter\":0", OTA_E_MANIFEST},
	{"\"security_counter\":7", "\"security_counter\":-1", OTA_E_MANIFEST},
	{"\"security_counter\":7", "\"security_counter\":2147483649", OTA_E_MANIFEST},
	{"\"security_counter\":7", "\"security_counter\":\"7\"", OTA_E_MANIFEST},
	{"\"otap-manifest\"", "\"otap-manifesto\"", OTA_E_MANIFEST},
	{"\"1.0\"", "\"2.0\"", OTA_E_VERSION_FMT},
	{"\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00\"", OTA_E_MANIFEST},
	{"\"2026-01-01T00:00:00Z\"", "\"2026-02-30T00:00:00Z\"", OTA_E_MANIFEST},
	{"\"format\"", "\"critical\":[\"x-new\"],\"format\"", OTA_E_CRITICAL},
	/* digests are whole or nothing (CVE-2020-7982) */
	{"\"target\":{\"hash\":\"4399", "\"target\":{\"hash\":\" 399", OTA_E_MANIFEST},
	{"\"target\":{\"hash\":\"4399", "\"target\":{\"hash\":\"439", OTA_E_MANIFEST},
	{"\"target\":{\"hash\":\"4399", "\"target\":{\"hash\":\"43990", OTA_E_MANIFEST},
	{"\"target\":{\"hash\":\"4399", "\"target\":{\"hash\":\"A399", OTA_E_MANIFEST},
	{"\"source\":{\"hash\":\"bc2d", "\"source\":{\"hash\":\"bc2", OTA_E_MANIFEST},
	{"\"security_counter\":7", "\"hash\":\"sha512\",\"security_counter\":7", OTA_E_CANON},
	{"\"payload_hash\":\"", "\"hash\":\"sha512\",\"payload_hash\":\"", OTA_E_MANIFEST},
	/* sections */
	{"\"section\":1", "\"section\":0", OTA_E_MANIFEST},
	{"\"section\":1", "\"section\":2", OTA_E_MANIFEST},
	{"\"section\":1", "\"section\":256", OTA_E_MANIFEST},
	{"\"chunk_size\":4096,\"chunks\":1", "\"chunk_size\":4096,\"chunks\":2", OTA_E_MANIFEST},
	{"\"chunk_size\":4096,\"chunks\":1", "\"chunk_size\":4097,\"chunks\":1", OTA_E_MANIFEST},
	{"\"chunk_size\":4096,\"chunks\":1", "\"chunk_size\":0,\"chunks\":1", OTA_E_MANIFEST},
	{"\"chunk_size\":4096,\"chunks\":1", "\"chunk_size\":2048,\"chunks\":1", OTA_E_MANIFEST},
	{"\"chunk_size\":4096,\"chunks\":1", "\"chunk_size\":33554432,\"chunks\":1",
		OTA_E_MANIFEST},
	{"\"chunk_size\":1048576", "\"chunk_size\":524288", OTA_E_MANIFEST},
	{"\"chunks\":2", "\"chunks\":3", OTA_E_MANIFEST},
	{"\"chunks\":2", "\"chunks\":16385", OTA_E_MANIFEST},
	{"\"chunks\":2", "\"chunks\":0", OTA_E_MANIFEST},
	{"\"compression\":\"none\"", "\"compression\":\"xz\"", OTA_E_MANIFEST},
	{"\"compression\":\"xz\"", "\"compression\":\"lzma\"", OTA_E_MANIFEST},
	{"\"compression\":\"xz\"", "\"compression\":\"none\"", OTA_E_MANIFEST},
	{"\"raw_size\":1056768,\"stored", "\"raw_size\":1056769,\"stored", OTA_E_MANIFEST},
	{"\"raw_size\":162,\"stored_size\":162", "\"raw_size\":163,\"stored_size\":162",
		OTA_E_MANIFEST},
	{"\"raw_size\":162,\"stored_size\":162", "\"raw_size\":161,\"stored_size\":161",
		OTA_E_SUMS},
	{"\"raw_size\":162,\"stored_size\":162", "\"raw_size\":170,\"stored_size\":170",
		OTA_E_SUMS},
	{"\"stored_size\":2", "\"stored_size\":3", OTA_E_SUMS},
	{"\"stored_size\":2", "\"stored_size\":9999992", OTA_E_MANIFEST},
	{"\"compression\":\"xz\",", "\"compression\":\"xz\",\"raw_hashes\":true,", OTA_E_SUMS},
	{"\"compression\":\"xz\",", "\"compression\":\"xz\",\"encrypted\":true,", OTA_E_MANIFEST},
	{"\"size\":1056768}}],\"created\"", "\"size\":1056769}}],\"created\"", OTA_E_MANIFEST},
	{"\"codec\":\"bsdiff\"", "\"codec\":\"otad\"", OTA_E_MANIFEST},
	{"\"codec\":\"bsdiff\",", "", OTA_E_MANIFEST},
	{"\"kind\":\"delta\"", "\"kind\":\"full\"", OTA_E_MANIFEST},
	{"\"kind\":\"full\"", "\"kind\":\"present\"", OTA_E_MANIFEST},
	{",\"section\":1}", "}", OTA_E_MANIFEST},
	{"\"name\":\"rootfs\"", "\"name\":\"../../etc\"", OTA_E_MANIFEST},
	{"\"name\":\"rootfs\"", "\"name\":\"\"", OTA_E_MANIFEST},
	/* memory */
	{"\"ram\":99999999", "\"ram\":100", OTA_E_RESOURCES},
	{"\"ram\":3407872", "\"ram\":3407871", OTA_E_RESOURCES},
	{"\"ram\":3407872,", "", OTA_E_RESOURCES},
	{"\"resources\":{", "\"resources\":{\"cpu\":1,", OTA_E_MANIFEST},
	/* powers that one key does not give */
	{"{\"components\"", "{\"allow_downgrade\":true,\"components\"", OTA_E_SCOPE},
	{"\"target\":{", "\"slot\":\"single\",\"target\":{", OTA_E_SCOPE},
	{"\"spec\":\"1.0\",",
		"\"spec\":\"1.0\",\"steps\":[{\"component\":\"rootfs\",\"op\":\"write\"},"
		"{\"component\":\"rootfs\",\"op\":\"verify\"},{\"name\":\"ota_rel\",\"op\":\"set-"
		"env\","
		"\"value\":\"2\"},{\"op\":\"switch-slot\",\"tries\":3},{\"op\":\"reboot\"},{"
		"\"name\":\"default\","
		"\"op\":\"health-check\",\"retries\":2,\"timeout\":120},{\"op\":\"commit\"}],",
		OTA_E_SCOPE},
	{"\"spec\":\"1.0\",",
		"\"spec\":\"1.0\",\"steps\":[{\"component\":\"rootfs\",\"op\":\"write\"}],",
		OTA_E_MANIFEST},
	{"\"spec\":\"1.0\",", "\"spec\":\"1.0\",\"steps\":[],", OTA_E_MANIFEST},
};

/* ---- rows on the header; offsets of formats/otap.md section 1 ---- */

static const struct head_row {
	size_t off, len;
	uint64_t value;
	bool add; /* value is added to what is there */
	ota_id want;
} head_rows[] = {
	{10, 2, 1, false, OTA_E_NONE},
	{10, 2, 65535, false, OTA_E_NONE},
	{20, 4, 0xffffffff, false, OTA_E_NONE},
	{0, 1, 0x88, false, OTA_E_MAGIC},
	{7, 1, 0x0a, false, OTA_E_MAGIC},
	{8, 2, 0, false, OTA_E_VERSION_FMT},
	{8, 2, 2, false, OTA_E_VERSION_FMT},
	{12, 2, 127, false, OTA_E_HEADER},
	{12, 2, 129, false, OTA_E_HEADER},
	{14, 2, 0, false, OTA_E_ALG},
	{14, 2, 2, false, OTA_E_SUMS},
	{14, 2, 3, false, OTA_E_SUMS},
	{14, 2, 4, false, OTA_E_ALG},
	{14, 2, 0x101, false, OTA_E_ALG},
	{16, 4, 1, false, OTA_E_FEATURE},
	{16, 4, 2, false, OTA_E_FLAGS},
	{16, 4, 0x80000000, false, OTA_E_FLAGS},
	{24, 4, 0, false, OTA_E_HEADER},
	{24, 4, 1, false, OTA_E_HEADER},
	{24, 4, 1, true, OTA_E_JSON},
	{24, 4, UINT32_MAX, true, OTA_E_PAD}, /* − 1 */
	{24, 4, (1U << 20U) + 1, false, OTA_E_LIMIT},
	{24, 4, UINT32_MAX, false, OTA_E_LIMIT},
	{24, 4, 1U << 20U, false, OTA_E_TRUNCATED},
	{28, 4, 0, false, OTA_E_HEADER},
	{28, 4, 248, false, OTA_E_HEADER},
	{28, 4, 257, false, OTA_E_HEADER},
	{28, 4, 264, false, OTA_E_SIG_SPOILED},
	{28, 4, 65536, false, OTA_E_TRUNCATED},
	{28, 4, 65544, false, OTA_E_LIMIT},
	{32, 8, 0, false, OTA_E_SUMS},
	{32, 8, 1, false, OTA_E_HEADER},
	{32, 8, 47, false, OTA_E_HEADER},
	{32, 8, 1, true, OTA_E_SUMS},
	{32, 8, UINT64_MAX, true, OTA_E_SUMS},
	{32, 8, 64U << 20U, false, OTA_E_SUMS},
	{32, 8, (64U << 20U) + 1, false, OTA_E_LIMIT},
	{32, 8, UINT64_MAX, false, OTA_E_LIMIT},
	{40, 8, 0, false, OTA_E_SUMS},
	{40, 8, 1, true, OTA_E_SUMS},
	{40, 8, UINT64_MAX, true, OTA_E_SUMS},
	{40, 8, UINT64_C(1) << 31U, false, OTA_E_SUMS},
	{40, 8, UINT64_C(1) << 32U, false, OTA_E_SUMS},
	{40, 8, UINT64_C(1) << 48U, false, OTA_E_SUMS},
	{40, 8, (UINT64_C(1) << 48U) + 1, false, OTA_E_LIMIT},
	{40, 8, UINT64_MAX, false, OTA_E_LIMIT},
	{48, 1, 17, false, OTA_E_HEADER},
	{48, 1, 255, false, OTA_E_HEADER},
	{48, 1, 9, false, OTA_E_HEADER},
	{49, 1, 1, false, OTA_E_HEADER},
	{123, 1, 128, false, OTA_E_HEADER},
	{124, 4, 0, false, OTA_E_CRC},
};

/* ---- rows on the tables: entry 0 the delta, 1 the zero chunk, 2 the last chunk ---- */

#define E0 0U
#define E1 48U
#define E2 96U

static const struct table_row {
	size_t off, len;
	uint64_t value;
	ota_id want;
} table_rows[] = {
	{E0 + 8, 4, 0, OTA_E_TABLE},
	{E0 + 8, 4, 2, OTA_E_TABLE},
	{E0 + 8, 4, 3, OTA_E_TABLE},
	{E0 + 8, 4, 5, OTA_E_TABLE},
	{E0 + 12, 4, 1, OTA_E_TABLE},
	{E0, 4, 161, OTA_E_TABLE},
	{E0 + 4, 4, 163, OTA_E_TABLE},
	{E0 + 4, 4, 0, OTA_E_TABLE},
	{E0 + 4, 4, 4097, OTA_E_TABLE},
	{E1 + 8, 4, 0, OTA_E_TABLE},
	{E1 + 8, 4, 1, OTA_E_TABLE},
	{E1 + 8, 4, 3, OTA_E_TABLE},
	{E1 + 8, 4, 0x80000002, OTA_E_TABLE},
	{E1 + 12, 4, 0x01000000, OTA_E_TABLE},
	{E1, 4, 1, OTA_E_TABLE},
	{E1 + 4, 4, 0, OTA_E_TABLE},
	{E1 + 4, 4, 4096, OTA_E_TABLE},
	{E1 + 4, 4, SAMPLE_CHUNK + 1, OTA_E_TABLE},
	{E1 + 4, 4, UINT32_MAX, OTA_E_TABLE},
	{E1 + 16, 1, 0, OTA_E_TABLE},
	{E2, 4, 0, OTA_E_TABLE},
	{E2, 4, 77, OTA_E_SUMS},
	{E2, 4, 78, OTA_E_SUMS},
	{E2, 4, 8192, OTA_E_TABLE},
	{E2, 4, UINT32_MAX, OTA_E_TABLE},
	{E2 + 4, 4, 8191, OTA_E_SUMS},
	{E2 + 4, 4, 8193, OTA_E_SUMS},
	{E2 + 8, 4, 1, OTA_E_TABLE},
	{E2 + 8, 4, 2, OTA_E_TABLE},
	{E2 + 16, 1, 0x00, OTA_E_HASH_CHUNK},
};

/* ---- rows on the signature area; %K is the forger's key id, %S a good line without its LF ---- */

static const struct sig_row {
	const char *area;
	ota_id want;
} sig_rows[] = {
	{"%S\n", OTA_E_NONE},
	{"", OTA_E_UNSIGNED},
	{"%S", OTA_E_SIG_SPOILED},
	{"\n", OTA_E_SIG_SPOILED},
	{"%S\n\n", OTA_E_SIG_SPOILED},
	{"%S \n", OTA_E_SIG_SPOILED},
	{"%S\r\n", OTA_E_SIG_SPOILED},
	{" %S\n", OTA_E_SIG_SPOILED},
	{"%S\nx", OTA_E_SIG_SPOILED},
	{"%S more\n", OTA_E_SIG_BAD},
	{"%S more  words\n", OTA_E_SIG_SPOILED},
	{"%S more \n", OTA_E_SIG_SPOILED},
	{"%S m\xc3\xa4h\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v2 ed25519 %K 0 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 0 \n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 0\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 0 AAAA\n", OTA_E_SIG_BAD},
	{"otap-sig-v1 ed25519 %K 0 AAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 0 AAB=\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 0 AA-_\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 00 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K -1 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 %K 9007199254740992 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 Ed25519 %K 0 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1  %K 0 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 " ZEROS64 " 0 AAAA\n", OTA_E_SIG_UNKNOWN},
	{"otap-sig-v1 ed25519 0" ZEROS64 " 0 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ed25519 ABC 0 AAAA\n", OTA_E_SIG_SPOILED},
	{"otap-sig-v1 ecdsa-sha2-nistp256 %K 0 AAAA\n", OTA_E_SIG_BAD},
	{"otap-sig-v1 none %K 0 AAAA\n", OTA_E_SIG_BAD},
};

/* ---- judging ---- */

static uint8_t *pkg;
static size_t pkg_len;
static ota_trust *trust;

static void setup(void)
{
	pkg = sample_package(&pkg_len, t_ctx());
	trust = forge_trust(t_ctx());
}

static void teardown(void)
{
	ota_trust_free(trust);
	free(pkg);
}

/* Everything `verify --deep` does. */
static ota_status judge(ota_source *src, ota_err *err)
{
	ota_verify_options deep = {.size = sizeof(deep), .deep = true};
	ota_pkg *p = NULL;
	ota_status st = ota_pkg_open(&p, t_ctx(), src, trust, NULL, err);

	if (!st)
		st = ota_pkg_verify(p, &deep, NULL, err);
	ota_pkg_free(p);
	return st;
}

static void expect(struct forge *f, ota_id want, const char *what, size_t row)
{
	size_t len;
	uint8_t *bent = forge_seal(&len, f);
	ota_err err = OTA_ERR_INIT, piped = OTA_ERR_INIT;
	ota_source *src, *pipe = forge_pipe(bent, len);
	ota_status st, pst;

	ck_ok(ota_source_memory(&src, t_ctx(), bent, len, &err), &err);
	st = judge(src, &err);
	pst = judge(pipe, &piped);
	ck_assert_msg(err.id == want && (st == OTA_OK) == (want == OTA_E_NONE),
		"%s row %zu: %s (%s), wanted %s", what, row,
		err.id ? ota_id_find(err.id)->name : "accepted", err.msg,
		want ? ota_id_find(want)->name : "accepted");
	/* A pipe knows its end last: what a file shows as too short it may refuse for more. */
	ck_assert_msg(pst == st || (st != OTA_OK && pst != OTA_OK), "%s row %zu: a pipe differs",
		what, row);
	if (want != OTA_E_TRUNCATED && want != OTA_E_TRAILING)
		ck_assert_msg(piped.id == err.id, "%s row %zu: from a pipe %s (%s)", what, row,
			piped.id ? ota_id_find(piped.id)->name : "accepted", piped.msg);
	ota_source_close(pipe);
	ota_source_close(src);
	free(bent);
}

START_TEST(manifests)
{
	for (size_t i = 0; i < sizeof(json_rows) / sizeof(json_rows[0]); i++) {
		struct forge f;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		forge_json(&f, json_rows[i].from, json_rows[i].to);
		expect(&f, json_rows[i].want, json_rows[i].to, i);
		forge_fini(&f);
	}
}
END_TEST

START_TEST(headers)
{
	for (size_t i = 0; i < sizeof(head_rows) / sizeof(head_rows[0]); i++) {
		const struct head_row *r = &head_rows[i];
		uint64_t value = r->value;
		struct forge f;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		if (r->add && r->off == 24)
			value += f.json_len;
		else if (r->add)
			value += r->off == 32 ? f.tables_len : f.data_len;
		forge_header(&f, r->off, r->len, value);
		expect(&f, r->want, "header", i);
		forge_fini(&f);
	}
}
END_TEST

START_TEST(tables)
{
	for (size_t i = 0; i < sizeof(table_rows) / sizeof(table_rows[0]); i++) {
		struct forge f;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		forge_table(&f, table_rows[i].off, table_rows[i].len, table_rows[i].value);
		expect(&f, table_rows[i].want, "table", i);
		forge_fini(&f);
	}
}
END_TEST

/* Fill in %K and %S; the head is that of f as it will be sealed. */
static char *area_of(struct forge *f, const char *text)
{
	size_t len;
	uint8_t *whole = forge_seal(&len, f);
	char *line = forge_line(t_ctx(), whole, 128 + f->json_len, 0, "");
	char id[65];
	char *out = calloc(1, 4096);

	forge_keyid(t_ctx(), id);
	line[strlen(line) - 1] = '\0';
	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '%' && (p[1] == 'K' || p[1] == 'S'))
			strcat(out, *++p == 'K' ? id : line);
		else
			strncat(out, p, 1);
	}
	free(line);
	free(whole);
	return out;
}

START_TEST(signatures)
{
	for (size_t i = 0; i < sizeof(sig_rows) / sizeof(sig_rows[0]); i++) {
		struct forge f;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		f.h.sig_cap = 1024;
		f.sigarea = area_of(&f, sig_rows[i].area);
		expect(&f, sig_rows[i].want, sig_rows[i].area, i);
		forge_fini(&f);
	}
}
END_TEST

/* Transition: lines by unknown keys or of unknown algorithms do no harm beside a good one. */
START_TEST(several_lines)
{
	static const char *const areas[] = {"%S\n%S\n",
		"otap-sig-v1 ed25519 " ZEROS64 " 0 AAAA\n%S\n",
		"%S\notap-sig-v1 ml-dsa-65 " ZEROS64 " 1 AAAA a comment\n",
		"otap-sig-v1 ed25519 %K 0 AAAA\n%S\n"};

	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		struct forge f;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		f.h.sig_cap = 1024;
		f.sigarea = area_of(&f, areas[i]);
		expect(&f, OTA_E_NONE, areas[i], i);
		forge_fini(&f);
	}
}
END_TEST

/* At most 32 lines; the 33rd spoils the area. */
START_TEST(too_many_lines)
{
	for (unsigned n = 31; n <= 32; n++) {
		struct forge f;
		char *text = calloc(1, 8192);

		forge_init(&f, t_ctx(), pkg, pkg_len);
		f.h.sig_cap = 8192;
		for (unsigned i = 0; i < n; i++)
			strcat(text, "otap-sig-v1 ed25519 " ZEROS64 " 0 AAAA\n");
		f.line_tail = text;
		expect(&f, n == 31 ? OTA_E_NONE : OTA_E_SIG_SPOILED, "lines", n);
		forge_fini(&f);
	}
}
END_TEST

/* ---- rows that need a hand ---- */

static void swap_entries(struct forge *f)
{
	uint8_t e[48];

	memcpy(e, f->tables + E1, sizeof(e));
	memcpy(f->tables + E1, f->tables + E2, sizeof(e));
	memcpy(f->tables + E2, e, sizeof(e));
}

/* Another first digit of the first value of that key, whatever library made the package. */
static void other_digit(struct forge *f, const char *key)
{
	char was[40], now[40];
	const char *at = strstr(f->json, key);

	ck_assert_ptr_nonnull(at);
	snprintf(was, sizeof(was), "%s%c", key, at[strlen(key)]);
	snprintf(now, sizeof(now), "%s%c", key, at[strlen(key)] == '0' ? '1' : '0');
	forge_json(f, was, now);
}

static void other_table_hash(struct forge *f)
{
	f->keep_hashes = true;
	other_digit(f, "\"table_hash\":\"");
}

static void other_payload_hash(struct forge *f)
{
	f->keep_hashes = true;
	other_digit(f, "\"payload_hash\":\"");
}

static void other_target(struct forge *f)
{
	other_digit(f, "\"target\":{\"hash\":\"");
}

static void pads_not_zero(struct forge *f)
{
	f->pad = 1;
}

static void bytes_after_the_end(struct forge *f)
{
	f->tail = 1;
}

static void bad_crc(struct forge *f)
{
	f->bad_crc = true;
}

static void other_data(struct forge *f)
{
	f->data[f->data_len - 1] ^= 1U;
}

static size_t last_len(const struct forge *f)
{
	return load_le32(f->tables + E2);
}

/* The last chunk holds other bytes, signed as they are. */
static void resign_chunk(struct forge *f)
{
	struct digest d;
	size_t len = last_len(f);

	ck_assert_int_eq(
		hash_bytes(&d, f->ctx, HASH_SHA256, f->data + f->data_len - len, len, NULL),
		OTA_OK);
	memcpy(f->tables + E2 + 16, d.b, 32);
}

static void no_xz_stream(struct forge *f)
{
	memset(f->data + f->data_len - last_len(f), 'x', last_len(f));
	resign_chunk(f);
}

static void damaged_xz_stream(struct forge *f)
{
	f->data[f->data_len - 1000] ^= 1U;
	resign_chunk(f);
}

/* Two chunks of one section swapped, with their entries: hashes hold, the image does not. */
static void bytes_after_the_stream(struct forge *f)
{
	f->data[f->data_len - 1] = 0;
	resign_chunk(f);
}

static void section_pad(struct forge *f)
{
	/* The delta has 162 bytes, its pad 6. */
	f->data[165] = 1;
}

static const struct hand_row {
	void (*bend)(struct forge *f);
	ota_id want;
} hand_rows[] = {
	{swap_entries, OTA_E_TABLE},
	{other_table_hash, OTA_E_HASH_TABLE},
	{other_payload_hash, OTA_E_HASH_TABLE},
	{other_target, OTA_E_HASH_TARGET},
	{pads_not_zero, OTA_E_PAD},
	{section_pad, OTA_E_PAD},
	{bytes_after_the_end, OTA_E_TRAILING},
	{bad_crc, OTA_E_CRC},
	{other_data, OTA_E_HASH_CHUNK},
	{no_xz_stream, OTA_E_CHUNK},
	{damaged_xz_stream, OTA_E_CHUNK},
	{bytes_after_the_stream, OTA_E_CHUNK},
};

START_TEST(by_hand)
{
	for (size_t i = 0; i < sizeof(hand_rows) / sizeof(hand_rows[0]); i++) {
		struct forge f;

		forge_init(&f, t_ctx(), pkg, pkg_len);
		hand_rows[i].bend(&f);
		expect(&f, hand_rows[i].want, "by hand", i);
		forge_fini(&f);
	}
}
END_TEST

/* The tables of one package, correctly hashed there, in another. */
START_TEST(table_of_another_package)
{
	struct sample s;
	uint8_t *other;
	size_t len;
	struct forge f, g;

	sample_init(&s);
	s.new_[SAMPLE_CHUNK] ^= 1U;
	other = forge_signed(&len, t_ctx(), sample_yaml, s.files, 2);
	forge_init(&f, t_ctx(), pkg, pkg_len);
	forge_init(&g, t_ctx(), other, len);
	ck_assert_uint_eq(f.tables_len, g.tables_len);
	memcpy(f.tables, g.tables, f.tables_len);
	f.keep_hashes = true;
	expect(&f, OTA_E_HASH_TABLE, "another table", 0);
	forge_fini(&g);
	forge_fini(&f);
	free(other);
	sample_fini(&s);
}
END_TEST

TCase *tcase_pkg_forged(void)
{
	TCase *tc = tcase_create("pkg_forged");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, manifests);
	tcase_add_test(tc, headers);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, signatures);
	tcase_add_test(tc, several_lines);
	tcase_add_test(tc, too_many_lines);
	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, table_of_another_package);
	return tc;
}
