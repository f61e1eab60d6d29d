/* SPDX-License-Identifier: MIT */
/*
 * A signed TUF document: exactly `signatures` and `signed`. It is parsed once
 * into a tree; what is verified are the canonical (OLPC) bytes of that tree,
 * and what is used is the tree. Format: formats/trust.md section 2.
 */
#ifndef TRUST_ENVELOPE_H
#define TRUST_ENVELOPE_H

#include <base/arena.h>
#include <base/buf.h>
#include <doc/doc.h>
#include <trust/trust.h>

#define ENVELOPE_MAX      262144U
#define ENVELOPE_SIGS_MAX 64

struct envelope {
	struct arena arena;
	struct doc *root;     /* of the whole document */
	struct doc *body;     /* `signed` */
	const char *type;     /* `signed._type` */
	struct claim *claims; /* of all signatures, over text */
	size_t count;
	struct buf text;
};

/*
 * Read src to its end. malformed.json, malformed.root, limit.*. Zeroed before;
 * envelope_fini after, whatever came of it.
 */
ota_status envelope_load(struct envelope *e, const ota_ctx *ctx, ota_source *src, ota_err *err);
void envelope_fini(struct envelope *e);
/* That role of t is met by its signatures. As quorum_met; `of` names the document in findings. */
ota_status envelope_quorum(const struct envelope *e, const ota_trust *t, const char *role,
	const char *of, ota_report *rep, ota_err *err);

#endif
