/* SPDX-License-Identifier: MIT */
/*
 * What a slot holds: its images, and its metadata area, where HEADER, MANIFEST
 * and SIGAREA of the package that filled it stand (formats/device.md section
 * 6). Under an unsigned chain they and the image hashes are the chain.
 */
#ifndef DEVICE_SLOT_H
#define DEVICE_SLOT_H

#include <device/dev.h>
#include <model/manifest.h>

/* The stored documents of a slot. */
struct slot_doc {
	struct digest digest; /* of the package, computed anew */
	ota_manifest *m;
};

void slot_doc_fini(struct slot_doc *doc);
/* device.state when there is none or it is damaged. */
ota_status slot_doc_read(struct slot_doc *out, const ota_dev *dev, unsigned slot, ota_err *err);

ota_status slot_meta_erase(const ota_dev *dev, unsigned slot, ota_err *err);
/* resource.slot when the package's head does not fit the metadata area. */
ota_status slot_meta_fits(const ota_dev *dev, unsigned slot, const ota_pkg *pkg, ota_err *err);
/* Into the erased area; written and read back. */
ota_status slot_meta_write(const ota_dev *dev, unsigned slot, const ota_pkg *pkg, ota_err *err);

/* Borrowed from the port. */
ota_status slot_image(
	ota_flash **out, const ota_dev *dev, unsigned slot, const char *component, ota_err *err);
/* Read and hash: hash.target when it is not the component's target. */
ota_status slot_image_verify(const ota_dev *dev, unsigned slot, const ota_manifest *m,
	const struct manifest_component *c, ota_err *err);
ota_status slot_images_verify(
	const ota_dev *dev, unsigned slot, const ota_manifest *m, ota_err *err);

/*
 * The documents of a slot: their digest is want (64 bytes, zero padded; NULL:
 * any), the product this device's, the counter at least the fused floor.
 */
ota_status slot_docs(
	struct slot_doc *out, const ota_dev *dev, unsigned slot, const uint8_t *want, ota_err *err);
/* The whole chain: its documents, and images that hash to their targets now. */
ota_status slot_chain(
	struct slot_doc *out, const ota_dev *dev, unsigned slot, const uint8_t *want, ota_err *err);
/* Nothing is known of it: the system that was there first. */
bool slot_is_first(const struct bootctl_slot *s);

#endif
