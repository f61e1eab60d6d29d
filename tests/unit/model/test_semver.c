/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <model/semver.h>

TCase *tcase_semver(void);

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Rising; the middle is the list of SemVer 2.0.0, rule 11. */
static const char *const order[] = {"0.0.0-0", "0.0.0", "0.0.1", "0.1.0", "1.0.0-0", "1.0.0-2",
	"1.0.0-10", "1.0.0-2147483647", "1.0.0--", "1.0.0-1a", "1.0.0-A", "1.0.0-alpha",
	"1.0.0-alpha.1", "1.0.0-alpha.1.0", "1.0.0-alpha.beta", "1.0.0-alpha-1", "1.0.0-beta",
	"1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.10", "1.2.0", "1.10.0",
	"2.0.0", "2.1.0", "2.1.1", "10.0.0", "2147483647.2147483647.2147483647"};

START_TEST(total_order)
{
	for (size_t i = 0; i < COUNT(order); i++)
		ck_assert_msg(semver_ok(order[i]), "%s", order[i]);
	for (size_t i = 0; i < COUNT(order); i++) {
		for (size_t k = 0; k < COUNT(order); k++) {
			int c = semver_cmp(order[i], order[k]);

			ck_assert_msg((c > 0) - (c < 0) == (i > k) - (i < k), "%s : %s = %d",
				order[i], order[k], c);
		}
	}
	ck_assert_int_eq(semver_cmp("1.0.0+a", "1.0.0+b"), 0);
	ck_assert_int_eq(semver_cmp("1.0.0-x+a", "1.0.0-x"), 0);
}
END_TEST

static const char *const good[] = {"0.0.0", "1.0.0-0", "1.0.0-a.0.b-c.9z", "1.0.0+001", "1.0.0-01a",
	"1.0.0--", "1.0.0+-", "1.0.0-a+b.c-d", "2147483647.0.0",
	"1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
static const char *const bad[] = {"", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.00.0", "1.0.00",
	"1.0.0-", "1.0.0+", "1.0.0-01", "1.0.0-a..b", "1.0.0-.a", "1.0.0-a.", "1.0.0+a+b",
	"1.0.0+a..b", " 1.0.0", "1.0.0 ", "1.0.0-ä", "1.0.0-a_b", "2147483648.0.0",
	"1.0.0-2147483648", "99999999999999999999.0.0", "-1.0.0", "+1.0.0", "1.-1.0", "1..0",
	"a.b.c", "0x1.0.0", "1.0.0\n", "1,0,0",
	"1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

START_TEST(grammar)
{
	for (size_t i = 0; i < COUNT(good); i++)
		ck_assert_msg(semver_ok(good[i]), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!semver_ok(bad[i]), "%s", bad[i]);
}
END_TEST

static const struct {
	const char *version, *range;
	bool in;
} ranges[] = {
	{"1.0.0", "1.0.0", true},
	{"1.0.0+x", "=1.0.0", true},
	{"1.0.1", "=1.0.0", false},
	{"1.0.0", ">1.0.0", false},
	{"1.0.0", ">=1.0.0", true},
	{"1.0.0", "<1.0.0", false},
	{"1.0.0", "<=1.0.0", true},
	{"0.0.0-0", "*", true},
	{"2.3.9", ">=2.0.0 <2.4.0 || =1.9.7", true},
	{"1.9.7", ">=2.0.0 <2.4.0 || =1.9.7", true},
	{"1.9.8", ">=2.0.0 <2.4.0 || =1.9.7", false},
	{"2.4.0", ">=2.0.0 <2.4.0 || =1.9.7", false},
	/* Plain SemVer order: no special case for pre-releases. */
	{"2.4.0-rc.1", ">=2.0.0 <2.4.0", true},
	{"2.0.0-rc.1", ">=2.0.0 <2.4.0", false},
	{"3.0.0", "<1.0.0 || <2.0.0 || >=3.0.0", true},
	{"2.5.0", "<1.0.0 || * <2.0.0 || >=3.0.0", false},
};

static const char *const bad_ranges[] = {"", " ", "||", "|| 1.0.0", "1.0.0 ||", "1.0.0 || || 1.0.0",
	"1.0.0||1.0.0", "1.0.0  2.0.0", " 1.0.0", "1.0.0 ", ">= 1.0.0", "=>1.0.0", "==1.0.0", ">",
	"~1.0.0", "^1.0.0", "1.x", "**", "*1.0.0", ">*", "1.0.0 | 2.0.0", "1.0.0 && 2.0.0",
	"1.0.0\t2.0.0", ">=1.0.0,<2.0.0", "!1.0.0", "<>1.0.0"};

START_TEST(range)
{
	char longest[SEMVER_RANGE_MAX + 3] = "";

	for (size_t i = 0; i < COUNT(ranges); i++) {
		ck_assert_msg(semver_range_ok(ranges[i].range), "%s", ranges[i].range);
		ck_assert_msg(semver_in(ranges[i].version, ranges[i].range) == ranges[i].in,
			"%s in %s", ranges[i].version, ranges[i].range);
	}
	for (size_t i = 0; i < COUNT(bad_ranges); i++)
		ck_assert_msg(!semver_range_ok(bad_ranges[i]), "\"%s\"", bad_ranges[i]);
	ck_assert(!semver_in("not", "*"));
	ck_assert(!semver_in("1.0.0", ">="));
	for (size_t i = 0; i < SEMVER_RANGE_MAX / 2; i++)
		strcat(longest, "* ");
	longest[SEMVER_RANGE_MAX - 1] = '\0';
	ck_assert(semver_range_ok(longest));
	strcat(longest, " *");
	ck_assert(!semver_range_ok(longest));
}
END_TEST

TCase *tcase_semver(void)
{
	TCase *tc = tcase_create("semver");

	tcase_add_test(tc, total_order);
	tcase_add_test(tc, grammar);
	tcase_add_test(tc, range);
	return tc;
}
