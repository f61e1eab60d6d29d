/* SPDX-License-Identifier: MIT */
#include <model/check.h>

#include <stdio.h>
#include <string.h>

#define ENV_VALUE_MAX 128

const char *const step_names[] = {"write", "patch", "verify", "set-env", "run-hook", "switch-slot",
	"reboot", "health-check", "commit", NULL};

/* ---- the default sequence ---- */

static void fill(struct manifest_step *s)
{
	bool hook = s->op == STEP_RUN_HOOK, health = s->op == STEP_HEALTH_CHECK;

	if (s->op == STEP_SWITCH_SLOT && s->tries == STEP_NONE)
		s->tries = STEP_TRIES;
	if ((hook || health) && s->timeout == STEP_NONE)
		s->timeout = STEP_TIMEOUT;
	if (hook && s->on_error == HOOK_ON_ERROR_NONE)
		s->on_error = HOOK_FAIL;
	if (health && s->name == NULL)
		s->name = "default";
	if (health && s->retries == STEP_NONE)
		s->retries = STEP_RETRIES;
}

void steps_fill(ota_manifest *m)
{
	for (size_t i = 0; i < m->step_count; i++)
		fill(&m->steps[i]);
}

static void add_step(struct manifest_step **next, enum step_op op, const char *component)
{
	struct manifest_step *s = (*next)++;

	s->op = op;
	s->component = component;
	s->tries = s->timeout = s->retries = STEP_NONE;
	s->when = HOOK_WHEN_NONE;
	s->on_error = HOOK_ON_ERROR_NONE;
	fill(s);
}

/* The variants of one component are one to the steps. */
static size_t count_components(const ota_manifest *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->component_count; i++)
		n += m->components[i].variant == 0;
	return n;
}

static ota_status default_steps(
	struct manifest_step **out, size_t *count, ota_manifest *m, ota_err *err)
{
	size_t n = 2 * count_components(m) + 4;
	struct manifest_step *steps = arena_array(&m->arena, n, sizeof(*steps)), *next = steps;

	if (steps == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; i < m->component_count; i++) {
		if (m->components[i].variant > 0)
			continue;
		add_step(&next, STEP_WRITE, m->components[i].name);
		add_step(&next, STEP_VERIFY, m->components[i].name);
	}
	add_step(&next, STEP_SWITCH_SLOT, NULL);
	add_step(&next, STEP_REBOOT, NULL);
	add_step(&next, STEP_HEALTH_CHECK, NULL);
	add_step(&next, STEP_COMMIT, NULL);
	*out = steps;
	*count = n;
	return OTA_OK;
}

