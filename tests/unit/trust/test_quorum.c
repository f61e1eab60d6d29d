/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <crypto/secret.h>
#include <trust/scope.h>

#define KEYS 4
#define MSG  "otap-tbs-v1\ntype:package\n"

/* Four keys from fixed seeds, and one good signature of each. */
static ota_key *keys[KEYS];
static uint8_t sigs[KEYS][ED25519_SIG_LEN];

static void set_up(void)
{
	ota_err err = OTA_ERR_INIT;
	uint8_t *seed = NULL;

	ck_ok(secret_alloc(&seed, ED25519_SEED_LEN, &err), &err);
	for (uint8_t i = 0; i < KEYS; i++) {
		uint8_t raw[32];
		struct key key;

		memset(seed, i + 1, ED25519_SEED_LEN);
		ck_ok(ed25519_public(raw, seed, &err), &err);
		ck_ok(key_init(&key, t_ctx(), KEY_ED25519, raw, 32, &err), &err);
		ck_ok(key_make(&keys[i], t_ctx(), &key, NULL, &err), &err);
		ck_ok(ed25519_sign(sigs[i], seed, MSG, strlen(MSG), &err), &err);
	}
	secret_free(seed);
}

static void tear_down(void)
{
	for (size_t i = 0; i < KEYS; i++)
		ota_key_free(keys[i]);
}

static struct claim claim_of(size_t i)
{
	return (struct claim){.alg = "ed25519",
		.keyid = ota_key_id(keys[i]),
		.sig = sigs[i],
		.sig_len = ED25519_SIG_LEN,
		.msg = MSG,
		.msg_len = strlen(MSG)};
}

static void expect(const ota_trust *t, struct claim *c, size_t n, ota_id id)
{
	struct role_set met = {0};
	ota_err err = OTA_ERR_INIT;
	ota_status st = quorum_met(&met, t_ctx(), t, c, n, NULL, NULL, &err);

	ck_id(err, id);
	ck_assert_int_eq(st, id == OTA_E_NONE ? OTA_OK : OTA_UNTRUSTED);
	ck_assert_uint_eq(met.bits, id == OTA_E_NONE ? 1 : 0);
}

static ota_trust *single(size_t i)
{
	ota_err err = OTA_ERR_INIT;
	ota_trust *t = NULL;

	ck_ok(ota_trust_from_key(&t, t_ctx(), keys[i], false, &err), &err);
	return t;
}

static ota_trust trust_of(
	const ota_key *const *k, size_t n, const struct trust_role *roles, size_t role_count)
{
	return (ota_trust){.ctx = t_ctx(),
		.keys = k,
		.key_count = n,
		.roles = roles,
		.role_count = role_count,
		.entries = &trust_all,
		.entry_count = role_count};
}

START_TEST(one_key)
{
	ota_trust *t = single(0);
	struct claim c[3] = {claim_of(0), claim_of(1), claim_of(0)};

	expect(t, c, 0, OTA_E_UNSIGNED);
	expect(t, c, 1, OTA_E_NONE);
	expect(t, c, 3, OTA_E_NONE);
	ck_assert(c[0].good && !c[1].good && c[2].good);
	expect(t, c + 1, 1, OTA_E_SIG_UNKNOWN);
	ota_trust_free(t);
}
END_TEST

/* Signature empty, short, of another key or text, or for another scheme: never counts. */
START_TEST(bad_claims)
{
	ota_trust *t = single(0);
	struct claim c = claim_of(0);

	for (size_t len = 0; len < ED25519_SIG_LEN; len++) {
		c.sig_len = len;
		expect(t, &c, 1, OTA_E_SIG_BAD);
	}
	c = claim_of(0);
	c.sig = sigs[1];
	expect(t, &c, 1, OTA_E_SIG_BAD);
	c = claim_of(0);
	c.msg_len--;
	expect(t, &c, 1, OTA_E_SIG_BAD);
	c = claim_of(0);
	c.alg = "ecdsa-sha2-nistp256";
	expect(t, &c, 1, OTA_E_SIG_BAD);
	c.alg = "ED25519";
	expect(t, &c, 1, OTA_E_SIG_BAD);
	c.alg = "";
	expect(t, &c, 1, OTA_E_SIG_BAD);
	ota_trust_free(t);
}
END_TEST

