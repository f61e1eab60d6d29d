/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_agent.h"
#include "with_sim.h"

struct install_opts {
	struct trust_opts trust;
	struct sim_install_opts install;
	struct agent_opts agent;
};

static const struct opt_use options[] = {
	{&trust_group, offsetof(struct install_opts, trust)},
	{&sim_install_group, offsetof(struct install_opts, install)},
	{&agent_group, offsetof(struct install_opts, agent)},
	{NULL, 0},
};

struct session {
	struct cli *c;
	const struct install_opts *o;
	struct sim_package p;
	struct sim sim;
	struct agent agent;
	ota_install_result res;
};

static ota_status check(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;

	(void)waits;
	return sim_package_find(&s->p, s->c, &s->o->trust, s->c->args.v[1], err);
}

static ota_status verify(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;
	ota_status st = sim_package_open(&s->p, s->c, err);

	(void)waits;
	s->agent.product = s->p.product;
	s->agent.version = s->p.version;
	return st ? st : sim_package_show(&s->p, s->c, err);
}

/* A device without power starts first; what then runs may be on trial. */
static ota_status install(struct session *s, ota_err *err)
{
	ota_status st = sim_begin(&s->sim, err);

	out_table(s->c->out, "steps", "What the device does");
	if (!st && !s->sim.was_on)
		st = sim_start(&s->sim, err);
	if (!st)
		st = sim_install(&s->sim, s->p.pkg, &s->o->install, &s->res, err);
	out_end(s->c->out);
	return st;
}

static ota_status note(const struct session *s, ota_status st, const ota_err *why, ota_err *err)
{
	if (st)
		return sim_note(&s->sim, OTA_SIM_INSTALL, -1, why, err);
	if (s->res.nothing_to_do)
		return OTA_OK;
	return sim_note(&s->sim, OTA_SIM_INSTALL, (int)s->res.slot, NULL, err);
}

/* What refuses an update goes on running; what was stopped by a signal, or cannot start, does not. */
static ota_status finish(struct session *s, ota_status st, ota_err *err)
{
	ota_err later = OTA_ERR_INIT;
	ota_status then;

	if (!s->sim.dev || st == OTA_CANCELLED)
		return st;
	then = note(s, st, err, &later);
	if (!then)
		then = ota_sim_set_on(s->sim.sim, true, &later);
	if (st || !then)
		return st;
	*err = later;
	return then;
}

static ota_status apply(void *arg, bool *waits, ota_err *err)
{
	struct session *s = arg;
	ota_status st = sim_open(&s->sim, s->c, false, sim_package_room(&s->p), err);

	if (st)
		return st;
	st = install(s, err);
	st = finish(s, st, err);
	*waits = !st && !s->res.nothing_to_do;
	return st;
}

static const char *outcome(const struct session *s, ota_status st)
{
	if (!st)
		return s->res.nothing_to_do ? "nothing to do" : "on trial at the next boot";
	return st == OTA_REFUSED || st == OTA_UNTRUSTED || st == OTA_DEFERRED ? "unchanged" : NULL;
}

static ota_status run(struct cli *c, ota_err *err)
{
	static const struct agent_ops ops = {check, verify, apply, NULL};
	struct session s = {.c = c, .o = c->opts, .res = {.size = sizeof(s.res)}};
	ota_status st = agent_open(&s.agent, c, &s.o->agent, &ops, &s, err);

	if (s.o->install.at.given)
		s.agent.at = s.o->install.at.value;
	if (!st)
		st = agent_on(&s.agent, OTA_ON_START, err);
	if (s.sim.dev) {
		sim_show_slots(&s.sim, NULL);
		out_line(c->out, "");
	}
	out_str(c->out, "outcome", "Outcome", outcome(&s, st));
	st = agent_close(&s.agent, st, err);
	sim_close(&s.sim);
	sim_package_close(&s.p);
	return st;
}

static const char *const operands[] = {"DEV", "PKG.otap", NULL};
static const char *const examples[] = {
	"otatool apply-sim install board release.otap --key rel.pub --events events.log",
	NULL,
};

const struct verb verb_apply_sim_install = {
	.name = "apply-sim install",
	.group = "Device",
	.summary = "write a package into the slot that does not run, and switch to it",
	.synopsis = "DEV PKG.otap --key PUB [--events FILE]",
	.operands = operands,
	.operands_min = 2,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct install_opts),
	.run = run,
	.examples = examples,
};
