/* SPDX-License-Identifier: MIT */
/*
 * Step 5 of formats/otap.md section 6: what header and manifest say about
 * sections must agree, and everything else is derived from it: offsets are
 * never read. Shared by readers and the packer.
 */
#ifndef PACKAGE_LAYOUT_H
#define PACKAGE_LAYOUT_H

#include <ota/package.h>

#include <model/manifest.h>

struct section_info {
	uint64_t off; /* of its first chunk in the file */
	uint64_t end; /* after its last chunk */
	size_t table_off, table_len, entry_len;
	const struct manifest_component *component; /* NULL: an attachment */
	const struct manifest_payload *payload;
	const struct manifest_attachment *attachment; /* NULL: a payload */
	bool delta;
	bool absent; /* not in this slice */
};

/* m was read by manifest_read; infos has room for its sections. malformed.sums, .resources. */
ota_status layout_sections(
	struct section_info *infos, const ota_manifest *m, const ota_header *h, ota_err *err);
/* Bytes of the largest chunk that a section holds. */
uint64_t section_chunk_max(const struct manifest_section *s);
/*
 * Memory to apply one payload: 2·C + decoder(C) for a full one, 2·C + patcher
 * for a delta.
 */
uint64_t payload_ram(const ota_manifest *m, const struct manifest_payload *p, uint64_t patcher);
/* The largest ram of any payload, and of reading what else a device reads. */
uint64_t payload_ram_max(const ota_manifest *m);
/*
 * What the manifest's resources.ram must not be less than, with the payload's
 * own need in it: formats/otap.md section 2.
 */
uint64_t package_ram(const ota_manifest *m, uint64_t manifest_len, uint64_t payload);

#endif
