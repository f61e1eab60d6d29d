/* SPDX-License-Identifier: MIT */
/* Text on its way in and out, beside what <ota/text.h> offers to everybody. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <ota/text.h>

#include <base/buf.h>

/* Padded base64, canonical: text_unbase64 refuses what text_base64 would not write. */
void text_base64(struct buf *out, const uint8_t *p, size_t len);
/* false: not canonical, or more than cap bytes. */
bool text_unbase64(uint8_t *out, size_t cap, size_t *len, const char *s, size_t s_len);

/* Decimal without sign, leading zero or blank; false above max. */
bool text_u64(uint64_t *out, const char *s, size_t len, uint64_t max);

/* [a-z0-9][a-z0-9._-]{0,63} */
bool text_is_id(const char *s, size_t len);
/* Well-formed UTF-8 without surrogates, noncharacters and U+0000. */
bool text_is_utf8(const char *s, size_t len);
/* Decode one well-formed code point at s; 0 if malformed. Returns its length in bytes. */
size_t text_utf8_next(uint32_t *cp, const char *s, size_t len);

#endif
