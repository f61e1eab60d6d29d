/* SPDX-License-Identifier: MIT */
#include <device/journal.h>

#include <string.h>

#include <base/bits.h>
#include <base/rd.h>
#include <base/wr.h>

static bool read_digest(struct rd *r, struct digest *d, unsigned alg)
{
	const uint8_t *p = rd_bytes(r, DIGEST_MAX);
	size_t len = digest_len((enum hash_alg)alg);

	*d = (struct digest){0};
	if (p == NULL || !mem_is_zero(p + len, DIGEST_MAX - len))
		return false;
	if (alg == 0)
		return true;
	d->alg = (enum hash_alg)alg;
	d->len = lo8(len);
	memcpy(d->b, p, len);
	return len > 0;
}

static bool read_failed(struct rd *r, struct journal_failed *f)
{
	const uint8_t *p = rd_bytes(r, DIGEST_MAX);
	struct rd digest;
	unsigned alg;

	f->count = rd_u32(r);
	alg = rd_u8(r);
	if (p == NULL || !rd_zeros(r, 3) || alg == 0)
		return false;
	rd_init(&digest, p, DIGEST_MAX);
	return read_digest(&digest, &f->digest, alg);
}

/* Leaves j->rec alone. */
static bool decode(struct journal *j, const uint8_t rec[static RECORD_LEN])
{
	struct rd r;
	unsigned state, alg;
	bool ok;

	rd_init(&r, rec + RECORD_HEAD, RECORD_CRC - RECORD_HEAD);
	state = rd_u8(&r);
	alg = rd_u8(&r);
	j->slot = rd_u8(&r);
	j->nfailed = rd_u8(&r);
	j->component = rd_u32(&r);
	j->off = rd_u64(&r);
	j->error = rd_u32(&r);
	ok = rd_zeros(&r, 28) && read_digest(&r, &j->digest, alg);
	if (!ok || state > JOURNAL_TRIAL || j->slot >= OTA_SLOTS_MAX)
		return false;
	if (j->nfailed > JOURNAL_FAILED_MAX || (state == JOURNAL_IDLE) != (alg == 0))
		return false;
	j->state = (enum journal_state)state;
	for (unsigned i = 0; i < j->nfailed; i++)
		ok = read_failed(&r, &j->failed[i]) && ok;
	return rd_zeros(&r, rd_left(&r)) && ok;
}

static bool is_journal(const uint8_t rec[static RECORD_LEN])
{
	struct journal j;

	return decode(&j, rec);
}

static void encode(uint8_t rec[static RECORD_LEN], const struct journal *j)
{
	struct wr w;

	memset(rec, 0, RECORD_LEN);
	wr_init(&w, rec + RECORD_HEAD, RECORD_CRC - RECORD_HEAD);
	wr_u8(&w, lo8(j->state));
	wr_u8(&w, lo8(j->digest.alg));
	wr_u8(&w, lo8(j->slot));
	wr_u8(&w, lo8(j->nfailed));
	wr_u32(&w, j->component);
	wr_u64(&w, j->off);
	wr_u32(&w, j->error);
	wr_zeros(&w, 28);
	wr_bytes(&w, j->digest.b, DIGEST_MAX);
	for (unsigned i = 0; i < j->nfailed; i++) {
		wr_bytes(&w, j->failed[i].digest.b, DIGEST_MAX);
		wr_u32(&w, j->failed[i].count);
		wr_u8(&w, lo8(j->failed[i].digest.alg));
		wr_zeros(&w, 3);
	}
}

static const struct record_kind journal_kind = {"OTJR", false, is_journal};

ota_status journal_load(struct journal *j, const ota_ctx *ctx, ota_port *port, ota_err *err)
{
	ota_flash *f = NULL;
	ota_status st = port->ops->flash(port, OTA_REGION_JOURNAL, 0, NULL, &f, err);

	if (st)
		return st;
	*j = (struct journal){.state = JOURNAL_IDLE};
	st = record_open(&j->rec, ctx, f, &journal_kind, err);
	if (st)
		return ota_err_in(err, st, "journal");
	if (j->rec.found)
		decode(j, j->rec.newest);
	return OTA_OK;
}

ota_status journal_save(struct journal *j, ota_err *err)
{
	uint8_t rec[RECORD_LEN];
	ota_status st;

	encode(rec, j);
	st = record_append(&j->rec, rec, err);
	return st ? ota_err_in(err, st, "journal") : OTA_OK;
}

bool journal_is(const struct journal *j, enum journal_state state, const struct digest *d)
{
	return j->state == state && digest_equal(&j->digest, d);
}

ota_status journal_end(struct journal *j, ota_id error, ota_err *err)
{
	j->state = JOURNAL_IDLE;
	j->digest = (struct digest){0};
	j->component = 0;
	j->off = 0;
	j->error = (uint32_t)error;
	return journal_save(j, err);
}

static unsigned find_failed(const struct journal *j, const struct digest *d)
{
	unsigned i = 0;

	while (i < j->nfailed && !digest_equal(&j->failed[i].digest, d))
		i++;
	return i;
}

bool journal_has_failed(const struct journal *j, const struct digest *d)
{
	return find_failed(j, d) < j->nfailed;
}

static void remove_failed(struct journal *j, unsigned i)
{
	j->nfailed--;
	memmove(&j->failed[i], &j->failed[i + 1], (j->nfailed - i) * sizeof(j->failed[0]));
}

void journal_remember(struct journal *j, const struct digest *d)
{
	unsigned i = find_failed(j, d);
	struct journal_failed f = {*d, 1};

	if (i < j->nfailed) {
		f.count = j->failed[i].count < UINT32_MAX ? j->failed[i].count + 1 : UINT32_MAX;
		remove_failed(j, i);
	} else if (j->nfailed == JOURNAL_FAILED_MAX) {
		remove_failed(j, 0);
	}
	j->failed[j->nfailed++] = f;
}

void journal_forget(struct journal *j, const struct digest *d)
{
	unsigned i = find_failed(j, d);

	if (i < j->nfailed)
		remove_failed(j, i);
}
