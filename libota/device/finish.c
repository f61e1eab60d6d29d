/* SPDX-License-Identifier: MIT */
/* Phase 2 in the new slot: formats/device.md section 5, steps 7 – 10. */
#include <device/dev.h>

#include <string.h>

#include <base/num.h>
#include <device/slot.h>

/*
 * The journal first and in one record: a cut between the two leaves a trial
 * without tries and an idle journal, which ends again without counting twice.
 */
ota_status trial_end(ota_dev *dev, unsigned slot, ota_id why, bool failed, ota_err *err)
{
	struct journal *j = &dev->journal;
	struct bootctl want = dev->bc.now;
	ota_status st = OTA_OK;

	if (j->state == JOURNAL_TRIAL && j->slot == slot) {
		if (failed)
			journal_remember(j, &j->digest);
		st = journal_end(j, why, err);
	}
	if (st)
		return st;
	want.slot[slot].priority = 0;
	want.slot[slot].tries = 0;
	want.trial = false;
	return bootctl_save_both(&dev->bc, &want, err);
}

/* ---- step 9 ---- */

/*
 * The lowest counter over the slots that could boot, all verified now, images
 * included. One that does not verify keeps the floor where it is: raising it
 * could leave that slot as the only one and below the floor.
 */
static ota_status lowest_counter(uint64_t *out, const ota_dev *dev, ota_report *rep, ota_err *err)
{
	uint64_t lowest = UINT64_MAX;

	*out = 0;
	for (unsigned i = 0; i < dev->bc.now.nslots; i++) {
		const struct bootctl_slot *s = &dev->bc.now.slot[i];
		struct slot_doc doc = {0};
		ota_status st;

		if (!bootctl_bootable(s))
			continue;
		st = slot_chain(&doc, dev, i, s->digest, err);
		if (st == OTA_NOMEM || st == OTA_CANCELLED)
			return st;
		if (st) {
			dev_note(rep, "floor", "a slot that can boot does not verify: it stays");
			return OTA_OK;
		}
		lowest = min_u64(lowest, doc.m->security_counter);
		slot_doc_fini(&doc);
	}
	*out = lowest == UINT64_MAX ? 0 : lowest;
	return OTA_OK;
}

static ota_status raise_floor(ota_dev *dev, ota_report *rep, ota_err *err)
{
	struct bootctl want = dev->bc.now;
	uint64_t lowest = 0;
	uint32_t fused = 0;
	ota_status st = lowest_counter(&lowest, dev, rep, err);

	if (!st)
		st = dev->port->ops->fuse_read(dev->port, OTA_FUSE_COUNTER, &fused, err);
	if (st)
		return st;
	if (lowest > fused) {
		fused = u32_of_u64(lowest);
		st = dev->port->ops->fuse_burn(dev->port, OTA_FUSE_COUNTER, fused, err);
	}
	if (st || want.counter_floor == fused)
		return st;
	want.counter_floor = fused;
	return bootctl_save(&dev->bc, &want, err);
}

/* ---- step 10 ---- */

static ota_status disable_others(ota_dev *dev, unsigned slot, ota_err *err)
{
	struct bootctl want = dev->bc.now;
	bool changed = false;

	for (unsigned i = 0; i < want.nslots; i++) {
		struct bootctl_slot *s = &want.slot[i];

		if (i == slot || s->priority == 0)
			continue;
		s->priority = 0;
		s->tries = 0;
		s->successful = false;
		changed = true;
	}
	return changed ? bootctl_save(&dev->bc, &want, err) : OTA_OK;
}

/* What is left must be able to start: it is looked at once more. */
static ota_status disable_previous(
	ota_dev *dev, unsigned slot, const ota_manifest *m, ota_report *rep, ota_err *err)
{
	ota_status st = slot_images_verify(dev, slot, m, err);

	if (!st)
		st = disable_others(dev, slot, err);
	if (!st)
		st = raise_floor(dev, rep, err);
	return st;
}

