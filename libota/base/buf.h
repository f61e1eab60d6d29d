/* SPDX-License-Identifier: MIT */
/*
 * A growing byte buffer. Failure is sticky: append without looking, then ask
 * buf_status once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <base/mem.h>

struct buf {
	const ota_ctx *ctx;
	uint8_t *p;
	size_t len, cap;
	bool failed;
};

void buf_init(struct buf *b, const ota_ctx *ctx);
void buf_fini(struct buf *b);
/* Forget the content, keep the memory. */
void buf_clear(struct buf *b);
void buf_put(struct buf *b, const void *p, size_t len);
void buf_fill(struct buf *b, uint8_t value, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) OTA_PRINTF(2, 3);
ota_status buf_status(const struct buf *b, ota_err *err);

#endif
