/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_sim.h"

struct listing {
	struct out *out;
	uint64_t n;
};

static void show(void *arg, const ota_sim_event *ev)
{
	const char name[2] = {(char)('a' + ev->slot), '\0'};
	struct listing *l = arg;
	struct out *o = l->out;

	out_row(o);
	out_u64(o, "number", "No.", ++l->n);
	out_str(o, "what", "What", ota_sim_what_name(ev->what));
	out_str(o, "slot", "Slot", ev->slot >= 0 ? name : NULL);
	out_str(o, "version", "Version", ev->version);
	out_u64(o, "seq", "Boot control", ev->seq);
	out_u64(o, "floor", "Floor", ev->floor);
	out_str(o, "record", "Record", ev->record);
	out_end(o);
}

static ota_status run(struct cli *c, ota_err *err)
{
	struct listing l = {c->out, 0};
	struct sim s;
	ota_status st = sim_open(&s, c, true, 0, err);

	if (!st) {
		out_table(c->out, "events", NULL);
		st = ota_sim_history(s.sim, show, &l, err);
		out_end(c->out);
	}
	sim_close(&s);
	return st;
}

static const char *const operands[] = {"DEV", NULL};
static const char *const examples[] = {
	"otatool apply-sim history board",
	NULL,
};

const struct verb verb_apply_sim_history = {
	.name = "apply-sim history",
	.group = "Device",
	.summary = "list what happened to a device: installs, boots, commits, fallbacks",
	.synopsis = "DEV",
	.operands = operands,
	.operands_min = 1,
	.run = run,
	.examples = examples,
};
