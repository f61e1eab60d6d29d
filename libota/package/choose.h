/* SPDX-License-Identifier: MIT */
/* Which payload of a component to take: pure, the same for extract, pack and devices. */
#ifndef PACKAGE_CHOOSE_H
#define PACKAGE_CHOOSE_H

#include <ota/package.h>

#include <model/manifest.h>

struct choose_input {
	const struct manifest_component *c;
	uint64_t matches; /* bit i: the source at hand is the one that payload i names */
	uint64_t absent;  /* bit i: payload i is not in this slice */
	bool have_source;
	bool delta_only;
	uint64_t ram_fixed; /* beside the payload's own */
	uint64_t ram_max;   /* 0: no cap */
};

/*
 * The cheapest usable payload, the lower index where costs are equal. What is
 * passed over is a finding. payload.none, source.mismatch, payload.not_in_slice,
 * resource.ram, unsupported.codec.
 */
ota_status choose_payload(
	uint32_t *out, const struct choose_input *in, ota_report *rep, ota_err *err);

#endif
