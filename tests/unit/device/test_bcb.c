/* SPDX-License-Identifier: MIT */
#include "memport.h"

#include <base/bits.h>
#include <base/crc32.h>
#include <device/bootctl.h>
#include <model/devfile.h>

static const struct ota_devfile d = {.boot_control = DEVFILE_BOOT_OTAP};

static struct bootctl sample(void)
{
	struct bootctl b = {.nslots = 2, .last_booted = 1, .trial = true, .recovery_tries = 1};

	b.counter_floor = 0x01020304;
	b.time_floor = 7;
	b.slot[0] = (struct bootctl_slot){.priority = 14, .successful = true, .counter = 5};
	b.slot[1] = (struct bootctl_slot){.priority = 15, .tries = 3, .writing = true};
	b.slot[1].chain_failures = 2;
	b.slot[1].installed_at = 9;
	b.slot[1].digest[0] = 0xab;
	strcpy(b.slot[1].version, "2.0.0");
	return b;
}

static struct bootctl_store load(struct memport *mp)
{
	struct bootctl_store b;
	ota_err err = OTA_ERR_INIT;

	ck_ok(bootctl_load(&b, t_ctx(), &d, &mp->port, &err), &err);
	return b;
}

static void save(struct memport *mp, const struct bootctl *want)
{
	struct bootctl_store b = load(mp);
	ota_err err = OTA_ERR_INIT;

	ck_ok(bootctl_save(&b, want, &err), &err);
}

static void fix_crc(uint8_t *rec)
{
	store_le32(rec + 508, crc32_of(rec, 508));
}

