/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <crypto/secret.h>
#include <crypto/verify.h>
#include <sign/keyfile.h>
#include <sign/signer.h>

static char dir[64], path[80];

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/ota-signer-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.key", dir);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(dir);
}

struct asked {
	const char *answer; /* NULL: nobody answers */
	size_t len;         /* what is claimed; 0: its length */
	int times;
};

static ota_status ask(
	void *arg, const char *what, uint8_t *buf, size_t cap, size_t *len, ota_err *err)
{
	struct asked *a = arg;

	(void)what;
	a->times++;
	if (a->answer == NULL)
		return ota_fail(err, OTA_E_PASSPHRASE, "no terminal");
	ck_assert_uint_le(strlen(a->answer), cap);
	memcpy(buf, a->answer, strlen(a->answer));
	*len = a->len > 0 ? a->len : strlen(a->answer);
	return OTA_OK;
}

/* Write the fixed key (seed of 32 bytes of `fill`) to path. */
static void write_key(uint8_t fill, const char *pass, unsigned mode)
{
	struct keyfile_lock lock = {(const uint8_t *)pass, pass ? strlen(pass) : 0, 1, 8192};
	ota_file_options opt = {.size = sizeof(opt), .replace = true, .secret = true};
	ota_err err = OTA_ERR_INIT;
	uint8_t *seed = NULL;
	ota_sink *sink = NULL;
	ota_key *k = NULL;
	uint8_t raw[32];
	struct key key;

	ck_ok(secret_alloc(&seed, ED25519_SEED_LEN, &err), &err);
	memset(seed, fill, ED25519_SEED_LEN);
	ck_ok(ed25519_public(raw, seed, &err), &err);
	ck_ok(key_init(&key, t_ctx(), KEY_ED25519, raw, 32, &err), &err);
	ck_ok(key_make(&k, t_ctx(), &key, NULL, &err), &err);
	ck_ok(ota_sink_file(&sink, t_ctx(), path, &opt, &err), &err);
	ck_ok(keyfile_write(sink, k, seed, pass ? &lock : NULL, &err), &err);
	ck_ok(ota_sink_commit(sink, &err), &err);
	ota_sink_close(sink);
	ota_key_free(k);
	secret_free(seed);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static ota_status try_open(struct asked *a, bool readable, ota_err *err)
{
	ota_signer_options opt = {.size = sizeof(opt),
		.ask = a ? ask : NULL,
		.ask_arg = a,
		.allow_readable = readable};
	ota_signer *s = NULL;
	ota_status st = ota_signer_open(&s, t_ctx(), path, &opt, err);

	ck_assert_int_eq(st == OTA_OK, s != NULL);
	ota_signer_close(s);
	return st;
}

START_TEST(signs)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t sig[SIG_MAX];
	ota_signer *s = NULL;
	size_t len = 0;

	write_key(3, NULL, 0600);
	ck_ok(ota_signer_open(&s, t_ctx(), path, NULL, &err), &err);
	ck_ok(signer_sign(s, sig, &len, "abc", 3, &err), &err);
	ck_assert_uint_eq(len, 64);
	ck_ok(verify_sig(t_ctx(), &ota_signer_key(s)->key, sig, len, "abc", 3, &err), &err);
	ck_assert_int_eq(verify_sig(t_ctx(), &ota_signer_key(s)->key, sig, len, "abd", 3, NULL),
		OTA_UNTRUSTED);
	ota_signer_close(s);
}
END_TEST

START_TEST(modes)
{
	static const unsigned bad[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666, 0777};

	write_key(3, NULL, 0600);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ota_err err = OTA_ERR_INIT;

		ck_assert_int_eq(chmod(path, bad[i]), 0);
		ck_assert_int_eq(try_open(NULL, false, &err), OTA_REFUSED);
		ck_id(err, OTA_E_KEY_MODE);
		ck_ok(try_open(NULL, true, &err), &err);
	}
	for (unsigned mode = 0400; mode <= 0700; mode += 0100) {
		ota_err err = OTA_ERR_INIT;

		ck_assert_int_eq(chmod(path, mode), 0);
		ck_ok(try_open(NULL, false, &err), &err);
	}
}
END_TEST

