/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <unistd.h>

#include <openssl/evp.h>

#include <crypto/hash.h>

/* FIPS 180-4 and FIPS 202 examples: "", "abc", and the two-block message. */
#define TWO_BLOCKS "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static const struct {
	enum hash_alg alg;
	const char *msg, *want;
} examples[] = {
	{HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{HASH_SHA256, TWO_BLOCKS,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{HASH_SHA512, "abc",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{HASH_SHA3_256, "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
	{HASH_SHA3_256, "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
};

START_TEST(fips_examples)
{
	ota_err err = OTA_ERR_INIT;
	char hex[2 * DIGEST_MAX + 1];
	struct digest d;
	ota_status st;

	st = hash_bytes(
		&d, t_ctx(), examples[_i].alg, examples[_i].msg, strlen(examples[_i].msg), &err);
	ck_ok(st, &err);
	digest_hex(hex, &d);
	ck_assert_str_eq(hex, examples[_i].want);
}
END_TEST

START_TEST(unknown_algorithm)
{
	ota_err err = OTA_ERR_INIT;
	struct hash *h = NULL;

	ck_assert_int_eq(hash_new(&h, t_ctx(), HASH_NONE, &err), OTA_UNSUPPORTED);
	ck_id(err, OTA_E_ALG);
	ck_assert_int_eq(hash_new(&h, t_ctx(), (enum hash_alg)4, &err), OTA_UNSUPPORTED);
	ck_assert_ptr_null(h);
}
END_TEST

/* However the bytes arrive, and however often the object is used again. */
START_TEST(pieces)
{
	ota_err err = OTA_ERR_INIT;
	struct digest one, many;
	struct hash *h = NULL;
	uint8_t data[1000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	ck_ok(hash_bytes(&one, t_ctx(), HASH_SHA256, data, sizeof(data), &err), &err);
	ck_ok(hash_new(&h, t_ctx(), HASH_SHA256, &err), &err);
	for (size_t step = 1; step < 200; step += 33) {
		ck_ok(hash_start(h, &err), &err);
		for (size_t off = 0; off < sizeof(data); off += step) {
			size_t n = sizeof(data) - off < step ? sizeof(data) - off : step;

			ck_ok(hash_update(h, data + off, n, &err), &err);
		}
		ck_ok(hash_final(h, &many, &err), &err);
		ck_assert(digest_equal(&one, &many));
	}
	hash_free(h);
}
END_TEST

/* Lengths round the block that the pump reads. */
START_TEST(sources)
{
	static const size_t lens[] = {0, 1, 65535, 65536, 65537, 131072, 200000};
	uint8_t *data = calloc(1, 200010);
	uint64_t seed = 1;

	for (size_t i = 0; i < 200010; i++)
		data[i] = (uint8_t)t_rand(&seed);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ota_err err = OTA_ERR_INIT;
		struct digest want, got;
		ota_source *src = NULL;
		uint64_t total = 0;

		ck_ok(hash_bytes(&want, t_ctx(), HASH_SHA256, data + 5, lens[i], &err), &err);
		ck_ok(ota_source_memory(&src, t_ctx(), data, 200010, &err), &err);
		ck_ok(hash_range(&got, t_ctx(), HASH_SHA256, src, 5, lens[i], &err), &err);
		ck_assert(digest_equal(&want, &got));
		ck_assert_int_ne(
			hash_range(&got, t_ctx(), HASH_SHA256, src, 200010, 1, &err), OTA_OK);
		ck_id(err, OTA_E_TRUNCATED);
		ota_source_close(src);
		ck_ok(ota_source_memory(&src, t_ctx(), data + 5, lens[i], &err), &err);
		ck_ok(hash_source(&got, t_ctx(), HASH_SHA256, src, &total, &err), &err);
		ck_assert(digest_equal(&want, &got));
		ck_assert_uint_eq(total, lens[i]);
		ota_source_close(src);
	}
	free(data);
}
END_TEST

START_TEST(cancel)
{
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_ctx *ctx = NULL;
	struct digest d;

	ck_ok(ota_ctx_new(&ctx, NULL, &err), &err);
	ck_ok(ota_source_memory(&src, ctx, "abc", 3, &err), &err);
	ota_ctx_cancel(ctx);
	ck_assert_int_eq(hash_source(&d, ctx, HASH_SHA256, src, NULL, &err), OTA_CANCELLED);
	ota_source_close(src);
	ota_ctx_free(ctx);
}
END_TEST

/*
 * A hostile openssl.cnf is not even read: with fips=yes loaded, the default
 * library context of this process would have no SHA-256 any more.
 */
START_TEST(hostile_config)
{
	static const char text[] = "openssl_conf = i\n[i]\nalg_section = a\n[a]\n"
				   "default_properties = fips=yes\n";
	char path[] = "/tmp/ota-cnf-XXXXXX";
	ota_err err = OTA_ERR_INIT;
	int fd = mkstemp(path);
	struct digest d;
	EVP_MD *md;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	setenv("OPENSSL_CONF", path, 1);
	ck_ok(hash_bytes(&d, t_ctx(), HASH_SHA256, "abc", 3, &err), &err);
	md = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	ck_assert_ptr_nonnull(md);
	EVP_MD_free(md);
	unsetenv("OPENSSL_CONF");
	unlink(path);
}
END_TEST

TCase *tcase_hash(void)
{
	TCase *tc = tcase_create("hash");

	tcase_add_loop_test(tc, fips_examples, 0, sizeof(examples) / sizeof(examples[0]));
	tcase_add_test(tc, unknown_algorithm);
	tcase_add_test(tc, pieces);
	tcase_add_test(tc, sources);
	tcase_add_test(tc, cancel);
	tcase_add_test(tc, hostile_config);
	return tc;
}
