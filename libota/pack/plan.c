/* SPDX-License-Identifier: MIT */
#include <pack/fielded.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/ctx.h>
#include <codec/codec.h>
#include <model/check.h>
#include <ota/ota.h>

void lint(const ota_plan *plan, ota_report *rep, ota_outcome outcome, ota_id id,
	const struct plan_input *in, const char *text)
{
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = outcome,
				    .id = id,
				    .file = plan->name,
				    .line = in->at != NULL ? in->at->line : 0,
				    .col = in->at != NULL ? in->at->col : 0,
				    .off = OTA_NO_OFF,
				    .subject = in->name,
				    .text = text});
}

static void lint_v(struct lint_run *r, ota_outcome outcome, ota_id id, const struct plan_input *in,
	const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (outcome == OTA_FAIL)
		r->bad++;
	lint(r->plan, r->rep, outcome, id, in, text);
}

void lint_at(struct lint_run *r, ota_outcome outcome, ota_id id, const struct doc *at,
	const char *subject, const char *fmt, ...)
{
	struct plan_input in = {.name = subject, .at = at};
	va_list ap;

	va_start(ap, fmt);
	lint_v(r, outcome, id, &in, fmt, ap);
	va_end(ap);
}

void lint_key(
	struct lint_run *r, ota_outcome outcome, ota_id id, const char *key, const char *fmt, ...)
{
	struct plan_input in = {.name = key, .at = check_node(r->plan->m->doc, key)};
	va_list ap;

	va_start(ap, fmt);
	lint_v(r, outcome, id, &in, fmt, ap);
	va_end(ap);
}

/* Places in the YAML; a manifest that was not read from one has none. */
static const struct doc *key_of(const struct doc *map, const char *key)
{
	return map != NULL ? doc_get(map, key) : NULL;
}

static const struct doc *item_of(const struct doc *map, const char *key, size_t i)
{
	const struct doc *list = key_of(map, key);

	return list != NULL && i < list->count ? list->items[i] : NULL;
}

/* The finding names its subject already. */
static const char *without_name(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2
										  : text;
}

/*
 * A file that cannot be used is a finding; only what stops the tool itself is a failure. component:
 * whose image a package must hold; NULL: any file will do.
 */
static ota_status open_input(struct plan_input *in, ota_plan *plan, const char *component,
	const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = opt->open(opt->open_arg, in->name, &in->src, &why);

	if (!st && component != NULL)
		st = input_unpack(in, plan, component, &why);
	if (!st && in->spool == NULL)
		st = ota_source_length(in->src, &in->size, &why);
	if (st == OTA_NOMEM || st == OTA_CANCELLED) {
		if (err != NULL)
			*err = why;
		return st;
	}
	if (st) {
		input_close(in);
		lint(plan, rep, OTA_FAIL, OTA_E_INPUT, in, without_name(why.msg, in->name));
	}
	return OTA_OK;
}

/* An image out of a package brings its version, which a manifest may repeat but not change. */
static void take_version(struct plan_component *pc, ota_plan *plan, size_t i, ota_report *rep)
{
	struct manifest_component *c = &plan->m->components[i];

	if (pc->image.version == NULL)
		return;
	if (c->version == NULL) {
		c->version = pc->image.version;
	} else if (strcmp(c->version, pc->image.version) != 0) {
		lint(plan, rep, OTA_FAIL, OTA_E_INPUT, &pc->image,
			"the package holds another version than the component says");
		input_close(&pc->image);
	}
}

/* The same of what a delta starts from. */
static void take_from_version(
	struct plan_input *in, const ota_plan *plan, const char *version, ota_report *rep)
{
	if (version == NULL || in->src == NULL)
		return;
	if (in->version == NULL) {
		in->version = version;
	} else if (strcmp(in->version, version) != 0) {
		lint(plan, rep, OTA_FAIL, OTA_E_INPUT, in,
			"the package holds another version than from_version says");
		input_close(in);
	}
}

