/* SPDX-License-Identifier: MIT */
#include <package/sigline.h>

#include <string.h>

#include <base/arena.h>
#include <base/rd.h>
#include <base/text.h>
#include <trust/keyid.h>

#define PREFIX   "otap-sig-v1"
#define TIME_MAX ((UINT64_C(1) << 53U) - 1)

/* One line without its LF, consumed word by word. */
struct words {
	const char *p;
	size_t left;
};

/* Up to the next single space, or to the end of the line; false at the end. */
static bool next_word(struct words *w, const char **word, size_t *len)
{
	const char *sp;

	if (w->p == NULL)
		return false;
	sp = memchr(w->p, ' ', w->left);
	*word = w->p;
	*len = sp != NULL ? (size_t)(sp - w->p) : w->left;
	w->left = sp != NULL ? w->left - *len - 1 : 0;
	w->p = sp != NULL ? sp + 1 : NULL;
	return true;
}

static bool copy_word(char *out, size_t cap, const char *word, size_t len)
{
	if (len == 0 || len >= cap)
		return false;
	memcpy(out, word, len);
	out[len] = '\0';
	return true;
}

static bool alg_ok(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool keyid_ok(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

/* NULL when the line is good, else the part that is not; b64 is where its signature stands. */
static const char *parse_words(struct sigline *out, struct words *b64, const char *p, size_t len)
{
	struct words w = {p, len};
	const char *word = "";
	size_t n = 0;

	if (!next_word(&w, &word, &n) || n != strlen(PREFIX) || memcmp(word, PREFIX, n) != 0)
		return "its first word";
	if (!next_word(&w, &word, &n) || !copy_word(out->alg, sizeof(out->alg), word, n) ||
		!alg_ok(out->alg))
		return "its algorithm";
	if (!next_word(&w, &word, &n) || !copy_word(out->keyid, sizeof(out->keyid), word, n) ||
		!keyid_ok(out->keyid))
		return "its key id";
	if (!next_word(&w, &word, &n) || !text_u64(&out->time, word, n, TIME_MAX))
		return "its time";
	if (!next_word(&w, &word, &n) || n == 0)
		return "its signature";
	*b64 = (struct words){word, n};
	/* A space after the signature promises a comment: an empty one would be a second form. */
	if (w.p == NULL)
		return NULL;
	if (w.left == 0 || !key_comment_ok(w.p, w.left) ||
		!copy_word(out->comment, sizeof(out->comment), w.p, w.left))
		return "its comment";
	return NULL;
}

ota_status sigline_parse(struct sigline *out, const char **fault, struct arena *a, const char *p,
	size_t len, ota_err *err)
{
	struct words b64 = {NULL, 0};

	*fault = parse_words(out, &b64, p, len);
	if (*fault != NULL)
		return OTA_OK;
	out->sig = arena_alloc(a, b64.left);
	if (out->sig == NULL)
		return ota_fail_nomem(err);
	if (!text_unbase64(out->sig, b64.left, &out->sig_len, b64.p, b64.left) || out->sig_len == 0)
		*fault = "its signature";
	return OTA_OK;
}

static ota_status bad_line(ota_err *err, size_t off, size_t line, const char *what)
{
	return ota_fail_at(err, OTA_E_SIGLINE, off,
		"signature line %zu (byte %zu of the signature area): %s is not what the format "
		"says",
		line, off, what);
}

/* The lines end at the last LF; only NULs may follow. */
static size_t text_len(const uint8_t *p, size_t len)
{
	while (len > 0 && p[len - 1] == 0)
		len--;
	return len;
}

ota_status sigarea_parse(struct sigline **out, size_t *n, struct arena *a, const uint8_t *p,
	size_t len, ota_err *err)
{
	struct sigline *lines = arena_array(a, SIGLINES_MAX, sizeof(*lines));
	size_t end = text_len(p, len);
	size_t count = 0;

	if (lines == NULL)
		return ota_fail_nomem(err);
	for (size_t off = 0; off < end;) {
		const uint8_t *lf = memchr(p + off, '\n', end - off);
		size_t line_len = lf != NULL ? (size_t)(lf - (p + off)) : 0;
		const char *fault = NULL;
		ota_status st;

		if (lf == NULL || line_len + 1 > SIGLINE_LEN_MAX)
			return bad_line(err, off, count + 1, "its length");
		/* Before any of it is a C string. */
		if (memchr(p + off, 0, line_len) != NULL)
			return bad_line(err, off, count + 1, "a NUL inside");
		if (count == SIGLINES_MAX)
			return bad_line(err, off, count + 1, "the number of lines");
		st = sigline_parse(&lines[count], &fault, a, (const char *)p + off, line_len, err);
		if (st)
			return st;
		if (fault != NULL)
			return bad_line(err, off, count + 1, fault);
		off += line_len + 1;
		count++;
	}
	*out = lines;
	*n = count;
	return OTA_OK;
}

void sigline_write(struct buf *out, const struct sigline *s)
{
	buf_printf(out, PREFIX " %s %s %llu ", s->alg, s->keyid, (unsigned long long)s->time);
	text_base64(out, s->sig, s->sig_len);
	if (s->comment[0] != '\0')
		buf_printf(out, " %s", s->comment);
	buf_str(out, "\n");
}
