/* SPDX-License-Identifier: MIT */
/*
 * A tree of what power-ons read, page by page: code that read the same so far
 * reads the same place next, so what is there leads to the next node, and in the
 * end to what the code did.
 */
#ifndef SIM_READS_H
#define SIM_READS_H

#include <sim/pool.h>

struct list {
	void *v;
	size_t count, room;
};

/* Room for one more zeroed entry of size bytes, at *out; the others move. */
ota_status list_push(void *out, struct list *l, const ota_ctx *ctx, size_t size, ota_err *err);

struct reads {
	const ota_ctx *ctx;
	struct pool *pool; /* whose pages stand for what they hold */
	struct list roots, nodes;
	struct edge *edges; /* by hash; of a power of two */
	size_t edge_count, edge_room;
};

void reads_init(struct reads *t, const ota_ctx *ctx, struct pool *pool);
void reads_fini(struct reads *t);
uint64_t reads_held(const struct reads *t);
/* What was learnt from a device that held the same as m; *out NULL: nothing. *clear: none of what
 * it read on the way is in doubt. */
ota_status reads_find(
	const void **out, bool *clear, struct reads *t, struct media *m, ota_err *err);
/* Of m, from made the reads, of which the last led to what; not NULL. */
ota_status reads_learn(
	struct reads *t, struct media *m, const struct media *from, const void *what, ota_err *err);
/* What is there now may not be what a read of the page gives. */
bool reads_in_doubt(const struct media *m, const struct media_at *at);

#endif
