/* SPDX-License-Identifier: MIT */
#include <sign/sigedit.h>

#include <string.h>

#include <base/arena.h>

static ota_status keep_lines(struct buf *out, size_t *kept, const struct sigline *old, size_t n,
	const struct sigedit_by *by, ota_err *err)
{
	for (size_t i = 0; i < n; i++) {
		bool good = false;
		ota_status st;

		if (strcmp(old[i].keyid, by->keyid) == 0) {
			st = by->good(by->arg, &old[i], &good, err);
			if (st)
				return st;
			/* It would count once: a second line of one key only takes room. */
			if (good)
				return ota_fail(err, OTA_E_SIGNED,
					"key %.16s… has signed this package already; --replace "
					"drops all signatures and signs anew",
					by->keyid);
			continue;
		}
		sigline_write(out, &old[i]);
		(*kept)++;
	}
	return buf_status(out, err);
}

static ota_status keep(struct buf *out, size_t *kept, const struct sigline *old, size_t n,
	ota_sign_mode mode, const struct sigedit_by *by, ota_err *err)
{
	if (mode == OTA_SIGN_FIRST && n > 0)
		return ota_fail(err, OTA_E_SIGNED,
			"the package has %zu signature%s already; say --append to add one or "
			"--replace to drop what is there",
			n, n == 1 ? "" : "s");
	return keep_lines(out, kept, old, n, by, err);
}

ota_status sigedit_keep(struct buf *out, size_t *lines, const uint8_t *area, size_t len,
	ota_sign_mode mode, const struct sigedit_by *by, ota_err *err)
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
		st = keep(out, lines, old, n, mode, by, err);
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
