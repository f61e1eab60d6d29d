/* SPDX-License-Identifier: MIT */
/* The stop document: packages that one key can take back (formats/trust.md section 3). */
#ifndef TRUST_STOP_H
#define TRUST_STOP_H

#include <trust/envelope.h>

#define STOP_TYPE "x-ota-stop"

struct stop {
	const ota_ctx *ctx;
	struct envelope env;
	uint64_t version;
	struct digest *revoked;
	size_t revoked_count;
};

/* Without judging its signatures. */
ota_status stop_read(struct stop **out, const ota_ctx *ctx, ota_source *src, ota_err *err);
void stop_free(struct stop *s);
bool stop_has(const struct stop *s, const struct digest *d);

#endif
