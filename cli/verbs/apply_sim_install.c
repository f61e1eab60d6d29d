/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_sim.h"

struct install_opts {
	struct trust_opts trust;
	struct sim_install_opts install;
};

static const struct opt_use options[] = {
	{&trust_group, offsetof(struct install_opts, trust)},
	{&sim_install_group, offsetof(struct install_opts, install)},
	{NULL, 0},
};

/* A device without power starts first; what then runs may be on trial. */
static ota_status install(struct sim *s, ota_pkg *pkg, ota_install_result *res, ota_err *err)
{
	const struct install_opts *o = s->c->opts;
	ota_status st = sim_begin(s, err);

	out_table(s->c->out, "steps", "What the device does");
	if (!st && !s->was_on)
		st = sim_start(s, err);
	if (!st)
		st = sim_install(s, pkg, &o->install, res, err);
	out_end(s->c->out);
	return st;
}

static const char *outcome(ota_status st, const ota_install_result *res)
{
	if (!st)
		return res->nothing_to_do ? "nothing to do" : "on trial at the next boot";
	return st == OTA_REFUSED || st == OTA_UNTRUSTED || st == OTA_DEFERRED ? "unchanged" : NULL;
}

static ota_status note(const struct sim *s, const ota_install_result *res, ota_status st,
	const ota_err *why, ota_err *err)
{
	if (st)
		return sim_note(s, OTA_SIM_INSTALL, -1, why, err);
	return res->nothing_to_do ? OTA_OK
				  : sim_note(s, OTA_SIM_INSTALL, (int)res->slot, NULL, err);
}

/* What refuses an update goes on running; what was stopped by a signal, or cannot start, does not. */
static ota_status finish(struct sim *s, const ota_install_result *res, ota_status st, ota_err *err)
{
	ota_err later = OTA_ERR_INIT;
	ota_status then;

	if (!s->dev || st == OTA_CANCELLED)
		return st;
	then = note(s, res, st, err, &later);
	if (!then)
		then = ota_sim_set_on(s->sim, true, &later);
	if (st || !then)
		return st;
	*err = later;
	return then;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct install_opts *o = c->opts;
	ota_install_result res = {.size = sizeof(res)};
	struct sim_package p = {.pkg = NULL};
	struct sim s = {.c = c};
	ota_status st;

	st = sim_package_open(&p, c, &o->trust, c->args.v[1], err);
	if (!st)
		st = sim_package_show(&p, c, err);
	if (!st)
		st = sim_open(&s, c, false, sim_package_room(&p), err);
	if (!st) {
		st = install(&s, p.pkg, &res, err);
		st = finish(&s, &res, st, err);
	}
	if (s.dev) {
		sim_show_slots(&s, NULL);
		out_line(c->out, "");
	}
	out_str(c->out, "outcome", "Outcome", outcome(st, &res));
	sim_close(&s);
	sim_package_close(&p);
	return st;
}

static const char *const operands[] = {"DEV", "PKG.otap", NULL};
static const char *const examples[] = {
	"otatool apply-sim install board release.otap --key rel.pub",
	NULL,
};

const struct verb verb_apply_sim_install = {
	.name = "apply-sim install",
	.group = "Device",
	.summary = "write a package into the slot that does not run, and switch to it",
	.synopsis = "DEV PKG.otap --key PUB",
	.operands = operands,
	.operands_min = 2,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct install_opts),
	.run = run,
	.examples = examples,
};
