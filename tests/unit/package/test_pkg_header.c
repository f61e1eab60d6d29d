/* SPDX-License-Identifier: MIT */
#include <unit.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <base/kind.h>
#include <package/header.h>
#include <package/table.h>

static const ota_header sane = {.size = sizeof(sane),
	.major = 1,
	.hash_alg = HASH_SHA256,
	.align_log2 = 3,
	.manifest_len = 1000,
	.sig_cap = 8192,
	.tables_len = 96,
	.data_len = 12345};

START_TEST(round_trip)
{
	uint8_t p[HEADER_LEN];
	ota_err err = OTA_ERR_INIT;
	ota_header h;

	header_write(p, &sane);
	ck_ok(header_parse(&h, p, sizeof(p), &err), &err);
	ck_assert_uint_eq(h.sig_off, 1128);
	ck_assert_uint_eq(h.tab_off, 1128 + 8192);
	ck_assert_uint_eq(h.data_off, 1128 + 8192 + 96);
	ck_assert_uint_eq(h.file_len, 1128 + 8192 + 96 + 12345);
	ck_assert_uint_eq(h.manifest_len, 1000);
	ck_assert_uint_eq(h.hash_alg, HASH_SHA256);
}
END_TEST

/* Byte for byte: a second implementation reads this. */
START_TEST(golden)
{
	uint8_t p[HEADER_LEN];
	static const uint8_t want[50] = {0x89, 'O', 'T', 'A', 'P', '\r', '\n', 0x1a, 1, 0, 0, 0,
		128, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe8, 3, 0, 0, 0, 0x20, 0, 0, 96, 0, 0, 0, 0,
		0, 0, 0, 0x39, 0x30, 0, 0, 0, 0, 0, 0, 3, 0};

	header_write(p, &sane);
	ck_assert_mem_eq(p, want, sizeof(want));
	ck_assert_uint_eq(load_le32(p + 124), crc32_of(p, 124));
}
END_TEST

/* The largest of everything: no sum wraps. */
START_TEST(largest)
{
	uint8_t p[HEADER_LEN];
	ota_header h = sane;
	ota_err err = OTA_ERR_INIT;

	h.align_log2 = 16;
	h.manifest_len = MANIFEST_LEN_MAX;
	h.sig_cap = SIG_CAP_MAX;
	h.tables_len = TABLES_LEN_MAX;
	h.data_len = DATA_LEN_MAX;
	header_write(p, &h);
	ck_ok(header_parse(&h, p, sizeof(p), &err), &err);
	ck_assert_uint_eq(h.data_off, 0x110000U + 0x10000U + (64U << 20U));
	ck_assert_uint_eq(h.file_len, h.data_off + DATA_LEN_MAX);
}
END_TEST

static void is(const char *bytes, size_t len, const char *want)
{
	uint8_t p[KIND_HEAD] = {0};
	ota_err err = OTA_ERR_INIT;
	ota_header h;

	memcpy(p, bytes, len);
	ck_assert_int_eq(header_parse(&h, p, len, &err), OTA_FORMAT);
	ck_id(err, OTA_E_MAGIC);
	ck_assert_msg(strstr(err.msg, want) != NULL, "%s, wanted %s", err.msg, want);
}
#define IS(text, want) is(text, sizeof(text) - 1, want)

START_TEST(says_what_it_is)
{
	char tar[300] = "version";
	char swu[130] = "070701";

	is("", 0, "empty file");
	IS("\x89OTAP\n\x1a\n...", "text mode");
	IS("<!DOCTYPE html><html>", "HTML");
	IS("\xef\xbb\xbf \n<HTML>", "HTML");
	IS("<?xml version=\"1.0\"?><Error>", "XML");
	IS("\x1f\x8b\x08", "gzip");
	IS("PK\x03\x04", "zip");
	IS("\xfd"
	   "7zXZ\x00",
		"xz");
	IS("\x28\xb5\x2f\xfd", "zstd");
	IS("\x7f"
	   "ELF",
		"ELF");
	IS("hsqs....", "squashfs");
	IS("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
	IS("otap-secret-key-v1\n", "secret key");
	IS("otap-public-key-v1\n", "public key");
	IS("format: otap-manifest\n", "YAML");
	IS("BSDIFF40", "BSDIFF40");
	IS("\0\0\0\0\0\0\0\0\0", "zeros");
	IS("whatever it is", "a text file");
	IS("\x01whatever it is", "unknown");
	memcpy(tar + 257, "ustar", 5);
	is(tar, sizeof(tar), "Mender");
	tar[0] = 'x';
	is(tar, sizeof(tar), "tar archive");
	memcpy(swu + 110, "sw-description", 14);
	is(swu, sizeof(swu), "SWU");
	is(swu, 20, "cpio");
}
END_TEST

TCase *tcase_pkg_header(void)
{
	TCase *tc = tcase_create("pkg_header");

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, golden);
	tcase_add_test(tc, largest);
	tcase_add_test(tc, says_what_it_is);
	return tc;
}
