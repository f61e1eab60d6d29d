/* SPDX-License-Identifier: MIT */
/* A whole package or a slice of one, as `extract --unauthenticated` and `inspect` meet it. */
#include <string.h>

#include <ota/package.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <package/header.h>
#include <package/slice.h>

#include "fuzz.h"

static void look(ota_source *src)
{
	ota_peek *peek = NULL;

	if (ota_pkg_peek(&peek, fuzz_ctx(), src, NULL, NULL) == OTA_OK)
		FUZZ_ASSERT(ota_peek_manifest(peek) != NULL);
	ota_peek_free(peek);
}

static void use(ota_source *src)
{
	ota_verify_options opt = {.size = sizeof(opt), .deep = true};
	ota_write_result res = {.size = sizeof(res)};
	ota_pkg *pkg = NULL;
	ota_sink *sink = NULL;
	char name[80];
	size_t len;
	ota_status st = ota_pkg_open_unauthenticated(&pkg, fuzz_ctx(), src, NULL, NULL);

	if (!st)
		st = ota_pkg_verify(pkg, &opt, NULL, NULL);
	if (!st)
		st = ota_manifest_get(
			ota_pkg_manifest(pkg), "components.0.name", name, sizeof(name), &len, NULL);
	if (!st)
		st = ota_sink_null(&sink, fuzz_ctx(), NULL);
	if (!st)
		st = ota_pkg_write(sink, pkg, name, NULL, NULL, &res, NULL, NULL);
	ota_sink_close(sink);
	ota_pkg_free(pkg);
}

/* CRCs that fit, or nothing beyond the headers would ever be reached. */
static void mend(uint8_t *p, size_t len)
{
	size_t base = slice_magic_ok(p, len) ? SLICE_LEN : 0;

	if (base > 0 && len >= base)
		store_le32(p + base - 4, crc32_of(p, base - 4));
	if (len >= base + HEADER_LEN)
		store_le32(p + base + HEADER_LEN - 4, crc32_of(p + base, HEADER_LEN - 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	ota_source *src;

	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, data, len);
	mend(copy, len);
	src = fuzz_source(copy, len);
	look(src);
	ota_source_close(src);
	src = fuzz_source(copy, len);
	use(src);
	ota_source_close(src);
	free(copy);
	return 0;
}
