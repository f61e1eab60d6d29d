/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <trust/keyid.h>

#include <ota/text.h>

/* The public key of RFC 8032 test 1; both ids computed with Python's hashlib. */
#define RFC_PUB      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define RFC_ID       "74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916"
#define RFC_MATERIAL "7f7d6c56e754df4f7245052faa35e3dfbe557150f98ab1db47c347300126e958"

START_TEST(ids)
{
	char material[2 * DIGEST_MAX + 1];
	ota_err err = OTA_ERR_INIT;
	ota_key *k = NULL;
	uint8_t raw[32];
	struct key key;

	ck_assert(ota_unhex(raw, 32, RFC_PUB, 64));
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, raw, 32, &err), &err);
	ck_ok(key_make(&k, t_ctx(), &key, "release 2026", &err), &err);
	ck_assert_str_eq(ota_key_id(k), RFC_ID);
	digest_hex(material, &k->material);
	ck_assert_str_eq(material, RFC_MATERIAL);
	ck_assert_str_eq(ota_key_scheme(k), "ed25519");
	ck_assert_str_eq(ota_key_comment(k), "release 2026");
	ck_assert(!ota_key_is_test(k));
	ota_key_free(k);
}
END_TEST

START_TEST(comments)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {{"", true}, {"a", true}, {"release 2026", true}, {"!~", true}, {" a", false},
		{"a ", false}, {"a  b", false}, {" ", false}, {"a\tb", false}, {"a\nb", false},
		{"\x7f", false}, {"caf\xc3\xa9", false}, {"\x1b[2J", false}};
	char longest[202];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(key_comment_ok(rows[i].text, strlen(rows[i].text)), rows[i].ok);
	ck_assert(!key_comment_ok("a\0b", 3));
	memset(longest, 'x', sizeof(longest));
	ck_assert(key_comment_ok(longest, 200));
	ck_assert(!key_comment_ok(longest, 201));
}
END_TEST

/* Whichever allocation fails, there is no key and nothing leaks. */
START_TEST(out_of_memory)
{
	struct key key = {KEY_ED25519, 32, {9}};
	ota_status st = OTA_NOMEM;

	for (uint64_t at = 0; st != OTA_OK; at++) {
		/* The context itself allocates before. */
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_key *k = NULL;
		int64_t before = f.live;

		f.fail_at = f.count + at;
		st = key_make(&k, ctx, &key, NULL, &err);
		ck_assert(st == OTA_OK || (st == OTA_NOMEM && k == NULL));
		ck_assert(at < 50);
		ota_key_free(k);
		ck_assert_int_eq(f.live, before);
		ota_ctx_free(ctx);
	}
}
END_TEST

TCase *tcase_keyid(void)
{
	TCase *tc = tcase_create("keyid");

	tcase_add_test(tc, ids);
	tcase_add_test(tc, comments);
	tcase_add_test(tc, out_of_memory);
	return tc;
}
