/* SPDX-License-Identifier: MIT */
/* The struct behind ota_dev, and what install, boot and finish share. */
#ifndef DEVICE_DEV_H
#define DEVICE_DEV_H

#include <ota/device.h>

#include <device/bootctl.h>
#include <device/journal.h>

struct ota_dev {
	const ota_ctx *ctx;
	const ota_devfile *d;
	ota_port *port;
	struct bootctl_store bc;
	struct journal journal;
};

/*
 * The start of every public call: the device policy, the state from flash
 * anew, and a note in rep that boot documents are not checked.
 */
ota_status dev_begin(ota_dev *dev, ota_report *rep, ota_err *err);
/* bootctl.corrupt when both copies are bad. */
ota_status dev_need_bootctl(const ota_dev *dev, ota_err *err);
/* The slot that the loader says runs now, within range. */
ota_status dev_booted(unsigned *slot, const ota_dev *dev, ota_err *err);
/*
 * The call ends with why, put into err: memory ran out, or it was cancelled. Any
 * other failure is the flash's or what stands on it.
 */
bool dev_stops(ota_status st, const ota_err *why, ota_err *err);
/* A note without id. */
void dev_note(ota_report *rep, const char *subject, const char *text);

/* ---- install.c ---- */

/* Step 5: slot, which holds what d and m say and was read back in this call, starts next. */
ota_status trial_begin(ota_dev *dev, unsigned slot, const ota_manifest *m, const struct digest *d,
	int64_t at, ota_err *err);

/* ---- finish.c ---- */

/*
 * The trial in slot is over: forget its progress and make the slot unbootable.
 * why: the reason kept in the journal. failed: remember the digest too.
 */
ota_status trial_end(ota_dev *dev, unsigned slot, ota_id why, bool failed, ota_err *err);
/* Steps 9 – 10 where the commit of the slot that runs was cut short; nothing otherwise. */
ota_status commit_settle(ota_dev *dev, unsigned booted, ota_report *rep, ota_err *err);

/* ---- recover.c ---- */

/* Both boot control copies are bad: rebuild them from the slots that verify now. */
ota_status boot_recover(ota_dev *dev, ota_report *rep, ota_err *err);

#endif
