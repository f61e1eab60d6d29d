/* SPDX-License-Identifier: MIT */
/* A copy of a U-Boot environment with a right crc32: what is read is written, and read again. */
#include <string.h>

#include <device/boot_vars.h>
#include <device/env.h>

#include "fuzz.h"

#define LEN 4096U

static bool again(uint8_t copy[static LEN], const struct bootctl *b)
{
	struct bootctl got;
	char why[BOOT_WHY_LEN];
	bool spent;

	if (!boot_vars_write(copy, LEN, b))
		return false;
	env_seal(copy, LEN, 1);
	FUZZ_ASSERT(boot_vars_read(&got, &spent, why, copy, LEN, b->nslots));
	FUZZ_ASSERT(!spent);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t copy[LEN] = {0}, twice[LEN];
	struct bootctl b;
	char why[BOOT_WHY_LEN];
	bool spent;

	if (len < 1)
		return 0;
	memcpy(copy + ENV_HEAD, data + 1, len - 1 < LEN - ENV_HEAD ? len - 1 : LEN - ENV_HEAD);
	env_seal(copy, LEN, data[0]);
	FUZZ_ASSERT(env_is_good(copy, LEN));
	if (!boot_vars_read(&b, &spent, why, copy, LEN, 2 + data[0] % 3U))
		return 0;
	if (b.nslots != 2 + data[0] % 3U || !again(copy, &b))
		return 0;
	memcpy(twice, copy, LEN);
	FUZZ_ASSERT(boot_vars_read(&b, &spent, why, copy, LEN, b.nslots));
	FUZZ_ASSERT(again(twice, &b));
	FUZZ_ASSERT(memcmp(copy, twice, LEN) == 0);
	return 0;
}
