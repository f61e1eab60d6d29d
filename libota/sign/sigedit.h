/* SPDX-License-Identifier: MIT */
/* The signature area of a package, edited: formats/otap.md section 4. */
#ifndef SIGN_SIGEDIT_H
#define SIGN_SIGEDIT_H

#include <ota/sign.h>

#include <base/buf.h>
#include <package/sigline.h>

/* Who is about to sign: whether a line is already a good signature of that key. */
struct sigedit_by {
	const char *keyid;
	ota_status (*good)(void *arg, const struct sigline *line, bool *yes, ota_err *err);
	void *arg;
};

/*
 * Append the lines of an old area that the mode keeps to out. by: who will
 * sign; NULL for OTA_SIGN_STRIP. usage.signed if mode or an earlier good signature
 * of that key forbids another; one that does not verify is dropped, or anybody
 * could keep the key's owner from signing. signature.spoiled if lines to keep
 * cannot be read.
 */
ota_status sigedit_keep(struct buf *out, size_t *lines, const uint8_t *area, size_t len,
	ota_sign_mode mode, const struct sigedit_by *by, ota_err *err);
/* Fill out with NULs to cap; limit.count if the lines are too many or too long. */
ota_status sigedit_close(struct buf *out, size_t lines, size_t cap, ota_err *err);

#endif
