/* SPDX-License-Identifier: MIT */
#include <device/admit.h>

#include <ota/text.h>

#include <inttypes.h>
#include <string.h>

#include <base/num.h>
#include <model/devfile.h>
#include <model/geometry.h>
#include <package/pkg.h>

/*
 * The running slot speaks for itself, even where its image would not verify: a
 * counter that is too high can only refuse. A system that was there before the
 * first update has no documents; the device file may say what it is.
 */
static ota_status know_running(struct admit *a, unsigned from, ota_err *err)
{
	const struct bootctl_slot *s = &a->dev->bc.now.slot[from];
	const ota_devfile *d = a->dev->d;
	ota_status st;

	if (slot_is_first(s)) {
		a->version = d->version;
		a->counter = u32_of_u64(min_u64(d->counter, UINT32_MAX));
		return OTA_OK;
	}
	st = slot_docs(&a->running, a->dev, from, s->digest, NULL);
	if (st == OTA_NOMEM)
		return ota_fail_nomem(err);
	if (st)
		return OTA_OK;
	a->version = a->running.m->version;
	a->counter = u32_of_u64(min_u64(a->running.m->security_counter, UINT32_MAX));
	return OTA_OK;
}

/* Few fuses are not to be spent at once; where nothing is known, nothing is far ahead. */
static uint32_t max_step(const struct admit *a)
{
	const ota_devfile *d = a->dev->d;

	if (d->implied && a->version == NULL && a->floor == 0)
		return UINT32_MAX;
	if (d->counter_max == 0)
		return COUNTER_STEP_MAX;
	return u32_of_u64(max_u64(1, min_u64(d->counter_max / 8, COUNTER_STEP_MAX)));
}

ota_status admit_init(struct admit *a, const ota_dev *dev, const ota_pkg *pkg, unsigned from,
	const ota_install_options *opt, ota_err *err)
{
	ota_status st;

	a->dev = dev;
	a->m = pkg->m;
	a->bounds = pkg->bounds;
	a->at = opt->at;
	a->reinstall = opt->reinstall;
	a->ram = geometry_ram(dev->d);
	st = dev->port->ops->fuse_read(dev->port, OTA_FUSE_COUNTER, &a->floor, err);
	if (!st)
		st = know_running(a, from, err);
	if (!st)
		a->max_step = max_step(a);
	return st;
}

void admit_fini(struct admit *a)
{
	slot_doc_fini(&a->running);
}

/* A device made up for an image pair is whatever product it runs, or the package's at first. */
static const char *product_of(const struct admit *a)
{
	if (a->dev->d->implied && a->running.m != NULL)
		return a->running.m->product;
	return a->dev->d->product;
}

ota_status admit_policy(const struct admit *a, ota_report *rep, ota_err *err)
{
	const ota_devfile *d = a->dev->d;
	uint64_t floor = a->dev->bc.now.time_floor;
	struct check_input in = {
		.m = a->m,
		.product = product_of(a),
		.facts = &d->facts,
		.running_version = a->version,
		.running_counter = a->counter,
		.floor = a->floor,
		.max_step = a->max_step,
		.bounds = a->bounds,
		.allow_downgrade = d->policy.downgrade,
		.reinstall = a->reinstall,
		.allow_single = d->policy.single,
		.allow_hooks = d->policy.hooks,
		.ram = a->ram,
		.at = a->at,
		.time_floor = floor > 0 && floor <= INT64_MAX ? (int64_t)floor : OTA_TIME_NONE,
	};

	if (d->counter_max > 0 && a->m->security_counter > d->counter_max)
		return ota_fail(err, OTA_E_STEP,
			"security counter %" PRIu64 "; the device's fuses end at %" PRIu64,
			a->m->security_counter, d->counter_max);
	return check_policy(&in, rep, err);
}

static ota_status check_size(const struct manifest_component *c, uint64_t room, ota_err *err)
{
	if (c->target.size <= room)
		return OTA_OK;
	return ota_fail(err, OTA_E_SPACE, "%s takes %" PRIu64 " bytes, the slot has %" PRIu64,
		c->name, c->target.size, room);
}

static const struct devfile_slot *find_slot(const ota_devfile *d, const char *component)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (strcmp(d->slots[i].component, component) == 0)
			return &d->slots[i];
	return NULL;
}

static ota_status check_component(
	const struct admit *a, const struct manifest_component *c, unsigned to, ota_err *err)
{
	const struct devfile_slot *room = find_slot(a->dev->d, c->name);
	ota_flash *f = NULL;
	ota_status st;

	if (room == NULL && !a->dev->d->implied)
		return ota_fail(err, OTA_E_COMPONENTS, "the device has no component %s", c->name);
	if (room != NULL && room->size > 0) {
		st = check_size(c, room->size, err);
		if (st)
			return st;
	}
	st = slot_image(&f, a->dev, to, c->name, err);
	if (st)
		return st;
	return check_size(c, f->geometry.size, err);
}

ota_status admit_components(const struct admit *a, unsigned to, ota_err *err)
{
	const ota_devfile *d = a->dev->d;
	ota_status st;

	for (size_t i = 0; i < a->m->component_count; i++) {
		st = check_component(a, &a->m->components[i], to, err);
		if (st)
			return st;
	}
	/* One switch moves all components: a package that leaves one out would mix two sets. */
	for (size_t i = 0; i < d->slot_count; i++)
		if (manifest_component(a->m, d->slots[i].component) == NULL)
			return ota_fail(err, OTA_E_COMPONENTS,
				"the package leaves out %s, which the new slot needs",
				d->slots[i].component);
	return OTA_OK;
}

ota_status admit_head(const struct admit *a, const ota_header *h, ota_err *err)
{
	uint64_t most = a->dev->d->head_max;

	if (most == 0 || h->data_off <= most)
		return OTA_OK;
	return ota_fail(err, OTA_E_HEAD,
		"the head of the package has %" PRIu64 " bytes; the device takes %" PRIu64,
		h->data_off, most);
}
