/* SPDX-License-Identifier: MIT */
#include <package/foreign.h>

#include <stdbool.h>
#include <string.h>

#include <base/num.h>
#include <base/rd.h>

/* Longest and most telling first: a SWU file is a cpio archive whose first name says so. */
/* clang-format off */
static const struct magic {
	size_t off, len;
	const char *bytes, *what;
} magics[] = {
	{0, 8, "\x89OTAP\n\x1a\n", "a package damaged by a transfer in text mode"},
	{0, 5, "\x09OTAP", "a package damaged by a transfer that cleared the top bits"},
	{0, 5, "\x89OTAP", "a package with a damaged first line (a transfer in text mode?)"},
	{0, 8, "\x89OTS\r\n\x1a\n", "a slice of a package where a whole one belongs"},
	{0, 4, "\x89OTS", "a slice with a damaged first line (a transfer in text mode?)"},
	{0, 18, "otap-secret-key-v1", "a secret key file"},
	{0, 18, "otap-public-key-v1", "a public key file"},
	{0, 11, "otap-sig-v1", "a detached signature file"},
	{0, 24, "untrusted comment: signi", "a signify or minisign file"},
	{0, 8, "BSDIFF40", "a BSDIFF40 patch, not a package"},
	{0, 4, "\xd6\xc3\xc4\x00", "a VCDIFF patch, not a package"},
	{0, 2, "\x1f\x8b", "a gzip file"},
	{0, 4, "PK\x03\x04", "a zip file"},
	{0, 6, "\xfd" "7zXZ\x00", "an xz file"},
	{0, 4, "\x28\xb5\x2f\xfd", "a zstd file"},
	{0, 3, "BZh", "a bzip2 file"},
	{0, 4, "\x7f" "ELF", "an ELF program"},
	{0, 4, "CrAU", "an Android update payload"},
	{0, 4, "hsqs", "a squashfs image or a RAUC bundle"},
	{110, 14, "sw-description", "a SWUpdate package (SWU)"},
	{0, 6, "070701", "a cpio archive"},
	{0, 6, "070702", "a cpio archive"},
	{257, 5, "ustar", "a tar archive"},
	{0, 5, "-----", "a PEM file"},
	{0, 6, "format", "a YAML manifest: pack it first"},
	{0, 3, "---", "a YAML document: pack it first"},
	{0, 1, "{", "a JSON document"},
	{0, 2, "#!", "a script"},
	{56, 4, "ARMd", "an arm64 kernel image"},
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

static const char *tar_name(const uint8_t *p, size_t len)
{
	if (has(p, len, 0, "version https://git-lfs", 23))
		return "a git-lfs pointer: run `git lfs pull`";
	if (has(p, len, 257, "ustar", 5) && has(p, len, 0, "version\0", 8))
		return "a Mender artifact";
	return NULL;
}

const char *foreign_name(const uint8_t *p, size_t len)
{
	const char *name;

	if (len == 0)
		return "an empty file";
	name = tar_name(p, len);
	if (name == NULL)
		name = markup(p, len);
	if (name != NULL)
		return name;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (has(p, len, magics[i].off, magics[i].bytes, magics[i].len))
			return magics[i].what;
	if (mem_is_zero(p, len))
		return "a file of zeros";
	return "something unknown";
}
