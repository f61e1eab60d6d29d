/* SPDX-License-Identifier: MIT */
#include <package/header.h>

#include <string.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <base/digest.h>
#include <base/kind.h>
#include <base/num.h>
#include <base/rd.h>
#include <base/wr.h>

#include <package/table.h>

static const uint8_t magic[8] = {0x89, 'O', 'T', 'A', 'P', '\r', '\n', 0x1a};

#define OFF_CRC   124U
#define ZEROS_LEN 75U
#define ALIGN_MAX 16U

static ota_status bad(ota_err *err, uint64_t off, const char *what, uint64_t found)
{
	return ota_fail_at(
		err, OTA_E_HEADER, off, "header field %s is %llu", what, (unsigned long long)found);
}

static ota_status over(ota_err *err, uint64_t off, const char *what, uint64_t found, uint64_t max)
{
	return ota_fail_at(err, OTA_E_LIMIT, off, "header field %s is %llu; the limit is %llu",
		what, (unsigned long long)found, (unsigned long long)max);
}

static ota_status check_alg(const ota_header *h, ota_err *err)
{
	if (digest_len(h->hash_alg) == 0)
		return ota_fail_at(err, OTA_E_ALG, 14, "hash algorithm %u is unknown", h->hash_alg);
	if ((h->crit_flags & ~CRIT_ENCRYPTED) != 0)
		return ota_fail_at(err, OTA_E_FLAGS, 16,
			"critical flags 0x%x are unknown: this needs a newer reader",
			h->crit_flags);
	if (h->crit_flags != 0)
		return ota_fail_at(err, OTA_E_FEATURE, 16, "the package is encrypted");
	return OTA_OK;
}

static ota_status check_sizes(const ota_header *h, ota_err *err)
{
	size_t entry = chunk_entry_len(h->hash_alg, false);

	if (h->align_log2 > ALIGN_MAX)
		return bad(err, 48, "align_log2", h->align_log2);
	if (h->manifest_len < 2)
		return bad(err, 24, "manifest_len", h->manifest_len);
	if (h->manifest_len > MANIFEST_LEN_MAX)
		return over(err, 24, "manifest_len", h->manifest_len, MANIFEST_LEN_MAX);
	if (h->sig_cap < SIG_CAP_MIN || h->sig_cap % (1U << h->align_log2) != 0)
		return bad(err, 28, "sig_cap", h->sig_cap);
	if (h->sig_cap > SIG_CAP_MAX)
		return over(err, 28, "sig_cap", h->sig_cap, SIG_CAP_MAX);
	/* Without a section there is no table. */
	if (h->tables_len > 0 && h->tables_len < entry)
		return bad(err, 32, "tables_len", h->tables_len);
	if (h->tables_len > TABLES_LEN_MAX)
		return over(err, 32, "tables_len", h->tables_len, TABLES_LEN_MAX);
	if (h->data_len > DATA_LEN_MAX)
		return over(err, 40, "data_len", h->data_len, DATA_LEN_MAX);
	return OTA_OK;
}

bool header_layout(ota_header *h)
{
	uint64_t align = UINT64_C(1) << h->align_log2;
	uint64_t tab_end;

	return align_u64(&h->sig_off, (uint64_t)HEADER_LEN + h->manifest_len, align) &&
	       add_u64(&h->tab_off, h->sig_off, h->sig_cap) &&
	       add_u64(&tab_end, h->tab_off, h->tables_len) &&
	       align_u64(&h->data_off, tab_end, align) &&
	       add_u64(&h->file_len, h->data_off, h->data_len);
}

/* The order is normative: what a newer format may change is judged before what it may not. */
static ota_status parse_body(ota_header *h, struct rd *r, uint32_t crc, ota_err *err)
{
	uint16_t header_len;
	bool zeros;
	ota_status st;

	h->major = rd_u16(r);
	h->minor = rd_u16(r);
	header_len = rd_u16(r);
	h->hash_alg = rd_u16(r);
	h->crit_flags = rd_u32(r);
	h->opt_flags = rd_u32(r);
	h->manifest_len = rd_u32(r);
	h->sig_cap = rd_u32(r);
	h->tables_len = rd_u64(r);
	h->data_len = rd_u64(r);
	h->align_log2 = rd_u8(r);
	zeros = rd_zeros(r, ZEROS_LEN);
	if (h->major != PACKAGE_MAJOR)
		return ota_fail_at(err, OTA_E_VERSION_FMT, 8,
			"format version %u; this reader knows %u", h->major, PACKAGE_MAJOR);
	if (crc != load_le32(r->p + OFF_CRC))
		return ota_fail_at(err, OTA_E_CRC, OFF_CRC,
			"the header's checksum is %08x, its content gives %08x",
			load_le32(r->p + OFF_CRC), crc);
	if (!zeros)
		return ota_fail_at(err, OTA_E_HEADER, 49, "the reserved header bytes are not zero");
	if (header_len != HEADER_LEN)
		return bad(err, 12, "header_len", header_len);
	st = check_alg(h, err);
	if (!st)
		st = check_sizes(h, err);
	return st;
}

bool header_magic_ok(const uint8_t *p)
{
	return memcmp(p, magic, sizeof(magic)) == 0;
}

ota_status header_parse(ota_header *out, const uint8_t *p, size_t len, ota_err *err)
{
	ota_header h = {.size = sizeof(h)};
	struct rd r;
	ota_status st;

	if (len < sizeof(magic) || !header_magic_ok(p)) {
		if (len > 0 && len < sizeof(magic) && memcmp(p, magic, len) == 0)
			return ota_fail_at(err, OTA_E_TRUNCATED, len,
				"truncated at byte %zu of the %u-byte header", len, HEADER_LEN);
		return ota_fail_at(
			err, OTA_E_MAGIC, 0, "not an OTA package: this is %s", kind_name(p, len));
	}
	if (len < HEADER_LEN)
		return ota_fail_at(err, OTA_E_TRUNCATED, len,
			"truncated at byte %zu of the %u-byte header", len, HEADER_LEN);
	rd_init(&r, p, HEADER_LEN);
	(void)rd_bytes(&r, sizeof(magic));
	st = parse_body(&h, &r, crc32_of(p, OFF_CRC), err);
	if (st)
		return st;
	/* The limits above keep every sum far from 2^64. */
	if (!header_layout(&h))
		return bad(err, 40, "data_len", h.data_len);
	*out = h;
	return OTA_OK;
}

void header_write(uint8_t out[static HEADER_LEN], const ota_header *h)
{
	struct wr w;

	wr_init(&w, out, HEADER_LEN);
	wr_bytes(&w, magic, sizeof(magic));
	wr_u16(&w, h->major);
	wr_u16(&w, h->minor);
	wr_u16(&w, HEADER_LEN);
	wr_u16(&w, h->hash_alg);
	wr_u32(&w, h->crit_flags);
	wr_u32(&w, h->opt_flags);
	wr_u32(&w, h->manifest_len);
	wr_u32(&w, h->sig_cap);
	wr_u64(&w, h->tables_len);
	wr_u64(&w, h->data_len);
	wr_u8(&w, h->align_log2);
	wr_zeros(&w, ZEROS_LEN);
	wr_u32(&w, crc32_of(out, OFF_CRC));
}
