/* SPDX-License-Identifier: MIT */
#include "model_unit.h"

#include <model/cost.h>
#include <model/geometry.h>

TCase *tcase_cost(void);

START_TEST(links)
{
	struct devfile_link lte = {.bytes_per_second = 1000, .price_per_mb = 10};
	struct devfile_link lora = {.frame_bytes = 48, .frame_us = 1500, .duty_permille = 10};

	ck_assert_uint_eq(link_ms(&lte, 0), 0);
	ck_assert_uint_eq(link_ms(&lte, 1), 1);
	ck_assert_uint_eq(link_ms(&lte, 1500), 1500);
	lte.bytes_per_second = 3;
	ck_assert_uint_eq(link_ms(&lte, 1), 334);
	ck_assert_uint_eq(link_price(&lte, 0), 0);
	ck_assert_uint_eq(link_price(&lte, 1), 1);
	ck_assert_uint_eq(link_price(&lte, 1000000), 10);
	ck_assert_uint_eq(link_price(&lte, 1000001), 11);
	/* A frame of 1.5 ms keeps the air for 150. */
	ck_assert_uint_eq(link_ms(&lora, 1), 150);
	ck_assert_uint_eq(link_ms(&lora, 48), 150);
	ck_assert_uint_eq(link_ms(&lora, 49), 300);
	ck_assert_uint_eq(link_price(&lora, 1 << 20), 0);
}
END_TEST

/* The limits of the device file on the largest package: no number wraps. */
START_TEST(largest)
{
	struct devfile_link slow = {.frame_bytes = 1, .frame_us = DEVFILE_US_MAX};
	struct devfile_link dear = {.bytes_per_second = 1, .price_per_mb = DEVFILE_PRICE_MAX};
	ota_devfile d = {.erase_size = 1, .program_size = 1, .erase_us = DEVFILE_US_MAX};

	slow.duty_permille = 1;
	ck_assert_uint_eq(link_ms(&slow, 1), UINT64_C(3600000000));
	ck_assert_uint_eq(link_ms(&slow, UINT64_C(1) << 48U), UINT64_MAX);
	ck_assert_uint_eq(link_ms(&dear, UINT64_C(1) << 48U), (UINT64_C(1) << 48U) * 1000);
	ck_assert_uint_eq(link_price(&dear, UINT64_C(1) << 48U), (UINT64_C(1) << 48U) * 1000);
	ck_assert_uint_eq(
		geometry_us(&d, &(struct flash_use){UINT64_C(1) << 38U, 0, 0}), UINT64_MAX);
	d.read_rate = DEVFILE_RATE_MAX;
	ck_assert_uint_eq(
		geometry_us(&d, &(struct flash_use){0, 0, DEVFILE_RATE_MAX - 1}), 1000000);
	d.read_rate = 1;
	ck_assert_uint_eq(
		geometry_us(&d, &(struct flash_use){0, 0, UINT64_C(1) << 48U}), UINT64_MAX);
}
END_TEST

START_TEST(flash)
{
	ota_devfile d = {.erase_size = 4096, .program_size = 256, .erase_us = 100};
	struct flash_use use = {2, 4352, 1000};

	ck_assert_uint_eq(geometry_erases(&d, 0), 0);
	ck_assert_uint_eq(geometry_erases(&d, 1), 1);
	ck_assert_uint_eq(geometry_erases(&d, 4096), 1);
	ck_assert_uint_eq(geometry_erases(&d, 4097), 2);
	ck_assert_uint_eq(geometry_programs(&d, 1), 256);
	ck_assert_uint_eq(geometry_programs(&d, 257), 512);
	ck_assert_uint_eq(geometry_us(&d, &use), 200);
	d.program_us = 7;
	ck_assert_uint_eq(geometry_us(&d, &use), 200 + 17 * 7);
	d.read_rate = 3000;
	ck_assert_uint_eq(geometry_us(&d, &use), 200 + 17 * 7 + 333334);
}
END_TEST

TCase *tcase_cost(void)
{
	TCase *tc = tcase_create("cost");

	tcase_add_test(tc, links);
	tcase_add_test(tc, largest);
	tcase_add_test(tc, flash);
	return tc;
}
