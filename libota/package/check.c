/* SPDX-License-Identifier: MIT */
#include <package/check.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ota/text.h>

#include <base/num.h>
#include <model/check.h>
#include <model/devfile.h>
#include <model/rules.h>
#include <model/semver.h>
#include <package/pkg.h>

#define SAY_MAX 128

/* One question: its finding, and the failure if the answer is no. */
struct answer {
	ota_id id;
	bool ok;
	const char *subject;
	char expected[SAY_MAX], found[SAY_MAX];
};

static void say(char out[static SAY_MAX], const char *fmt, ...) OTA_PRINTF(2, 3);
static void say(char out[static SAY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out, SAY_MAX, fmt, ap);
	va_end(ap);
}

static ota_status answer(const struct answer *a, ota_report *rep, ota_err *err)
{
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = a->ok ? OTA_PASS : OTA_FAIL,
				    .id = a->ok ? OTA_E_NONE : a->id,
				    .off = OTA_NO_OFF,
				    .subject = a->subject,
				    .expected = a->expected,
				    .found = a->found});
	if (a->ok)
		return OTA_OK;
	return ota_fail(err, a->id, "%s: expected %s, found %s", a->subject, a->expected, a->found);
}

static const char *or_unknown(const char *text)
{
	return text != NULL ? text : "unknown";
}

static ota_status check_product(const struct check_input *in, ota_report *rep, ota_err *err)
{
	struct answer a = {.id = OTA_E_PRODUCT, .subject = "product"};

	if (in->product == NULL)
		return OTA_OK;
	a.ok = strcmp(in->product, in->m->product) == 0;
	say(a.expected, "%s", in->product);
	say(a.found, "%s", in->m->product);
	return answer(&a, rep, err);
}

static ota_status check_requires(const struct check_input *in, ota_report *rep, ota_err *err)
{
	const struct manifest_requires *req = &in->m->requires;
	struct answer a = {.id = OTA_E_REQUIRES, .ok = true, .subject = "requires"};

	/* What runs and is unknown fulfils nothing. */
	if (req->version != NULL)
		a.ok = in->running_version != NULL && semver_in(in->running_version, req->version);
	a.ok &= in->running_counter >= req->counter_min;
	say(a.expected, "version %s, counter at least %llu",
		req->version != NULL ? req->version : "*", (unsigned long long)req->counter_min);
	say(a.found, "version %s, counter %u", or_unknown(in->running_version),
		in->running_counter);
	return answer(&a, rep, err);
}

static ota_status check_version(const struct check_input *in, ota_report *rep, ota_err *err)
{
	struct answer a = {.id = OTA_E_VERSION, .ok = true, .subject = "version"};
	bool down = in->m->allow_downgrade && in->allow_downgrade;

	if (in->running_version != NULL) {
		int order = semver_cmp(in->m->version, in->running_version);
		a.ok = order > 0 || (order == 0 && in->reinstall) || down;
	}
	say(a.expected, "newer than %s", or_unknown(in->running_version));
	say(a.found, "%s", in->m->version);
	return answer(&a, rep, err);
}

static ota_status check_counter(const struct check_input *in, ota_report *rep, ota_err *err)
{
	uint64_t base = max_u64(in->floor, in->running_counter);
	uint64_t device = in->max_step > 0 ? in->max_step : COUNTER_STEP_MAX;
	uint64_t step = in->bounds.max_step > 0 ? min_u64(device, in->bounds.max_step) : device;
	uint64_t top = max_u64(base, in->bounds.step_base) + step;
	struct answer a = {.id = OTA_E_COUNTER, .subject = "security counter"};
	ota_status st;

	a.ok = in->m->security_counter >= base;
	say(a.expected, "at least %llu", (unsigned long long)base);
	say(a.found, "%llu", (unsigned long long)in->m->security_counter);
	st = answer(&a, rep, err);
	if (st)
		return st;
	a.id = OTA_E_STEP;
	a.ok = in->m->security_counter <= top;
	say(a.expected, "at most %llu", (unsigned long long)top);
	return answer(&a, rep, err);
}

static ota_status check_device_policy(const struct check_input *in, ota_report *rep, ota_err *err)
{
	struct answer a = {.id = OTA_E_POLICY, .ok = true, .subject = "single slots"};
	struct answer hooks = {.id = OTA_E_HOOK, .ok = true, .subject = "hooks"};
	ota_status st;

	for (size_t i = 0; i < in->m->component_count; i++)
		a.ok &= in->m->components[i].slot == SLOT_AB || in->allow_single;
	say(a.expected, "none, or a device that allows them");
	say(a.found, "%s", a.ok ? "as expected" : "a component with a single slot");
	st = answer(&a, rep, err);
	for (size_t i = 0; i < in->m->step_count; i++)
		hooks.ok &= in->m->steps[i].op != STEP_RUN_HOOK || in->allow_hooks;
	say(hooks.expected, "none, or a device that allows them");
	say(hooks.found, "%s", hooks.ok ? "as expected" : "a run-hook step");
	return st ? st : answer(&hooks, rep, err);
}

