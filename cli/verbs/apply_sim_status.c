/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_sim.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const journals[] = {
	[OTA_JOURNAL_IDLE] = "idle",
	[OTA_JOURNAL_WRITING] = "writing",
	[OTA_JOURNAL_TRIAL] = "trial",
};

static void show_device(const struct sim *s, const ota_dev_state *dev)
{
	const char name[2] = {(char)('a' + dev->booted), '\0'};
	bool on = ota_sim_is_on(s->sim);
	struct out *o = s->c->out;

	out_str(o, "product", "Product", ota_devfile_product(s->device));
	out_bool(o, "on", NULL, on);
	out_cell(o, "Power", on ? "on" : "off: the next command starts it");
	out_str(o, "running", on ? "Runs" : "Ran", name);
	out_bool(o, "trial", "Trial pending", dev->trial_pending);
}

/* The update under way, and how the last one ended. */
static void show_journal(struct out *o, const ota_dev_state *dev)
{
	const char name[2] = {(char)('a' + dev->slot), '\0'};
	const ota_id_info *why = ota_id_find(dev->ended);
	char text[64];

	out_object(o, "journal", "Update");
	out_str(o, "state", "State", journals[dev->journal]);
	if (dev->journal != OTA_JOURNAL_IDLE) {
		snprintf(text, sizeof(text), "components %" PRIu32 ", bytes of the next %" PRIu64,
			dev->component, dev->off);
		out_str(o, "slot", "Slot", name);
		out_u64(o, "components", NULL, dev->component);
		out_u64(o, "bytes", NULL, dev->off);
		out_cell(o, "Written", text);
	}
	out_str(o, "ended", "Last ended", why ? why->name : "ok");
	out_u64(o, "failed", "Fell back", dev->failed);
	out_end(o);
}

static ota_status run(struct cli *c, ota_err *err)
{
	ota_dev_state dev = {.size = sizeof(dev)};
	struct sim s;
	ota_status st = sim_open(&s, c, true, 0, err);

	if (!st)
		st = ota_dev_state_get(s.dev, &dev, err);
	if (!st) {
		show_device(&s, &dev);
		sim_show_slots(&s, NULL);
		show_journal(c->out, &dev);
		out_line(c->out, "");
		sim_show_floor(c->out, &dev);
	}
	sim_close(&s);
	return st;
}

static const char *const operands[] = {"DEV", NULL};
static const char *const examples[] = {
	"otatool apply-sim status board",
	NULL,
};

const struct verb verb_apply_sim_status = {
	.name = "apply-sim status",
	.group = "Device",
	.summary = "say what a device runs, holds, and is in the middle of; change nothing",
	.synopsis = "DEV",
	.operands = operands,
	.operands_min = 1,
	.run = run,
	.examples = examples,
};
