/* SPDX-License-Identifier: MIT */
#include <sign/sigedit.h>

#include <string.h>

#include <base/arena.h>

static ota_status keep_lines(struct buf *out, const struct sigline *old, size_t n,
	ota_sign_mode mode, const char *keyid, ota_err *err)
{
	if (mode == OTA_SIGN_FIRST && n > 0)
		return ota_fail(err, OTA_E_SIGNED,
			"the package has %zu signature%s already; say --append to add one or "
			"--replace to drop what is there",
			n, n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		/* It would count once: a second line of one key only takes room. */
		if (strcmp(old[i].keyid, keyid) == 0)
			return ota_fail(err, OTA_E_SIGNED,
				"key %.16s… has signed this package already; --replace drops all "
				"signatures and signs anew",
				keyid);
		sigline_write(out, &old[i]);
	}
	return buf_status(out, err);
}

ota_status sigedit_keep(struct buf *out, size_t *lines, const uint8_t *area, size_t len,
	ota_sign_mode mode, const char *keyid, ota_err *err)
{
	struct sigline *old = NULL;
	struct arena a;
	size_t n = 0;
	ota_status st;

	if (mode == OTA_SIGN_REPLACE || mode == OTA_SIGN_STRIP)
		return OTA_OK;
	arena_init(&a, out->ctx);
	st = sigarea_parse(&old, &n, &a, area, len, err);
	if (st == OTA_FORMAT)
		st = ota_fail(err, OTA_E_SIG_SPOILED,
			"the signatures already there cannot be read; --replace or --strip drops "
			"them");
	if (!st)
		st = keep_lines(out, old, n, mode, keyid, err);
	if (!st)
		*lines = n;
	arena_fini(&a);
	return st;
}

ota_status sigedit_close(struct buf *out, size_t lines, size_t cap, ota_err *err)
{
	ota_status st = buf_status(out, err);

	if (st)
		return st;
	if (lines > SIGLINES_MAX)
		return ota_fail(err, OTA_E_LIMIT_COUNT,
			"this would be signature %zu, a package holds %u; --replace drops the "
			"others",
			lines, SIGLINES_MAX);
	if (out->len > cap)
		return ota_fail(err, OTA_E_LIMIT_COUNT,
			"the signatures need %zu bytes, the package has room for %zu; pack it with "
			"`signatures: roomy`, or drop the others with --replace",
			out->len, cap);
	buf_fill(out, 0, cap - out->len);
	return buf_status(out, err);
}
