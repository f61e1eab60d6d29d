/* SPDX-License-Identifier: MIT */
#include <base/text.h>

#include <base/num.h>

#include <stdio.h>
#include <string.h>

void ota_hex(char *out, const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4U];
		out[2 * i + 1] = digits[p[i] & 15U];
	}
	out[2 * len] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ota_unhex(uint8_t *out, size_t len, const char *hex, size_t hex_len)
{
	if (hex_len / 2 != len || hex_len % 2 != 0)
		return false;
	for (size_t i = 0; i < hex_len; i++)
		if (nibble(hex[i]) < 0)
			return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(nibble(hex[2 * i]) * 16 + nibble(hex[2 * i + 1]));
	return true;
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_base64(struct buf *out, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t n = min_size(len - i, 3);
		uint32_t v = (uint32_t)p[i] << 16U;
		char quad[4] = {'=', '=', '=', '='};

		if (n > 1)
			v |= (uint32_t)p[i + 1] << 8U;
		if (n > 2)
			v |= p[i + 2];
		for (size_t k = 0; k <= n; k++)
			quad[k] = b64[v >> (18 - 6 * k) & 63U];
		buf_put(out, quad, sizeof(quad));
	}
}

static bool unquad(uint8_t out[3], size_t *n, const char *s, bool last)
{
	uint32_t v = 0;
	size_t digits = 4;

	if (last && s[3] == '=')
		digits = s[2] == '=' ? 2 : 3;
	for (size_t k = 0; k < digits; k++) {
		const char *d = s[k] != '\0' ? strchr(b64, s[k]) : NULL;

		if (d == NULL)
			return false;
		v |= (uint32_t)(d - b64) << (18 - 6 * k);
	}
	*n = digits - 1;
	/* The bits that no byte takes must be zero, or one value had two spellings. */
	if ((v & ((UINT32_C(1) << (24 - 8 * *n)) - 1)) != 0)
		return false;
	for (size_t k = 0; k < *n; k++)
		out[k] = (uint8_t)(v >> (16 - 8 * k) & 0xff);
	return true;
}

bool text_unbase64(uint8_t *out, size_t cap, size_t *len, const char *s, size_t s_len)
{
	size_t pos = 0;

	if (s_len % 4 != 0)
		return false;
	for (size_t i = 0; i < s_len; i += 4) {
		uint8_t three[3];
		size_t n;

		if (!unquad(three, &n, s + i, i + 4 == s_len) || cap - pos < n)
			return false;
		memcpy(out + pos, three, n);
		pos += n;
	}
	*len = pos;
	return true;
}

bool text_u64(uint64_t *out, const char *s, size_t len, uint64_t max)
{
	uint64_t v = 0;

	if (len == 0 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || !mul_u64(&v, v, 10) ||
			!add_u64(&v, v, (uint64_t)(s[i] - '0')))
			return false;
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

bool text_is_id(const char *s, size_t len)
{
	static const char tail[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	const size_t first = sizeof(tail) - 1 - strlen("._-");

	if (len == 0 || len > 64 || memchr(tail, s[0], first) == NULL)
		return false;
	for (size_t i = 1; i < len; i++)
		if (memchr(tail, s[i], sizeof(tail) - 1) == NULL)
			return false;
	return true;
}

size_t text_utf8_next(uint32_t *cp, const char *s, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *b = (const uint8_t *)s;
	size_t n = 1;
	uint32_t v;

	if (len == 0)
		return 0;
	v = b[0];
	if (v >= 0x80) {
		n = (v & 0xe0) == 0xc0 ? 2 : (v & 0xf0) == 0xe0 ? 3 : (v & 0xf8) == 0xf0 ? 4 : 0;
		if (n == 0 || len < n)
			return 0;
		v &= 0x7fU >> n;
		for (size_t i = 1; i < n; i++) {
			if ((b[i] & 0xc0) != 0x80)
				return 0;
			v = v << 6U | (b[i] & 0x3fU);
		}
		if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
			return 0;
	}
	*cp = v;
	return n;
}

static bool noncharacter(uint32_t cp)
{
	return (cp >= 0xfdd0 && cp <= 0xfdef) || (cp & 0xfffe) == 0xfffe;
}

bool text_is_utf8(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = text_utf8_next(&cp, s + i, len - i);

		if (n == 0 || cp == 0 || noncharacter(cp))
			return false;
		i += n;
	}
	return true;
}

static bool printable(uint32_t cp)
{
	return cp >= 0x20 && (cp < 0x7f || cp > 0x9f) && !(cp >= 0x202a && cp <= 0x202e) &&
	       !(cp >= 0x2066 && cp <= 0x2069) && cp != 0x2028 && cp != 0x2029 && !noncharacter(cp);
}

size_t ota_mask(char *out, size_t cap, const char *text, size_t len)
{
	size_t pos = 0;

	if (cap == 0)
		return 0;
	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = text_utf8_next(&cp, text + i, len - i);
		bool plain = n > 0 && printable(cp);
		size_t need = plain ? n : 4;

		if (cap - pos <= need)
			break;
		if (plain)
			memcpy(out + pos, text + i, n);
		else
			snprintf(out + pos, 5, "\\x%02X", (unsigned)(uint8_t)text[i]);
		pos += need;
		i += plain ? n : 1;
	}
	out[pos] = '\0';
	return pos;
}

#define WORD_MAX 64U

/* Edit distance (Levenshtein, one row), words longer than WORD_MAX count as far. */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), row[WORD_MAX + 1];

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = min_size(min_size(row[j], row[j - 1]) + 1, change);
		}
	}
	return row[lb];
}

const char *ota_nearest(const char *text, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = 3;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(text, words[i]);

		/* A two-letter word is not "near" everything. */
		if (d < least && d < strlen(words[i])) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
