/* SPDX-License-Identifier: MIT */
#include <pack/plan.h>

#include <string.h>

struct expansion {
	ota_plan *plan;
	const ota_plan_options *opt;
	const struct manifest_payload *p;
	const struct doc *at;
	struct manifest_payload *out; /* room for MANIFEST_PAYLOADS_MAX */
	size_t n;                     /* wanted, which may be more than there is room for */
};

static ota_status found(void *arg, const char *name, ota_err *err)
{
	struct expansion *x = arg;
	struct arena *a = &x->plan->arena;
	struct manifest_from *from;

	if (x->n++ >= MANIFEST_PAYLOADS_MAX)
		return OTA_OK;
	from = arena_alloc(a, sizeof(*from));
	if (from != NULL)
		from->path = arena_strndup(a, name, strlen(name));
	if (from == NULL || from->path == NULL)
		return ota_fail_nomem(err);
	from->at = x->at;
	x->out[x->n - 1] = *x->p;
	x->out[x->n - 1].from = from;
	x->out[x->n - 1].from_count = 1;
	return OTA_OK;
}

static ota_status expand_payload(struct expansion *x, ota_err *err)
{
	ota_status st = OTA_OK;

	if (x->p->from_count == 0 && x->n++ < MANIFEST_PAYLOADS_MAX)
		x->out[x->n - 1] = *x->p;
	for (size_t i = 0; !st && i < x->p->from_count; i++) {
		const char *path = x->p->from[i].path;

		x->at = x->p->from[i].at;
		st = x->opt->glob != NULL ? x->opt->glob(x->opt->open_arg, path, found, x, err)
					  : found(x, path, err);
	}
	return st;
}

static ota_status refuse(
	struct expansion *x, const char *component, const char *why, ota_report *rep, ota_err *err)
{
	struct plan_input in = {.name = component, .at = x->at};

	lint(x->plan, rep, OTA_FAIL, OTA_E_RANGE, &in, why);
	return ota_fail(err, OTA_E_LINT, "component %s: %s", component, why);
}

static ota_status expand_component(
	struct expansion *x, struct manifest_component *c, ota_report *rep, ota_err *err)
{
	size_t before;
	ota_status st = OTA_OK;

	x->n = 0;
	x->out = arena_array(&x->plan->arena, MANIFEST_PAYLOADS_MAX, sizeof(x->out[0]));
	if (x->out == NULL)
		return ota_fail_nomem(err);
	for (size_t k = 0; !st && k < c->payload_count; k++) {
		x->p = &c->payloads[k];
		before = x->n;
		st = expand_payload(x, err);
		if (!st && x->p->from_version != NULL && x->n > before + 1)
			st = refuse(x, c->name, "from_version is that of one image", rep, err);
	}
	if (st)
		return st;
	if (x->n > MANIFEST_PAYLOADS_MAX)
		return refuse(x, c->name, "these files make more than 64 payloads", rep, err);
	c->payloads = x->out;
	c->payload_count = x->n;
	return OTA_OK;
}

ota_status expand_payloads(
	ota_plan *plan, const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	struct expansion x = {.plan = plan, .opt = opt};
	ota_status st = OTA_OK;

	for (size_t i = 0; !st && i < plan->m->component_count; i++)
		st = expand_component(&x, &plan->m->components[i], rep, err);
	return st;
}
