/* SPDX-License-Identifier: MIT */
#include <package/layout.h>

#include <base/num.h>
#include <codec/codec.h>

#include <package/header.h>
#include <package/table.h>

/* Measured: a tree of the manifest, its struct and its canonical form at once. */
#define RAM_PER_MANIFEST_BYTE 64U
#define RAM_FIXED             (64U << 10U)

typedef unsigned long long ull;

uint64_t section_chunk_max(const struct manifest_section *s)
{
	return min_u64(s->chunk_size, s->raw_size);
}

static uint64_t section_ram(const struct manifest_section *s)
{
	const struct block_codec *codec = codec_by_id(s->compression);
	uint64_t ram = 2 * section_chunk_max(s);

	if (codec != NULL && codec->decode_ram != NULL)
		ram += codec->decode_ram(u32_of_u64(s->chunk_size));
	return ram;
}

uint64_t payload_ram(const ota_manifest *m, const struct manifest_payload *p, uint64_t patcher)
{
	return section_ram(&m->sections[p->section]) + patcher;
}

uint64_t payload_ram_max(const ota_manifest *m)
{
	uint64_t most = 0;

	for (size_t i = 0; i < m->component_count; i++)
		for (size_t k = 0; k < m->components[i].payload_count; k++)
			most = max_u64(most, m->components[i].payloads[k].ram);
	for (size_t i = 0; i < m->attachment_count; i++)
		if (attachment_for_device(&m->attachments[i]))
			most = max_u64(most, section_ram(&m->sections[m->attachments[i].section]));
	return most;
}

uint64_t package_ram(const ota_manifest *m, uint64_t manifest_len, uint64_t payload)
{
	uint64_t tables = 0;

	for (size_t i = 0; i < m->section_count; i++)
		tables += m->sections[i].chunks *
			  chunk_entry_len(manifest_hash_alg(m), m->sections[i].raw_hashes);
	return RAM_PER_MANIFEST_BYTE * manifest_len + tables + payload + RAM_FIXED;
}

static ota_status bad_sum(ota_err *err, const char *what, uint64_t want, uint64_t found)
{
	return ota_fail(err, OTA_E_SUMS, "%s is %llu in the header; the manifest gives %llu", what,
		(ull)found, (ull)want);
}

/* manifest_check has seen to it that every section is referenced exactly once. */
static void claim_all(struct section_info *infos, const ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++)
		for (size_t k = 0; k < m->components[i].payload_count; k++) {
			const struct manifest_payload *p = &m->components[i].payloads[k];

			if (p->kind == PAYLOAD_PRESENT)
				continue;
			infos[p->section] = (struct section_info){.component = &m->components[i],
				.payload = p,
				.delta = p->kind == PAYLOAD_DELTA};
		}
	for (size_t i = 0; i < m->attachment_count; i++)
		if (m->attachments[i].section != MANIFEST_NO_SECTION)
			infos[m->attachments[i].section] =
				(struct section_info){.attachment = &m->attachments[i]};
}

/* Limits bound every product here: 256 sections of 16384 chunks of 16 MiB are 2^46. */
static ota_status place(
	struct section_info *infos, const ota_manifest *m, const ota_header *h, ota_err *err)
{
	uint64_t align = UINT64_C(1) << h->align_log2;
	uint64_t tables = 0;
	uint64_t off = 0;

	for (size_t i = 0; i < m->section_count; i++) {
		const struct manifest_section *s = &m->sections[i];
		struct section_info *info = &infos[i];

		info->entry_len = chunk_entry_len(h->hash_alg, s->raw_hashes);
		info->table_off = size_of_u64(tables);
		info->table_len = size_of_u64(s->chunks * info->entry_len);
		tables += info->table_len;
		/* Nothing stored, nothing to align: the data never ends with a pad. */
		if (s->stored_size > 0)
			off = (off + align - 1) & ~(align - 1);
		info->off = h->data_off + off;
		off += s->stored_size;
		info->end = h->data_off + off;
	}
	if (tables != h->tables_len)
		return bad_sum(err, "tables_len", tables, h->tables_len);
	if (off != h->data_len)
		return bad_sum(err, "data_len", off, h->data_len);
	return OTA_OK;
}

static ota_status check_ram(
	const struct section_info *infos, const ota_manifest *m, const ota_header *h, ota_err *err)
{
	uint64_t need;

	for (size_t i = 0; i < m->section_count; i++) {
		if (infos[i].payload == NULL)
			continue;
		need = payload_ram(m, infos[i].payload, 0);
		if (infos[i].payload->ram < need)
			return ota_fail(err, OTA_E_RESOURCES,
				"section %zu takes %llu bytes of memory; its payload promises %llu",
				i, (ull)need, (ull)infos[i].payload->ram);
	}
	need = package_ram(m, h->manifest_len, payload_ram_max(m));
	if (m->resources.ram < need)
		return ota_fail(err, OTA_E_RESOURCES,
			"applying takes %llu bytes of memory; the manifest promises %llu",
			(ull)need, (ull)m->resources.ram);
	return OTA_OK;
}

ota_status layout_sections(
	struct section_info *infos, const ota_manifest *m, const ota_header *h, ota_err *err)
{
	ota_status st;

	if (manifest_hash_alg(m) != h->hash_alg)
		return ota_fail(err, OTA_E_SUMS, "the header names hash %s, the manifest %s",
			hash_name(h->hash_alg), hash_name(manifest_hash_alg(m)));
	claim_all(infos, m);
	st = place(infos, m, h, err);
	if (!st)
		st = check_ram(infos, m, h, err);
	return st;
}
