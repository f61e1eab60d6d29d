/* SPDX-License-Identifier: MIT */
/*
 * Ordered parallel iteration, the only file that starts threads: feed in order
 * on the caller's thread, work on any thread, take in order on the caller's.
 * The item with the lowest index fails first, so bytes, verdicts and messages
 * do not depend on the number of jobs. One job starts no thread.
 */
#ifndef BASE_PAR_H
#define BASE_PAR_H

#include <ota/ctx.h>

struct par;

struct par_ops {
	size_t slot_size; /* zeroed once; slots are reused, so feed must reset what matters */
	/* Fill slot for item i, or set *end. */
	ota_status (*feed)(void *arg, void *slot, uint64_t i, bool *end, ota_err *err);
	/* Touches only its slot and read-only parts of arg. */
	ota_status (*work)(void *arg, void *slot, uint64_t i, ota_err *err);
	/* Release what the slot holds; called once per slot by par_free. May be NULL. */
	void (*drop)(void *arg, void *slot);
};

/*
 * slots items are under way at most. par_slots gives the usual number for
 * slot_bytes of memory each: min(2·jobs, room / slot_bytes), at least 1.
 */
ota_status par_new(struct par **out, const ota_ctx *ctx, const struct par_ops *ops, void *arg,
	size_t slots, ota_err *err);
size_t par_slots(const ota_ctx *ctx, uint64_t slot_bytes);
/* The next finished item in order; *slot NULL at the end. It stays valid until the next call. */
ota_status par_next(struct par *p, void **slot, ota_err *err);
void par_free(struct par *p);

#endif
