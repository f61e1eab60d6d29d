/* SPDX-License-Identifier: MIT */
/* Whether this device takes this package now: asked before step 1 and again before step 5. */
#ifndef DEVICE_ADMIT_H
#define DEVICE_ADMIT_H

#include <device/slot.h>
#include <package/check.h>

struct admit {
	const ota_dev *dev;
	const ota_manifest *m;
	struct pkg_bounds bounds;
	struct slot_doc running; /* m NULL: not known */
	const char *version;     /* that runs; NULL: not known */
	uint32_t counter, floor, max_step;
	uint64_t ram;
	int64_t at;
	bool reinstall;
};

/* What is known of the running slot `from` by its own documents. Zeroed before; admit_fini after. */
ota_status admit_init(struct admit *a, const ota_dev *dev, const ota_pkg *pkg, unsigned from,
	const ota_install_options *opt, ota_err *err);
void admit_fini(struct admit *a);
/* Step 6 of formats/otap.md section 6, and the fuses' capacity. */
ota_status admit_policy(const struct admit *a, ota_report *rep, ota_err *err);
/* The package names this device's components, no more and no fewer, and each fits slot `to`. */
ota_status admit_components(const struct admit *a, unsigned to, ota_err *err);

/* What must be had before the first chunk: resource.head. */
ota_status admit_head(const struct admit *a, const ota_header *h, ota_err *err);

#endif
