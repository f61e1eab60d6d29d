/* SPDX-License-Identifier: MIT */
#include <package/otsig.h>

#include <string.h>

#include <base/arena.h>
#include <base/ctx.h>
#include <base/source.h>

struct reading {
	struct arena *a;
	const struct digest *d;
	struct sigline *lines;
	size_t count;
};

static ota_status bad_line(ota_err *err, size_t off, size_t line, const char *what)
{
	return ota_fail_at(err, OTA_E_SIGLINE, off,
		"line %zu of the detached signatures: %s is not what the format says", line, what);
}

/* A digest of any package: its algorithm is told by its length. */
static bool is_digest(const char *p, size_t len)
{
	struct digest d;

	return digest_parse(&d, HASH_SHA256, p, len) || digest_parse(&d, HASH_SHA512, p, len);
}

static ota_status read_line(
	struct reading *r, const char *p, size_t len, const char **fault, ota_err *err)
{
	const char *sp = memchr(p, ' ', len);
	size_t n = sp != NULL ? (size_t)(sp - p) : 0;
	struct sigline line = {.time = 0};
	char hex[2 * DIGEST_MAX + 1];
	ota_status st;

	*fault = "its digest";
	if (sp == NULL || !is_digest(p, n))
		return OTA_OK;
	st = sigline_parse(&line, fault, r->a, sp + 1, len - n - 1, err);
	if (st || *fault != NULL)
		return st;
	digest_hex(hex, r->d);
	if (strlen(hex) != n || memcmp(hex, p, n) != 0)
		return OTA_OK;
	if (r->count == SIGLINES_MAX)
		*fault = "the number of lines for one package";
	else
		r->lines[r->count++] = line;
	return OTA_OK;
}

static ota_status read_all(struct reading *r, const uint8_t *p, size_t len, ota_err *err)
{
	size_t line = 1;

	/* Before any of it is a C string. */
	if (memchr(p, 0, len) != NULL)
		return bad_line(err, 0, line, "a NUL inside");
	for (size_t off = 0; off < len; line++) {
		const uint8_t *lf = memchr(p + off, '\n', len - off);
		size_t n = lf != NULL ? (size_t)(lf - (p + off)) : 0;
		const char *fault = NULL;
		ota_status st;

		if (lf == NULL || n > 2 * DIGEST_MAX + SIGLINE_LEN_MAX)
			return bad_line(err, off, line, "its length");
		st = read_line(r, (const char *)p + off, n, &fault, err);
		if (st)
			return st;
		if (fault != NULL)
			return bad_line(err, off, line, fault);
		off += n + 1;
	}
	return OTA_OK;
}

ota_status otsig_read(struct sigline **out, size_t *n, struct arena *a, ota_source *src,
	const struct digest *d, const ota_ctx *ctx, ota_err *err)
{
	struct reading r = {.a = a, .d = d};
	uint8_t *p = NULL;
	size_t len = 0;
	ota_status st;

	r.lines = arena_array(a, SIGLINES_MAX, sizeof(*r.lines));
	if (r.lines == NULL)
		return ota_fail_nomem(err);
	st = source_slurp(&p, &len, ctx, src, OTSIG_LEN_MAX, err);
	if (!st)
		st = read_all(&r, p, len, err);
	mem_free(ctx, p);
	if (st)
		return st;
	*out = r.lines;
	*n = r.count;
	return OTA_OK;
}

void otsig_write(struct buf *out, const struct digest *d, const struct sigline *s)
{
	char hex[2 * DIGEST_MAX + 1];

	digest_hex(hex, d);
	buf_printf(out, "%s ", hex);
	sigline_write(out, s);
}
