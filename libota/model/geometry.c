/* SPDX-License-Identifier: MIT */
#include <model/geometry.h>

#include <base/num.h>

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

uint64_t geometry_us(const ota_devfile *d, uint64_t erases, uint64_t programs)
{
	uint64_t erase, program, sum;

	if (!mul_u64(&erase, erases, d->erase_us) ||
		!mul_u64(&program, units(programs, d->program_size), d->program_us) ||
		!add_u64(&sum, erase, program))
		return UINT64_MAX;
	return sum;
}
