/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <base/bits.h>
#include <base/crc32.h>
#include <device/bootctl.h>
#include <device/dev.h>
#include <device/env.h>
#include <model/devfile.h>

#define LEN  2048U
#define ROOM (LEN - ENV_HEAD)

static const struct ota_devfile d = {.boot_control = DEVFILE_BOOT_UBOOT_ENV, .boot_env_size = LEN};

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

static uint8_t *copy_at(struct memport *mp, unsigned half)
{
	return mp->region[0].bytes + half * MP_ERASE;
}

/* Variables apart by `;`. */
static void put(uint8_t *copy, uint8_t serial, const char *vars)
{
	size_t len = strlen(vars);

	ck_assert_uint_lt(len + 2, ROOM);
	memset(copy + ENV_HEAD, 0, ROOM);
	for (size_t i = 0; i < len; i++)
		copy[ENV_HEAD + i] = vars[i] == ';' ? 0 : (uint8_t)vars[i];
	env_seal(copy, LEN, serial);
}

static void get(char *out, const uint8_t *copy)
{
	struct rd r = env_vars(copy, LEN);
	struct env_var v;

	*out = '\0';
	while (env_next(&v, &r)) {
		memcpy(out, v.text, v.len);
		out += v.len;
		*out++ = ';';
		*out = '\0';
	}
}

static struct bootctl sample(void)
{
	struct bootctl b = {.nslots = 2, .last_booted = 1, .trial = true, .recovery_tries = 1};

	b.counter_floor = 0x01020304;
	b.time_floor = UINT64_MAX;
	b.slot[0] = (struct bootctl_slot){.priority = 14, .successful = true, .counter = 5};
	b.slot[1] = (struct bootctl_slot){.priority = 15, .tries = 2, .writing = true};
	b.slot[1].verity_corrupt = true;
	b.slot[1].chain_failures = 2;
	b.slot[1].installed_at = 9;
	memset(b.slot[1].digest, 0xab, 32);
	strcpy(b.slot[1].version, "2.0.0");
	return b;
}

/* Variable by variable as formats/device.md has it. */
START_TEST(env_layout)
{
	struct memport *mp = mp_new(256, 0xff, 1);
	struct bootctl b = sample();
	const uint8_t *p = copy_at(mp, 0);
	char text[LEN];

	save(mp, &b);
	get(text, p);
	ck_assert_str_eq(text,
		"BOOT_ORDER=B A;BOOT_A_LEFT=3;BOOT_B_LEFT=2;ota_slots=2;ota_last_booted=1;"
		"ota_trial=1;ota_recovery_tries=1;ota_counter_floor=16909060;"
		"ota_time_floor=18446744073709551615;ota_A_successful=1;ota_B_writing=1;"
		"ota_B_verity_corrupt=1;ota_B_chain_failures=2;ota_A_counter=5;ota_B_digest="
		"abababababababababababababababababababababababababababababababab;"
		"ota_B_version=2.0.0;ota_B_installed_at=9;");
	ck_assert_uint_eq(load_le32(p), crc32_of(p + 5, LEN - 5));
	ck_assert_uint_eq(p[4], 1);
	ck_assert(mem_is_zero(p + 5 + strlen(text), LEN - 5 - strlen(text)));
	ck_assert_uint_eq(p[LEN], 0xff);
	mp_free(mp);
}
END_TEST

static struct bootctl_slot random_slot(uint64_t *seed)
{
	struct bootctl_slot s = {.priority = t_rand(seed) % 16, .tries = t_rand(seed) % 8};

	s.successful = t_rand(seed) % 2;
	s.writing = t_rand(seed) % 2;
	s.verity_corrupt = t_rand(seed) % 2;
	s.chain_failures = t_rand(seed) % 4;
	s.counter = t_rand(seed) % 2 ? (uint32_t)t_rand(seed) : 0;
	s.installed_at = t_rand(seed) % 2 ? t_rand(seed) : 0;
	for (unsigned i = 0; i < (unsigned[]){0, 32, 64}[t_rand(seed) % 3]; i++)
		s.digest[i] = (uint8_t)t_rand(seed);
	for (unsigned i = 0; i < t_rand(seed) % (BOOT_VERSION_LEN + 1); i++)
		s.version[i] = (char)('!' + t_rand(seed) % 94);
	return s;
}

static struct bootctl random_state(uint64_t *seed)
{
	struct bootctl b = {.nslots = 2 + (unsigned)(t_rand(seed) % 3)};

