/* SPDX-License-Identifier: MIT */
#include <ota/slots.h>

#include <device/dev.h>
#include <device/slot.h>

static ota_status check_number(const ota_dev *dev, unsigned slot, ota_err *err)
{
	if (slot >= dev->port->nslots)
		return ota_fail(
			err, OTA_E_ARGUMENT, "slot %u: the device has %u", slot, dev->port->nslots);
	return OTA_OK;
}

ota_status ota_slot_active(ota_dev *dev, unsigned *slot, bool *trial, ota_err *err)
{
	ota_dev_state s = {.size = sizeof(s)};
	ota_status st = ota_dev_state_get(dev, &s, err);

	if (st)
		return st;
	*slot = s.booted;
	if (trial != NULL)
		*trial = !dev->bc.now.slot[s.booted].successful;
	return OTA_OK;
}

ota_status ota_slot_verify(ota_dev *dev, unsigned slot, ota_report *rep, ota_err *err)
{
	struct slot_doc doc = {0};
	ota_status st = check_number(dev, slot, err);

	if (!st)
		st = dev_begin(dev, rep, err);
	if (!st)
		st = dev_need_bootctl(dev, err);
	if (!st)
		st = slot_chain(&doc, dev, slot, dev->bc.now.slot[slot].digest, err);
	slot_doc_fini(&doc);
	return st;
}

ota_status ota_slot_update(ota_dev *dev, ota_source *src, const ota_trust *trust,
	const ota_install_options *opt, ota_install_result *res, ota_report *rep, ota_err *err)
{
	ota_pkg *pkg = NULL;
	ota_status st = ota_pkg_open(&pkg, dev->ctx, src, trust, rep, err);

	if (!st)
		st = ota_dev_install(dev, pkg, opt, res, rep, err);
	ota_pkg_free(pkg);
	return st;
}

/* What must be so before a slot is even looked at. */
static ota_status may_switch(const ota_dev *dev, unsigned from, unsigned slot, ota_err *err)
{
	const struct bootctl *b = &dev->bc.now;

	if (slot == from)
		return ota_fail(err, OTA_E_ARGUMENT, "slot %u runs already", slot);
	if (b->trial || !b->slot[from].successful)
		return ota_fail(err, OTA_E_TRIAL, "an update is on trial: finish it first");
	if (!b->slot[slot].successful || b->slot[slot].priority == 0)
		return ota_fail(err, OTA_E_SLOT_CLOSED,
			"slot %u was never committed, or may not start any more", slot);
	return OTA_OK;
}

static ota_status put_on_trial(ota_dev *dev, unsigned slot, ota_err *err)
{
	const struct bootctl_slot *s = &dev->bc.now.slot[slot];
	struct slot_doc doc = {0};
	ota_status st = slot_chain(&doc, dev, slot, s->digest, err);

	if (!st)
		st = trial_begin(dev, slot, doc.m, &doc.digest, (int64_t)s->installed_at, err);
	slot_doc_fini(&doc);
	return st;
}

ota_status ota_slot_switch(ota_dev *dev, unsigned slot, ota_report *rep, ota_err *err)
{
	unsigned from = 0;
	ota_status st = check_number(dev, slot, err);

	if (!st)
		st = dev_begin(dev, rep, err);
	if (!st)
		st = bootctl_repair(&dev->bc, err);
	if (!st)
		st = dev_booted(&from, dev, err);
	/* What the last commit left undone may close the slot. */
	if (!st)
		st = commit_settle(dev, from, rep, err);
	if (!st)
		st = may_switch(dev, from, slot, err);
	return st ? st : put_on_trial(dev, slot, err);
}
