/* SPDX-License-Identifier: MIT */
#include <device/dev.h>

#include <inttypes.h>
#include <string.h>

#include <base/mem.h>
#include <device/slot.h>
#include <model/devfile.h>

void dev_note(ota_report *rep, const char *subject, const char *text)
{
	ota_finding f = {.size = sizeof(f), .outcome = OTA_NOTE, .off = OTA_NO_OFF};

	f.subject = subject;
	f.text = text;
	ota_report_add(rep, &f);
}

bool dev_stops(ota_status st, const ota_err *why, ota_err *err)
{
	bool stops = st == OTA_NOMEM || st == OTA_CANCELLED;

	if (stops && err != NULL)
		*err = *why;
	return stops;
}

static ota_status check_port(const ota_port *port, ota_err *err)
{
	if (port->nslots < 2 || port->nslots > OTA_SLOTS_MAX)
		return ota_fail(err, OTA_E_STATE, "%u slots: 2 to %d", port->nslots, OTA_SLOTS_MAX);
	return OTA_OK;
}

static ota_status load(ota_dev *dev, ota_err *err)
{
	ota_status st = bootctl_load(&dev->bc, dev->ctx, dev->d, dev->port, err);

	if (st)
		return st;
	return journal_load(&dev->journal, dev->ctx, dev->port, err);
}

ota_status ota_dev_open(
	ota_dev **out, const ota_ctx *ctx, const ota_devfile *d, ota_port *port, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = check_port(port, err);

	if (st)
		return st;
	st = MEM_NEW(&dev, ctx, err);
	if (st)
		return st;
	dev->ctx = ctx;
	dev->d = d;
	dev->port = port;
	st = load(dev, err);
	if (st) {
		mem_free(ctx, dev);
		return st;
	}
	*out = dev;
	return OTA_OK;
}

void ota_dev_close(ota_dev *dev)
{
	if (dev != NULL)
		mem_free(dev->ctx, dev);
}

ota_status dev_begin(ota_dev *dev, ota_report *rep, ota_err *err)
{
	ota_status st;

	if (!dev->d->policy.unsigned_chain)
		return ota_fail(err, OTA_E_POLICY,
			"the device wants boot documents, which packages do not carry yet; "
			"`policy: { unsigned_chain: true }` in its device file does without");
	dev_note(rep, "chain", "unsigned chain: boot documents are not checked");
	st = load(dev, err);
	if (st)
		return st;
	if (!dev->bc.kind->floor_enforced)
		dev_note(rep, "floor", "not enforced: the boot loader does not ask for it");
	if (dev->bc.why[0] != '\0')
		dev_note(rep, "boot control", dev->bc.why);
	return OTA_OK;
}

ota_status dev_booted(unsigned *slot, const ota_dev *dev, ota_err *err)
{
	ota_status st = dev->port->ops->booted(dev->port, slot, err);

	if (st)
		return st;
	if (*slot >= dev->port->nslots)
		return ota_fail(err, OTA_E_STATE, "the loader says that slot %u of %u runs", *slot,
			dev->port->nslots);
	return OTA_OK;
}

/* Both copies, so that the very first update starts from two good ones. */
static ota_status provision_bootctl(ota_dev *dev, unsigned running, ota_err *err)
{
	struct bootctl b = {.nslots = dev->port->nslots, .last_booted = running};
	ota_status st = bootctl_load(&dev->bc, dev->ctx, dev->d, dev->port, err);

	if (st)
		return st;
	b.slot[running].priority = PRIORITY_MAX;
	b.slot[running].successful = true;
	st = bootctl_save(&dev->bc, &b, err);
	if (!st)
		st = bootctl_repair(&dev->bc, err);
	return st;
}

