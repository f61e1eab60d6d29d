/* SPDX-License-Identifier: MIT */
/* Signature lines, their area, and the text to sign: formats/otap.md section 4. */
#ifndef PACKAGE_SIGLINE_H
#define PACKAGE_SIGLINE_H

#include <ota/package.h>

#include <base/buf.h>
#include <base/digest.h>

#define SIGLINES_MAX    32U
#define SIGLINE_LEN_MAX 12288U

struct sigline {
	char alg[33], keyid[65], comment[201];
	uint64_t time;
	uint8_t *sig; /* in the area's arena */
	size_t sig_len;
};

struct arena;

/* Parse an area: lines, then NULs. malformed.sigline at the first bad byte. */
ota_status sigarea_parse(struct sigline **out, size_t *n, struct arena *a, const uint8_t *p,
	size_t len, ota_err *err);
/* One line without its LF and without a NUL; *fault is what is wrong with it, NULL: nothing. */
ota_status sigline_parse(struct sigline *out, const char **fault, struct arena *a, const char *p,
	size_t len, ota_err *err);
/* Append one line with its LF. */
void sigline_write(struct buf *out, const struct sigline *s);
/* Rebuild the text to sign for a package; never parsed. */
void tbs_package(struct buf *out, const struct digest *d, uint64_t length, const char *alg,
	const char *keyid, uint64_t time, const char *comment);

#endif
