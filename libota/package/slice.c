/* SPDX-License-Identifier: MIT */
#include <package/slice.h>

#include <string.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <base/num.h>
#include <base/rd.h>
#include <base/wr.h>

#include <package/header.h>

static const uint8_t magic[8] = {0x89, 'O', 'T', 'S', '\r', '\n', 0x1a, '\n'};

#define MAGIC_TELLS   4U /* where it leaves the package's */
#define SLICE_VERSION 1U
#define OFF_SECTIONS  16U
#define OFF_ZERO      48U
#define ZERO_LEN      12U
#define OFF_CRC       60U

bool slice_magic_ok(const uint8_t *p, size_t len)
{
	return len >= MAGIC_TELLS && memcmp(p, magic, min_size(len, sizeof(magic))) == 0;
}

ota_status slice_parse(struct slice *out, const uint8_t p[static SLICE_LEN], ota_err *err)
{
	struct slice s = {0};
	uint16_t version, len;
	struct rd r;
	bool zeros;

	rd_init(&r, p, SLICE_LEN);
	(void)rd_bytes(&r, sizeof(magic));
	version = rd_u16(&r);
	len = rd_u16(&r);
	s.sig_len = rd_u32(&r);
	rd_copy(&r, s.sections, sizeof(s.sections));
	zeros = rd_zeros(&r, ZERO_LEN);
	if (version != SLICE_VERSION)
		return ota_fail_at(err, OTA_E_VERSION_FMT, 8,
			"slice version %u; this reader knows %u", version, SLICE_VERSION);
	if (crc32_of(p, OFF_CRC) != load_le32(p + OFF_CRC))
		return ota_fail_at(
			err, OTA_E_CRC, OFF_CRC, "the slice header's checksum does not fit");
	if (!zeros)
		return ota_fail_at(
			err, OTA_E_SLICE, OFF_ZERO, "reserved bytes of the slice header not zero");
	if (len != SLICE_LEN)
		return ota_fail_at(err, OTA_E_SLICE, 10, "the slice header's length is %u", len);
	if (s.sig_len > SIG_CAP_MAX)
		return ota_fail_at(
			err, OTA_E_SLICE, 12, "the slice has %u bytes of signatures", s.sig_len);
	*out = s;
	return OTA_OK;
}

void slice_write(uint8_t out[static SLICE_LEN], const struct slice *s)
{
	struct wr w;

	wr_init(&w, out, SLICE_LEN);
	wr_bytes(&w, magic, sizeof(magic));
	wr_u16(&w, SLICE_VERSION);
	wr_u16(&w, SLICE_LEN);
	wr_u32(&w, s->sig_len);
	wr_bytes(&w, s->sections, sizeof(s->sections));
	wr_zeros(&w, ZERO_LEN);
	wr_u32(&w, crc32_of(out, OFF_CRC));
}

bool slice_has(const struct slice *s, size_t section)
{
	return section < MANIFEST_SECTIONS_MAX &&
	       ((unsigned)s->sections[section / 8] >> section % 8 & 1U);
}

void slice_add(struct slice *s, size_t section)
{
	s->sections[section / 8] = lo8(s->sections[section / 8] | 1U << section % 8);
}

ota_status slice_place(
	struct section_info *infos, struct head *head, const ota_manifest *m, ota_err *err)
{
	struct place *at = &head->at;
	uint64_t tables = 0;
	uint64_t data = 0;

	for (size_t i = m->section_count; i < MANIFEST_SECTIONS_MAX; i++)
		if (slice_has(&head->slice, i))
			return ota_fail_at(err, OTA_E_SLICE, OFF_SECTIONS,
				"the slice has section %zu; the package ends before it", i);
	for (size_t i = 0; i < m->section_count; i++) {
		infos[i].absent = !slice_has(&head->slice, i);
		infos[i].table_off = size_of_u64(tables);
		tables += infos[i].absent ? 0 : infos[i].table_len;
	}
	at->tab_len = tables;
	at->data_off = at->tab_off + tables;
	for (size_t i = 0; i < m->section_count; i++) {
		infos[i].off = at->data_off + data;
		data += infos[i].absent ? 0 : m->sections[i].stored_size;
		infos[i].end = at->data_off + data;
	}
	at->end = at->data_off + data;
	return OTA_OK;
}