	b.last_booted = (unsigned)(t_rand(seed) % b.nslots);
	b.trial = t_rand(seed) % 2;
	b.recovery = t_rand(seed) % 2;
	b.recovery_tries = (uint8_t)t_rand(seed);
	b.counter_floor = (uint32_t)t_rand(seed);
	b.time_floor = t_rand(seed);
	for (unsigned i = 0; i < b.nslots; i++)
		b.slot[i] = random_slot(seed);
	return b;
}

/* What the variables can say of it: priorities are an order, tries are those of a trial. */
static void simplify(struct bootctl *b)
{
	uint8_t place = PRIORITY_MAX;
	struct bootctl was = *b;

	for (unsigned p = PRIORITY_MAX; p > 0; p--)
		for (unsigned i = 0; i < b->nslots; i++)
			if (was.slot[i].priority == p)
				b->slot[i].priority = place--;
	for (unsigned i = 0; i < b->nslots; i++)
		if (b->slot[i].priority == 0 || b->slot[i].successful)
			b->slot[i].tries = 0;
}

/* Padding has no meaning, so field by field. */
static bool same_state(const struct bootctl *a, const struct bootctl *b)
{
	bool same = a->nslots == b->nslots && a->last_booted == b->last_booted &&
		    a->trial == b->trial && a->recovery == b->recovery &&
		    a->recovery_tries == b->recovery_tries &&
		    a->counter_floor == b->counter_floor && a->time_floor == b->time_floor;

	for (unsigned i = 0; same && i < a->nslots; i++) {
		const struct bootctl_slot *x = &a->slot[i], *y = &b->slot[i];

		same = x->priority == y->priority && x->tries == y->tries &&
		       x->successful == y->successful && x->writing == y->writing &&
		       x->verity_corrupt == y->verity_corrupt &&
		       x->chain_failures == y->chain_failures && x->counter == y->counter &&
		       x->installed_at == y->installed_at &&
		       memcmp(x->digest, y->digest, sizeof(x->digest)) == 0 &&
		       strcmp(x->version, y->version) == 0;
	}
	return same;
}

/* The copies stay, but do not say any more for how many slots they were made. */
static void forget_slots(struct memport *mp)
{
	for (unsigned half = 0; half < 2; half++)
		if (env_is_good(copy_at(mp, half), LEN))
			put(copy_at(mp, half), env_serial(copy_at(mp, half)), "other=1");
}

/* Any state comes back, and the one that was saved last is it: 600 times through the serial's end. */
START_TEST(env_round_trip_over_the_end_of_the_serial)
{
	struct memport *mp = mp_new(16, _i ? 0x00 : 0xff, 1);
	uint64_t seed = 7;
	bool same = true;

	for (unsigned i = 1; i <= 600 && same; i++) {
		struct bootctl b = random_state(&seed);
		struct bootctl_store got;

		mp->port.nslots = b.nslots;
		forget_slots(mp);
		save(mp, &b);
		got = load(mp);
		simplify(&b);
		same = got.valid && same_state(&got.now, &b) && got.seq == i % 256 &&
		       got.env.half == (i + 1) % 2;
		ck_assert_msg(same, "state %u", i);
	}
	mp_free(mp);
}
END_TEST

/* As fw_printenv and U-Boot choose (tests/interop/uboot.bats asks the former). */
static const struct {
	uint8_t serial[2];
	unsigned in_force;
} pairs[] = {{{127, 128}, 1}, {{128, 127}, 0}, {{255, 0}, 1}, {{0, 255}, 0}, {{254, 255}, 1},
	{{255, 254}, 0}, {{255, 1}, 0}, {{1, 255}, 1}, {{0, 128}, 1}, {{200, 3}, 0}, {{5, 5}, 0},
	{{0, 0}, 0}, {{255, 255}, 0}, {{0, 1}, 1}};

START_TEST(env_chooses_as_u_boot_does)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl_store got;

	put(copy_at(mp, 0), pairs[_i].serial[0], "ota_slots=2;ota_last_booted=0");
	put(copy_at(mp, 1), pairs[_i].serial[1], "ota_slots=2;ota_last_booted=1");
	got = load(mp);
	ck_assert(got.valid && !got.env.lone);
	ck_assert_uint_eq(got.now.last_booted, pairs[_i].in_force);
	/* What comes next goes into the other one, and is in force then. */
	got.now.trial = true;
	ck_assert_int_eq(bootctl_save(&got, &got.now, NULL), OTA_OK);
	got = load(mp);
	ck_assert(got.now.trial);
	ck_assert_uint_eq(got.env.half, 1 - pairs[_i].in_force);
	ck_assert_uint_eq(got.seq, (pairs[_i].serial[pairs[_i].in_force] + 1U) % 256);
	mp_free(mp);
}
END_TEST

