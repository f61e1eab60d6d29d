/* SPDX-License-Identifier: MIT */
/* Step 6: every rule broken once, and the order of the answers. */
#include <unit.h>

#include <ota/text.h>

#include <model/rules.h>
#include <package/check.h>

static struct manifest_component comp;
static struct manifest_step step;
static struct rule rule;
static struct fact fact;
static struct facts facts;
static ota_manifest m;
static struct check_input in;

static void setup(void)
{
	comp = (struct manifest_component){.name = "rootfs"};
	step = (struct manifest_step){.op = STEP_WRITE, .component = "rootfs"};
	fact = (struct fact){.name = "battery.percent", .type = FACT_NUMBER, .number = 50};
	facts = (struct facts){&fact, 1};
	m = (ota_manifest){.product = "gw-100",
		.version = "2.4.0",
		.security_counter = 7,
		.created = OTA_TIME_NONE,
		.expires = OTA_TIME_NONE,
		.components = &comp,
		.component_count = 1,
		.steps = &step,
		.step_count = 1,
		.resources = {.ram = 1000}};
	in = (struct check_input){.m = &m,
		.product = "gw-100",
		.facts = &facts,
		.running_version = "2.3.0",
		.running_counter = 5,
		.floor = 5,
		.bounds = {.expires = OTA_TIME_NONE},
		.at = OTA_TIME_NONE,
		.time_floor = OTA_TIME_NONE};
}

static void expect(ota_id want, int line)
{
	ota_err err = OTA_ERR_INIT;
	ota_report *rep = NULL;
	ota_status st;

	ck_ok(ota_report_new(&rep, t_ctx(), &err), &err);
	st = check_policy(&in, rep, &err);
	ck_assert_msg(err.id == want && (st == OTA_OK) == (want == OTA_E_NONE), "line %d: %s (%s)",
		line, err.id ? ota_id_find(err.id)->name : "accepted", err.msg);
	if (want != OTA_E_NONE && st != OTA_DEFERRED)
		ck_assert_uint_ge(ota_report_failures(rep), 1);
	ota_report_free(rep);
	setup();
}
#define EXPECT(want) expect(want, __LINE__)

START_TEST(product)
{
	EXPECT(OTA_E_NONE);
	in.product = NULL;
	EXPECT(OTA_E_NONE);
	in.product = "gw-10";
	EXPECT(OTA_E_PRODUCT);
}
END_TEST

START_TEST(version)
{
	in.running_version = NULL;
	EXPECT(OTA_E_NONE);
	in.running_version = "2.4.0";
	EXPECT(OTA_E_VERSION);
	in.running_version = "2.4.0";
	in.reinstall = true;
	EXPECT(OTA_E_NONE);
	in.running_version = "2.4.0+build.7"; /* build metadata makes no order */
	EXPECT(OTA_E_VERSION);
	in.running_version = "2.4.0-rc.1";
	EXPECT(OTA_E_NONE);
	in.running_version = "10.0.0";
	in.reinstall = true;
	EXPECT(OTA_E_VERSION);
	in.running_version = "10.0.0";
	in.allow_downgrade = true;
	EXPECT(OTA_E_VERSION); /* the package must want it too */
	in.running_version = "10.0.0";
	m.allow_downgrade = true;
	EXPECT(OTA_E_VERSION); /* and the device must allow it */
	in.running_version = "10.0.0";
	in.allow_downgrade = true;
	m.allow_downgrade = true;
	EXPECT(OTA_E_NONE);
}
END_TEST

