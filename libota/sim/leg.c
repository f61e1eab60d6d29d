/* SPDX-License-Identifier: MIT */
#include <sim/leg.h>

#include <stdio.h>

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

ota_status leg_update(const struct scene *s, struct media *m, bool again, ota_err *err)
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

/* ---- looking ---- */

static bool holds(const struct scene *s, const struct media *m, unsigned slot)
{
	bool old = slot == s->from;
	const struct media *want = old ? s->start : s->end;
	bool same = true;

	for (size_t c = 0; want != NULL && c < s->component_count && same; c++) {
		unsigned region = media_image_region(m, slot, c);

		same = media_same(m, want, region,
			old ? m->region[region].flash.geometry.size : s->image_size[c]);
	}
	return same;
}

/* A slot that could start has a counter at or above the fused floor. */
static bool floor_holds(const struct media *m, ota_dev *dev)
{
	bool holds_ = true;

	for (unsigned i = 0; i < MEDIA_SLOTS && holds_; i++) {
		ota_slot_state slot = {.size = sizeof(slot)};

		if (ota_dev_slot_get(dev, i, &slot, NULL) || slot.priority == 0)
			continue;
		holds_ = (!slot.successful && slot.tries == 0) ||
			 slot.counter >= m->fuse[OTA_FUSE_COUNTER];
	}
	return holds_;
}

static enum leg_flaw look(const struct scene *s, const struct media *m, ota_dev *dev, unsigned slot)
{
	if (!holds(s, m, slot))
		return LEG_NEITHER;
	if (!holds(s, m, s->from))
		return LEG_CHANGED;
	return floor_holds(m, dev) ? LEG_SOUND : LEG_FLOOR;
}

/* ---- one power-on ---- */

static ota_status act(
	struct leg *out, const struct scene *s, struct media *m, ota_dev *dev, ota_err *err)
{
	ota_install_result res = {.size = sizeof(res)};
	enum leg_act what = out->boot.trial ? LEG_FINISH : LEG_INSTALL;
	ota_err why = OTA_ERR_INIT;
	ota_status st;

	if (what == LEG_FINISH && s->health == OTA_HEALTH_HANG)
		return OTA_OK;
	if (what == LEG_INSTALL)
		st = install(s, dev, false, &res, &why);
	else
		st = ota_dev_finish(dev, s->health, NULL, &why);
	if (is_fatal(st)) {
		*err = why;
		return st;
	}
	if (m->dead)
		return OTA_OK;
	out->act = what;
	out->failed = st != OTA_OK;
	out->nothing_to_do = !st && res.nothing_to_do;
	out->why = why.id;
	snprintf(out->text, sizeof(out->text), "%s", why.msg);
	return OTA_OK;
}

static void start(struct leg *out, const struct scene *s, struct media *m, ota_dev *dev)
{
	uint64_t read = m->bytes_read;

	m->booted = out->boot.slot;
	out->started = true;
	out->floor = m->fuse[OTA_FUSE_COUNTER];
	out->flaw = look(s, m, dev, out->boot.slot);
	/* What the judge reads is no cost of the device. */
	m->bytes_read = read;
}

ota_status leg_run(struct leg *out, const struct scene *s, struct media *m, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	uint64_t first = m->ops;
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, s->ctx, s->d, &m->port, &why);

	*out = (struct leg){.boot = {.size = sizeof(out->boot)}};
	if (!st)
		st = ota_dev_boot(dev, &out->boot, NULL, &why);
	if (is_fatal(st)) {
		*err = why;
		goto out;
	}
	out->boot_ops = m->ops - first;
	if (!m->dead && st) {
		out->flaw = LEG_NOTHING_STARTS;
		snprintf(out->text, sizeof(out->text), "nothing starts: %s", why.msg);
	} else if (!m->dead) {
		start(out, s, m, dev);
	}
	st = OTA_OK;
	if (out->started && out->flaw == LEG_SOUND)
		st = act(out, s, m, dev, err);
out:
	ota_dev_close(dev);
	return st;
}
