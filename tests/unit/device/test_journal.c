/* SPDX-License-Identifier: MIT */
#include "memport.h"

#include <base/bits.h>
#include <base/crc32.h>
#include <device/journal.h>

static struct digest digest_of(uint8_t v)
{
	struct digest d = {.alg = HASH_SHA256, .len = 32};

	memset(d.b, v, 32);
	return d;
}

static struct journal load(struct memport *mp)
{
	struct journal j;
	ota_err err = OTA_ERR_INIT;

	ck_ok(journal_load(&j, t_ctx(), &mp->port, &err), &err);
	return j;
}

/* Byte for byte as formats/device.md has it. */
START_TEST(journal_layout)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct journal j = load(mp);
	const uint8_t *p = mp->region[1].bytes;
	struct digest failed = digest_of(7);
	static const uint8_t head[] = {'O', 'T', 'J', 'R', 1, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1,
		1, 1, 2, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0};

	j.state = JOURNAL_WRITING;
	j.slot = 1;
	j.digest = digest_of(5);
	j.component = 2;
	j.off = 4096;
	j.error = 3;
	journal_remember(&j, &failed);
	ck_assert_int_eq(journal_save(&j, NULL), OTA_OK);
	ck_assert_mem_eq(p, head, sizeof(head));
	ck_assert_uint_eq(p[64], 5);
	ck_assert_uint_eq(p[96], 0);
	ck_assert_uint_eq(p[128], 7);
	ck_assert_uint_eq(p[192], 1);
	ck_assert_uint_eq(p[196], 1);
	ck_assert_uint_eq(load_le32(p + 508), crc32_of(p, 508));
	mp_free(mp);
}
END_TEST

START_TEST(journal_newest_wins_over_many_turns)
{
	struct memport *mp = mp_new(256, 0xff, 1);
	struct journal j = load(mp);

	ck_assert_int_eq(j.state, JOURNAL_IDLE);
	for (unsigned i = 0; i < 50; i++) {
		j.state = JOURNAL_WRITING;
		j.digest = digest_of(1);
		j.off = i;
		ck_assert_int_eq(journal_save(&j, NULL), OTA_OK);
		j = load(mp);
		ck_assert_uint_eq(j.off, i);
		ck_assert_uint_eq(j.rec.seq, i + 1);
	}
	ck_assert(journal_is(&j, JOURNAL_WRITING, &j.digest));
	ck_assert_int_eq(journal_end(&j, OTA_E_HEALTH, NULL), OTA_OK);
	j = load(mp);
	ck_assert_int_eq(j.state, JOURNAL_IDLE);
	ck_assert_uint_eq(j.error, OTA_E_HEALTH);
	mp_free(mp);
}
END_TEST

START_TEST(journal_remembers_four_failures)
{
	struct memport *mp = mp_new(1, 0x00, 1);
	struct journal j = load(mp);
	struct digest d;

	for (uint8_t v = 1; v <= 5; v++) {
		d = digest_of(v);
		journal_remember(&j, &d);
	}
	d = digest_of(3);
	journal_remember(&j, &d);
	ck_assert_int_eq(journal_end(&j, OTA_E_NONE, NULL), OTA_OK);
	j = load(mp);
	ck_assert_uint_eq(j.nfailed, 4);
	ck_assert_uint_eq(j.failed[3].count, 2);
	ck_assert(journal_has_failed(&j, &d));
	d = digest_of(1);
	ck_assert(!journal_has_failed(&j, &d));
	d = digest_of(2);
	journal_forget(&j, &d);
	ck_assert(!journal_has_failed(&j, &d));
	ck_assert_uint_eq(j.nfailed, 3);
	mp_free(mp);
}
END_TEST

/* Wherever a record is cut, the one before it is the state, and the next save works. */
START_TEST(journal_survives_cuts)
{
	for (unsigned cut = 0; cut < MP_CUTS; cut++) {
		for (uint64_t at = 0; at < 24; at++) {
			struct memport *mp = mp_new(16, 0xff, 1);
			struct journal j = load(mp);
			uint64_t saved = 0;

			mp->cut_at = at;
			mp->cut = (enum mp_cut)cut;
			for (j.off = 1; j.off < 40; j.off++) {
				j.state = JOURNAL_WRITING;
				j.digest = digest_of(1);
				if (journal_save(&j, NULL))
					break;
				saved = j.off;
			}
			ck_assert(mp->dead);
			mp_reboot(mp);
			j = load(mp);
			ck_assert_msg(j.off == saved || j.off == saved + 1, "cut %u at %u", cut,
				(unsigned)at);
			j.state = JOURNAL_WRITING;
			j.digest = digest_of(1);
			j.off = 99;
			ck_assert_int_eq(journal_save(&j, NULL), OTA_OK);
			ck_assert_uint_eq(load(mp).off, 99);
			mp_free(mp);
		}
	}
}
END_TEST

static const struct {
	size_t off;
	uint8_t value;
} bad_fields[] = {{16, 3}, {17, 4}, {17, 0}, {18, 4}, {19, 5}, {36, 1}, {63, 1}, {96, 1}, {128, 1},
	{199, 1}, {507, 1}};

START_TEST(journal_wrong_fields_are_refused)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct journal j = load(mp);
	uint8_t *p = mp->region[1].bytes;

	j.state = JOURNAL_WRITING;
	j.digest = digest_of(1);
	ck_assert_int_eq(journal_save(&j, NULL), OTA_OK);
	ck_assert(load(mp).rec.found);
	p[bad_fields[_i].off] = bad_fields[_i].value;
	store_le32(p + 508, crc32_of(p, 508));
	ck_assert(!load(mp).rec.found);
	ck_assert_int_eq(load(mp).state, JOURNAL_IDLE);
	mp_free(mp);
}
END_TEST

TCase *tcase_journal(void)
{
	TCase *tc = tcase_create("journal");

	tcase_add_test(tc, journal_layout);
	tcase_add_test(tc, journal_newest_wins_over_many_turns);
	tcase_add_test(tc, journal_remembers_four_failures);
	tcase_add_test(tc, journal_survives_cuts);
	tcase_add_loop_test(tc, journal_wrong_fields_are_refused, 0,
		sizeof(bad_fields) / sizeof(bad_fields[0]));
	return tc;
}
