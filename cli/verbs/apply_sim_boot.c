/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_agent.h"
#include "with_sim.h"

struct boot_opts {
	unsigned health; /* ota_health */
	struct agent_opts agent;
};

static const struct opt rows[] = {
	{0, OPT_CHOICE, "health", "HEALTH", "how a system on trial does: good, bad, or hang",
		offsetof(struct boot_opts, health), sim_healths},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Device", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&agent_group, offsetof(struct boot_opts, agent)},
	{NULL, 0},
};

struct session {
	struct cli *c;
	const struct boot_opts *o;
	struct sim sim;
	struct agent agent;
	ota_slot_state slot; /* of the update that is confirmed */
};

/* ---- the trial of what runs ---- */

static ota_status hang(struct session *s, ota_err *err)
{
	const unsigned slot = s->sim.boot.slot;

	sim_step(&s->sim, "health check", slot, "no answer");
	return ota_fail(err, OTA_E_HANG,
		"version %s in slot %c does not answer its health check; tries left: %u",
		s->slot.version, 'a' + (int)slot, s->slot.tries);
}

/* The trial is not committed for this reason; others are no end of it. */
static ota_status failed(struct session *s, ota_sim_what what, ota_status st, ota_err *err)
{
	ota_err later = OTA_ERR_INIT;
	ota_status then;

	if (err->id != OTA_E_HEALTH && err->id != OTA_E_HANG)
		return st;
	then = sim_note(&s->sim, what, (int)s->sim.boot.slot, err, &later);
	if (!then)
		return st;
	*err = later;
	return then;
}

static ota_status trial(struct session *s, bool *waits, ota_err *err)
{
	ota_status st;

	if (s->o->health == OTA_HEALTH_BAD)
		return failed(s, OTA_SIM_ROLLBACK, sim_give_up(&s->sim, err), err);
	if (s->o->health == OTA_HEALTH_HANG) {
		*waits = true;
		return failed(s, OTA_SIM_HANG, hang(s, err), err);
	}
	st = sim_commit(&s->sim, err);
	return st ? st : sim_note(&s->sim, OTA_SIM_COMMIT, (int)s->sim.boot.slot, NULL, err);
}

/* A commit that was cut short ends now. */
static ota_status catch_up(struct session *s, ota_err *err)
{
	const unsigned slot = s->sim.boot.slot;
	ota_status st = ota_dev_finish(s->sim.dev, OTA_HEALTH_GOOD, s->c->rep, err);

	if (st)
		return st;
	sim_step(&s->sim, "commit", slot, "ended what was cut short");
	return sim_note(&s->sim, OTA_SIM_COMMIT, (int)slot, NULL, err);
}

static ota_status confirm(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;
	const ota_boot *boot = &s->sim.boot;

	if (boot->trial)
		return trial(s, waits, err);
	if (!boot->fell_back)
		return catch_up(s, err);
	return ota_fail(err, OTA_E_ROLLED_BACK, "the update ran out of tries; slot %c runs again",
		'a' + (int)boot->slot);
}

/* ---- one power-on ---- */

/* What starts comes from an update that has not come to its end. */
static ota_status after_update(bool *out, const struct session *s, ota_err *err)
{
	const ota_boot *boot = &s->sim.boot;
	ota_dev_state dev = {.size = sizeof(dev)};
	ota_status st = ota_dev_state_get(s->sim.dev, &dev, err);

	*out = boot->trial || boot->fell_back ||
	       (dev.journal == OTA_JOURNAL_TRIAL && dev.slot == boot->slot);
	return st;
}

/* Its package, for records and events: in what runs, or in the slot that is left. */
static ota_status look(struct session *s, ota_err *err)
{
	const ota_boot *boot = &s->sim.boot;
	unsigned slot = boot->trial || !boot->fell_back ? boot->slot : boot->slot == 0;
	ota_status st = ota_dev_slot_get(s->sim.dev, slot, &s->slot, err);

	if (st)
		return st;
	sim_keep_digest(&s->sim, &s->slot);
	s->agent.product = ota_devfile_product(s->sim.device);
	s->agent.version = s->slot.version;
	return OTA_OK;
}

static ota_status start(struct session *s, ota_err *err)
{
	bool confirms = false;
	ota_status st = sim_begin(&s->sim, err);

	if (!st)
		st = sim_start(&s->sim, err);
	if (!st)
		st = after_update(&confirms, s, err);
	if (st)
		return st;
	/* An agent says at each start that all is well: a loader may count them. */
	if (!confirms)
		return ota_dev_finish(s->sim.dev, OTA_HEALTH_GOOD, s->c->rep, err);
	st = look(s, err);
	return st ? st : agent_on(&s->agent, OTA_ON_RESTARTED, err);
}

/* Off is how a system ends that hangs or gives itself up: the next command starts the device. */
static ota_status boot(struct session *s, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st, on = OTA_OK;

	out_table(s->c->out, "steps", "What the device does");
	st = start(s, err);
	out_end(s->c->out);
	if (!st || err->id == OTA_E_ROLLED_BACK)
		on = ota_sim_set_on(s->sim.sim, true, &why);
	if (!on)
		return st;
	*err = why;
	return on;
}

/* NULL: the device stopped in the middle. */
static const char *outcome(ota_status st, const ota_err *err)
{
	if (!st)
		return "running";
	if (err->id == OTA_E_HANG)
		return "on trial";
	return err->id == OTA_E_HEALTH || err->id == OTA_E_ROLLED_BACK ? "rolled back" : NULL;
}

static ota_status run(struct cli *c, ota_err *err)
{
	static const struct agent_ops ops = {NULL, NULL, NULL, confirm};
	struct session s = {.c = c, .o = c->opts, .slot = {.size = sizeof(s.slot)}};
	ota_status st = agent_open(&s.agent, c, &s.o->agent, &ops, &s, err);

	if (!st)
		st = sim_open(&s.sim, c, false, 0, err);
	if (!st)
		st = boot(&s, err);
	if (s.sim.dev) {
		sim_show_slots(&s.sim, NULL);
		out_line(c->out, "");
	}
	out_str(c->out, "outcome", "Outcome", outcome(st, err));
	st = agent_close(&s.agent, st, err);
	sim_close(&s.sim);
	return st;
}

static const char *const operands[] = {"DEV", NULL};
static const char *const examples[] = {
	"otatool apply-sim boot board",
	NULL,
};

const struct verb verb_apply_sim_boot = {
	.name = "apply-sim boot",
	.group = "Device",
	.summary = "start a device once: loader, health check of a trial, commit or not",
	.synopsis = "DEV [--health good|bad|hang] [--events FILE]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct boot_opts),
	.run = run,
	.examples = examples,
};