ota_status ota_dev_provision(
	const ota_ctx *ctx, const ota_devfile *d, ota_port *port, unsigned running, ota_err *err)
{
	ota_dev dev = {.ctx = ctx, .d = d, .port = port};
	uint32_t floor = 0;
	ota_status st = check_port(port, err);

	if (st)
		return st;
	if (running >= port->nslots)
		return ota_fail(
			err, OTA_E_ARGUMENT, "slot %u of %u cannot run", running, port->nslots);
	st = port->ops->fuse_read(port, OTA_FUSE_COUNTER, &floor, err);
	if (st)
		return st;
	if (floor > 0)
		return ota_fail(err, OTA_E_STATE,
			"the fuses are at %" PRIu32 ": the device is not new", floor);
	for (unsigned i = 0; i < port->nslots && !st; i++)
		st = slot_meta_erase(&dev, i, err);
	if (!st)
		st = journal_load(&dev.journal, ctx, port, err);
	if (!st)
		st = journal_end(&dev.journal, OTA_E_NONE, err);
	if (!st)
		st = provision_bootctl(&dev, running, err);
	return st;
}

/* ---- what there is to see ---- */

ota_status dev_need_bootctl(const ota_dev *dev, ota_err *err)
{
	if (dev->bc.valid)
		return OTA_OK;
	return bootctl_lost(&dev->bc, err);
}

ota_status ota_dev_state_get(ota_dev *dev, ota_dev_state *out, ota_err *err)
{
	ota_dev_state s = {.size = sizeof(s)};
	ota_status st = load(dev, err);

	if (!st)
		st = dev_need_bootctl(dev, err);
	if (!st)
		st = dev_booted(&s.booted, dev, err);
	if (!st)
		st = dev->port->ops->fuse_read(dev->port, OTA_FUSE_COUNTER, &s.floor, err);
	if (st)
		return st;
	s.nslots = dev->bc.now.nslots;
	s.last_booted = dev->bc.now.last_booted;
	s.trial_pending = dev->bc.now.trial;
	s.seq = dev->bc.seq;
	s.journal = (ota_journal)dev->journal.state;
	s.slot = dev->journal.slot;
	s.component = dev->journal.component;
	s.off = dev->journal.off;
	s.ended = (ota_id)dev->journal.error;
	s.failed = dev->journal.nfailed;
	s.floor_enforced = dev->bc.kind->floor_enforced;
	*out = s;
	return OTA_OK;
}

ota_status ota_dev_slot_get(ota_dev *dev, unsigned slot, ota_slot_state *out, ota_err *err)
{
	ota_slot_state s = {.size = sizeof(s)};
	const struct bootctl_slot *from;
	ota_status st = load(dev, err);

	if (!st)
		st = dev_need_bootctl(dev, err);
	if (st)
		return st;
	if (slot >= dev->bc.now.nslots)
		return ota_fail(err, OTA_E_ARGUMENT, "slot %u: the device has %u", slot,
			dev->bc.now.nslots);
	from = &dev->bc.now.slot[slot];
	s.priority = from->priority;
	s.tries = from->tries;
	s.successful = from->successful;
	s.writing = from->writing;
	s.counter = from->counter;
	memcpy(s.digest, from->digest, sizeof(s.digest));
	memcpy(s.version, from->version, sizeof(s.version));
	*out = s;
	return OTA_OK;
}

ota_status ota_dev_slot_verify(ota_dev *dev, unsigned slot, const char *component, ota_err *err)
{
	const struct manifest_component *c;
	struct slot_doc doc = {0};
	ota_status st;

	if (slot >= dev->port->nslots)
		return ota_fail(
			err, OTA_E_ARGUMENT, "slot %u: the device has %u", slot, dev->port->nslots);
	st = slot_doc_read(&doc, dev, slot, err);
	if (st)
		return st;
	c = manifest_component(doc.m, component);
	if (c == NULL)
		st = ota_fail(
			err, OTA_E_COMPONENTS, "slot %u holds no component %s", slot, component);
	else
		st = slot_image_verify(dev, slot, doc.m, c, err);
	slot_doc_fini(&doc);
	return st;
}
