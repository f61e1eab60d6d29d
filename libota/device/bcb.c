/* SPDX-License-Identifier: MIT */
#include <device/bootctl.h>

#include <string.h>

#include <base/bits.h>
#include <base/rd.h>
#include <base/wr.h>

#define FLAG_TRIAL    1U
#define FLAG_RECOVERY 2U
#define SLOT_WRITING  1U
#define SLOT_VERITY   2U
#define SLOT_LEN      112U
#define SLOT_FAILURES 0x30U /* bits 4 – 5 */

static bool read_flag(struct rd *r, bool *out)
{
	uint8_t v = rd_u8(r);

	*out = v == 1;
	return v <= 1;
}

/* Printable, then zeros: so that two different records never show the same. */
static bool read_version(struct rd *r, char out[static BOOT_VERSION_LEN + 1])
{
	size_t n = 0;

	rd_copy(r, out, BOOT_VERSION_LEN);
	out[BOOT_VERSION_LEN] = '\0';
	while (out[n] > ' ' && out[n] <= '~')
		n++;
	return mem_is_zero(out + n, BOOT_VERSION_LEN - n);
}

static bool decode_slot(struct bootctl_slot *s, struct rd *r)
{
	uint8_t flags;
	bool ok;

	s->priority = rd_u8(r);
	s->tries = rd_u8(r);
	ok = read_flag(r, &s->successful);
	flags = rd_u8(r);
	s->writing = (flags & SLOT_WRITING) != 0;
	s->verity_corrupt = (flags & SLOT_VERITY) != 0;
	s->chain_failures = (uint8_t)((flags & SLOT_FAILURES) >> 4U);
	ok = ok && (flags & ~(SLOT_WRITING | SLOT_VERITY | SLOT_FAILURES)) == 0;
	s->counter = rd_u32(r);
	rd_copy(r, s->digest, sizeof(s->digest));
	ok = read_version(r, s->version) && ok;
	s->installed_at = rd_u64(r);
	return ok && s->priority <= PRIORITY_MAX && s->tries <= TRIES_MAX;
}

static bool decode(struct bootctl *b, const uint8_t rec[static RECORD_LEN])
{
	struct rd r;
	uint8_t flags;
	bool ok = true;

	*b = (struct bootctl){0};
	rd_init(&r, rec + RECORD_HEAD, RECORD_CRC - RECORD_HEAD);
	b->nslots = rd_u8(&r);
	b->last_booted = rd_u8(&r);
	flags = rd_u8(&r);
	b->trial = (flags & FLAG_TRIAL) != 0;
	b->recovery = (flags & FLAG_RECOVERY) != 0;
	b->recovery_tries = rd_u8(&r);
	b->counter_floor = rd_u32(&r);
	b->time_floor = rd_u64(&r);
	if (b->nslots < 2 || b->nslots > OTA_SLOTS_MAX || b->last_booted >= b->nslots)
		return false;
	for (unsigned i = 0; i < b->nslots; i++)
		ok = decode_slot(&b->slot[i], &r) && ok;
	ok = rd_zeros(&r, rd_left(&r)) && ok;
	return ok && (flags & ~(FLAG_TRIAL | FLAG_RECOVERY)) == 0 && rd_end(&r);
}

static bool is_bcb(const uint8_t rec[static RECORD_LEN])
{
	struct bootctl b;

	return decode(&b, rec);
}

static void encode_slot(struct wr *w, const struct bootctl_slot *s)
{
	wr_u8(w, s->priority);
	wr_u8(w, s->tries);
	wr_u8(w, s->successful);
	wr_u8(w, lo8((s->writing ? SLOT_WRITING : 0) | (s->verity_corrupt ? SLOT_VERITY : 0) |
			 (unsigned)s->chain_failures << 4U));
	wr_u32(w, s->counter);
	wr_bytes(w, s->digest, sizeof(s->digest));
	wr_bytes(w, s->version, BOOT_VERSION_LEN);
	wr_u64(w, s->installed_at);
}

static void encode(uint8_t rec[static RECORD_LEN], const struct bootctl *b)
{
	struct wr w;

	memset(rec, 0, RECORD_LEN);
	wr_init(&w, rec + RECORD_HEAD, RECORD_CRC - RECORD_HEAD);
	wr_u8(&w, lo8(b->nslots));
	wr_u8(&w, lo8(b->last_booted));
	wr_u8(&w, lo8((b->trial ? FLAG_TRIAL : 0) | (b->recovery ? FLAG_RECOVERY : 0)));
	wr_u8(&w, b->recovery_tries);
	wr_u32(&w, b->counter_floor);
	wr_u64(&w, b->time_floor);
	for (unsigned i = 0; i < b->nslots; i++)
		encode_slot(&w, &b->slot[i]);
}

static const struct record_kind bcb_kind = {"OTBC", true, is_bcb};

static ota_status load(struct bootctl_store *b, ota_err *err)
{
	ota_status st = record_open(&b->rec, b->ctx, b->f, &bcb_kind, err);

	if (st)
		return st;
	b->valid = b->rec.found && !b->rec.conflict && decode(&b->now, b->rec.newest);
	b->seq = b->rec.seq;
	return OTA_OK;
}

static ota_status repair(struct bootctl_store *b, ota_err *err)
{
	return record_repair(&b->rec, err);
}

static ota_status save(
	struct bootctl_store *b, const struct bootctl *want, bool expendable, ota_err *err)
{
	uint8_t rec[RECORD_LEN];
	ota_status st;

	encode(rec, want);
	b->rec.expendable = expendable;
	st = record_append(&b->rec, rec, err);
	if (st)
		return st;
	b->now = *want;
	b->seq = b->rec.seq;
	return OTA_OK;
}

const struct bootctl_kind bootctl_otap = {true, load, repair, save};