/* A stale `good` from the caller is no signature. */
START_TEST(good_is_an_output)
{
	ota_trust *t = single(0);
	struct claim c = claim_of(0);

	c.sig = sigs[1];
	c.good = true;
	expect(t, &c, 1, OTA_E_SIG_BAD);
	ck_assert(!c.good);
	ota_trust_free(t);
}
END_TEST

/* Every threshold over every subset of signers, each on one line and on two. */
START_TEST(thresholds)
{
	static const size_t idx[KEYS] = {0, 1, 2, 3};
	struct trust_role role = {"release", 0, idx, KEYS};
	ota_trust t = trust_of((const ota_key *const *)keys, KEYS, &role, 1);

	for (role.threshold = 0; role.threshold <= KEYS + 1; role.threshold++) {
		for (unsigned set = 1; set < 1U << KEYS; set++) {
			struct claim c[2 * KEYS];
			uint32_t signers = 0;
			size_t n = 0;

			for (size_t i = 0; i < KEYS; i++) {
				if ((set >> i & 1U) == 0)
					continue;
				c[n++] = claim_of(i);
				c[n++] = claim_of(i);
				signers++;
			}
			expect(&t, c, n,
				role.threshold > 0 && signers >= role.threshold ? OTA_E_NONE
										: OTA_E_THRESHOLD);
		}
	}
}
END_TEST

/* One key under two ids is one key, and a role may name it twice without gain. */
START_TEST(material_counts_once)
{
	static const size_t idx[] = {0, 1, 0};
	ota_key twin = *keys[0];
	const ota_key *two[] = {keys[0], &twin};
	struct trust_role role = {"release", 2, idx, 3};
	ota_trust t = trust_of(two, 2, &role, 1);
	struct claim c[2] = {claim_of(0), claim_of(0)};

	memset(twin.id, 'a', OTA_KEYID_HEX);
	c[1].keyid = twin.id;
	expect(&t, c, 2, OTA_E_THRESHOLD);
	ck_assert(c[0].good && c[1].good);
	role.threshold = 1;
	expect(&t, c, 2, OTA_E_NONE);
	expect(&t, c + 1, 1, OTA_E_NONE);
}
END_TEST

START_TEST(empty_trust)
{
	struct trust_role role = {"release", 1, NULL, 0};
	ota_trust no_role = trust_of((const ota_key *const *)keys, KEYS, &role, 0);
	ota_trust no_key = trust_of(NULL, 0, &role, 1);
	struct claim c = claim_of(0);
	struct scope need;

	expect(&no_role, &c, 1, OTA_E_THRESHOLD);
	expect(&no_key, &c, 1, OTA_E_SIG_UNKNOWN);
	ck_assert_int_eq(
		scope_need(&need, &no_role, "gw", (const char *[]){"a"}, 1, NULL), OTA_UNTRUSTED);
}
END_TEST

/* A key that is revoked counts for nothing, whatever it is called. */
START_TEST(revoked_keys)
{
	static const size_t idx[KEYS] = {0, 1, 2, 3};
	struct trust_role role = {"release", 2, idx, KEYS};
	ota_trust t = trust_of((const ota_key *const *)keys, KEYS, &role, 1);
	struct claim c[3] = {claim_of(0), claim_of(1), claim_of(2)};

	t.revoked = &keys[1]->material;
	t.revoked_count = 1;
	expect(&t, c, 2, OTA_E_THRESHOLD);
	ck_assert(c[0].good && !c[1].good);
	expect(&t, c, 3, OTA_E_NONE);
	expect(&t, c + 1, 1, OTA_E_REVOKED_KEY);
	c[2].sig = sigs[0];
	expect(&t, c + 1, 2, OTA_E_SIG_BAD);
}
END_TEST

