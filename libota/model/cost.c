/* SPDX-License-Identifier: MIT */
#include <model/cost.h>

#include <base/num.h>

#define MB UINT64_C(1000000)

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* a·b / c, rounded up. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t rest, whole;

	if (!mul_u64(&whole, a / c, b) || !mul_u64(&rest, a % c, b) ||
		!add_u64(&whole, whole, ceil_div(rest, c)))
		return UINT64_MAX;
	return whole;
}

/* A frame that is not full takes its time too, and silence keeps the duty. */
uint64_t link_ms(const struct devfile_link *l, uint64_t bytes)
{
	uint64_t us;

	if (l->bytes_per_second > 0)
		return scale(bytes, 1000, l->bytes_per_second);
	if (!mul_u64(&us, ceil_div(bytes, l->frame_bytes), l->frame_us))
		return UINT64_MAX;
	return ceil_div(scale(us, 1000, l->duty_permille), 1000);
}

uint64_t link_price(const struct devfile_link *l, uint64_t bytes)
{
	return scale(bytes, l->price_per_mb, MB);
}
