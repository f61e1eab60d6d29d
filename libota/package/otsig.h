/* SPDX-License-Identifier: MIT */
/* Detached signatures: lines that each name the package they are for. */
#ifndef PACKAGE_OTSIG_H
#define PACKAGE_OTSIG_H

#include <package/sigline.h>

#define OTSIG_LEN_MAX (16U << 20U)

/*
 * The lines of a file that are for digest d, at most SIGLINES_MAX; src is read
 * from its position. Every line of the file must be good: malformed.sigline.
 */
ota_status otsig_read(struct sigline **out, size_t *n, struct arena *a, ota_source *src,
	const struct digest *d, const ota_ctx *ctx, ota_err *err);
/* Append one line for digest d, with its LF. */
void otsig_write(struct buf *out, const struct digest *d, const struct sigline *s);

#endif
