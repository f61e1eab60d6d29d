/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <ota/key.h>
#include <trust/keytext.h>

#define ID  "74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916"
#define PUB "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define GOOD                                                                                       \
	"otap-public-key-v1\nscheme: ed25519\nkey: " ID "\ncomment: release 2026\npublic: " PUB "\n"
#define BARE "otap-public-key-v1\nscheme: ed25519\nkey: " ID "\ncomment:\npublic: " PUB "\n"

static ota_status read_key(ota_key **out, const void *p, size_t len, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, err), err);
	st = ota_key_read(out, t_ctx(), src, err);
	ota_source_close(src);
	return st;
}

static void round_trip(const char *text)
{
	ota_err err = OTA_ERR_INIT;
	const uint8_t *p = NULL;
	ota_sink *sink = NULL;
	ota_key *k = NULL;
	size_t len = 0;

	ck_ok(read_key(&k, text, strlen(text), &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(ota_key_write(sink, k, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, &len);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_mem_eq(p, text, len);
	ota_sink_close(sink);
	ota_key_free(k);
}

START_TEST(canonical)
{
	round_trip(GOOD);
	round_trip(BARE);
}
END_TEST

START_TEST(truncations)
{
	ota_err err = OTA_ERR_INIT;
	ota_key *k = NULL;

	for (size_t len = 0; len < strlen(GOOD); len++) {
		/* Exactly len bytes, so that a sanitizer sees a read past them. */
		char *cut = malloc(len + (len == 0));

		memcpy(cut, GOOD, len);
		ck_assert_int_ne(read_key(&k, cut, len, &err), OTA_OK);
		ck_id(err, OTA_E_KEYFILE);
		ck_assert_ptr_null(k);
		free(cut);
	}
}
END_TEST

/* No changed byte gives another key; a changed comment is the only one to pass. */
START_TEST(every_byte)
{
	size_t comment = (size_t)(strstr(GOOD, "release") - GOOD);
	char text[] = GOOD;

	for (size_t i = 0; i < strlen(GOOD); i++) {
		for (unsigned mask = 1; mask < 256; mask <<= 1U) {
			ota_err err = OTA_ERR_INIT;
			ota_key *k = NULL;
			ota_status st;

			text[i] = (char)(GOOD[i] ^ (char)mask);
			st = read_key(&k, text, strlen(GOOD), &err);
			if (st == OTA_OK)
				ck_assert(i >= comment && i < comment + 12);
			ota_key_free(k);
		}
		text[i] = GOOD[i];
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *text;
		ota_id id;
	} rows[] = {
		{"", OTA_E_KEYFILE},
		{"hello\n", OTA_E_KEYFILE},
		{"otap-public-key-v2\n", OTA_E_KEYFILE},
		{"otap-secret-key-v1\nscheme: ed25519\n", OTA_E_KEY_KIND},
		{GOOD "\n", OTA_E_KEYFILE},
		{GOOD "x: y\n", OTA_E_KEYFILE},
		{"otap-public-key-v1\r\nscheme: ed25519\r\n", OTA_E_KEYFILE},
		{"otap-public-key-v1\nkey: " ID "\nscheme: ed25519\ncomment:\npublic: " PUB "\n",
			OTA_E_KEYFILE},
		{"otap-public-key-v1\nscheme: rsa\nkey: " ID "\ncomment:\npublic: " PUB "\n",
			OTA_E_ALG},
		{"otap-public-key-v1\nscheme:\nkey: " ID "\ncomment:\npublic: " PUB "\n",
			OTA_E_ALG},
		{"otap-public-key-v1\nscheme: ed25519\nkey: " ID "\ncomment: \npublic: " PUB "\n",
			OTA_E_KEYFILE},
		{"otap-public-key-v1\nscheme:  ed25519\nkey: " ID "\ncomment:\npublic: " PUB "\n",
			OTA_E_ALG},
		{"otap-public-key-v1\nscheme: ed25519\nkey: " ID "\ncomment:\npublic: AAAA\n",
			OTA_E_KEYFILE},
		{"otap-public-key-v1\nscheme: ed25519\nkey: " ID "\ncomment:\npublic: "
		 "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
			OTA_E_KEY_WEAK},
		{"otap-public-key-v1\nscheme: ed25519\nkey: "
		 "74C181C7AD8A0855D4B55E44D2BA87AABDDDB196832571F15F92FECE332E4916\n"
		 "comment:\npublic: " PUB "\n",
			OTA_E_KEYFILE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ota_err err = OTA_ERR_INIT;
		ota_key *k = NULL;

		ck_assert_int_ne(read_key(&k, rows[i].text, strlen(rows[i].text), &err), OTA_OK);
		ck_id(err, rows[i].id);
		ck_assert_ptr_null(k);
	}
}
END_TEST

/* A scheme does not end at a NUL that the file holds. */
START_TEST(nul_in_scheme)
{
	static const char text[] =
		"otap-public-key-v1\nscheme: ed25519\0x\nkey: " ID "\ncomment:\npublic: " PUB "\n";
	ota_err err = OTA_ERR_INIT;
	ota_key *k = NULL;

	ck_assert_int_ne(read_key(&k, text, sizeof(text) - 1, &err), OTA_OK);
	ck_id(err, OTA_E_ALG);
}
END_TEST

START_TEST(too_long)
{
	ota_err err = OTA_ERR_INIT;
	char *text = malloc(KEYTEXT_MAX + 1);
	ota_key *k = NULL;

	memset(text, 'x', KEYTEXT_MAX + 1);
	memcpy(text, GOOD, strlen(GOOD));
	ck_assert_int_eq(read_key(&k, text, KEYTEXT_MAX + 1, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ck_assert_int_eq(read_key(&k, text, KEYTEXT_MAX, &err), OTA_FORMAT);
	free(text);
}
END_TEST

TCase *tcase_pubfile(void)
{
	TCase *tc = tcase_create("pubfile");

	tcase_add_test(tc, canonical);
	tcase_add_test(tc, truncations);
	tcase_add_test(tc, every_byte);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, nul_in_scheme);
	tcase_add_test(tc, too_long);
	return tc;
}
