/* SPDX-License-Identifier: MIT */
/* What the device of a device file would refuse is said where the package is made. */
#include <pack/build.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <model/check.h>
#include <model/devfile.h>
#include <model/geometry.h>
#include <model/rules.h>
#include <package/check.h>
#include <package/layout.h>

struct limits {
	struct lint_run run;
	const ota_manifest *m;
	const ota_devfile *d;
};

/* ---- the plan ---- */

static void check_product(struct limits *l)
{
	if (strcmp(l->m->product, l->d->product) != 0)
		lint_key(&l->run, OTA_FAIL, OTA_E_PRODUCT, "product",
			"the device is a %s, the manifest is for %s", l->d->product, l->m->product);
	if (l->m->security_counter > l->d->counter_max)
		lint_key(&l->run, OTA_FAIL, OTA_E_STEP, "security_counter",
			"security counter %" PRIu64 "; the device's fuses end at %" PRIu64,
			l->m->security_counter, l->d->counter_max);
}

static bool has_step(const ota_manifest *m, enum step_op op)
{
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == op)
			return true;
	return false;
}

static void check_allowed(struct limits *l)
{
	const struct devfile_policy *p = &l->d->policy;
	bool hooks = has_step(l->m, STEP_RUN_HOOK), single = false;
	ota_err why = OTA_ERR_INIT;

	for (size_t i = 0; i < l->m->component_count; i++)
		single |= l->m->components[i].slot == SLOT_SINGLE;
	if (!p->unsigned_chain)
		lint_key(&l->run, OTA_FAIL, OTA_E_POLICY, "components",
			"the device wants boot documents, which packages do not carry yet (its "
			"policy: unsigned_chain)");
	if (l->m->allow_downgrade && !p->downgrade)
		lint_key(&l->run, OTA_FAIL, OTA_E_POLICY, "allow_downgrade",
			"the device takes no lower version (its policy: downgrade)");
	if (single && !p->single)
		lint_key(&l->run, OTA_FAIL, OTA_E_POLICY, "components",
			"the device does not allow slot: single (its policy: single)");
	if (hooks && !p->hooks)
		lint_key(&l->run, OTA_FAIL, OTA_E_HOOK, "steps",
			"the device runs no hooks (its policy: hooks)");
	if ((p->single || !single) && (p->hooks || !hooks) && check_features(l->m, &why))
		lint_key(&l->run, OTA_FAIL, why.id, "steps", "%s", why.msg);
}

/* What asks to wait may be had later; what refuses will refuse. */
static ota_status check_rules(struct limits *l, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = rules_eval(l->m->rules, l->m->rule_count, &l->d->facts, NULL, &why);

	if (st == OTA_NOMEM)
		return ota_fail_nomem(err);
	if (st == OTA_REFUSED)
		lint_key(&l->run, OTA_FAIL, why.id, "rules", "%s", why.msg);
	return OTA_OK;
}

static const struct devfile_slot *slot_of(const ota_devfile *d, const char *component)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (strcmp(d->slots[i].component, component) == 0)
			return &d->slots[i];
	return NULL;
}

/* c: the first of its variants. */
static ota_status check_slot(struct limits *l, const struct manifest_component *c, ota_err *err)
{
	const struct devfile_slot *slot = slot_of(l->d, c->name);
	const struct plan_input *image;
	ota_err why = OTA_ERR_INIT;
	ota_status st;

	if (slot == NULL)
		lint_at(&l->run, OTA_FAIL, OTA_E_COMPONENTS, c->doc, c->name,
			"the device has no component %s", c->name);
	st = manifest_pick(&c, c, &l->d->facts, NULL, &why);
	if (st == OTA_NOMEM)
		return ota_fail_nomem(err);
	if (st) {
		lint_at(&l->run, OTA_FAIL, why.id, c->doc, c->name, "%s", why.msg);
		return OTA_OK;
	}
	image = &l->run.plan->components[c - l->m->components].image;
	if (slot != NULL && slot->size > 0 && image->size > slot->size)
		lint_at(&l->run, OTA_FAIL, OTA_E_SPACE, image->at, image->name,
			"%s takes %" PRIu64 " bytes, the slot has %" PRIu64, c->name, image->size,
			slot->size);
	return OTA_OK;
}

static ota_status check_slots(struct limits *l, ota_err *err)
{
	const ota_manifest *m = l->m;
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < m->component_count; i++)
		if (m->components[i].variant == 0)
			st = check_slot(l, &m->components[i], err);
	for (size_t i = 0; i < l->d->slot_count; i++)
		if (manifest_component(m, l->d->slots[i].component) == NULL)
			lint_key(&l->run, OTA_FAIL, OTA_E_COMPONENTS, "components",
				"the package leaves out %s, which the device has",
				l->d->slots[i].component);
	return st;
}

ota_status check_device(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err)
{
	struct limits l = {{plan, rep, *bad}, plan->m, plan->device};
	ota_status st;

	check_product(&l);
	check_allowed(&l);
	st = check_rules(&l, err);
	if (!st)
		st = check_slots(&l, err);
	*bad = l.run.bad;
	return st ? st : ota_report_status(rep, err);
}

/* ---- the package ---- */

static ota_status drop(struct build *b, struct piece *p, uint64_t need, uint64_t ram, ota_err *err)
{
	struct lint_run run = {b->plan, b->rep, 0};
	const struct plan_component *pc = &b->plan->components[p->component];

	if (!p->delta)
		return ota_fail(err, OTA_E_RAM,
			"the full image of %s takes %" PRIu64 " bytes of memory to apply; the "
			"device has %" PRIu64,
			b->plan->m->components[p->component].name, need, ram);
	p->dropped = true;
	lint_at(&run, OTA_WARN, OTA_E_RAM, pc->from[p->payload].at, pc->from[p->payload].name,
		"dropped: applying the delta takes %" PRIu64 " bytes of memory; the device has "
		"%" PRIu64,
		need, ram);
	return OTA_OK;
}

/* A device compares its memory with what the whole package promises, whichever payload it takes. */
static ota_status drop_large(bool *dropped, struct build *b, uint64_t ram, ota_err *err)
{
	uint64_t beside = b->m.resources.ram - payload_ram_max(&b->m);
	ota_status st = OTA_OK;

	*dropped = false;
	for (size_t i = 0; !st && i < b->order_count; i++) {
		struct piece *p = b->order[i];

		if (p->is_attachment || beside + p->ram <= ram)
			continue;
		*dropped = true;
		st = drop(b, p, beside + p->ram, ram, err);
	}
	if (!st && !*dropped && b->m.resources.ram > ram)
		st = ota_fail(err, OTA_E_RAM,
			"reading the package takes %" PRIu64 " bytes of memory; the device has "
			"%" PRIu64,
			b->m.resources.ram, ram);
	return st;
}

ota_status assemble_within(struct build *b, const ota_devfile *d, ota_err *err)
{
	uint64_t ram = geometry_ram(d);
	bool again = ram > 0;
	ota_status st = assemble(b, err);

	while (!st && again) {
		st = drop_large(&again, b, ram, err);
		if (!st && again)
			st = assemble(b, err);
	}
	if (!st && d->head_max > 0 && b->h.data_off > d->head_max)
		st = ota_fail(err, OTA_E_HEAD,
			"the head of the package has %" PRIu64 " bytes; the device takes %" PRIu64,
			b->h.data_off, d->head_max);
	return st;
}
