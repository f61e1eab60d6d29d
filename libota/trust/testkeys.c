/* SPDX-License-Identifier: MIT */
#include <trust/testkeys.h>

#include <string.h>

/*
 * Material ids, not key ids: another scheme name or another encoding of a
 * published key is the same published key.
 */
static const char *const materials[] = {
	"a503e693ce79342385810971931a32613f22fec361db08c32ab83a8e0f84c730", /* keys/test.key */
	"8cb4febed6fc308f12a797aea965f245beccb14839a2681f88db40925cf9b4d5", /* formats/vectors, 1 */
	"87e63e9f360524f6344275279e3a4ba9cac3fd0829e24bd8a4afb0beecfc0f0c", /* formats/vectors, 2 */
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
