/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_sim.h"

struct boot_opts {
	unsigned health; /* ota_health */
};

static const struct opt rows[] = {
	{0, OPT_CHOICE, "health", "HEALTH", "how a system on trial does: good, bad, or hang",
		offsetof(struct boot_opts, health), sim_healths},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Device", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{NULL, 0},
};

/* A commit that was cut short ends now. */
static ota_status catch_up(struct sim *s, ota_err *err)
{
	ota_dev_state dev = {.size = sizeof(dev)};
	ota_status st = ota_dev_state_get(s->dev, &dev, err);

	if (st || dev.journal != OTA_JOURNAL_TRIAL || dev.slot != s->boot.slot)
		return st;
	st = ota_dev_finish(s->dev, OTA_HEALTH_GOOD, s->c->rep, err);
	if (st)
		return st;
	sim_step(s, "commit", s->boot.slot, "ended what was cut short");
	return sim_note(s, OTA_SIM_COMMIT, (int)s->boot.slot, NULL, err);
}

static ota_status hang(struct sim *s, ota_err *err)
{
	ota_slot_state slot = {.size = sizeof(slot)};
	ota_status st = ota_dev_slot_get(s->dev, s->boot.slot, &slot, err);

	if (st)
		return st;
	sim_step(s, "health check", s->boot.slot, "no answer");
	return ota_fail(err, OTA_E_HANG,
		"version %s in slot %c does not answer its health check; tries left: %u",
		slot.version, 'a' + (int)s->boot.slot, slot.tries);
}

/* The trial is not committed for this reason; others are no end of it. */
static ota_status failed(const struct sim *s, ota_sim_what what, ota_status st, ota_err *err)
{
	ota_err later = OTA_ERR_INIT;
	ota_status then;

	if (err->id != OTA_E_HEALTH && err->id != OTA_E_HANG)
		return st;
	then = sim_note(s, what, (int)s->boot.slot, err, &later);
	if (!then)
		return st;
	*err = later;
	return then;
}

/* The record of a refusal names the package on trial. */
static void keep_digest(const struct sim *s)
{
	ota_slot_state slot = {.size = sizeof(slot)};

	if (!ota_dev_slot_get(s->dev, s->boot.slot, &slot, NULL))
		show_keep_digest(s->c, slot.digest, sizeof(slot.digest));
}

static ota_status settle(struct sim *s, ota_err *err)
{
	const struct boot_opts *o = s->c->opts;
	ota_status st;

	if (!s->boot.trial)
		return catch_up(s, err);
	keep_digest(s);
	if (o->health == OTA_HEALTH_BAD)
		return failed(s, OTA_SIM_ROLLBACK, sim_give_up(s, err), err);
	if (o->health == OTA_HEALTH_HANG)
		return failed(s, OTA_SIM_HANG, hang(s, err), err);
	st = sim_commit(s, err);
	return st ? st : sim_note(s, OTA_SIM_COMMIT, (int)s->boot.slot, NULL, err);
}

/* Off is how a system ends that hangs or gives itself up: the next command starts the device. */
static ota_status boot(struct sim *s, ota_err *err)
{
	ota_status st = sim_begin(s, err);

	out_table(s->c->out, "steps", "What the device does");
	if (!st)
		st = sim_start(s, err);
	if (!st)
		st = settle(s, err);
	out_end(s->c->out);
	if (!st)
		st = ota_sim_set_on(s->sim, true, err);
	if (!st && s->boot.fell_back)
		st = ota_fail(err, OTA_E_ROLLED_BACK,
			"the update ran out of tries; slot %c runs again", 'a' + (int)s->boot.slot);
	return st;
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
	struct sim s = {.c = c};
	ota_status st = sim_open(&s, c, false, 0, err);

	if (!st)
		st = boot(&s, err);
	if (s.dev) {
		sim_show_slots(&s, NULL);
		out_line(c->out, "");
	}
	out_str(c->out, "outcome", "Outcome", outcome(st, err));
	sim_close(&s);
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
	.synopsis = "DEV [--health good|bad|hang]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct boot_opts),
	.run = run,
	.examples = examples,
};
