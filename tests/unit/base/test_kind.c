/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <base/kind.h>

#include <string.h>

/* What stands at off of a file of len bytes, and what the file then is. */
static const struct {
	size_t off, len;
	const char *bytes, *name;
	bool yaml;
} rows[] = {
	{0, 0, "", "an empty file", true},
	{0, 600, "", "a file of zeros", false},
	{0, 600, "\x01\x02", "something unknown", true},
	{0, 5, "hello", "a text file", true},
	{0, 600, "\x89OTAP\r\n\x1a\n", "an OTA package", false},
	{0, 600, "\x89OTAP\n\x1a\n", "a package damaged by a transfer in text mode", false},
	{0, 600, "\x09OTAP\r\n\x1a\n", "a package damaged by a transfer that cleared the top bits",
		false},
	{0, 600, "\x89OTAP\n\n", "a package with a damaged first line (a transfer in text mode?)",
		false},
	{0, 600, "\x89OTS\r\n\x1a\n", "a slice of a package", false},
	{0, 19, "otap-secret-key-v1\n", "a secret key file", false},
	{0, 19, "otap-public-key-v1\n", "a public key file", false},
	{0, 20, "otap-sig-v1 ed25519 ", "a line of signatures of a package", false},
	{65, 90, "otap-sig-v1", "a detached signature file (.otsig)", false},
	{129, 150, "otap-sig-v1", "a detached signature file (.otsig)", false},
	{0, 40, "untrusted comment: signify", "a signify or minisign file", false},
	{0, 40, "BSDIFF40", "a BSDIFF40 patch", false},
	{0, 40, "OTAD", "an otad patch", false},
	{0, 40, "\xd6\xc3\xc4", "a VCDIFF patch", false},
	{0, 40, "\x1f\x8b\x08", "a gzip file", false},
	{0, 40, "PK\x03\x04", "a zip file", false},
	{0, 40,
		"\xfd"
		"7zXZ",
		"an xz file", false},
	{0, 40, "\x28\xb5\x2f\xfd", "a zstd file", false},
	{0, 40, "\x04\x22\x4d\x18", "an lz4 file", false},
	{0, 40, "BZh9", "a bzip2 file", false},
	{0, 40,
		"\x7f"
		"ELF",
		"an ELF program", false},
	{0, 40, "\x89PNG\r\n\x1a\n", "a PNG picture", false},
	{0, 40, "\xff\xd8\xff\xe0", "a JPEG picture", false},
	{0, 40, "%PDF-1.7", "a PDF document", false},
	{0, 40, "CrAU", "an Android update payload", false},
	{0, 40, "hsqs", "a squashfs image or a RAUC bundle", false},
	{0, 40, "\x27\x05\x19\x56", "a U-Boot image", false},
	{0, 40, "\xd0\x0d\xfe\xed", "a device tree or a FIT image", false},
	{0, 40, "UF2\nWQ]\x9e", "a UF2 firmware file", false},
	{0, 12, ":10000000AB\n", "an Intel HEX file", false},
	{1080, 1088, "\x53\xef", "an ext2, ext3 or ext4 image", false},
	{1024, 1088, "\xe2\xe1\xf5\xe0", "an EROFS image", false},
	{510, 600, "\x55\xaa", "a disk image (or a FAT image)", false},
	{110, 600, "sw-description", "a SWUpdate package (SWU)", false},
	{0, 40, "070701", "a cpio archive", false},
	{257, 600, "ustar", "a tar archive", false},
	{0, 40, "-----BEGIN PUBLIC KEY-----", "a PEM file", false},
	{0, 40, "version https://git-lfs.github.com/spec/v1",
		"a git-lfs pointer: run `git lfs pull`", false},
	{0, 14, "<!doctype HTML", "an HTML page (a captive portal or an error page?)", false},
	{0, 14, "\xef\xbb\xbf \n<HTML>", "an HTML page (a captive portal or an error page?)",
		false},
	{0, 14, "<?xml version=", "an XML document (an error message of a server?)", false},
	{0, 9, "<Error/>\n", "a markup file (an error page?)", false},
	{0, 20, "format: otap-manifes", "a YAML manifest (`otatool pack` makes the package)", true},
	{0, 4, "---\n", "a YAML document (`otatool pack` makes the package)", true},
	{0, 4, "{\"a\"", "a JSON document", true},
	{0, 4, "[1,2", "a JSON document", true},
	{0, 10, "#!/bin/sh\n", "a script", true},
	{56, 100, "ARMd", "an arm64 kernel image", false},
	{56, 57, "", "a file of zeros", false},
};

START_TEST(kinds)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t p[KIND_HEAD] = {0};

		memcpy(p + rows[i].off, rows[i].bytes, strlen(rows[i].bytes));
		ck_assert_str_eq(kind_name(p, rows[i].len), rows[i].name);
		ck_assert_msg(kind_may_be_yaml(p, rows[i].len) == rows[i].yaml, "%s", rows[i].name);
	}
}
END_TEST

/* Cut anywhere nothing is read past the end; the sanitizers watch. */
START_TEST(short_files)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t len = 0; len <= rows[i].len; len++) {
			uint8_t *p = calloc(1, len + 1);

			if (len > rows[i].off)
				memcpy(p + rows[i].off, rows[i].bytes,
					strnlen(rows[i].bytes, len - rows[i].off));
			p = realloc(p, len + !len);
			kind_name(p, len);
			kind_may_be_yaml(p, len);
			free(p);
		}
	}
}
END_TEST

TCase *tcase_kind(void)
{
	TCase *tc = tcase_create("kind");

	tcase_add_test(tc, kinds);
	tcase_add_test(tc, short_files);
	return tc;
}
