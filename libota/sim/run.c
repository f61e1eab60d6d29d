/* SPDX-License-Identifier: MIT */
#include <sim/run.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX   32U /* power-ons; a trial has 7 tries at most */
#define FAILURES_MAX 2U  /* installs that fail with the power on: the part is bad for good */

const char *const verdict_names[] = {"new", "old", "rolled back", "stuck", "brick"};

struct run {
	const struct scene *s;
	struct media *m;
	struct outcome *out;
	unsigned failures, trials;
	bool done;
};

static void end(struct run *r, enum verdict verdict, const char *fmt, ...) OTA_PRINTF(3, 4);
static void end(struct run *r, enum verdict verdict, const char *fmt, ...)
{
	va_list ap;

	r->done = true;
	r->out->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(r->out->text, sizeof(r->out->text), fmt, ap);
	va_end(ap);
}

/* Not the device's failure: the simulation cannot go on. */
static bool is_fatal(ota_status st)
{
	return st == OTA_NOMEM || st == OTA_CANCELLED;
}

/* ---- what the real path does ---- */

static ota_status open_package(ota_pkg **pkg, ota_source **src, const struct scene *s, ota_err *err)
{
	uint64_t len;
	ota_status st = ota_source_length(s->pkg, &len, err);

	if (!st)
		st = ota_source_slice(src, s->ctx, s->pkg, 0, len, err);
	if (!st)
		st = ota_pkg_open(pkg, s->ctx, *src, s->trust, NULL, err);
	return st;
}

static ota_status install(
	const struct scene *s, ota_dev *dev, bool again, ota_install_result *res, ota_err *err)
{
	const ota_install_options opt = {.size = sizeof(opt), .at = s->at, .reinstall = again};
	ota_source *src = NULL;
	ota_pkg *pkg = NULL;
	ota_status st = open_package(&pkg, &src, s, err);

	if (!st)
		st = ota_dev_install(dev, pkg, &opt, res, NULL, err);
	ota_pkg_free(pkg);
	ota_source_close(src);
	return st;
}

ota_status run_update(const struct scene *s, struct media *m, bool again, ota_err *err)
{
	ota_boot boot = {.size = sizeof(boot)};
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, s->ctx, s->d, &m->port, err);

	if (!st)
		st = install(s, dev, again, NULL, err);
	if (!st)
		st = ota_dev_boot(dev, &boot, NULL, err);
	if (!st) {
		m->booted = boot.slot;
		st = ota_dev_finish(dev, OTA_HEALTH_GOOD, NULL, err);
	}
	ota_dev_close(dev);
	return st;
}

/* ---- judging ---- */

static bool holds(const struct run *r, unsigned slot)
{
	bool old = slot == r->s->from;
	const struct media *want = old ? r->s->start : r->s->end;
	bool same = true;

	for (size_t c = 0; want != NULL && c < r->s->component_count && same; c++) {
		unsigned region = media_image_region(r->m, slot, c);

		same = media_same(r->m, want, region,
			old ? r->m->region[region].flash.geometry.size : r->s->image_size[c]);
	}
	return same;
}

/* A slot that could start has a counter at or above the fused floor. */
static bool floor_holds(const struct run *r, ota_dev *dev)
{
	bool holds_ = true;

	for (unsigned i = 0; i < MEDIA_SLOTS && holds_; i++) {
		ota_slot_state slot = {.size = sizeof(slot)};

		if (ota_dev_slot_get(dev, i, &slot, NULL) || slot.priority == 0)
			continue;
		holds_ = (!slot.successful && slot.tries == 0) ||
			 slot.counter >= r->m->fuse[OTA_FUSE_COUNTER];
	}
	return holds_;
}

/* Power cuts cost a trial tries, one each; they do not spoil what it starts. */
static bool falls_early(const struct run *r)
{
	return plan_cuts_only(&r->m->plan) && r->trials + r->m->struck < r->s->tries;
}

