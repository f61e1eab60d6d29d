/* SPDX-License-Identifier: MIT */
/*
 * Slot services: what the system round an update agent asks of the slots. Get
 * the active one, verify one, update the inactive one, switch. Slots are
 * numbers from 0, below ota_port's nslots. Nothing here goes round an update's
 * rules: a slot starts next only after all of it was read back and verified in
 * that very call, and then on trial.
 */
#ifndef OTA_SLOTS_H
#define OTA_SLOTS_H

#include <ota/device.h>

/*
 * The slot that the loader says runs. *trial (may be NULL): it is not committed
 * yet, and ota_dev_finish is due. Writes nothing. bootctl.corrupt, device.state.
 */
OTA_API OTA_MUST_CHECK ota_status ota_slot_active(
	ota_dev *dev, unsigned *slot, bool *trial, ota_err *err);
/*
 * Does what slot holds verify now? The documents of the package that boot
 * control says filled it, this device's product, a counter not below the fuses,
 * and every image, read and hashed. Writes nothing. hash.target: an image
 * differs. device.state: no documents, or others; the system that was there
 * before the first update has none. incompatible.product, rollback.counter,
 * flash.failed.
 */
OTA_API OTA_MUST_CHECK ota_status ota_slot_verify(
	ota_dev *dev, unsigned slot, ota_report *rep, ota_err *err);
/*
 * Open src under trust, then ota_dev_install: the inactive slot (res->slot)
 * holds the package and starts next, on trial. src is read, not closed; opt,
 * res and rep may be NULL. Every error of the two.
 */
OTA_API OTA_MUST_CHECK ota_status ota_slot_update(ota_dev *dev, ota_source *src,
	const ota_trust *trust, const ota_install_options *opt, ota_install_result *res,
	ota_report *rep, ota_err *err);
/*
 * Let slot start next, on trial, as after an update: back to the version before,
 * for one. The slot was committed once and may still start (slot.closed), the
 * running one is committed and no trial waits (deferred.trial), and it verifies
 * now: errors of ota_slot_verify. usage.argument: it runs already, or there is
 * none. A cut, or a bad trial, leaves the running slot to start.
 */
OTA_API OTA_MUST_CHECK ota_status ota_slot_switch(
	ota_dev *dev, unsigned slot, ota_report *rep, ota_err *err);

#endif
