/* SPDX-License-Identifier: MIT */
/* Replay without libFuzzer: each file named, whole and cut at up to 64 places. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define CUTS 64U

static void run(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	/* Exactly as long as the input, so that a sanitizer sees every read past the end. */
	FUZZ_ASSERT(exact != NULL);
	memcpy(exact, data, len);
	(void)LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t cap = (size_t)1 << 20U;
	uint8_t *data = malloc(cap);
	size_t len;

	FUZZ_ASSERT(data != NULL);
	if (f == NULL) {
		free(data);
		return 1;
	}
	len = fread(data, 1, cap, f);
	fclose(f);
	run(data, len);
	for (size_t i = 0; i < CUTS; i++)
		run(data, len * i / CUTS);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	printf("%d inputs\n", argc - 1);
	return failed;
}
