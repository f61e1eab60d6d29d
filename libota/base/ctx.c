/* SPDX-License-Identifier: MIT */
#include <base/ctx.h>

#include <base/num.h>

#include <stdatomic.h>
#include <string.h>

#define JOBS_MAX 64U

typedef void attachment_fn(void *value);

struct ota_ctx {
	struct mem *mem;
	unsigned jobs;
	ota_event_fn *event;
	void *event_arg;
	atomic_bool cancelled;
	/* Mutable through a const context: see ctx_attach. */
	struct attachment {
		_Atomic(void *) value;
		_Atomic(attachment_fn *) destroy;
	} * attached;
};

ota_status ota_ctx_new(ota_ctx **out, const ota_config *cfg, ota_err *err)
{
	ota_config c = {.size = sizeof(c)};
	struct mem *mem = NULL;
	ota_ctx boot = {0};
	ota_ctx *ctx;
	ota_status st;

	if (cfg != NULL)
		memcpy(&c, cfg, min_size(cfg->size, sizeof(c)));
	st = mem_new(&mem, c.alloc, c.mem_max, err);
	if (st)
		return st;
	boot.mem = mem;
	st = MEM_NEW(&ctx, &boot, err);
	if (st)
		goto out;
	*ctx = boot;
	st = MEM_NEW(&ctx->attached, ctx, err);
	if (st)
		goto out_ctx;
	ctx->jobs = c.jobs > JOBS_MAX ? JOBS_MAX : c.jobs;
	ctx->event = c.event;
	ctx->event_arg = c.event_arg;
	atomic_init(&ctx->cancelled, false);
	atomic_init(&ctx->attached->value, NULL);
	atomic_init(&ctx->attached->destroy, NULL);
	*out = ctx;
	return OTA_OK;
out_ctx:
	mem_free(&boot, ctx);
out:
	mem_destroy(mem);
	return st;
}

void ota_ctx_free(ota_ctx *ctx)
{
	ota_ctx boot = {0};
	void *value;

	if (ctx == NULL)
		return;
	value = atomic_load(&ctx->attached->value);
	if (value != NULL)
		atomic_load (&ctx->attached->destroy)(value);
	mem_free(ctx, ctx->attached);
	boot.mem = ctx->mem;
	mem_free(&boot, ctx);
	mem_destroy(boot.mem);
}

void ota_ctx_cancel(ota_ctx *ctx)
{
	atomic_store(&ctx->cancelled, true);
}

uint64_t ota_ctx_peak(const ota_ctx *ctx)
{
	return mem_peak(ctx->mem);
}

struct mem *ctx_mem(const ota_ctx *ctx)
{
	return ctx->mem;
}

unsigned ctx_jobs(const ota_ctx *ctx)
{
	return ctx->jobs > 1 ? ctx->jobs : 1;
}

ota_status ctx_poll(const ota_ctx *ctx, ota_err *err)
{
	return atomic_load(&ctx->cancelled) ? ota_fail(err, OTA_E_CANCELLED, "cancelled") : OTA_OK;
}

void ctx_event(const ota_ctx *ctx, const ota_event *ev)
{
	if (ctx->event != NULL)
		ctx->event(ctx->event_arg, ev);
}

void ctx_progress(const ota_ctx *ctx, const char *what, uint64_t done, uint64_t total)
{
	ota_event ev = {sizeof(ev), OTA_EV_PROGRESS, what, done, total, NULL};

	ctx_event(ctx, &ev);
}

void *ctx_attached(const ota_ctx *ctx)
{
	return atomic_load(&ctx->attached->value);
}

void ctx_attach(const ota_ctx *ctx, void **value, void (*destroy)(void *value))
{
	void *expected = NULL;

	/* Every caller passes the same destroy, so the loser's store changes nothing. */
	atomic_store(&ctx->attached->destroy, destroy);
	if (!atomic_compare_exchange_strong(&ctx->attached->value, &expected, *value)) {
		destroy(*value);
		*value = expected;
	}
}
