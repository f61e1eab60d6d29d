/* SPDX-License-Identifier: MIT */
/* A package or its head under the pen: checked, and the very bytes that were checked. */
#ifndef SIGN_WORK_H
#define SIGN_WORK_H

#include <ota/sign.h>

#include <base/buf.h>
#include <base/digest.h>

struct work {
	const ota_ctx *ctx;
	ota_source *src, *view;
	ota_pkg *pkg;
	ota_header h;
	struct digest digest;
	uint8_t *head; /* 0 … tab_off, once loaded */
};

/* All of the verification order but the signatures, as far as the form goes. */
ota_status work_open(struct work *w, ota_report *rep, ota_err *err);
/* To change the signature area in place takes a whole package: usage.form. */
ota_status work_load(struct work *w, ota_err *err);
/* The package with another signature area. */
ota_status work_copy(ota_sink *dst, const struct work *w, const struct buf *area, ota_err *err);
void work_close(struct work *w);

#endif