START_TEST(env_keeps_what_is_not_ours)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = {.nslots = 2};
	char text[LEN];

	put(copy_at(mp, 0), 9,
		"bootcmd=run ota; reset;BOOT_C_LEFT=1;ota_C_version=x;ota_slots=2;nothing;"
		"ota_A_version=1;BOOT_ORDERS=z;empty=;BOOT_?_LEFT=4");
	save(mp, &b);
	get(text, copy_at(mp, 1));
	ck_assert_str_eq(text,
		"bootcmd=run ota; reset;BOOT_C_LEFT=1;ota_C_version=x;nothing;BOOT_ORDERS=z;"
		"empty=;BOOT_?_LEFT=4;BOOT_A_LEFT=0;BOOT_B_LEFT=0;ota_slots=2;");
	mp_free(mp);
}
END_TEST

/* A flip in the serial of the copy in force brings one of the two states; any other one the other. */
START_TEST(env_any_flipped_bit_falls_back_to_the_other_copy)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	uint8_t *copy = copy_at(mp, 1);

	save(mp, &b);
	b.slot[0].counter = 6;
	save(mp, &b);
	for (size_t bit = 0; bit < 8 * (size_t)LEN; bit++) {
		bool serial = bit / 8 == 4;
		struct bootctl_store got;

		copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		got = load(mp);
		copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		if (!got.valid || got.env.lone == serial ||
			got.now.slot[0].counter != (serial && bit % 8 != 1 ? 6 : 5))
			ck_abort_msg("bit %zu", bit);
	}
	ck_assert_uint_eq(load(mp).now.slot[0].counter, 6);
	mp_free(mp);
}
END_TEST

/* The crc32 is right, the list is cut, or any bit of it is another: taken as it is, or not at all. */
START_TEST(env_hostile_lists)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	uint8_t *copy = copy_at(mp, 0), was[LEN];
	size_t end, valid = 0;

	save(mp, &b);
	memcpy(was, copy, LEN);
	end = 8 * 512;
	for (size_t i = 0; i < end + ROOM; i++) {
		struct bootctl_store got, again;

		memcpy(copy, was, LEN);
		if (i < end)
			copy[ENV_HEAD + i / 8] ^= (uint8_t)(1U << (i % 8));
		else
			memset(copy + ENV_HEAD + (i - end), 'x', ROOM - (i - end));
		env_seal(copy, LEN, 1);
		if (bootctl_load(&got, t_ctx(), &d, &mp->port, NULL) || !got.valid)
			continue;
		valid++;
		if (bootctl_save(&got, &got.now, NULL))
			ck_abort_msg("list %zu cannot be written again", i);
		again = load(mp);
		if (!again.valid || !same_state(&again.now, &got.now))
			ck_abort_msg("list %zu is another one when written again", i);
		memset(copy_at(mp, 1), 0xff, LEN);
	}
	ck_assert_uint_gt(valid, 1000);
	mp_free(mp);
}
END_TEST

static const struct {
	const char *vars, *why;
} contradictions[] = {
	{"other=1", "it has no ota_slots"},
	{"", "it has no ota_slots"},
	{"ota_slots=1", "it has no ota_slots"},
	{"ota_slots=5", "ota_slots has an impossible value"},
	{"ota_slots=2;ota_last_booted=2", "ota_last_booted is no slot"},
	{"ota_slots=2;BOOT_A_LEFT=many", "BOOT_A_LEFT has an impossible value"},
	{"ota_slots=2;BOOT_B_LEFT=-1", "BOOT_B_LEFT has an impossible value"},
	{"ota_slots=2;BOOT_B_LEFT=4294967296", "BOOT_B_LEFT has an impossible value"},
	{"ota_slots=2;ota_trial=yes", "ota_trial has an impossible value"},
	{"ota_slots=2;ota_A_successful=2", "ota_A_successful has an impossible value"},
	{"ota_slots=2;ota_A_chain_failures=4", "ota_A_chain_failures has an impossible value"},
	{"ota_slots=2;ota_B_digest=00", "ota_B_digest has an impossible value"},
	{"ota_slots=2;ota_B_version=1 2", "ota_B_version has an impossible value"},
	{"ota_slots=2;ota_B_version=123456789012345678901234567890123",
		"ota_B_version has an impossible value"},
	{"ota_slots=2;ota_time_floor=18446744073709551616",
		"ota_time_floor has an impossible value"},
};

