/* SPDX-License-Identifier: MIT */
/*
 * Building a tree from a stream of values, without recursion: the readers of
 * JSON and YAML say what comes, the limits on depth and nodes are kept here.
 */
#ifndef DOC_BUILD_H
#define DOC_BUILD_H

#include <doc/doc.h>

struct doc_link;

struct doc_frame {
	struct doc *d;
	struct doc_link *first, *last;
	const char *key; /* of the value that comes next */
	struct doc *mark;
};

struct doc_build {
	struct arena *a;
	struct doc *root; /* NULL until the first value */
	size_t nodes;
	unsigned depth;
	struct doc_frame stack[DOC_DEPTH_MAX];
};

void build_init(struct doc_build *b, struct arena *a);
/* A value in the current place; a list or map becomes the current place. limit.count, limit.depth. */
ota_status build_add(
	struct doc **out, struct doc_build *b, enum doc_kind kind, uint64_t off, ota_err *err);
/* The key of the next value of the current map; both live in the arena, mark may be NULL. */
void build_key(struct doc_build *b, const char *key, struct doc *mark);
bool build_in_map(const struct doc_build *b);
bool build_wants_key(const struct doc_build *b);
/* The end of the current list or map, which is *out. */
ota_status build_close(struct doc **out, struct doc_build *b, ota_err *err);

#endif
