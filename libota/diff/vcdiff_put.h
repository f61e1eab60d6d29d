/* SPDX-License-Identifier: MIT */
/* One window of VCDIFF: instructions to its three sections. */
#ifndef DIFF_VCDIFF_PUT_H
#define DIFF_VCDIFF_PUT_H

#include <base/buf.h>
#include <patch/vcdiff.h>

struct vcdiff_put {
	struct buf part[VCDIFF_SECTIONS];
	struct vcdiff_cache cache;
	struct vcdiff_inst held; /* may share a code with the next one */
};

void vcdiff_put_init(struct vcdiff_put *p, const ota_ctx *ctx);
void vcdiff_put_fini(struct vcdiff_put *p);
/* A new window. */
void vcdiff_put_clear(struct vcdiff_put *p);

void vcdiff_put_number(struct buf *b, uint64_t v);
void vcdiff_put_add(struct vcdiff_put *p, const uint8_t *bytes, size_t len);
/* From address addr, which lies before here. */
void vcdiff_put_copy(struct vcdiff_put *p, uint64_t addr, uint64_t here, size_t len);
ota_status vcdiff_put_end(struct vcdiff_put *p, ota_err *err);

#endif