/* Alone it is a lost one, and says why; beside another it is a bad copy, and that one is in force. */
START_TEST(env_contradictions)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	struct bootctl_store got;
	ota_err err = OTA_ERR_INIT;

	put(copy_at(mp, 1), 8, contradictions[_i].vars);
	got = load(mp);
	ck_assert(!got.valid);
	ck_assert_str_eq(got.why, contradictions[_i].why);
	ck_assert_int_eq(bootctl_repair(&got, &err), OTA_IO);
	ck_id(err, OTA_E_BOOTCTL);
	ck_assert(strstr(err.msg, contradictions[_i].why) != NULL);

	ck_ok(bootctl_save(&got, &b, &err), &err);
	ck_assert_uint_eq(env_serial(copy_at(mp, 0)), 9);
	put(copy_at(mp, 1), 10, contradictions[_i].vars);
	got = load(mp);
	ck_assert(got.valid && got.env.lone && got.env.half == 0);
	ck_assert_str_eq(got.why, contradictions[_i].why);
	ck_ok(bootctl_repair(&got, &err), &err);
	ck_assert_mem_eq(copy_at(mp, 0), copy_at(mp, 1), LEN);
	mp_free(mp);
}
END_TEST

static const struct {
	const char *vars;
	uint8_t priority[2], tries[2];
	bool spent;
} edits[] = {
	{"", {15, 14}, {3, 3}, false},
	{"BOOT_ORDER=", {15, 14}, {3, 3}, false},
	{"BOOT_ORDER=B A", {14, 15}, {3, 3}, false},
	{"BOOT_ORDER=  B  A B rescue C ", {14, 15}, {3, 3}, false},
	{"BOOT_ORDER=rescue", {0, 0}, {3, 3}, false},
	{"BOOT_ORDER=B;BOOT_A_LEFT=1", {0, 15}, {1, 3}, false},
	{"BOOT_A_LEFT=0;BOOT_B_LEFT=900", {0, 14}, {0, 7}, false},
	{"BOOT_ORDER=A B;BOOT_A_LEFT=0", {15, 14}, {0, 3}, false},
	{"BOOT_ORDER=A B;BOOT_A_LEFT=0;ota_A_successful=1", {0, 14}, {0, 3}, false},
	{"BOOT_ORDER=A B;BOOT_A_LEFT=2;ota_A_successful=1", {15, 14}, {0, 3}, true},
	{"BOOT_ORDER=A B;BOOT_A_LEFT=4;ota_A_successful=1", {15, 14}, {0, 3}, false},
	{"BOOT_ORDER=A;BOOT_ORDER=B", {0, 15}, {3, 3}, false},
};

START_TEST(env_edits)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl_store got;
	char vars[256];

	snprintf(vars, sizeof(vars), "ota_slots=2;%s", edits[_i].vars);
	put(copy_at(mp, 0), 1, vars);
	got = load(mp);
	ck_assert(got.valid);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(got.now.slot[i].priority, edits[_i].priority[i]);
		ck_assert_uint_eq(got.now.slot[i].tries, edits[_i].tries[i]);
	}
	ck_assert(got.spent == edits[_i].spent);
	mp_free(mp);
}
END_TEST

START_TEST(env_for_other_slots)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl_store got;
	ota_err err = OTA_ERR_INIT;

	put(copy_at(mp, 0), 1, "ota_slots=3");
	ck_assert_int_eq(bootctl_load(&got, t_ctx(), &d, &mp->port, &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	mp_free(mp);
}
END_TEST

START_TEST(env_without_room)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	struct bootctl b = sample();
	struct bootctl_store got;
	char vars[LEN] = "ota_slots=2;x=";
	ota_err err = OTA_ERR_INIT;
	uint8_t was[LEN];

	memset(vars + strlen(vars), 'y', ROOM - 200);
	put(copy_at(mp, 0), 1, vars);
	memcpy(was, copy_at(mp, 0), LEN);
	got = load(mp);
	ck_assert_int_eq(bootctl_save(&got, &b, &err), OTA_LIMIT);
	ck_id(err, OTA_E_LIMIT);
	ck_assert_mem_eq(was, copy_at(mp, 0), LEN);
	ck_assert(load(mp).valid);
	mp_free(mp);
}
END_TEST