static ota_status open_component(
	ota_plan *plan, size_t i, const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	const struct manifest_component *c = &plan->m->components[i];
	struct plan_component *pc = &plan->components[i];
	ota_status st;

	pc->image.name = c->image;
	pc->image.at = key_of(c->doc, "image");
	pc->from = arena_array(&plan->arena, c->payload_count, sizeof(pc->from[0]));
	if (pc->from == NULL)
		return ota_fail_nomem(err);
	st = open_input(&pc->image, plan, c->name, opt, rep, err);
	if (!st)
		take_version(pc, plan, i, rep);
	for (size_t k = 0; !st && k < c->payload_count; k++) {
		if (c->payloads[k].kind != PAYLOAD_DELTA)
			continue;
		pc->from[k].name = c->payloads[k].from->path;
		pc->from[k].at = c->payloads[k].from->at;
		st = open_input(&pc->from[k], plan, c->name, opt, rep, err);
		take_from_version(&pc->from[k], plan, c->payloads[k].from_version, rep);
	}
	return st;
}

static ota_status open_attachments(
	ota_plan *plan, const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	const ota_manifest *m = plan->m;
	ota_status st = OTA_OK;

	plan->attachments =
		arena_array(&plan->arena, m->attachment_count, sizeof(plan->attachments[0]));
	if (plan->attachments == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < m->attachment_count; i++) {
		struct plan_input *in = &plan->attachments[i];

		in->name = m->attachments[i].file;
		in->at = key_of(item_of(m->doc, "attachments", i), "file");
		if (in->name != NULL)
			st = open_input(in, plan, NULL, opt, rep, err);
	}
	return st;
}

static ota_status copy_text(const char **out, ota_plan *plan, const char *text, ota_err *err)
{
	if (text == NULL)
		return OTA_OK;
	*out = arena_strndup(&plan->arena, text, strlen(text));
	return *out != NULL ? OTA_OK : ota_fail_nomem(err);
}

void ota_tools(char out[OTA_TOOLS_LEN])
{
	snprintf(out, OTA_TOOLS_LEN, "otatool %.20s, xz %.20s, zstd %.20s", OTA_VERSION,
		xz_chunks.version(), zstd_chunks.version());
}

static ota_status plan_init(ota_plan *plan, const ota_plan_options *opt, ota_err *err)
{
	ota_status st;

	plan->created = opt->created;
	plan->memory = opt->memory;
	plan->device = opt->device;
	plan->cache = opt->cache;
	st = copy_text(&plan->name, plan, opt->name, err);
	if (!st)
		st = copy_text(&plan->tmpdir, plan, opt->tmpdir, err);
	if (!st)
		st = copy_text(&plan->tools, plan, opt->tools, err);
	return st;
}

static ota_status try_input(const struct doc *name, ota_plan *plan, const ota_plan_options *opt,
	ota_report *rep, ota_err *err)
{
	struct plan_input in = {.at = name};
	ota_status st;

	if (name == NULL || name->s == NULL || name->s_len == 0 || strpbrk(name->s, "*?[") != NULL)
		return OTA_OK;
	in.name = name->s;
	st = open_input(&in, plan, NULL, opt, rep, err);
	input_close(&in);
	return st;
}

static ota_status try_all(const struct doc *list, const char *key, ota_plan *plan,
	const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; list != NULL && !st && i < list->count; i++)
		st = try_input(key_of(list->items[i], key), plan, opt, rep, err);
	return st;
}

/*
 * Every finding at once: of a manifest that is refused, the files that it names are tried all the
 * same; patterns and lists are not.
 */
static ota_status try_inputs(const struct doc *root, ota_plan *plan, const ota_plan_options *opt,
	ota_report *rep, ota_err *err)
{
	const struct doc *components = key_of(root, "components");
	ota_status st = try_all(components, "image", plan, opt, rep, err);

	for (size_t i = 0; components != NULL && !st && i < components->count; i++)
		st = try_all(key_of(components->items[i], "payloads"), "from", plan, opt, rep, err);
	return st ? st : try_all(key_of(root, "attachments"), "file", plan, opt, rep, err);
}

/* The manifest's own findings keep their ids in the report; the verdict is one. */
static ota_status read_manifest(ota_plan *plan, ota_source *yaml, const ota_plan_options *opt,
	ota_report *rep, ota_err *err)
{
	struct manifest_sets sets = {opt->sets, opt->set_count};
	struct manifest_draft draft = {.m = NULL};
	ota_err why = OTA_ERR_INIT;
	ota_status st = manifest_draft_read(&draft, plan->ctx, yaml, plan->name, &sets, rep, &why);
	ota_status tried = OTA_OK;

	if (!st)
		st = manifest_draft_judge(&draft, plan->name, rep, &why);
	if (!st) {
		plan->m = draft.m;
		return OTA_OK;
	}
	if (draft.root != NULL && (st == OTA_REFUSED || why.id == OTA_E_CRITICAL))
		tried = try_inputs(draft.root, plan, opt, rep, err);
	manifest_free(draft.m);
	if (tried)
		return tried;
	if (st == OTA_REFUSED)
		return ota_fail(err, OTA_E_LINT, "%s", why.msg);
	if (err != NULL)
		*err = why;
	return st;
}