START_TEST(passphrases)
{
	struct asked good = {"pw", 0, 0}, bad = {"px", 0, 0}, none = {NULL, 0, 0},
		     liar = {"pw", PASSPHRASE_MAX + 1, 0};
	ota_err err = OTA_ERR_INIT;

	write_key(3, "pw", 0600);
	ck_ok(try_open(&good, false, &err), &err);
	ck_assert_int_eq(good.times, 1);
	ck_assert_int_eq(try_open(&bad, false, &err), OTA_REFUSED);
	ck_id(err, OTA_E_PASSPHRASE_BAD);
	ck_assert_int_eq(try_open(&none, false, &err), OTA_IO);
	ck_id(err, OTA_E_PASSPHRASE);
	ck_assert_int_eq(try_open(NULL, false, &err), OTA_IO);
	ck_id(err, OTA_E_PASSPHRASE);
	ck_assert_int_eq(try_open(&liar, false, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	/* An unlocked key asks nobody. */
	good.times = 0;
	write_key(3, NULL, 0600);
	ck_ok(try_open(&good, false, &err), &err);
	ck_assert_int_eq(good.times, 0);
}
END_TEST

/* Missing, empty, a folder, a public key, the published key: all refused, with their reason. */
START_TEST(unusable)
{
	ota_err err = OTA_ERR_INIT;
	FILE *f;

	ck_assert_int_eq(try_open(NULL, true, &err), OTA_IO);
	ck_id(err, OTA_E_SYSTEM);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(try_open(NULL, true, &err), OTA_FORMAT);
	ck_id(err, OTA_E_KEYFILE);
	fputs("otap-public-key-v1\n", f);
	fflush(f);
	ck_assert_int_eq(try_open(NULL, true, &err), OTA_USAGE);
	ck_id(err, OTA_E_KEY_KIND);
	fclose(f);
	ck_assert_int_eq(ota_signer_open(&(ota_signer *){NULL}, t_ctx(), dir, NULL, &err), OTA_IO);
}
END_TEST

START_TEST(test_key)
{
	ota_signer_options opt = {.size = sizeof(opt), .allow_readable = true};
	ota_err err = OTA_ERR_INIT;
	ota_signer *s = NULL;

	ck_assert_int_eq(ota_signer_open(&s, t_ctx(), "keys/test.key", &opt, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_TEST_KEY);
	opt.allow_test = true;
	ck_ok(ota_signer_open(&s, t_ctx(), "keys/test.key", &opt, &err), &err);
	ck_assert_str_eq(ota_key_comment(ota_signer_key(s)), "TEST-ONLY");
	ota_signer_close(s);
}
END_TEST

static ota_status gen(const ota_keygen_options *opt, const uint8_t **sec, size_t *sec_len,
	ota_sink *sinks[2], ota_err *err)
{
	ota_status st;

	ck_ok(ota_sink_memory(&sinks[0], t_ctx(), err), err);
	ck_ok(ota_sink_memory(&sinks[1], t_ctx(), err), err);
	st = ota_keygen(sinks[0], sinks[1], NULL, t_ctx(), opt, err);
	if (!st) {
		ck_ok(ota_sink_commit(sinks[0], err), err);
		ck_ok(ota_sink_commit(sinks[1], err), err);
		ota_sink_memory_bytes(sinks[0], sec, sec_len);
	}
	return st;
}

/* Both halves that keygen writes belong together, and two runs give two keys. */
START_TEST(keygen)
{
	ota_keygen_options opt = {.size = sizeof(opt), .comment = "lab"};
	ota_err err = OTA_ERR_INIT;
	char ids[2][OTA_KEYID_HEX + 1];

	for (int i = 0; i < 2; i++) {
		const uint8_t *sec = NULL, *pub = NULL;
		size_t sec_len = 0, pub_len = 0;
		struct keyfile kf = {0};
		ota_source *src = NULL;
		uint8_t *seed = NULL;
		ota_sink *sinks[2];
		ota_key *k = NULL;

		ck_ok(gen(&opt, &sec, &sec_len, sinks, &err), &err);
		ck_ok(ota_source_memory(&src, t_ctx(), sec, sec_len, &err), &err);
		ck_ok(keyfile_open(&kf, t_ctx(), src, &err), &err);
		ck_ok(keyfile_unlock(&seed, &kf, NULL, 0, &err), &err);
		ota_source_close(src);
		ota_sink_memory_bytes(sinks[1], &pub, &pub_len);
		ck_ok(ota_source_memory(&src, t_ctx(), pub, pub_len, &err), &err);
		ck_ok(ota_key_read(&k, t_ctx(), src, &err), &err);
		ota_source_close(src);
		ck_assert_str_eq(ota_key_id(k), ota_key_id(kf.key));
		ck_assert_str_eq(ota_key_comment(k), "lab");
		memcpy(ids[i], ota_key_id(k), sizeof(ids[i]));
		ota_key_free(k);
		secret_free(seed);
		keyfile_close(&kf);
		ota_sink_close(sinks[0]);
		ota_sink_close(sinks[1]);
	}
	ck_assert_str_ne(ids[0], ids[1]);
}
END_TEST

START_TEST(keygen_refuses)
{
	struct asked empty = {"", 0, 0};
	ota_keygen_options bad = {.size = sizeof(bad), .comment = "two  blanks"};
	ota_keygen_options open = {.size = sizeof(open), .ask = ask, .ask_arg = &empty};
	ota_err err = OTA_ERR_INIT;
	const uint8_t *p = NULL;
	ota_sink *sinks[2];
	size_t len = 0;

	ck_assert_int_eq(gen(&bad, &p, &len, sinks, &err), OTA_USAGE);
	ck_id(err, OTA_E_ARGUMENT);
	ota_sink_close(sinks[0]);
	ota_sink_close(sinks[1]);
	ck_assert_int_eq(gen(&open, &p, &len, sinks, &err), OTA_IO);
	ck_id(err, OTA_E_PASSPHRASE);
	ota_sink_close(sinks[0]);
	ota_sink_close(sinks[1]);
}
END_TEST

TCase *tcase_signer(void)
{
	TCase *tc = tcase_create("signer");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, signs);
	tcase_add_test(tc, modes);
	tcase_add_test(tc, passphrases);
	tcase_add_test(tc, unusable);
	tcase_add_test(tc, test_key);
	tcase_add_test(tc, keygen);
	tcase_add_test(tc, keygen_refuses);
	return tc;
}