/* Copies of whole blocks must fit the region. */
START_TEST(env_bad_geometry)
{
	struct memport *mp = mp_new(1, 0xff, 1);
	ota_geometry *g = &mp->region[0].flash.geometry;
	const ota_geometry bad[] = {{MP_ERASE, MP_ERASE, 1, 0xff}, {8192, 4095, 1, 0xff},
		{8192, 8192, 1, 0xff}, {8192, 4096, 3, 0xff}, {8192, 4096, 1, 0x55},
		{2 * LEN - 1, 512, 1, 0xff}};
	const ota_geometry good = *g;
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

/* ---- the device on it ---- */

/* A boot script counts down every start; a system that says that it is well gets them back. */
START_TEST(env_finish_gives_starts_back)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	struct bootctl_store got;
	ota_err err = OTA_ERR_INIT;

	rig_use_env(r, LEN);
	put(copy_at(r->mp, 0), 200,
		"ota_slots=2;BOOT_ORDER=A;BOOT_A_LEFT=1;BOOT_B_LEFT=0;ota_A_successful=1");
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	got = load(r->mp);
	ck_assert(got.valid && !got.spent);
	ck_assert_uint_eq(got.seq, 201);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_assert_uint_eq(load(r->mp).seq, 201);
	rig_free(r);
}
END_TEST

/* Both copies contradict themselves: what verifies now starts, and other variables are still there. */
START_TEST(env_recovers)
{
	struct rig *r = rig_new(16, 0x00, 1, NULL);
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	char text[LEN];

	rig_use_env(r, LEN);
	rig_update(r, 1);
	for (unsigned half = 0; half < 2; half++)
		put(copy_at(r->mp, half), 7, "ota_slots=2;ota_trial=2;serial#=4711");
	ck_assert_int_eq(rig_install(r, 2, NULL, &err), OTA_IO);
	ck_id(err, OTA_E_BOOTCTL);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(boot.trial);
	ck_assert_int_eq(rig_holds(r, boot.slot), 1);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	get(text, copy_at(r->mp, load(r->mp).env.half));
	ck_assert(strncmp(text, "serial#=4711;", 13) == 0);
	rig_free(r);
}
END_TEST

/* The report says what no loader of ours does. */
START_TEST(env_floor_is_not_enforced)
{
	struct rig *r = rig_new(16, 0xff, 1, NULL);
	ota_dev_state s = {.size = sizeof(s)};
	ota_report *rep = NULL;
	ota_boot boot = {.size = sizeof(boot)};
	ota_err err = OTA_ERR_INIT;
	bool said = false;
	ota_dev *dev;

	if (_i)
		rig_use_env(r, LEN);
	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	dev = rig_open(r);
	ck_ok(ota_dev_boot(dev, &boot, rep, &err), &err);
	ck_ok(ota_dev_state_get(dev, &s, &err), &err);
	ck_assert(s.floor_enforced == !_i);
	for (size_t i = 0; i < ota_report_count(rep); i++)
		said = said || strcmp(ota_report_at(rep, i)->subject, "floor") == 0;
	ck_assert(said == (_i == 1));
	ota_dev_close(dev);
	ota_report_free(rep);
	rig_free(r);
}
END_TEST

TCase *tcase_boot_env(void)
{
	TCase *tc = tcase_create("boot_env");

	tcase_add_test(tc, env_layout);
	tcase_add_loop_test(tc, env_round_trip_over_the_end_of_the_serial, 0, 2);
	tcase_add_loop_test(tc, env_chooses_as_u_boot_does, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_test(tc, env_keeps_what_is_not_ours);
	tcase_add_test(tc, env_any_flipped_bit_falls_back_to_the_other_copy);
	tcase_add_test(tc, env_hostile_lists);
	tcase_add_loop_test(
		tc, env_contradictions, 0, sizeof(contradictions) / sizeof(contradictions[0]));
	tcase_add_loop_test(tc, env_edits, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_test(tc, env_for_other_slots);
	tcase_add_test(tc, env_without_room);
	tcase_add_test(tc, env_bad_geometry);
	tcase_add_test(tc, env_finish_gives_starts_back);
	tcase_add_test(tc, env_recovers);
	tcase_add_loop_test(tc, env_floor_is_not_enforced, 0, 2);
	return tc;
}
