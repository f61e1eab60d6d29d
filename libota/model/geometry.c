/* SPDX-License-Identifier: MIT */
#include <model/geometry.h>

#include <base/num.h>

#define US_PER_S UINT64_C(1000000)

static uint64_t units(uint64_t size, uint64_t unit)
{
	return size / unit + (size % unit != 0);
}

uint64_t geometry_erases(const ota_devfile *d, uint64_t size)
{
	return units(size, d->erase_size);
}

uint64_t geometry_programs(const ota_devfile *d, uint64_t size)
{
	return units(size, d->program_size) * d->program_size;
}

/* DEVFILE_RATE_MAX bytes and US_PER_S of them do not overflow. */
static bool read_us(uint64_t *out, uint64_t bytes, uint64_t rate)
{
	*out = 0;
	if (rate == 0)
		return true;
	return mul_u64(out, bytes / rate, US_PER_S) &&
	       add_u64(out, *out, units(bytes % rate * US_PER_S, rate));
}

uint64_t geometry_ram(const ota_devfile *d)
{
	if (d->ram == 0)
		return 0;
	return d->ram > d->erase_size ? d->ram - d->erase_size : 1;
}

uint64_t geometry_us(const ota_devfile *d, const struct flash_use *use)
{
	uint64_t erase, program, read;

	if (!mul_u64(&erase, use->erases, d->erase_us) ||
		!mul_u64(&program, units(use->programmed, d->program_size), d->program_us) ||
		!read_us(&read, use->read, d->read_rate) || !add_u64(&erase, erase, program) ||
		!add_u64(&erase, erase, read))
		return UINT64_MAX;
	return erase;
}