START_TEST(scope)
{
	ota_trust *t = single(0);
	struct scope need = {0, 0};
	ota_err err = OTA_ERR_INIT;

	ck_ok(scope_need(&need, t, "gw-100", (const char *[]){"rootfs"}, 1, &err), &err);
	ck_assert_uint_eq(need.need, 1);
	for (int p = POWER_HOOKS; p <= POWER_BOOT_DOC; p++)
		ck_assert(!scope_may(&need, (enum power)p));
	ck_assert_int_eq(scope_need(&need, t, "gw-100", NULL, 0, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_SCOPE);
	ota_trust_free(t);
}
END_TEST

/* Everything that an entry can say, against one package. */
START_TEST(entries)
{
	static const struct {
		const char *product, *component;
		uint32_t need, may;
	} rows[] = {
		{"gw-100", "rootfs", 3, 0x1},
		{"gw-100", "app", 1, 0x11},
		{"gw-", "rootfs", 3, 0x1},
		{"gw", "rootfs", 1, 0x11},
		{"xgw-100", "rootfs", 1, 0x11},
		{"mcu", "rootfs", 5, 0x0},
		{"mcu1", "rootfs", 1, 0x11},
	};
	const struct trust_entry e[] = {
		{(const char *[]){"*"}, 1, NULL, 0, 1, 0x11},
		{(const char *[]){"zz", "gw-*"}, 2, (const char *[]){"rootfs"}, 1, 2, 0x3},
		{(const char *[]){"mcu"}, 1, NULL, 0, 5, 0},
	};
	ota_trust t = trust_of(NULL, 0, NULL, 0);
	ota_err err = OTA_ERR_INIT;
	struct scope s;

	t.entries = e;
	t.entry_count = 3;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_ok(scope_need(&s, &t, rows[i].product, &rows[i].component, 1, &err), &err);
		ck_assert_msg(s.need == rows[i].need && s.may == rows[i].may, "row %zu: %x %x", i,
			s.need, s.may);
	}
	/* One component that nothing covers is enough. */
	t.entries = e + 1;
	t.entry_count = 1;
	ck_ok(scope_need(&s, &t, "gw-1", (const char *[]){"rootfs"}, 1, &err), &err);
	ck_assert_int_eq(scope_need(&s, &t, "gw-1", (const char *[]){"rootfs", "app"}, 2, &err),
		OTA_UNTRUSTED);
	ck_id(err, OTA_E_SCOPE);
	ck_assert_int_eq(
		scope_need(&s, &t, "mcu", (const char *[]){"rootfs"}, 1, NULL), OTA_UNTRUSTED);
}
END_TEST

START_TEST(patterns)
{
	static const char *const good[] = {"*", "gw", "gw-*", "0", "a.*"};
	static const char *const bad[] = {"", "**", "*a", "g*w", "-*", "GW", "gw-**", "gw "};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(scope_is_pattern(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!scope_is_pattern(bad[i]), "%s", bad[i]);
}
END_TEST

/* The published key is known by its material and refused unless asked for. */
START_TEST(test_key)
{
	static const char text[] =
		"otap-public-key-v1\nscheme: ed25519\nkey: "
		"f890c08be92f3ff618eacf1c831ab99312ec9156eb9be3d0b042a44c90dc5618\n"
		"comment: TEST-ONLY\npublic: MG2MB5kdKOl0BRrtYF5emuvzF4E9PPOzx5XlTDFblhE=\n";
	ota_err err = OTA_ERR_INIT;
	ota_source *src = NULL;
	ota_trust *t = NULL;
	ota_key *k = NULL;

	ck_ok(ota_source_memory(&src, t_ctx(), text, sizeof(text) - 1, &err), &err);
	ck_ok(ota_key_read(&k, t_ctx(), src, &err), &err);
	ota_source_close(src);
	ck_assert(ota_key_is_test(k));
	ck_assert_int_eq(ota_trust_from_key(&t, t_ctx(), k, false, &err), OTA_UNTRUSTED);
	ck_id(err, OTA_E_TEST_KEY);
	ck_assert_ptr_null(t);
	ck_ok(ota_trust_from_key(&t, t_ctx(), k, true, &err), &err);
	ota_key_free(k);
	ck_assert_ptr_nonnull(
		trust_key(t, "f890c08be92f3ff618eacf1c831ab99312ec9156eb9be3d0b042a44c90dc5618"));
	ota_trust_free(t);
}
END_TEST

TCase *tcase_quorum(void)
{
	TCase *tc = tcase_create("quorum");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, one_key);
	tcase_add_test(tc, bad_claims);
	tcase_add_test(tc, good_is_an_output);
	tcase_add_test(tc, thresholds);
	tcase_add_test(tc, material_counts_once);
	tcase_add_test(tc, empty_trust);
	tcase_add_test(tc, revoked_keys);
	tcase_add_test(tc, scope);
	tcase_add_test(tc, entries);
	tcase_add_test(tc, patterns);
	tcase_add_test(tc, test_key);
	return tc;
}
