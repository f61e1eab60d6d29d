/* SPDX-License-Identifier: MIT */
#include <base/kind.h>

#include <string.h>

#include <base/num.h>
#include <base/rd.h>

/* What can be read as YAML: JSON is a part of it, and a script begins with a comment. */
#define YAML 1U
/* What is text itself; else what is found within a text says nothing. */
#define TEXT 2U

/* Longest and most telling first: a SWU file is a cpio archive whose first name says so. */
/* clang-format off */
static const struct magic {
	size_t off, len;
	const char *bytes, *what;
	unsigned flags;
} magics[] = {
	{0, 23, "version https://git-lfs", "a git-lfs pointer: run `git lfs pull`", 0},
	{0, 8, "\x89OTAP\r\n\x1a\n", "an OTA package", 0},
	{0, 8, "\x89OTAP\n\x1a\n", "a package damaged by a transfer in text mode", 0},
	{0, 5, "\x09OTAP", "a package damaged by a transfer that cleared the top bits", 0},
	{0, 5, "\x89OTAP", "a package with a damaged first line (a transfer in text mode?)", 0},
	{0, 8, "\x89OTS\r\n\x1a\n", "a slice of a package", 0},
	{0, 4, "\x89OTS", "a slice with a damaged first line (a transfer in text mode?)", 0},
	{0, 18, "otap-secret-key-v1", "a secret key file", 0},
	{0, 18, "otap-public-key-v1", "a public key file", 0},
	{0, 11, "otap-sig-v1", "a line of signatures of a package", 0},
	{65, 11, "otap-sig-v1", "a detached signature file (.otsig)", TEXT},
	{129, 11, "otap-sig-v1", "a detached signature file (.otsig)", TEXT},
	{0, 24, "untrusted comment: signi", "a signify or minisign file", 0},
	{0, 8, "BSDIFF40", "a BSDIFF40 patch", 0},
	{0, 4, "OTAD", "an otad patch", 0},
	{0, 4, "\xd6\xc3\xc4\x00", "a VCDIFF patch", 0},
	{0, 4, "\xd6\xc3\xc4S", "an open-vcdiff patch", 0},
	{0, 2, "\x1f\x8b", "a gzip file", 0},
	{0, 4, "PK\x03\x04", "a zip file", 0},
	{0, 4, "PK\x05\x06", "an empty zip file", 0},
	{0, 6, "\xfd" "7zXZ\x00", "an xz file", 0},
	{0, 4, "\x28\xb5\x2f\xfd", "a zstd file", 0},
	{0, 4, "\x04\x22\x4d\x18", "an lz4 file", 0},
	{0, 3, "BZh", "a bzip2 file", 0},
	{0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive", 0},
	{0, 4, "\x7f" "ELF", "an ELF program", 0},
	{0, 8, "\x89PNG\r\n\x1a\n", "a PNG picture", 0},
	{0, 3, "\xff\xd8\xff", "a JPEG picture", 0},
	{0, 4, "GIF8", "a GIF picture", 0},
	{0, 5, "%PDF-", "a PDF document", 0},
	{0, 4, "CrAU", "an Android update payload", 0},
	{0, 4, "hsqs", "a squashfs image or a RAUC bundle", 0},
	{0, 4, "\x27\x05\x19\x56", "a U-Boot image", 0},
	{0, 4, "\xd0\x0d\xfe\xed", "a device tree or a FIT image", 0},
	{0, 4, "UF2\n", "a UF2 firmware file", 0},
	{1080, 2, "\x53\xef", "an ext2, ext3 or ext4 image", 0},
	{1024, 4, "\xe2\xe1\xf5\xe0", "an EROFS image", 0},
	{510, 2, "\x55\xaa", "a disk image (or a FAT image)", 0},
	{110, 14, "sw-description", "a SWUpdate package (SWU)", 0},
	{0, 6, "070701", "a cpio archive", 0},
	{0, 6, "070702", "a cpio archive", 0},
	{257, 5, "ustar", "a tar archive", 0},
	{0, 5, "-----", "a PEM file", 0},
	{0, 6, "format", "a YAML manifest (`otatool pack` makes the package)", YAML},
	{0, 3, "---", "a YAML document (`otatool pack` makes the package)", YAML},
	{0, 1, "{", "a JSON document", YAML},
	{0, 1, "[", "a JSON document", YAML},
	{0, 2, "#!", "a script", YAML},
	{56, 4, "ARMd", "an arm64 kernel image", 0},
};
/* clang-format on */

static bool has(const uint8_t *p, size_t len, size_t off, const char *text, size_t n)
{
	return off <= len && n <= len - off && memcmp(p + off, text, n) == 0;
}

/* HTML and XML come with blanks, a byte order mark and any case in front. */
static const char *markup(const uint8_t *p, size_t len)
{
	char head[16] = "";
	size_t i = has(p, len, 0, "\xef\xbb\xbf", 3) ? 3 : 0;
	size_t n;

	while (i < len && (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')))
		i++;
	if (i == len || p[i] != '<')
		return NULL;
	n = min_size(len - i, sizeof(head) - 1);
	for (size_t k = 0; k < n; k++)
		head[k] = (char)(p[i + k] >= 'A' && p[i + k] <= 'Z' ? p[i + k] | 0x20 : p[i + k]);
	if (strncmp(head, "<?xml", 5) == 0)
		return "an XML document (an error message of a server?)";
	if (strncmp(head, "<!doctype html", 14) == 0 || strncmp(head, "<html", 5) == 0)
		return "an HTML page (a captive portal or an error page?)";
	return "a markup file (an error page?)";
}

/* ":" and at least five bytes in hex: a record of any type. */
static bool intel_hex(const uint8_t *p, size_t len)
{
	if (len < 11 || p[0] != ':')
		return false;
	for (size_t i = 1; i < 11; i++)
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'F') ||
			    (p[i] >= 'a' && p[i] <= 'f')))
			return false;
	return true;
}

static bool text(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] == 0x7f || (p[i] < ' ' && (p[i] < '\t' || p[i] > '\r')))
			return false;
	return true;
}

static const struct magic *find(const uint8_t *p, size_t len)
{
	static const struct magic mender = {0, 0, "", "a Mender artifact", 0};
	static const struct magic hex = {0, 0, "", "an Intel HEX file", 0};
	static const struct magic zeros = {0, 0, "", "a file of zeros", 0};

	if (has(p, len, 257, "ustar", 5) && has(p, len, 0, "version\0", 8))
		return &mender;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (has(p, len, magics[i].off, magics[i].bytes, magics[i].len))
			return &magics[i];
	if (intel_hex(p, len))
		return &hex;
	return mem_is_zero(p, len) ? &zeros : NULL;
}

const char *kind_name(const uint8_t *p, size_t len)
{
	const struct magic *m;
	const char *name;

	len = min_size(len, KIND_HEAD);
	if (len == 0)
		return "an empty file";
	name = markup(p, len);
	if (name != NULL)
		return name;
	m = find(p, len);
	if (m != NULL)
		return m->what;
	return text(p, len) ? "a text file" : "something unknown";
}

bool kind_may_be_yaml(const uint8_t *p, size_t len)
{
	const struct magic *m;

	len = min_size(len, KIND_HEAD);
	m = len > 0 ? find(p, len) : NULL;
	if (m != NULL && (m->flags & YAML) == 0 &&
		(m->off == 0 || (m->flags & TEXT) != 0 || !text(p, len)))
		return false;
	return markup(p, len) == NULL;
}
