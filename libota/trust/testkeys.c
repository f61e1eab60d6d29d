/* SPDX-License-Identifier: MIT */
#include <trust/testkeys.h>

#include <string.h>

/*
 * Material ids, not key ids: another scheme name or another encoding of a
 * published key is the same published key.
 */
static const char *const materials[] = {
	"a503e693ce79342385810971931a32613f22fec361db08c32ab83a8e0f84c730", /* keys/test.key */
};

bool testkey_is(const struct digest *material)
{
	char hex[2 * DIGEST_MAX + 1];

	digest_hex(hex, material);
	for (size_t i = 0; i < sizeof(materials) / sizeof(materials[0]); i++) {
		if (strcmp(hex, materials[i]) == 0)
			return true;
	}
	return false;
}
