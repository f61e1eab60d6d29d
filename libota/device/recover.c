/* SPDX-License-Identifier: MIT */
#include <device/dev.h>

#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <device/slot.h>
#include <model/semver.h>

#define RECOVERY_TRIES 3U

struct candidate {
	unsigned slot;
	bool failed; /* fell back before */
	struct slot_doc doc;
};

/* What fell back before comes last; then by counter, version, index: the newest first. */
static bool is_before(const struct candidate *a, const struct candidate *b)
{
	int order;

	if (a->failed != b->failed)
		return b->failed;
	if (a->doc.m->security_counter != b->doc.m->security_counter)
		return a->doc.m->security_counter > b->doc.m->security_counter;
	order = semver_cmp(a->doc.m->version, b->doc.m->version);
	return order > 0 || (order == 0 && a->slot < b->slot);
}

static ota_status find_candidates(
	struct candidate *c, unsigned *n, const ota_dev *dev, ota_err *err)
{
	for (unsigned i = 0; i < dev->port->nslots; i++) {
		struct candidate one = {.slot = i};
		unsigned at = *n;
		ota_status st = slot_chain(&one.doc, dev, i, NULL, err);

		if (st == OTA_NOMEM || st == OTA_CANCELLED)
			return st;
		if (st)
			continue;
		one.failed = journal_has_failed(&dev->journal, &one.doc.digest);
		for (; at > 0 && is_before(&one, &c[at - 1]); at--)
			c[at] = c[at - 1];
		c[at] = one;
		++*n;
	}
	return OTA_OK;
}

static void fill(struct bootctl_slot *s, unsigned priority, const struct slot_doc *doc)
{
	*s = (struct bootctl_slot){.tries = RECOVERY_TRIES};
	s->priority = lo8(priority);
	s->counter = u32_of_u64(min_u64(doc->m->security_counter, UINT32_MAX));
	memcpy(s->digest, doc->digest.b, doc->digest.len);
	snprintf(s->version, sizeof(s->version), "%s", doc->m->version);
}

/* Everything starts as a trial: what was committed before is no longer known. */
static ota_status rebuild(ota_dev *dev, const struct candidate *c, unsigned n, ota_err *err)
{
	struct bootctl want = {.nslots = dev->port->nslots, .recovery = true};
	ota_status st;

	want.recovery_tries = lo8(dev->bc.now.recovery_tries + 1U);
	want.last_booted = c[0].slot;
	st = dev->port->ops->fuse_read(dev->port, OTA_FUSE_COUNTER, &want.counter_floor, err);
	if (st)
		return st;
	for (unsigned i = 0; i < n; i++)
		fill(&want.slot[c[i].slot], PRIORITY_MAX - i, &c[i].doc);
	/* One half is enough to start; the other may be a bad block. */
	st = bootctl_save(&dev->bc, &want, err);
	if (!st)
		(void)bootctl_repair(&dev->bc, NULL);
	return st;
}

ota_status boot_recover(ota_dev *dev, ota_report *rep, ota_err *err)
{
	struct candidate c[OTA_SLOTS_MAX];
	unsigned n = 0;
	ota_status st;

	dev_note(rep, "recovery", "boot control is rebuilt from the slots that verify now");
	st = find_candidates(c, &n, dev, err);
	if (!st && n == 0)
		st = ota_fail(err, OTA_E_NO_SLOT, "no slot verifies: use the recovery entry");
	if (!st)
		st = rebuild(dev, c, n, err);
	for (unsigned i = 0; i < n; i++)
		slot_doc_fini(&c[i].doc);
	return st;
}