/* With that payload of each component that takes least: a larger one is passed over. */
static uint64_t least_ram(const ota_manifest *m)
{
	uint64_t most = 0;

	for (size_t i = 0; i < m->component_count; i++) {
		const struct manifest_component *c = &m->components[i];
		uint64_t least = c->payload_count > 0 ? UINT64_MAX : 0;

		for (size_t k = 0; k < c->payload_count; k++)
			least = min_u64(least, c->payloads[k].ram);
		most = max_u64(most, least);
	}
	return m->resources.ram - payload_ram_max(m) + most;
}

static ota_status check_ram(const struct check_input *in, ota_report *rep, ota_err *err)
{
	struct answer a = {.id = OTA_E_RAM, .subject = "memory"};
	uint64_t need = least_ram(in->m);

	if (in->ram == 0)
		return OTA_OK;
	a.ok = need <= in->ram;
	say(a.expected, "at most %llu bytes", (unsigned long long)in->ram);
	say(a.found, "%llu bytes", (unsigned long long)need);
	return answer(&a, rep, err);
}

static ota_status check_end(const char *what, int64_t end, int64_t now, ota_err *err)
{
	char expires[OTA_TIME_LEN + 1] = "?";
	char today[OTA_TIME_LEN + 1] = "?";

	/* OTA_TIME_NONE is the least of all times. */
	if (end == OTA_TIME_NONE || now < end)
		return OTA_OK;
	(void)ota_time_format(expires, end);
	(void)ota_time_format(today, now);
	return ota_fail(err, OTA_E_EXPIRED, "%s expired at %s; now is %s", what, expires, today);
}

ota_status check_time(
	const ota_manifest *m, const struct pkg_bounds *b, int64_t at, int64_t floor, ota_err *err)
{
	int64_t now = at > floor ? at : floor;
	ota_status st = check_end("the package", m->expires, now, err);

	return st ? st : check_end("the newest root of trust", b->expires, now, err);
}

static ota_status check_expiry(const struct check_input *in, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = check_time(in->m, &in->bounds, in->at, in->time_floor, &why);

	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = st ? OTA_FAIL : OTA_PASS,
				    .id = why.id,
				    .off = OTA_NO_OFF,
				    .subject = "expiry",
				    .text = st ? why.msg : NULL});
	if (st && err != NULL)
		*err = why;
	return st;
}

ota_status check_policy(const struct check_input *in, ota_report *rep, ota_err *err)
{
	ota_err deferral = OTA_ERR_INIT;
	ota_status later;
	ota_status st;

	st = check_product(in, rep, err);
	if (st)
		return st;
	later = rules_eval(in->m->rules, in->m->rule_count, in->facts, rep, &deferral);
	if (later && later != OTA_DEFERRED) {
		if (err != NULL)
			*err = deferral;
		return later;
	}
	st = check_requires(in, rep, err);
	if (!st)
		st = check_version(in, rep, err);
	if (!st)
		st = check_counter(in, rep, err);
	if (!st)
		st = check_expiry(in, rep, err);
	if (!st)
		st = check_device_policy(in, rep, err);
	if (!st)
		st = check_ram(in, rep, err);
	/* "Try again later" must not be the answer to what will never be accepted. */
	if (!st && later && err != NULL)
		*err = deferral;
	return st ? st : later;
}

static bool uses_step(const ota_manifest *m, enum step_op op)
{
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == op)
			return true;
	return false;
}

static bool uses_single(const ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++)
		if (m->components[i].slot == SLOT_SINGLE)
			return true;
	return false;
}

static bool uses_boot_docs(const ota_manifest *m)
{
	for (size_t i = 0; i < m->attachment_count; i++)
		if (m->attachments[i].role == ROLE_BOOT_DOC)
			return true;
	return false;
}

const char *power_used(const ota_manifest *m, enum power power)
{
	switch (power) {
	case POWER_HOOKS:
		return uses_step(m, STEP_RUN_HOOK) ? "hooks" : NULL;
	case POWER_SET_ENV:
		return uses_step(m, STEP_SET_ENV) ? "set-env" : NULL;
	case POWER_SINGLE:
		return uses_single(m) ? "a single slot" : NULL;
	case POWER_DOWNGRADE:
		return m->allow_downgrade ? "allow_downgrade" : NULL;
	case POWER_BOOT_DOC:
		return uses_boot_docs(m) ? "boot documents" : NULL;
	default:
		return NULL;
	}
}

ota_status check_features(const ota_manifest *m, ota_err *err)
{
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == STEP_RUN_HOOK || m->steps[i].op == STEP_SET_ENV)
			return ota_fail(err, OTA_E_FEATURE,
				"steps.%zu: this device library does not run %s yet", i,
				step_names[m->steps[i].op]);
	for (size_t i = 0; i < m->component_count; i++)
		if (m->components[i].slot == SLOT_SINGLE)
			return ota_fail(err, OTA_E_FEATURE,
				"%s: single slots cannot be written yet", m->components[i].name);
	return OTA_OK;
}

ota_status ota_pkg_check_time(const ota_pkg *pkg, int64_t at, ota_err *err)
{
	return check_time(pkg->m, &pkg->bounds, at, OTA_TIME_NONE, err);
}

ota_status ota_pkg_choose(ota_pkg *pkg, const ota_devfile *device, ota_report *rep, ota_err *err)
{
	return manifest_resolve(pkg->m, &device->facts, rep, err);
}
