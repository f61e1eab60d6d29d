/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <base/text.h>
#include <sign/keyfile.h>

#define PASS "correct horse"
#define CHEAP                                                                                      \
	{                                                                                          \
		(const uint8_t *)PASS, sizeof(PASS) - 1, 1, 8192                                   \
	}

/* Of the seed of 32 bytes of 7, computed with Python. */
#define ID7  "bfe1a83869e5bf574e3ff3acbb83f840de84a990d10059f3096f0bf4f2b90c10"
#define PUB7 "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw="

/* A key from a fixed seed and its file, locked or not; the file is freed by the caller. */
static uint8_t *make(size_t *len, const struct keyfile_lock *lock)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t *seed = NULL, *copy;
	ota_sink *sink = NULL;
	const uint8_t *p = NULL;
	ota_key *k = NULL;
	uint8_t raw[32];
	struct key key;

	ck_ok(secret_alloc(&seed, ED25519_SEED_LEN, &err), &err);
	memset(seed, 7, ED25519_SEED_LEN);
	ck_ok(ed25519_public(raw, seed, &err), &err);
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, raw, 32, &err), &err);
	ck_ok(key_make(&k, t_ctx(), &key, "release 2026", &err), &err);
	ck_ok(ota_sink_memory(&sink, t_ctx(), &err), &err);
	ck_ok(keyfile_write(sink, k, seed, lock, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_memory_bytes(sink, &p, len);
	copy = malloc(*len);
	memcpy(copy, p, *len);
	ota_sink_close(sink);
	ota_key_free(k);
	secret_free(seed);
	return copy;
}

/* Open and unlock; OTA_OK only if the very seed came out. */
static ota_status unlock(const void *p, size_t len, const char *pass, ota_err *err)
{
	struct keyfile kf = {0};
	ota_source *src = NULL;
	uint8_t *seed = NULL;
	ota_status st;

	ck_ok(ota_source_memory(&src, t_ctx(), p, len, err), err);
	st = keyfile_open(&kf, t_ctx(), src, err);
	ota_source_close(src);
	if (st)
		return st;
	st = keyfile_unlock(&seed, &kf, (const uint8_t *)pass, strlen(pass), err);
	if (!st) {
		for (size_t i = 0; i < ED25519_SEED_LEN; i++)
			ck_assert_uint_eq(seed[i], 7);
	} else {
		ck_assert_ptr_null(seed);
	}
	secret_free(seed);
	keyfile_close(&kf);
	return st;
}

START_TEST(bare_bytes)
{
	static const char want[] =
		"otap-secret-key-v1\nscheme: ed25519\nkey: " ID7 "\npublic: " PUB7 "\n"
		"kdf: none\ncipher: none\ncomment: release 2026\n"
		"secret: BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";
	ota_err err = OTA_ERR_INIT;
	size_t len = 0;
	uint8_t *p = make(&len, NULL);

	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(p, want, len);
	ck_ok(unlock(p, len, "", &err), &err);
	free(p);
}
END_TEST

START_TEST(locked)
{
	struct keyfile_lock lock = CHEAP;
	ota_err err = OTA_ERR_INIT;
	size_t len = 0, again_len = 0;
	uint8_t *p = make(&len, &lock), *again = make(&again_len, &lock);

	ck_ok(unlock(p, len, PASS, &err), &err);
	ck_assert_int_eq(unlock(p, len, "correct horsf", &err), OTA_REFUSED);
	ck_id(err, OTA_E_PASSPHRASE_BAD);
	ck_assert_int_eq(unlock(p, len, "", &err), OTA_REFUSED);
	ck_id(err, OTA_E_PASSPHRASE_BAD);
	/* Salt and nonce are fresh each time. */
	ck_assert_uint_eq(len, again_len);
	ck_assert_int_ne(memcmp(p, again, len), 0);
	free(again);
	free(p);
}
END_TEST

/* Every byte of a locked file: nothing is unauthenticated, not even the comment. */
START_TEST(every_byte_locked)
{
	struct keyfile_lock lock = CHEAP;
	size_t len = 0;
	uint8_t *p = make(&len, &lock);

	for (size_t i = 0; i < len; i++) {
		ota_err err = OTA_ERR_INIT;

		p[i] ^= 1;
		ck_assert_msg(unlock(p, len, PASS, &err) != OTA_OK, "byte %zu", i);
		p[i] ^= 1;
	}
	free(p);
}
END_TEST

START_TEST(every_byte_bare)
{
	size_t len = 0;
	uint8_t *p = make(&len, NULL);
	size_t comment = (size_t)(strstr((char *)p, "release") - (char *)p);

	for (size_t i = 0; i < len; i++) {
		for (unsigned mask = 1; mask < 256; mask <<= 1U) {
			ota_err err = OTA_ERR_INIT;
			ota_status st;

			p[i] ^= (uint8_t)mask;
			st = unlock(p, len, "", &err);
			ck_assert_msg(
				st != OTA_OK || (i >= comment && i < comment + 12), "byte %zu", i);
			p[i] ^= (uint8_t)mask;
		}
	}
	free(p);
}
END_TEST

START_TEST(truncations)
{
	struct keyfile_lock lock = CHEAP;
	size_t len = 0;
	uint8_t *p = make(&len, &lock);

	for (size_t n = 0; n < len; n++) {
		ota_err err = OTA_ERR_INIT;
		uint8_t *cut = malloc(n + (n == 0));

		memcpy(cut, p, n);
		ck_assert_int_eq(unlock(cut, n, PASS, &err), OTA_FORMAT);
		ck_id(err, OTA_E_KEYFILE);
		free(cut);
	}
	free(p);
}
END_TEST

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = calloc(1, strlen(text) + strlen(to) + 1);

	ck_assert_ptr_nonnull(at);
	memcpy(out, text, (size_t)(at - text));
	strcat(out, to);
	strcat(out, at + strlen(from));
	return out;
}

