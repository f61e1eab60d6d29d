/* SPDX-License-Identifier: MIT */
/*
 * Small text conversions that programs on libota need and that must be the
 * same everywhere: hex, times, masking for terminals, nearest word. Pure.
 */
#ifndef OTA_TEXT_H
#define OTA_TEXT_H

#include <ota/err.h>

/* 2·len lowercase digits and a NUL into out. */
OTA_API void ota_hex(char *out, const uint8_t *p, size_t len);
/* Exactly 2·len lowercase hex digits; false otherwise. */
OTA_API bool ota_unhex(uint8_t *out, size_t len, const char *hex, size_t hex_len);

#define OTA_TIME_NONE INT64_MIN
#define OTA_TIME_LEN  20
/* "2026-01-01T00:00:00Z" ↔ unix seconds, years 1970 … 9999. */
OTA_API bool ota_time_parse(int64_t *out, const char *text);
OTA_API bool ota_time_format(char out[OTA_TIME_LEN + 1], int64_t t);

/*
 * Copy text so that it is safe on a terminal: control characters, invalid
 * UTF-8 and bidirectional overrides become \xNN. Always terminated; returns
 * the length written.
 */
OTA_API size_t ota_mask(char *out, size_t cap, const char *text, size_t len);

/* The closest of n words to text, or NULL when none is near (edit distance ≤ 2). */
OTA_API const char *ota_nearest(const char *text, const char *const *words, size_t n);

#endif