START_TEST(counter)
{
	in.floor = 7;
	EXPECT(OTA_E_NONE);
	in.floor = 8;
	EXPECT(OTA_E_COUNTER);
	in.running_counter = 8;
	EXPECT(OTA_E_COUNTER);
	m.security_counter = 5 + COUNTER_STEP_MAX;
	EXPECT(OTA_E_NONE);
	m.security_counter = 6 + COUNTER_STEP_MAX;
	EXPECT(OTA_E_STEP);
	in.max_step = 2;
	EXPECT(OTA_E_NONE);
	in.max_step = 1;
	EXPECT(OTA_E_STEP);
	/* No wrap where the device stands at the top. */
	in.floor = UINT32_MAX;
	EXPECT(OTA_E_COUNTER);
	in.floor = UINT32_MAX;
	m.security_counter = UINT32_MAX;
	EXPECT(OTA_E_NONE);
	/* A downgrade of the version never lowers the counter. */
	m.security_counter = 4;
	in.allow_downgrade = true;
	m.allow_downgrade = true;
	EXPECT(OTA_E_COUNTER);
}
END_TEST

START_TEST(requirements)
{
	m.requires.version = ">=2.0.0 <2.4.0";
	EXPECT(OTA_E_NONE);
	m.requires.version = ">=2.3.1";
	EXPECT(OTA_E_REQUIRES);
	m.requires.version = "*";
	in.running_version = NULL;
	EXPECT(OTA_E_REQUIRES); /* unknown fulfils nothing */
	m.requires.counter_min = 5;
	EXPECT(OTA_E_NONE);
	m.requires.counter_min = 6;
	EXPECT(OTA_E_REQUIRES);
}
END_TEST

START_TEST(times)
{
	m.expires = 1000;
	EXPECT(OTA_E_NONE); /* no clock, no floor */
	m.expires = 1000;
	in.at = 999;
	EXPECT(OTA_E_NONE);
	m.expires = 1000;
	in.at = 1000;
	EXPECT(OTA_E_EXPIRED);
	/* A clock that was set back does not help below the floor. */
	m.expires = 1000;
	in.at = 0;
	in.time_floor = 1000;
	EXPECT(OTA_E_EXPIRED);
}
END_TEST

START_TEST(device_policy)
{
	comp.slot = SLOT_SINGLE;
	EXPECT(OTA_E_POLICY);
	comp.slot = SLOT_SINGLE;
	in.allow_single = true;
	EXPECT(OTA_E_NONE);
	step.op = STEP_RUN_HOOK;
	EXPECT(OTA_E_HOOK);
	step.op = STEP_RUN_HOOK;
	in.allow_hooks = true;
	EXPECT(OTA_E_NONE);
	in.ram = 1000;
	EXPECT(OTA_E_NONE);
	in.ram = 999;
	EXPECT(OTA_E_RAM);
}
END_TEST

static void add_rule(enum rule_effect effect, int64_t least)
{
	static struct fact value;

	value = (struct fact){.name = "battery.percent", .type = FACT_NUMBER, .number = least};
	rule = (struct rule){.kind = RULE_LEAF,
		.effect = effect,
		.fact = "battery.percent",
		.op = OP_GE,
		.values = &value,
		.value_count = 1,
		.absent = -1};
	m.rules = &rule;
	m.rule_count = 1;
}

START_TEST(rules_refuse_and_defer)
{
	add_rule(EFFECT_REQUIRE, 50);
	EXPECT(OTA_E_NONE);
	add_rule(EFFECT_REQUIRE, 51);
	EXPECT(OTA_E_RULE);
	add_rule(EFFECT_DEFER, 51);
	EXPECT(OTA_E_DEFER);
	/* "Later" is no answer to what will never be accepted. */
	add_rule(EFFECT_DEFER, 51);
	in.floor = 8;
	EXPECT(OTA_E_COUNTER);
	add_rule(EFFECT_DEFER, 51);
	facts.count = 0;
	EXPECT(OTA_E_UNKNOWN_FACT);
}
END_TEST

TCase *tcase_pkg_policy(void)
{
	TCase *tc = tcase_create("pkg_policy");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, product);
	tcase_add_test(tc, version);
	tcase_add_test(tc, counter);
	tcase_add_test(tc, requirements);
	tcase_add_test(tc, times);
	tcase_add_test(tc, device_policy);
	tcase_add_test(tc, rules_refuse_and_defer);
	return tc;
}