START_TEST(forged_fields)
{
	/* The public half of the fixed key and another key's: a pair that would leak the key. */
	static const struct {
		const char *from, *to;
		ota_id id;
	} bare[] =
		{
			{"BwcHBwcH", "CAcHBwcH", OTA_E_KEY_MISMATCH},
			{"key: " ID7 "\npublic: " PUB7,
				"key: "
				"74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916\n"
				"public: 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
				OTA_E_KEY_MISMATCH},
			{PUB7, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", OTA_E_KEYFILE},
			{"otap-secret", "otap-public", OTA_E_KEY_KIND},
			{"cipher: none", "cipher: xchacha20poly1305", OTA_E_KEYFILE},
			{"kdf: none", "kdf:", OTA_E_KEYFILE},
			{"kdf: none", "kdf: argon2id13 1 8192", OTA_E_KEYFILE},
			{"secret: ", "secret:", OTA_E_KEYFILE},
			{"BwcHBwc=", "BwcHBwd=", OTA_E_KEYFILE},
			{"BwcHBwc=", "BwcHBwcH", OTA_E_KEYFILE},
			{"scheme: ed25519", "scheme: ed448", OTA_E_ALG},
		},
	  costs[] = {
		  {" 1 8192 ", " 11 8192 ", OTA_E_LIMIT_KDF},
		  {" 1 8192 ", " 1 1073741825 ", OTA_E_LIMIT_KDF},
		  {" 1 8192 ", " 1 18446744073709551615 ", OTA_E_LIMIT_KDF},
		  {" 1 8192 ", " 0 8192 ", OTA_E_LIMIT_KDF},
		  {" 1 8192 ", " 1 0 ", OTA_E_LIMIT_KDF},
		  {" 1 8192 ", " 2 8192 ", OTA_E_PASSPHRASE_BAD},
		  {" 1 8192 ", " 1 18446744073709551616 ", OTA_E_KEYFILE},
		  {" 1 8192 ", " 01 8192 ", OTA_E_KEYFILE},
		  {" 1 8192 ", " 1  8192 ", OTA_E_KEYFILE},
		  {" 1 8192 ", " -1 8192 ", OTA_E_KEYFILE},
		  {"argon2id13", "argon2i13", OTA_E_KEYFILE},
		  {"xchacha20poly1305", "aes256gcm", OTA_E_KEYFILE},
	  };
	struct keyfile_lock lock = CHEAP;
	size_t len = 0, rows = sizeof(bare) / sizeof(bare[0]);

	for (size_t i = 0; i < rows + sizeof(costs) / sizeof(costs[0]); i++) {
		bool cost = i >= rows;
		ota_err err = OTA_ERR_INIT;
		uint8_t *p = make(&len, cost ? &lock : NULL);
		char *text = calloc(1, len + 1), *bad;

		memcpy(text, p, len);
		bad = replaced(text, cost ? costs[i - rows].from : bare[i].from,
			cost ? costs[i - rows].to : bare[i].to);
		ck_assert_int_ne(unlock(bad, strlen(bad), PASS, &err), OTA_OK);
		ck_assert_msg(err.id == (cost ? costs[i - rows].id : bare[i].id), "row %zu: %s", i,
			err.msg);
		free(bad);
		free(text);
		free(p);
	}
}
END_TEST

TCase *tcase_keyfile(void)
{
	TCase *tc = tcase_create("keyfile");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, bare_bytes);
	tcase_add_test(tc, locked);
	tcase_add_test(tc, every_byte_locked);
	tcase_add_test(tc, every_byte_bare);
	tcase_add_test(tc, truncations);
	tcase_add_test(tc, forged_fields);
	return tc;
}
