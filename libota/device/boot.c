/* SPDX-License-Identifier: MIT */
/* The loader: formats/device.md section 5, step 6. */
#include <device/dev.h>

#include <stdio.h>
#include <string.h>

#include <device/slot.h>

#define NO_SLOT        UINT32_MAX
#define RECOVERIES_MAX 2U

struct loader {
	ota_dev *dev;
	ota_report *rep;
	unsigned skip; /* bit i: slot i was tried in this boot and did not verify */
	ota_boot out;
};

static void find(struct loader *l, unsigned slot, const ota_err *why)
{
	ota_finding f = {.size = sizeof(f), .outcome = OTA_FAIL, .off = OTA_NO_OFF};
	char name[16];

	snprintf(name, sizeof(name), "slot %u", slot);
	f.id = why->id;
	f.subject = name;
	f.text = why->msg;
	ota_report_add(l->rep, &f);
}

/* The highest priority; equal ones: the lower index. */
static unsigned pick(const struct loader *l)
{
	const struct bootctl *b = &l->dev->bc.now;
	unsigned best = NO_SLOT;

	for (unsigned i = 0; i < b->nslots; i++) {
		if ((l->skip >> i & 1U) != 0 || !bootctl_bootable(&b->slot[i]))
			continue;
		if (best == NO_SLOT || b->slot[i].priority > b->slot[best].priority)
			best = i;
	}
	return best;
}

/*
 * Trials without tries left are over. Where that cannot be written, they still
 * do not start, and the next install comes back to it.
 */
static void end_trials(struct loader *l)
{
	const struct bootctl *b = &l->dev->bc.now;

	for (unsigned i = 0; i < b->nslots; i++) {
		const struct bootctl_slot *s = &b->slot[i];

		if (s->priority == 0 || s->successful || s->tries > 0)
			continue;
		(void)trial_end(l->dev, i, OTA_E_ROLLED_BACK, true, NULL);
		l->out.fell_back = true;
	}
}

static void pass_over(struct loader *l, unsigned slot, const ota_err *why)
{
	find(l, slot, why);
	l->skip |= 1U << slot;
	l->out.fell_back = l->out.fell_back || !l->dev->bc.now.slot[slot].successful;
}

/*
 * A trial whose chain is bad ends at once, but its digest is not remembered as
 * failed: the package did no wrong. A committed slot is only counted; it may
 * well read right the next time. Failing to note either does not stop the boot.
 */
static void note_bad_chain(struct loader *l, unsigned slot, const ota_err *why)
{
	struct bootctl want = l->dev->bc.now;
	struct bootctl_slot *s = &want.slot[slot];

	pass_over(l, slot, why);
	if (!s->successful) {
		(void)trial_end(l->dev, slot, why->id, false, NULL);
	} else if (s->chain_failures < CHAIN_FAILURES_MAX) {
		s->chain_failures++;
		(void)bootctl_save(&l->dev->bc, &want, NULL);
	}
}

/* It starts unchecked, so only while the fuses forbid nothing. */
static ota_status check_first(const ota_dev *dev, ota_err *err)
{
	uint32_t floor = 0;
	ota_status st = dev->port->ops->fuse_read(dev->port, OTA_FUSE_COUNTER, &floor, err);

	if (!st && floor > 0)
		st = ota_fail(err, OTA_E_COUNTER,
			"a system without documents does not start: the fused floor is not 0");
	return st;
}

/* OTA_OK: the slot may start now. */
static ota_status check_slot(const ota_dev *dev, unsigned slot, ota_err *err)
{
	const struct bootctl_slot *s = &dev->bc.now.slot[slot];
	struct slot_doc doc = {0};
	ota_status st;

	if (slot_is_first(s))
		return check_first(dev, err);
	st = slot_chain(&doc, dev, slot, s->digest, NULL);
	/* What reads wrong once may read right the next time. */
	if (st)
		st = slot_chain(&doc, dev, slot, s->digest, err);
	slot_doc_fini(&doc);
	return st;
}

/* A try is spent before the jump: a trial that cannot be counted does not start. */
static ota_status note_boot(ota_dev *dev, unsigned slot, ota_err *err)
{
	struct bootctl want = dev->bc.now;
	struct bootctl_slot *s = &want.slot[slot];
	ota_status st;

	if (s->successful && want.last_booted == slot)
		return OTA_OK;
	if (!s->successful)
		s->tries--;
	want.last_booted = slot;
	st = bootctl_save(&dev->bc, &want, err);
	return s->successful ? OTA_OK : st;
}

static ota_status try_slot(struct loader *l, unsigned slot, bool *started, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = check_slot(l->dev, slot, &why);

	if (dev_stops(st, &why, err))
		return st;
	if (st) {
		note_bad_chain(l, slot, &why);
		return OTA_OK;
	}
	st = note_boot(l->dev, slot, &why);
	if (dev_stops(st, &why, err))
		return st;
	if (st) {
		pass_over(l, slot, &why);
		return OTA_OK;
	}
	l->out.slot = slot;
	l->out.trial = !l->dev->bc.now.slot[slot].successful;
	*started = true;
	return OTA_OK;
}

/* Slots in order of priority until one starts. */
static ota_status try_slots(struct loader *l, bool *started, ota_err *err)
{
	ota_status st = OTA_OK;

	l->skip = 0;
	end_trials(l);
	for (unsigned slot = pick(l); slot != NO_SLOT && !*started && !st; slot = pick(l))
		st = try_slot(l, slot, started, err);
	return st;
}

static ota_status load(struct loader *l, ota_err *err)
{
	struct bootctl_store *bc = &l->dev->bc;
	bool started = false;
	ota_status st = OTA_OK;

	if (bc->valid) {
		/* With one good copy and a half that cannot be written, the device still starts. */
		(void)bootctl_repair(bc, NULL);
		st = try_slots(l, &started, err);
	}
	while (!st && !started && bc->now.recovery_tries < RECOVERIES_MAX) {
		st = boot_recover(l->dev, l->rep, err);
		if (!st)
			st = try_slots(l, &started, err);
	}
	if (!st && !started)
		st = ota_fail(err, OTA_E_NO_SLOT, "no slot can start: use the recovery entry");
	return st;
}

ota_status ota_dev_boot(ota_dev *dev, ota_boot *out, ota_report *rep, ota_err *err)
{
	struct loader l = {.dev = dev, .rep = rep, .out = {.size = sizeof(l.out)}};
	ota_status st = dev_begin(dev, rep, err);

	if (!st)
		st = load(&l, err);
	if (!st)
		*out = l.out;
	return st;
}