static void judge_boot(struct run *r, ota_dev *dev, const ota_boot *boot)
{
	r->out->boots++;
	r->trials += boot->trial;
	if (!holds(r, boot->slot))
		end(r, RUN_BRICK, "slot %c starts and holds neither the old images nor the new",
			'a' + (int)boot->slot);
	else if (!holds(r, r->s->from))
		end(r, RUN_BRICK, "the images that ran were changed");
	else if (boot->fell_back && falls_early(r))
		end(r, RUN_STUCK, "the trial ended early, though only the power failed");
	else if (!floor_holds(r, dev))
		end(r, RUN_BRICK, "the floor %" PRIu32 " is above a slot that may start",
			r->m->fuse[OTA_FUSE_COUNTER]);
}

/* ---- one power-on ---- */

/* false: the power failed, or all is over. */
static bool goes_on(struct run *r, ota_status st)
{
	return !st && !r->m->dead && !r->done;
}

static ota_status finish(struct run *r, ota_dev *dev, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = ota_dev_finish(dev, r->s->health, NULL, &why);

	if (is_fatal(st)) {
		*err = why;
		return st;
	}
	if (st && !r->m->dead && why.id != OTA_E_HEALTH)
		r->failures++;
	return OTA_OK;
}

static ota_status try_install(struct run *r, ota_dev *dev, unsigned slot, ota_err *err)
{
	ota_install_result res = {.size = sizeof(res)};
	ota_err why = OTA_ERR_INIT;
	ota_status st = install(r->s, dev, false, &res, &why);

	if (is_fatal(st)) {
		*err = why;
		return st;
	}
	if (r->m->dead)
		return OTA_OK;
	r->out->why = why.id;
	if (!st && res.nothing_to_do)
		end(r, slot == r->s->from ? RUN_OLD : RUN_NEW, "nothing is left to do");
	if (why.id == OTA_E_FAILED_BEFORE)
		end(r, RUN_ROLLED_BACK, "%s", why.msg);
	else if (st && ++r->failures >= FAILURES_MAX)
		end(r, RUN_OLD, "%s", why.msg);
	return OTA_OK;
}

static ota_status power_on(struct run *r, ota_err *err)
{
	ota_boot boot = {.size = sizeof(boot)};
	ota_err why = OTA_ERR_INIT;
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, r->s->ctx, r->s->d, &r->m->port, &why);

	if (!st)
		st = ota_dev_boot(dev, &boot, NULL, &why);
	if (is_fatal(st)) {
		*err = why;
		goto out;
	}
	if (st && !r->m->dead)
		end(r, RUN_BRICK, "nothing starts: %s", why.msg);
	if (goes_on(r, st)) {
		r->m->booted = boot.slot;
		judge_boot(r, dev, &boot);
	}
	if (!goes_on(r, st))
		st = OTA_OK;
	else if (!boot.trial)
		st = try_install(r, dev, boot.slot, err);
	else if (r->s->health != OTA_HEALTH_HANG)
		st = finish(r, dev, err);
out:
	ota_dev_close(dev);
	return st;
}

/*
 * A cut alone never ends an update: it may only cost a trial its tries. A bad
 * block may end it, but never with something else running.
 */
static bool is_allowed(const struct run *r)
{
	bool cuts = plan_cuts_only(&r->m->plan);

	if (r->m->broken != NULL)
		return false;
	switch (r->out->verdict) {
	case RUN_NEW:
		return r->s->health == OTA_HEALTH_GOOD;
	case RUN_OLD:
		return !cuts;
	case RUN_ROLLED_BACK:
		return !cuts || r->s->health != OTA_HEALTH_GOOD || r->trials >= r->s->tries;
	default:
		return false;
	}
}

ota_status run_case(struct outcome *out, const struct scene *s, struct media *m,
	const struct plan *plan, ota_err *err)
{
	struct run r = {.s = s, .m = m, .out = out};
	ota_status st = OTA_OK;

	*out = (struct outcome){.verdict = RUN_STUCK};
	media_reset(m, plan);
	for (unsigned i = 0; i < ROUNDS_MAX && !r.done && !st; i++) {
		st = power_on(&r, err);
		if (m->dead)
			media_power(m);
	}
	if (!r.done)
		snprintf(out->text, sizeof(out->text), "no end after %u boots", out->boots);
	if (m->broken != NULL)
		snprintf(out->text, sizeof(out->text), "the part's rule: %s", m->broken);
	out->bad = !is_allowed(&r);
	return st;
}
