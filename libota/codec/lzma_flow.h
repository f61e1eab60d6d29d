/* SPDX-License-Identifier: MIT */
/*
 * One .xz stream that is cut into pieces and never ended, as xdelta3 has it: after
 * each piece all that went in has come out, and the next piece goes on from there.
 */
#ifndef CODEC_LZMA_FLOW_H
#define CODEC_LZMA_FLOW_H

#include <base/buf.h>

#define LZMA_FLOW_HEAD     17 /* bytes of the first piece that tell what it needs */
#define LZMA_FLOW_DICT_MAX (64U << 20U)

struct lzma_in;
struct lzma_out;

/*
 * The memory that decoding takes, by the first LZMA_FLOW_HEAD bytes of the first piece.
 * malformed.patch; limit.size for a dictionary over LZMA_FLOW_DICT_MAX.
 */
ota_status lzma_in_need(uint64_t *ram, const uint8_t *head, size_t len, ota_err *err);
/* Refuses what takes more than ram bytes. */
ota_status lzma_in_new(struct lzma_in **out, const ota_ctx *ctx, uint64_t ram, ota_err *err);
/* Takes *used bytes of in and makes *made of cap. Both 0: it waits for more. malformed.patch. */
ota_status lzma_in_run(struct lzma_in *l, const uint8_t *in, size_t len, size_t *used, uint8_t *out,
	size_t cap, size_t *made, ota_err *err);
void lzma_in_free(struct lzma_in *l); /* NULL is fine */

ota_status lzma_out_new(struct lzma_out **out, const ota_ctx *ctx, uint32_t dict, ota_err *err);
/* Appends one piece to out. */
ota_status lzma_out_piece(
	struct lzma_out *l, struct buf *out, const uint8_t *in, size_t len, ota_err *err);
void lzma_out_free(struct lzma_out *l); /* NULL is fine */
uint64_t lzma_out_ram(uint32_t dict);

#endif
