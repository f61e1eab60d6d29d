/* SPDX-License-Identifier: MIT */
/* What the layers see of the context. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include <ota/ctx.h>

#include <base/mem.h>

struct mem *ctx_mem(const ota_ctx *ctx);
unsigned ctx_jobs(const ota_ctx *ctx);
/* Bytes still free under mem_max; UINT64_MAX without a cap. */
uint64_t ctx_mem_room(const ota_ctx *ctx);
/* OTA_CANCELLED once ota_ctx_cancel was called; every pump polls it. */
ota_status ctx_poll(const ota_ctx *ctx, ota_err *err);
void ctx_event(const ota_ctx *ctx, const ota_event *ev);
void ctx_progress(const ota_ctx *ctx, const char *what, uint64_t done, uint64_t total);
/*
 * A slot for one lazily made thing per context (the private OSSL_LIB_CTX),
 * owned by the layer that sets it: base knows no crypto. Thread-safe: the first
 * to set wins, the loser's thing is destroyed and *value becomes the winner's.
 */
void *ctx_attached(const ota_ctx *ctx);
void ctx_attach(const ota_ctx *ctx, void **value, void (*destroy)(void *value));

#endif
