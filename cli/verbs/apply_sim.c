/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_agent.h"
#include "with_device.h"
#include "with_io.h"
#include "with_sim.h"
#include "with_trust.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BOOTS_MAX 16 /* a trial has 7 tries at most */
#define SLOT_UNIT ((uint64_t)1 << 20)

struct apply_opts {
	struct trust_opts trust;
	const char *slot[2], *device, *boot_control, *state, *component;
	unsigned health; /* ota_health */
	struct sim_install_opts install;
	struct agent_opts agent;
};

static const char *const boot_controls[] = {"otap", "uboot-env", NULL};

static const struct opt rows[] = {
	{0, OPT_TEXT, "slot-a", "A.img",
		"the image of slot a, which runs at first; never written while it runs",
		offsetof(struct apply_opts, slot[0]), NULL},
	{0, OPT_TEXT, "slot-b", "B.img", "the image of slot b; made if there is none",
		offsetof(struct apply_opts, slot[1]), NULL},
	{0, OPT_CHOICE, "health", "HEALTH", "how the new system does: good, bad, or hang",
		offsetof(struct apply_opts, health), sim_healths},
	{0, OPT_TEXT, "device", "FILE", "the device file (default: any device of the product)",
		offsetof(struct apply_opts, device), NULL},
	{0, OPT_TEXT, "boot-control", "FORM",
		"otap or uboot-env (default: the device file's, else otap)",
		offsetof(struct apply_opts, boot_control), boot_controls},
	{0, OPT_TEXT, "state", "DIR", "where the device's state lives (default A.img.state)",
		offsetof(struct apply_opts, state), NULL},
	{0, OPT_TEXT, "component", "NAME", "what the slots hold (default: the package's only one)",
		offsetof(struct apply_opts, component), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Device", rows};
static const struct opt_use options[] = {
	{&trust_group, offsetof(struct apply_opts, trust)},
	{&group, 0},
	{&sim_install_group, offsetof(struct apply_opts, install)},
	{&agent_group, offsetof(struct apply_opts, agent)},
	{NULL, 0},
};

struct session {
	struct cli *c;
	const struct apply_opts *a;
	struct sim_package p;
	char *component;
	ota_devfile *device;
	struct sim sim;
	struct agent agent;
	unsigned target; /* the slot that was written */
	bool in_steps;   /* of their table */
	bool restarts, rolled_back;
};

/* ---- what there is ---- */

static ota_status check(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;

	(void)waits;
	return sim_package_find(&s->p, s->c, &s->a->trust, s->c->args.v[0], err);
}

static ota_status verify(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;
	const ota_manifest *m;
	ota_status st = sim_package_open(&s->p, s->c, err);

	(void)waits;
	if (st)
		return st;
	s->agent.product = s->p.product;
	s->agent.version = s->p.version;
	m = ota_pkg_manifest(s->p.pkg);
	if (!s->a->component && ota_manifest_count(m, "components") != 1)
		return ota_fail(err, OTA_E_ARGUMENT,
			"the package has %zu components; say with --component what the slots hold",
			ota_manifest_count(m, "components"));
	s->component = s->a->component ? strdup(s->a->component) : show_get(m, "components.0.name");
	if (!s->component)
		return ota_fail_nomem(err);
	return sim_package_show(&s->p, s->c, err);
}

/* A slot file that is absent gets room for the new image and for one like the other's. */
static uint64_t slot_size(const struct session *s)
{
	uint64_t most = sim_package_room(&s->p);
	struct stat info;

	for (int i = 0; i < 2; i++)
		if (!stat(s->a->slot[i], &info) && S_ISREG(info.st_mode) &&
			(uint64_t)info.st_size > most)
			most = (uint64_t)info.st_size;
	return (most + SLOT_UNIT - 1) / SLOT_UNIT * SLOT_UNIT;
}

static ota_status open_sim(struct session *s, ota_err *err)
{
	const ota_sim_options opt = {
		.size = sizeof(opt),
		.slot_path = {s->a->slot[0], s->a->slot[1]},
		.state_dir = s->a->state,
		.component = s->component,
		.slot_size = slot_size(s),
	};
	ota_status st;

	s->sim.c = s->c;
	s->sim.device = s->device;
	st = ota_sim_open(&s->sim.sim, s->c->ctx, s->device, &opt, err);
	if (!st)
		st = ota_dev_open(&s->sim.dev, s->c->ctx, s->device, ota_sim_port(s->sim.sim), err);
	return st;
}

/* A bad system still lives to say so; the refusal it returns is the verdict of the run. */
static ota_status give_up(struct session *s, ota_err *err)
{
	ota_status st = sim_give_up(&s->sim, err);
	ota_err later = OTA_ERR_INIT;
	ota_status boot;

	if (err->id != OTA_E_HEALTH)
		return st;
	s->rolled_back = true;
	boot = sim_power_on(&s->sim, "boot", &later);
	if (!boot)
		return st;
	*err = later;
	return boot;
}

/* A hanging system reports nothing: the watchdog boots again until the tries run out. */
static ota_status hang(struct session *s, ota_err *err)
{
	const ota_boot *boot = &s->sim.boot;
	const unsigned slot = boot->slot;
	ota_status st = OTA_OK;

	for (int i = 0; !st && boot->trial && i < BOOTS_MAX; i++) {
		sim_step(&s->sim, "health check", slot, "no answer: the watchdog resets");
		st = sim_power_on(&s->sim, "boot", err);
	}
	if (st)
		return st;
	s->rolled_back = true;
	return ota_fail(err, OTA_E_ROLLED_BACK,
		"version %s never answered its health check; slot %c runs again", s->p.version,
		'a' + (int)boot->slot);
}

/* The trial of what was booted, if it is one. */
static ota_status settle(struct session *s, ota_err *err)
{
	if (!s->sim.boot.trial)
		return OTA_OK;
	if (s->a->health == OTA_HEALTH_BAD)
		return give_up(s, err);
	if (s->a->health == OTA_HEALTH_HANG)
		return hang(s, err);
	return sim_commit(&s->sim, err);
}

/* Whatever the steps said: this package runs, committed, or it does not. */
static ota_status check_end(struct session *s, ota_err *err)
{
	const ota_boot *boot = &s->sim.boot;
	ota_slot_state state = {.size = sizeof(state)};
	size_t len;
	const uint8_t *digest = ota_pkg_digest(s->p.pkg, &len);
	ota_status st = ota_dev_slot_get(s->sim.dev, boot->slot, &state, err);

	if (st)
		return st;
	if (!boot->trial && boot->slot == s->target && !memcmp(state.digest, digest, len))
		return ota_dev_slot_verify(s->sim.dev, boot->slot, s->component, err);
	s->rolled_back = true;
	return ota_fail(err, OTA_E_ROLLED_BACK, "version %s is not what runs: slot %c starts",
		s->p.version, 'a' + (int)boot->slot);
}

/* ---- the update ---- */

static ota_status apply(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;
	ota_install_result res = {.size = sizeof(res)};
	ota_status st = device_open(&s->device, s->c, s->a->device, s->p.product, err);

	if (!st && s->a->boot_control)
		st = ota_devfile_set_boot_control(s->device, s->a->boot_control, err);
	if (!st)
		st = open_sim(s, err);
	if (st)
		return st;
	out_table(s->c->out, "steps", "What the device does");
	s->in_steps = true;
	st = sim_power_on(&s->sim, "power on", err);
	if (!st)
		st = settle(s, err);
	if (!st)
		st = sim_install(&s->sim, s->p.pkg, &s->a->install, &res, err);
	s->target = res.slot;
	if (!st && res.nothing_to_do)
		return check_end(s, err);
	s->restarts = !st;
	*waits = s->restarts;
	return st;
}

static ota_status confirm(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;
	ota_status st = sim_power_on(&s->sim, "reboot", err);

	(void)waits;
	if (!st)
		st = settle(s, err);
	if (!st)
		st = sim_power_on(&s->sim, "reboot", err);
	return st ? st : check_end(s, err);
}

static ota_status update(struct session *s, ota_err *err)
{
	ota_status st;

	if (s->a->install.at.given)
		s->agent.at = s->a->install.at.value;
	st = agent_on(&s->agent, OTA_ON_START, err);
	if (!st && s->restarts)
		st = agent_on(&s->agent, OTA_ON_RESTARTED, err);
	if (s->in_steps)
		out_end(s->c->out);
	return st;
}

/* How the device stands now, whatever happened before. */
static void show_state(struct session *s)
{
	ota_dev_state dev = {.size = sizeof(dev)};

	if (!s->sim.dev || ota_dev_state_get(s->sim.dev, &dev, NULL))
		return;
	sim_show_slots(&s->sim, s->a->slot);
	out_line(s->c->out, "");
	sim_show_floor(s->c->out, &dev);
	out_str(s->c->out, "state", "State folder", ota_sim_state_dir(s->sim.sim));
}

static void close_session(struct session *s)
{
	sim_close(&s->sim);
	ota_devfile_free(s->device);
	free(s->component);
	sim_package_close(&s->p);
}

/* NULL: neither, the device stopped in the middle and goes on the next time. */
static const char *outcome(const struct session *s, ota_status st)
{
	if (!st)
		return "success";
	if (s->rolled_back)
		return "rolled back";
	return st == OTA_REFUSED || st == OTA_UNTRUSTED || st == OTA_DEFERRED ? "unchanged" : NULL;
}

static ota_status run(struct cli *c, ota_err *err)
{
	static const struct agent_ops ops = {check, verify, apply, confirm};
	struct session s = {.c = c, .a = c->opts};
	ota_status st;

	if (!trust_given(&s.a->trust))
		return ota_fail(err, OTA_E_NO_TRUST, "nobody's signature is trusted");
	if (!s.a->slot[0] || !s.a->slot[1])
		return ota_fail(err, OTA_E_ARGUMENT, "name both slots with --slot-a and --slot-b");
	st = io_claim(c, s.a->slot[0], err);
	if (!st)
		st = io_claim(c, s.a->slot[1], err);
	if (st)
		return st;
	st = agent_open(&s.agent, c, &s.a->agent, &ops, &s, err);
	if (!st && s.a->device)
		st = io_spare(c, s.a->device, err);
	if (!st)
		st = update(&s, err);
	show_state(&s);
	out_str(c->out, "outcome", "Outcome", outcome(&s, st));
	st = agent_close(&s.agent, st, err);
	close_session(&s);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool apply-sim release.otap --key rel.pub --slot-a a.img --slot-b b.img",
	NULL,
};

const struct verb verb_apply_sim = {
	.name = "apply-sim",
	.group = "Device",
	.summary = "install a package on an emulated A/B device made of image files",
	.synopsis = "PKG.otap --key PUB --slot-a A.img --slot-b B.img [--health good|bad|hang]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct apply_opts),
	.run = run,
	.examples = examples,
};
