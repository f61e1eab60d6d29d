/* SPDX-License-Identifier: MIT */
/* A package in the making, between the files of this folder. */
#ifndef PACK_BUILD_H
#define PACK_BUILD_H

#include <pack/plan.h>
#include <pack/section.h>

struct piece {
	size_t component, payload;
	size_t attachment; /* its index where is_attachment; component and payload have no use */
	bool is_attachment;
	bool delta, dropped;
	bool plain;           /* stored as it is: not in the spool */
	uint64_t off;         /* in the spool */
	const char *codec;    /* delta: static; NULL: the one that is never named */
	uint64_t patcher;     /* delta: memory of its applier */
	uint64_t read;        /* delta: bytes of the old image that it reads */
	uint64_t window;      /* delta: bytes of output of each of its chunks; 0: there is one */
	uint64_t ram;         /* to apply the payload */
	struct digest source; /* delta: hash of the old image */
	struct made_section s;
};

struct build {
	const ota_ctx *ctx;
	ota_plan *plan;
	ota_report *rep;
	enum hash_alg alg;
	struct arena arena;
	ota_spool *spool;
	uint64_t spool_len;
	struct piece *pieces; /* one per payload and attachment, in the manifest's order */
	size_t piece_count;
	struct digest *targets; /* one per component */
	/* what assemble makes of it */
	ota_manifest m; /* the plan's, with its own components and generated fields */
	ota_header h;
	struct piece **order; /* as in the package */
	size_t order_count;
	struct buf tables, head;
};

/* Manifest, tables and header from the pieces; checked as a reader will check them. */
ota_status assemble(struct build *b, ota_err *err);
/*
 * The same for a device: without the deltas that take more memory than it has.
 * resource.ram where a full image does, resource.head.
 */
ota_status assemble_within(struct build *b, const ota_devfile *d, ota_err *err);
/* HEADER … DATA. */
ota_status emit(struct build *b, ota_sink *dst, ota_err *err);

#endif
