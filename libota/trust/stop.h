/* SPDX-License-Identifier: MIT */
/* The stop document: packages that one key can take back (formats/trust.md section 3). */
#ifndef TRUST_STOP_H
#define TRUST_STOP_H

#include <ota/root.h>

#include <trust/envelope.h>

#define STOP_TYPE "x-ota-stop"

struct ota_stop {
	const ota_ctx *ctx;
	struct envelope env;
	uint64_t version;
	struct digest *revoked;
	size_t revoked_count;
};

bool stop_has(const ota_stop *s, const struct digest *d);

#endif