static ota_status open_inputs(
	ota_plan *plan, const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	size_t n = 0;
	ota_status st = OTA_OK;

	for (size_t i = 0; i < plan->m->component_count; i++)
		n += plan->m->components[i].payload_count;
	plan->components =
		arena_array(&plan->arena, plan->m->component_count, sizeof(plan->components[0]));
	plan->costs = arena_array(&plan->arena, n, sizeof(plan->costs[0]));
	if (plan->components == NULL || plan->costs == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < plan->m->component_count; i++)
		st = open_component(plan, i, opt, rep, err);
	return st ? st : open_attachments(plan, opt, rep, err);
}

static ota_status read_fielded(
	size_t *bad, ota_plan *plan, const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	struct lint_run run = {plan, rep, *bad};
	const char *name = NULL;
	ota_status st = copy_text(&name, plan, opt->fielded_name, err);

	plan->fielded = arena_alloc(&plan->arena, sizeof(*plan->fielded));
	if (!st && plan->fielded == NULL)
		st = ota_fail_nomem(err);
	if (!st)
		st = fielded_read(plan->fielded, &plan->arena, &run, opt->fielded, name, err);
	*bad = run.bad;
	return st ? st : reach_check(bad, plan, rep, err);
}

ota_status ota_plan_new(ota_plan **out, const ota_ctx *ctx, ota_source *yaml,
	const ota_plan_options *opt, ota_report *rep, ota_err *err)
{
	ota_plan *plan = NULL;
	size_t bad = 0;
	ota_status st = MEM_NEW(&plan, ctx, err);

	if (st)
		return st;
	plan->ctx = ctx;
	arena_init(&plan->arena, ctx);
	st = plan_init(plan, opt, err);
	if (!st)
		st = read_manifest(plan, yaml, opt, rep, err);
	if (!st)
		st = expand_payloads(plan, opt, rep, err);
	if (!st)
		st = open_inputs(plan, opt, rep, err);
	if (!st)
		st = check_inputs(&bad, plan, rep, err);
	if (!st && opt->previous != NULL)
		st = check_previous(&bad, plan, opt->previous, rep, err);
	if (!st && opt->device != NULL)
		st = check_device(&bad, plan, rep, err);
	if (!st && opt->fielded != NULL)
		st = read_fielded(&bad, plan, opt, rep, err);
	if (!st && bad > 0)
		st = ota_fail(err, OTA_E_LINT, "%zu problem%s with the inputs; see the findings",
			bad, bad > 1 ? "s" : "");
	if (!st)
		st = ota_report_status(rep, err);
	if (st) {
		ota_plan_free(plan);
		return st;
	}
	*out = plan;
	return OTA_OK;
}

static void close_component(const ota_plan *plan, size_t i)
{
	struct plan_component *pc = &plan->components[i];

	input_close(&pc->image);
	for (size_t k = 0; pc->from != NULL && k < plan->m->components[i].payload_count; k++)
		input_close(&pc->from[k]);
}

void ota_plan_free(ota_plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; plan->components != NULL && i < plan->m->component_count; i++)
		close_component(plan, i);
	for (size_t i = 0; plan->attachments != NULL && i < plan->m->attachment_count; i++)
		input_close(&plan->attachments[i]);
	manifest_free(plan->m);
	arena_fini(&plan->arena);
	mem_free(plan->ctx, plan);
}

const ota_manifest *ota_plan_manifest(const ota_plan *plan)
{
	return plan->m;
}

size_t ota_plan_cost_count(const ota_plan *plan)
{
	return plan->cost_count;
}

const ota_payload_cost *ota_plan_cost_at(const ota_plan *plan, size_t index)
{
	return index < plan->cost_count ? &plan->costs[index] : NULL;
}

size_t ota_plan_deltas_made(const ota_plan *plan)
{
	return plan->deltas_made;
}

size_t ota_plan_deltas_cached(const ota_plan *plan)
{
	return plan->deltas_cached;
}