ota_status manifest_default_steps(ota_manifest *m, ota_err *err)
{
	struct manifest_step *steps;
	size_t count;
	ota_status st = default_steps(&steps, &count, m, err);

	if (st)
		return st;
	m->steps = steps;
	m->step_count = count;
	m->steps_default = true;
	return OTA_OK;
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool step_equal(const struct manifest_step *a, const struct manifest_step *b)
{
	return a->op == b->op && a->tries == b->tries && a->timeout == b->timeout &&
	       a->retries == b->retries && text_equal(a->component, b->component) &&
	       text_equal(a->name, b->name) && text_equal(a->value, b->value) &&
	       text_equal(a->hook, b->hook) && a->when == b->when && a->on_error == b->on_error;
}

ota_status steps_finish(ota_manifest *m, ota_err *err)
{
	struct manifest_step *steps;
	size_t count, same = 0;
	ota_status st;

	if (m->step_count == 0)
		return manifest_default_steps(m, err);
	st = default_steps(&steps, &count, m, err);
	if (st)
		return st;
	while (same < count && same < m->step_count && step_equal(&steps[same], &m->steps[same]))
		same++;
	m->steps_default = same == count && same == m->step_count;
	return OTA_OK;
}

bool manifest_patched(const ota_manifest *m, const char *component)
{
	for (size_t i = 0; i < m->step_count; i++)
		if (m->steps[i].op == STEP_PATCH && text_equal(m->steps[i].component, component))
			return true;
	return false;
}

/* ---- the rules ---- */

struct walk {
	struct check *c;
	const ota_manifest *m;
	const struct doc *list; /* NULL: made by hand */
};

static void find_at(const struct walk *w, ota_id id, size_t i, const char *fmt, ...)
	OTA_PRINTF(4, 5);

static void find_at(const struct walk *w, ota_id id, size_t i, const char *fmt, ...)
{
	char place[32];
	va_list ap;

	snprintf(place, sizeof(place), "steps.%zu", i);
	va_start(ap, fmt);
	check_vfind(w->c, id, check_item(w->list, i), place, fmt, ap);
	va_end(ap);
}

enum {
	K_COMPONENT = 1,
	K_NAME = 2,
	K_VALUE = 4,
	K_TRIES = 8,
	K_TIMEOUT = 16,
	K_RETRIES = 32,
	K_HOOK = 64,
	K_WHEN = 128,
	K_ON_ERROR = 256
};

/* By op: the keys that a step needs; no other key has a meaning there. */
static const unsigned takes[] = {
	[STEP_WRITE] = K_COMPONENT,
	[STEP_PATCH] = K_COMPONENT,
	[STEP_VERIFY] = K_COMPONENT,
	[STEP_SET_ENV] = K_NAME | K_VALUE,
	[STEP_RUN_HOOK] = K_HOOK | K_WHEN | K_TIMEOUT | K_ON_ERROR,
	[STEP_SWITCH_SLOT] = K_TRIES,
	[STEP_HEALTH_CHECK] = K_NAME | K_TIMEOUT | K_RETRIES,
	[STEP_COMMIT] = 0,
};

static void check_keys(const struct walk *w, size_t i)
{
	const struct manifest_step *s = &w->m->steps[i];
	const struct {
		const char *name;
		bool given;
	} keys[] = {{"component", s->component != NULL}, {"name", s->name != NULL},
		{"value", s->value != NULL}, {"tries", s->tries != STEP_NONE},
		{"timeout", s->timeout != STEP_NONE}, {"retries", s->retries != STEP_NONE},
		{"hook", s->hook != NULL}, {"when", s->when != HOOK_WHEN_NONE},
		{"on_error", s->on_error != HOOK_ON_ERROR_NONE}};

	for (unsigned k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		bool taken = takes[s->op] >> k & 1U;

		if (taken && !keys[k].given)
			find_at(w, OTA_E_MISSING, i, "%s needs %s", step_names[s->op],
				keys[k].name);
		if (!taken && keys[k].given)
			find_at(w, OTA_E_UNKNOWN_KEY, i, "%s takes no %s", step_names[s->op],
				keys[k].name);
	}
}

static bool env_name_ok(const char *s)
{
	size_t len = strlen(s);

	return len > 4 && strncmp(s, "ota_", 4) == 0 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static bool env_value_ok(const char *s)
{
	size_t len = 0;

	while (s[len] >= 0x20 && s[len] <= 0x7e)
		len++;
	return len <= ENV_VALUE_MAX && s[len] == '\0';
}

static void check_env(const struct walk *w, size_t i)
{
	const struct manifest_step *s = &w->m->steps[i], *other;
	size_t before = 0;
	bool twice = false;

	for (other = w->m->steps; other < s; other++) {
		before += other->op == STEP_SET_ENV;
		twice = twice || (other->op == STEP_SET_ENV && text_equal(other->name, s->name));
	}
	if (s->name != NULL && !env_name_ok(s->name))
		find_at(w, OTA_E_RANGE, i, "expected name ota_ and then a-z 0-9 _, found \"%.64s\"",
			s->name);
	else if (twice)
		find_at(w, OTA_E_DUPLICATE, i, "%s is set twice", s->name);
	if (s->value != NULL && !env_value_ok(s->value))
		find_at(w, OTA_E_RANGE, i,
			"expected a value of at most %d bytes of printable ASCII", ENV_VALUE_MAX);
	if (before == MANIFEST_ENV_MAX)
		find_at(w, OTA_E_RANGE, i, "more than %d set-env steps", MANIFEST_ENV_MAX);
}

/* V7 */
static void check_hook(const struct walk *w, size_t i)
{
	static const char *const reads[] = {"attachments.*.name", "attachments.*.role", NULL};
	const char *name = check_read(w->c, reads) ? w->m->steps[i].hook : NULL;
	const struct manifest_attachment *a = name != NULL ? manifest_attachment(w->m, name) : NULL;

	if (name != NULL && (a == NULL || a->role != ROLE_HOOK))
		find_at(w, OTA_E_ATTACHMENT, i, "V7: there is no attachment %s with role hook",
			name);
}

static bool has_delta(const struct manifest_component *c)
{
	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind == PAYLOAD_DELTA)
			return true;
	return false;
}

/* V1. Nothing else may be taken there, so no device could take anything. */
static void check_patched(const struct walk *w, size_t i)
{
	const struct manifest_component *c = w->m->components;

	for (size_t k = 0; k < w->m->component_count; k++)
		if (text_equal(c[k].name, w->m->steps[i].component) && !has_delta(&c[k]))
			find_at(w, OTA_E_STEPS, i, "V1: patch takes a delta, and %s has none",
				c[k].name);
}

static void check_step(const struct walk *w, size_t i)
{
	static const char *const names[] = {"components.*.name", NULL};
	static const char *const payloads[] = {"components.*.name", "components.*.payloads.*.kind",
		"components.*.variants.*.payloads.*.kind", NULL};
	const struct manifest_step *s = &w->m->steps[i];
	char place[32];

	snprintf(place, sizeof(place), "steps.%zu", i);
	if (unread_touches(w->c->unread, place))
		return;
	check_keys(w, i);
	if (s->op == STEP_RUN_HOOK)
		check_hook(w, i);
	if (check_read(w->c, names) && s->component != NULL &&
		manifest_component(w->m, s->component) == NULL)
		find_at(w, OTA_E_COMPONENT, i, "there is no component %s", s->component);
	if (s->op == STEP_SET_ENV)
		check_env(w, i);
	if (s->op == STEP_PATCH && check_read(w->c, payloads))
		check_patched(w, i);
}

/* V1 */
static void check_written(const struct walk *w, size_t comp)
{
	const char *name = w->m->components[comp].name;
	size_t writes = 0, verifies = 0, early = 0;
	char place[COMPONENT_PLACE];

	for (size_t i = 0; i < w->m->step_count; i++) {
		const struct manifest_step *s = &w->m->steps[i];

		if (!text_equal(s->component, name))
			continue;
		writes += s->op == STEP_WRITE || s->op == STEP_PATCH;
		verifies += s->op == STEP_VERIFY;
		early += s->op == STEP_VERIFY && writes == 0;
	}
	component_place(place, w->m, comp);
	if (writes != 1)
		check_find(w->c, OTA_E_STEPS, w->list, place,
			"V1: %s needs exactly one write or patch step, found %zu", name, writes);
	else if (verifies != 1 || early > 0)
		check_find(w->c, OTA_E_STEPS, w->list, place,
			"V1: %s needs exactly one verify step, after it is written", name);
}

static bool may_follow_switch(const struct manifest_step *s)
{
	return s->op == STEP_REBOOT || s->op == STEP_HEALTH_CHECK || s->op == STEP_COMMIT ||
	       (s->op == STEP_RUN_HOOK && s->when == HOOK_BOOT);
}

static bool has_ab(const ota_manifest *m)
{
	for (size_t i = 0; i < m->component_count; i++)
		if (m->components[i].slot == SLOT_AB)
			return true;
	return false;
}

/* V2 and V3; gives the index of the switch, or step_count. */
static size_t check_switch(const struct walk *w)
{
	static const char *const slots[] = {"components.*.slot", NULL};
	size_t n = w->m->step_count, at = n;

	for (size_t i = 0; i < n; i++) {
		unsigned op = w->m->steps[i].op;

		if (at == n)
			at = op == STEP_SWITCH_SLOT ? i : n;
		else if (op == STEP_SWITCH_SLOT)
			find_at(w, OTA_E_STEPS, i, "V2: a second switch-slot");
		else if (op == STEP_VERIFY)
			find_at(w, OTA_E_STEPS, i, "V2: every verify stands before switch-slot");
		else if (!may_follow_switch(&w->m->steps[i]))
			find_at(w, OTA_E_STEPS, i, "V3: %s may not stand after switch-slot",
				step_names[op]);
	}
	if (at == n && check_read(w->c, slots) && has_ab(w->m))
		find_at(w, OTA_E_STEPS, n - 1,
			"V2: without switch-slot, what is written to a component in two copies "
			"would never start");
	return at;
}

static bool is_write(const struct manifest_step *s)
{
	return s->op == STEP_WRITE || s->op == STEP_PATCH;
}

/* A hook stands where its `when` says that it runs. */
static void check_when(const struct walk *w, size_t switch_at)
{
	size_t n = w->m->step_count, first_write = n, last_verify = 0;

	for (size_t i = n; i-- > 0;)
		first_write = is_write(&w->m->steps[i]) ? i : first_write;
	for (size_t i = 0; i < n; i++)
		last_verify = w->m->steps[i].op == STEP_VERIFY ? i : last_verify;
	for (size_t i = 0; i < n; i++) {
		const struct manifest_step *s = &w->m->steps[i];

		if (s->op != STEP_RUN_HOOK)
			continue;
		if (s->when == HOOK_PRE && i > first_write)
			find_at(w, OTA_E_STEPS, i, "a pre hook stands before the first write");
		if (s->when == HOOK_POST && i < last_verify)
			find_at(w, OTA_E_STEPS, i, "a post hook stands after the last verify");
		if (s->when == HOOK_BOOT && i < switch_at)
			find_at(w, OTA_E_STEPS, i, "a boot hook stands after switch-slot");
	}
}

/* V4. A health check of the old slot says nothing about the new one. */
static void check_commit(const struct walk *w, size_t switch_at)
{
	size_t n = w->m->step_count, checks = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned op = w->m->steps[i].op;

		checks += op == STEP_HEALTH_CHECK && (switch_at == n || i > switch_at);
		if ((op == STEP_COMMIT) != (i == n - 1))
			find_at(w, OTA_E_STEPS, i,
				i == n - 1 ? "V4: the last step is commit"
					   : "V4: commit is the last step");
	}
	if (checks == 0)
		find_at(w, OTA_E_STEPS, n - 1,
			"V4: a health-check stands before commit and after switch-slot");
}

void steps_check(struct check *c, const ota_manifest *m)
{
	struct walk w = {c, m, check_node(m->doc, "steps")};
	static const char *const sequence[] = {
		"components.*.name", "steps.*.op", "steps.*.component", "steps.*.when", NULL};
	size_t switch_at;

	/* The default is right by construction, and V6 caps what is written only. */
	if (m->steps_default)
		return;
	for (size_t i = 0; i < m->step_count; i++)
		check_step(&w, i);
	if (!check_read(c, sequence))
		return;
	for (size_t i = 0; i < m->component_count; i++)
		if (m->components[i].variant == 0)
			check_written(&w, i);
	switch_at = check_switch(&w);
	check_when(&w, switch_at);
	check_commit(&w, switch_at);
}
