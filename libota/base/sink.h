/* SPDX-License-Identifier: MIT */
/* Sinks for the layers above, beside those of <ota/io.h>. */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <ota/io.h>

/* Passes on to next (borrowed; may be NULL) what it also hands to tap, zeros expanded. */
ota_status sink_tap(ota_sink **out, const ota_ctx *ctx, ota_sink *next,
	ota_status (*tap)(void *arg, const void *p, size_t len, ota_err *err), void *arg,
	ota_err *err);
/* Fails with limit.size beyond max bytes; next is borrowed. */
ota_status sink_capped(
	ota_sink **out, const ota_ctx *ctx, ota_sink *next, uint64_t max, ota_err *err);

#endif