/* The journal is cleared last: until then, whoever comes next does this again. */
static ota_status settle(
	ota_dev *dev, unsigned slot, const ota_manifest *m, ota_report *rep, ota_err *err)
{
	struct digest d = dev->journal.digest;
	ota_status st = raise_floor(dev, rep, err);

	if (!st && m->after_commit == AFTER_DISABLE)
		st = disable_previous(dev, slot, m, rep, err);
	if (st)
		return st;
	journal_forget(&dev->journal, &d);
	return journal_end(&dev->journal, OTA_E_NONE, err);
}

ota_status commit_settle(ota_dev *dev, unsigned booted, ota_report *rep, ota_err *err)
{
	const struct journal *j = &dev->journal;
	const struct bootctl_slot *s = &dev->bc.now.slot[j->slot];
	struct slot_doc doc = {0};
	ota_status st;

	if (j->state != JOURNAL_TRIAL || j->slot != booted || !s->successful ||
		memcmp(s->digest, j->digest.b, j->digest.len) != 0)
		return OTA_OK;
	st = slot_docs(&doc, dev, j->slot, s->digest, err);
	if (!st)
		st = settle(dev, j->slot, doc.m, rep, err);
	slot_doc_fini(&doc);
	return st;
}

/* ---- steps 7 – 8 ---- */

static bool journal_put_on_trial(const struct journal *j, unsigned slot, const struct digest *d)
{
	return j->slot == slot && journal_is(j, JOURNAL_TRIAL, d);
}

static ota_status commit(ota_dev *dev, unsigned slot, ota_err *err)
{
	struct bootctl want = dev->bc.now;
	struct slot_doc doc = {0};
	ota_status st = slot_chain(&doc, dev, slot, want.slot[slot].digest, err);

	/* After a recovery the journal may know nothing of what is on trial. */
	if (!st && !want.recovery && !journal_put_on_trial(&dev->journal, slot, &doc.digest))
		st = ota_fail(err, OTA_E_STATE,
			"slot %u is not what the journal put on trial: not committed", slot);
	slot_doc_fini(&doc);
	if (st)
		return st;
	want.slot[slot].successful = true;
	want.slot[slot].tries = 0;
	want.slot[slot].chain_failures = 0;
	want.trial = false;
	want.recovery = bootctl_recovering(&want);
	want.recovery_tries = 0;
	want.last_booted = slot;
	return bootctl_save_both(&dev->bc, &want, err);
}

static ota_status judge(ota_dev *dev, unsigned slot, ota_health health, ota_err *err)
{
	const struct bootctl *b = &dev->bc.now;
	const struct bootctl_slot *s = &b->slot[slot];
	ota_status st;

	if (s->successful && health == OTA_HEALTH_GOOD)
		return dev->bc.spent ? bootctl_save(&dev->bc, b, err) : OTA_OK;
	if (s->successful)
		return ota_fail(err, OTA_E_ARGUMENT, "slot %u is committed: no trial runs", slot);
	if (s->priority == 0 || !(b->trial || b->recovery))
		return ota_fail(err, OTA_E_ROLLED_BACK, "slot %u was given up: boot again", slot);
	if (health == OTA_HEALTH_GOOD)
		return commit(dev, slot, err);
	st = trial_end(dev, slot, OTA_E_HEALTH, true, err);
	if (st)
		return st;
	return ota_fail(
		err, OTA_E_HEALTH, "slot %u failed its health check and was given up", slot);
}

ota_status ota_dev_finish(ota_dev *dev, ota_health health, ota_report *rep, ota_err *err)
{
	unsigned slot = 0;
	ota_status st;

	if (health != OTA_HEALTH_GOOD && health != OTA_HEALTH_BAD)
		return ota_fail(err, OTA_E_ARGUMENT,
			"a system that hangs reports nothing: boot again instead");
	st = dev_begin(dev, rep, err);
	if (!st)
		st = dev_need_bootctl(dev, err);
	if (st)
		return st;
	/* After a recovery one half may be a bad block for good. */
	(void)bootctl_repair(&dev->bc, NULL);
	st = dev_booted(&slot, dev, err);
	if (!st)
		st = judge(dev, slot, health, err);
	if (!st)
		st = commit_settle(dev, slot, rep, err);
	return st;
}
