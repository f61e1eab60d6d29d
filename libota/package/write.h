/* SPDX-License-Identifier: MIT */
/* One payload made into its image, whoever chose it. */
#ifndef PACKAGE_WRITE_H
#define PACKAGE_WRITE_H

#include <package/target.h>

struct write_job {
	ota_pkg *pkg;
	const ota_ctx *patch_ctx; /* whose memory the patcher takes */
	ota_sink *dst;
	ota_source *old; /* delta: what the payload's source was matched with */
	const struct manifest_component *c;
	const struct manifest_payload *p;
	ota_source *done; /* whose first `have` bytes are those of the image already */
	uint64_t have;
	struct target target;
	uint64_t drop; /* bytes to come that are there */
};

/* Needs tables_load. Every byte verified before it is written, the whole against target.hash. */
ota_status payload_write(struct write_job *j, ota_err *err);

#endif
