/* SPDX-License-Identifier: MIT */
#include <device/record.h>

#include <inttypes.h>
#include <string.h>

#include <base/bits.h>
#include <base/crc32.h>
#include <base/mem.h>
#include <base/num.h>
#include <base/rd.h>

#define RECORD_VERSION 1
#define SEQ_END        (UINT64_C(1) << 63U)

static ota_status set_layout(struct record_store *r, ota_err *err)
{
	const ota_geometry *g = &r->f->geometry;
	uint64_t least;

	r->stride = g->program_size > RECORD_LEN ? g->program_size : RECORD_LEN;
	least = max_u64(g->erase_size, r->stride);
	r->half_len = least;
	if (!r->kind->single)
		r->half_len = max_u64(least, g->size / 2 / least * least);
	if (r->half_len > g->size / 2)
		return ota_fail(err, OTA_E_FLASH,
			"a region of %" PRIu64 " bytes; two erase blocks of %" PRIu64
			" bytes are needed",
			g->size, least);
	r->per_half = r->kind->single ? 1 : u32_of_u64(r->half_len / r->stride);
	return OTA_OK;
}

static bool is_valid(const struct record_store *r, const uint8_t *rec)
{
	struct rd rd;
	const uint8_t *magic;
	bool same;

	if (load_le32(rec + RECORD_CRC) != crc32_of(rec, RECORD_CRC))
		return false;
	rd_init(&rd, rec, RECORD_LEN);
	magic = rd_bytes(&rd, 4);
	same = memcmp(magic, r->kind->magic, 4) == 0;
	same = rd_u16(&rd) == RECORD_VERSION && same;
	same = rd_u16(&rd) == RECORD_LEN && same;
	return rd_u64(&rd) < SEQ_END && same && r->kind->ok(rec);
}

static void take(struct record_store *r, const uint8_t *rec, unsigned half)
{
	uint64_t seq = load_le64(rec + 8);

	if (r->found && seq < r->seq)
		return;
	if (r->found && seq == r->seq) {
		r->conflict = r->conflict || memcmp(rec, r->newest, RECORD_LEN) != 0;
		return;
	}
	memcpy(r->newest, rec, RECORD_LEN);
	r->found = true;
	r->conflict = false;
	r->seq = seq;
	r->half = half;
}

enum unit { UNIT_ERASED, UNIT_SPOILT, UNIT_OLDER, UNIT_GOOD };

static enum unit look_at(const struct record_store *r, uint8_t *rec, uint64_t off, bool any)
{
	if (flash_read(r->f, rec, RECORD_LEN, off, NULL))
		return UNIT_SPOILT;
	if (flash_is_erased(r->f, rec, RECORD_LEN))
		return UNIT_ERASED;
	if (any && load_le64(rec + 8) < r->seq)
		return UNIT_OLDER;
	return is_valid(r, rec) ? UNIT_GOOD : UNIT_SPOILT;
}

/* What reads wrong once may read right the next time. */
static enum unit read_record(const struct record_store *r, uint8_t *rec, uint64_t off, bool any)
{
	enum unit unit = UNIT_SPOILT;

	for (int i = 0; i < 2 && unit == UNIT_SPOILT; i++)
		unit = look_at(r, rec, off, any);
	return unit;
}

/*
 * A unit that cannot be read is one without a record: a bad block must not hide
 * the other half, nor keep the device from starting. From the end, so that behind
 * the newest record of a half none needs its CRC.
 */
static void scan_half(struct record_store *r, unsigned half, uint32_t *room, bool *any)
{
	uint8_t rec[RECORD_LEN];

	*room = 0;
	*any = false;
	for (uint32_t i = r->per_half; i-- > 0;) {
		uint64_t off = half * r->half_len + (uint64_t)i * r->stride;
		enum unit unit = read_record(r, rec, off, *any);

		if (unit == UNIT_ERASED)
			continue;
		if (*room == 0)
			*room = i + 1;
		if (unit == UNIT_GOOD) {
			*any = true;
			take(r, rec, half);
		}
	}
}

ota_status record_open(struct record_store *r, const ota_ctx *ctx, ota_flash *f,
	const struct record_kind *kind, ota_err *err)
{
	uint32_t room[2];
	bool any[2];
	ota_status st;

	*r = (struct record_store){.ctx = ctx, .f = f, .kind = kind};
	st = flash_check(f, err);
	if (!st)
		st = set_layout(r, err);
	if (st)
		return st;
	for (unsigned half = 0; half < 2; half++)
		scan_half(r, half, &room[half], &any[half]);
	r->next = room[r->half];
	r->lone = !any[1 - r->half];
	return OTA_OK;
}

static ota_status program_at(struct record_store *r, const uint8_t *rec, uint64_t off, ota_err *err)
{
	uint8_t *unit = NULL;
	ota_status st = mem_new_bytes(&unit, r->ctx, r->stride, err);

	if (st)
		return st;
	memset(unit, r->f->geometry.erased, r->stride);
	memcpy(unit, rec, RECORD_LEN);
	st = flash_program_sure(r->f, unit, r->stride, RECORD_LEN, off, err);
	mem_free(r->ctx, unit);
	return st;
}

/* The room must be erased to its last byte: a torn record may have left some. */
static ota_status has_room(struct record_store *r, bool *out, ota_err *err)
{
	uint8_t got[RECORD_LEN];
	ota_status st = OTA_OK;

	*out = r->found && r->next < r->per_half;
	for (uint32_t pos = 0; *out && !st && pos < r->stride; pos += RECORD_LEN) {
		uint64_t off = r->half * r->half_len + (uint64_t)r->next * r->stride + pos;

		st = flash_read(r->f, got, RECORD_LEN, off, err);
		*out = !st && flash_is_erased(r->f, got, RECORD_LEN);
	}
	return st;
}

static ota_status append_at(
	struct record_store *r, const uint8_t *rec, unsigned half, uint32_t i, ota_err *err)
{
	ota_status st = OTA_OK;

	if (i == 0)
		st = flash_erase(r->f, half * r->half_len, r->half_len, err);
	if (!st)
		st = program_at(r, rec, half * r->half_len + (uint64_t)i * r->stride, err);
	return st;
}

ota_status record_append(struct record_store *r, uint8_t rec[static RECORD_LEN], ota_err *err)
{
	unsigned half = r->found ? 1 - r->half : 0;
	uint32_t i = 0;
	bool room;
	ota_status st = has_room(r, &room, err);

	if (st)
		return st;
	if (room) {
		half = r->half;
		i = r->next;
	}
	memcpy(rec, r->kind->magic, 4);
	store_le16(rec + 4, RECORD_VERSION);
	store_le16(rec + 6, RECORD_LEN);
	store_le64(rec + 8, r->found ? r->seq + 1 : 1);
	store_le32(rec + RECORD_CRC, crc32_of(rec, RECORD_CRC));
	st = append_at(r, rec, half, i, err);
	if (st && (r->expendable || !r->found)) {
		half = 1 - half;
		i = 0;
		r->lone = true;
		st = append_at(r, rec, half, i, err);
	}
	if (st)
		return st;
	r->lone = r->found ? r->lone && half == r->half : true;
	memcpy(r->newest, rec, RECORD_LEN);
	r->seq = load_le64(rec + 8);
	r->found = true;
	r->half = half;
	r->next = i + 1;
	return OTA_OK;
}

ota_status record_repair(struct record_store *r, ota_err *err)
{
	ota_status st;

	if (!r->found || !r->lone)
		return OTA_OK;
	st = append_at(r, r->newest, 1 - r->half, 0, err);
	if (!st)
		r->lone = false;
	return st;
}