/* Byte for byte as formats/device.md has it. */
START_TEST(bcb_layout)
{
	struct memport *mp = mp_new(16, 0xff, 1);
	struct bootctl b = sample();
	const uint8_t *p = mp->region[0].bytes;
	static const uint8_t head[] = {'O', 'T', 'B', 'C', 1, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1,
		1, 1, 4, 3, 2, 1, 7, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t slot0[] = {14, 0, 1, 0, 5, 0, 0, 0, 0};
	static const uint8_t slot1[] = {15, 3, 0, 0x21, 0, 0, 0, 0, 0xab, 0};

	save(mp, &b);
	ck_assert_mem_eq(p, head, sizeof(head));
	ck_assert_mem_eq(p + 32, slot0, sizeof(slot0));
	ck_assert_mem_eq(p + 144, slot1, sizeof(slot1));
	ck_assert_mem_eq(p + 144 + 72, "2.0.0\0", 6);
	ck_assert_uint_eq(p[144 + 104], 9);
	for (size_t i = 256; i < 508; i++)
		ck_assert_uint_eq(p[i], 0);
	ck_assert_uint_eq(load_le32(p + 508), crc32_of(p, 508));
	mp_free(mp);
}
END_TEST

START_TEST(bcb_round_trip_alternates_copies)
{
	struct memport *mp = mp_new(256, 0x00, 1);
	struct bootctl b = sample();
	struct bootctl_store got;

	for (uint64_t i = 1; i < 6; i++) {
		b.slot[0].counter = (uint32_t)i;
		save(mp, &b);
		got = load(mp);
		ck_assert(got.valid);
		ck_assert_uint_eq(got.rec.seq, i);
		ck_assert_uint_eq(got.rec.half, (i + 1) % 2);
		ck_assert_uint_eq(got.now.slot[0].counter, i);
		ck_assert_uint_eq(got.now.slot[1].chain_failures, 2);
		ck_assert_str_eq(got.now.slot[1].version, "2.0.0");
	}
	mp_free(mp);
}
END_TEST

START_TEST(bcb_any_flipped_bit_falls_back_to_the_other_copy)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	uint8_t *copy1 = mp->region[0].bytes + MP_ERASE;

	save(mp, &b);
	b.slot[0].counter = 6;
	save(mp, &b);
	for (size_t bit = 0; bit < 512 * 8; bit++) {
		struct bootctl_store got;

		copy1[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		got = load(mp);
		ck_assert(got.valid);
		ck_assert(got.rec.lone);
		ck_assert_uint_eq(got.now.slot[0].counter, 5);
		copy1[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
	ck_assert_uint_eq(load(mp).now.slot[0].counter, 6);
	mp_free(mp);
}
END_TEST

/* Right CRC, wrong content: never taken. */
static const struct {
	size_t off;
	uint8_t value;
} bad_fields[] = {{0, 'X'}, {4, 2}, {6, 1}, {15, 0x80}, {16, 1}, {16, 5}, {17, 2}, {18, 4},
	{32, 16}, {33, 8}, {34, 2}, {35, 4}, {35, 0x40}, {104, 0x1f}, {105, 'a'}, {256, 1},
	{480, 1}, {507, 1}};

START_TEST(bcb_wrong_fields_are_refused)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	uint8_t *p = mp->region[0].bytes;
	uint8_t was;

	save(mp, &b);
	ck_assert(load(mp).valid);
	was = p[bad_fields[_i].off];
	p[bad_fields[_i].off] = bad_fields[_i].value;
	fix_crc(p);
	ck_assert(!load(mp).valid);
	p[bad_fields[_i].off] = was;
	fix_crc(p);
	ck_assert(load(mp).valid);
	mp_free(mp);
}
END_TEST

START_TEST(bcb_conflict_and_repair)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	uint8_t *p = mp->region[0].bytes;
	struct bootctl_store got;
	ota_err err = OTA_ERR_INIT;

	save(mp, &b);
	got = load(mp);
	ck_assert(got.rec.lone);
	ck_ok(bootctl_repair(&got, &err), &err);
	ck_assert_mem_eq(p, p + MP_ERASE, 512);
	got = load(mp);
	ck_assert(got.valid && !got.rec.lone);
	/* The same sequence, other content: neither can be believed. */
	p[MP_ERASE + 36] ^= 1;
	fix_crc(p + MP_ERASE);
	got = load(mp);
	ck_assert(!got.valid);
	ck_assert_int_eq(bootctl_repair(&got, &err), OTA_IO);
	ck_id(err, OTA_E_BOOTCTL);
	mp_free(mp);
}
END_TEST

START_TEST(bcb_for_other_slots)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	struct bootctl_store got;
	ota_err err = OTA_ERR_INIT;

	b.nslots = 3;
	save(mp, &b);
	ck_assert_int_eq(bootctl_load(&got, t_ctx(), &d, &mp->port, &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	mp_free(mp);
}
END_TEST

/* Two regions smaller than two blocks, or units that are none. */
START_TEST(bcb_bad_geometry)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	ota_geometry *g = &mp->region[0].flash.geometry;
	const ota_geometry good = *g;
	const ota_geometry bad[] = {{MP_ERASE, MP_ERASE, 1, 0xff}, {8192, 4095, 1, 0xff},
		{8192, 0, 1, 0xff}, {8192, 4096, 0, 0xff}, {8192, 4096, 3, 0xff},
		{8192, 256, 512, 0xff}, {8192, 4096, 1, 0x55}, {32768, 16384, 8192, 0xff}};
	struct bootctl_store got;
	ota_err err = OTA_ERR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*g = bad[i];
		ck_assert_int_eq(bootctl_load(&got, t_ctx(), &d, &mp->port, &err), OTA_IO);
		ck_id(err, OTA_E_FLASH);
	}
	*g = good;
	mp_free(mp);
}
END_TEST

TCase *tcase_bcb(void)
{
	TCase *tc = tcase_create("bcb");

	tcase_add_test(tc, bcb_layout);
	tcase_add_test(tc, bcb_round_trip_alternates_copies);
	tcase_add_test(tc, bcb_any_flipped_bit_falls_back_to_the_other_copy);
	tcase_add_loop_test(
		tc, bcb_wrong_fields_are_refused, 0, sizeof(bad_fields) / sizeof(bad_fields[0]));
	tcase_add_test(tc, bcb_conflict_and_repair);
	tcase_add_test(tc, bcb_for_other_slots);
	tcase_add_test(tc, bcb_bad_geometry);
	return tc;
}
