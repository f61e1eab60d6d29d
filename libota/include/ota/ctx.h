/* SPDX-License-Identifier: MIT */
/*
 * The context: the only way into libota. It carries the allocator and its
 * budget, the number of jobs, the event callback and the cancel flag, and
 * initialises the crypto libraries. It is immutable but for cancel and the
 * memory counters, so threads may share one. It has no clock and no locale:
 * time is an argument wherever it matters. openssl.cnf must not change a verdict,
 * so libota tells libcrypto not to load it; a program that wants it for its own
 * TLS calls OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) first.
 */
#ifndef OTA_CTX_H
#define OTA_CTX_H

#include <ota/err.h>

/* alloc returns NULL on failure; free takes NULL. Both are called from any thread. */
typedef struct ota_alloc {
	void *(*alloc)(void *arg, size_t len);
	void (*free)(void *arg, void *p);
	void *arg;
} ota_alloc;

typedef enum ota_event_kind {
	OTA_EV_PROGRESS,
	OTA_EV_STATE,
	OTA_EV_FLASH,
	OTA_EV_NOTE
} ota_event_kind;

typedef struct ota_event {
	size_t size;
	ota_event_kind kind;
	const char *what;     /* "verify", "write rootfs", … */
	uint64_t done, total; /* bytes; total 0: unknown */
	const char *text;     /* NULL: none */
} ota_event;

/* Called on the thread that called libota, never on a worker. */
typedef void ota_event_fn(void *arg, const ota_event *ev);

typedef struct ota_config {
	size_t size;            /* sizeof(ota_config) */
	const ota_alloc *alloc; /* NULL: malloc */
	uint64_t mem_max;       /* bytes libota may hold at once; 0: no cap */
	unsigned jobs;          /* worker threads; 0 or 1: none */
	ota_event_fn *event;
	void *event_arg;
} ota_config;

/* cfg may be NULL: malloc, no cap, one job. *out is freed with ota_ctx_free. */
OTA_API OTA_MUST_CHECK ota_status ota_ctx_new(ota_ctx **out, const ota_config *cfg, ota_err *err);
OTA_API void ota_ctx_free(ota_ctx *ctx);
/* Ask every running call on ctx to stop with OTA_CANCELLED. Async-signal-safe. */
OTA_API void ota_ctx_cancel(ota_ctx *ctx);
/* The most bytes libota held at once since the context was made. */
OTA_API uint64_t ota_ctx_peak(const ota_ctx *ctx);

#endif
