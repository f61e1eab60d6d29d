/* SPDX-License-Identifier: MIT */
/*
 * Step 6 of formats/otap.md section 6: may this authentic package run on this
 * device now? Pure: everything that is asked of a device is in check_input.
 */
#ifndef PACKAGE_CHECK_H
#define PACKAGE_CHECK_H

#include <ota/package.h>

#include <model/facts.h>
#include <model/manifest.h>
#include <trust/scope.h>

#define COUNTER_STEP_MAX 65536U /* max_step where the trust says nothing */

/* What the trust says of the time and the counter, beside the manifest. */
struct pkg_bounds {
	int64_t expires;              /* of the root; OTA_TIME_NONE: never */
	uint64_t step_base, max_step; /* 0: not said */
};

struct check_input {
	const ota_manifest *m;
	const char *product; /* NULL: any */
	const struct facts *facts;
	const char *running_version; /* NULL: unknown */
	uint32_t running_counter, floor;
	uint32_t max_step; /* the device's; 0: COUNTER_STEP_MAX */
	struct pkg_bounds bounds;
	bool allow_downgrade, reinstall, allow_single, allow_hooks;
	uint64_t ram;       /* 0: unknown */
	int64_t at;         /* OTA_TIME_NONE: no clock */
	int64_t time_floor; /* OTA_TIME_NONE: none */
};

/*
 * Product, rules, requires, version, counter, time, device policy, memory; the
 * first that refuses. Refusals come before deferrals.
 */
ota_status check_policy(const struct check_input *in, ota_report *rep, ota_err *err);
/*
 * What is asked and allowed, but that this device library does not do yet, must
 * not be left out silently: unsupported.feature.
 */
ota_status check_features(const ota_manifest *m, ota_err *err);
/* What of m takes that power, in words; NULL: nothing. */
const char *power_used(const ota_manifest *m, enum power power);
/* Both `expires` against max(at, floor): time.expired. */
ota_status check_time(
	const ota_manifest *m, const struct pkg_bounds *b, int64_t at, int64_t floor, ota_err *err);

#endif
