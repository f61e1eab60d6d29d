/* SPDX-License-Identifier: MIT */
#include "with_sim.h"

#include <stdio.h>
#include <string.h>

#include <ota/text.h>

ota_status sim_open(struct sim *out, struct cli *c, bool read_only, ota_err *err)
{
	const ota_sim_options opt = {
		.size = sizeof(opt), .folder = c->args.v[0], .read_only = read_only};
	ota_status st;

	*out = (struct sim){.c = c};
	st = ota_sim_open(&out->sim, c->ctx, NULL, &opt, err);
	if (!st)
		st = ota_dev_open(
			&out->dev, c->ctx, ota_sim_devfile(out->sim), ota_sim_port(out->sim), err);
	return st;
}

void sim_close(struct sim *s)
{
	ota_dev_close(s->dev);
	ota_sim_close(s->sim);
}

/* The system that was there first has no documents, only what the device file says. */
static const char *version_of(const struct sim *s, const ota_slot_state *slot)
{
	static const uint8_t none[OTA_DIGEST_MAX];
	const char *first = ota_devfile_version(ota_sim_devfile(s->sim));

	if (slot->successful && !memcmp(slot->digest, none, sizeof(none)) && first)
		return first;
	return slot->version;
}

/* Zero padded: no algorithm gives less than 32 bytes. */
static void show_digest(struct out *o, const uint8_t digest[OTA_DIGEST_MAX])
{
	char hex[2 * OTA_DIGEST_MAX + 1], cell[13];
	size_t len = OTA_DIGEST_MAX;

	while (len && !digest[len - 1])
		len--;
	if (!len)
		return;
	ota_hex(hex, digest, len > 32 ? OTA_DIGEST_MAX : 32);
	snprintf(cell, sizeof(cell), "%.12s", hex);
	out_str(o, "digest", NULL, hex);
	out_cell(o, "Package", cell);
}

static void show_slot(const struct sim *s, unsigned i, const ota_slot_state *slot, const char *file)
{
	const char name[2] = {(char)('a' + i), '\0'};
	struct out *o = s->c->out;

	out_row(o);
	out_str(o, "slot", "Slot", name);
	out_str(o, "file", "File", file);
	out_str(o, "version", "Version", file ? slot->version : version_of(s, slot));
	out_u64(o, "priority", "Priority", slot->priority);
	out_u64(o, "tries", "Tries", slot->tries);
	out_bool(o, "successful", "Committed", slot->successful);
	if (!file)
		show_digest(o, slot->digest);
	out_end(o);
}

void sim_show_slots(const struct sim *s, const char *const *file)
{
	ota_dev_state dev = {.size = sizeof(dev)};

	if (ota_dev_state_get(s->dev, &dev, NULL))
		return;
	out_table(s->c->out, "slots", "Slots");
	for (unsigned i = 0; i < dev.nslots && i < 2; i++) {
		ota_slot_state slot = {.size = sizeof(slot)};

		if (!ota_dev_slot_get(s->dev, i, &slot, NULL))
			show_slot(s, i, &slot, file ? file[i] : NULL);
	}
	out_end(s->c->out);
	out_line(s->c->out, "");
}

void sim_show_floor(struct out *o, const ota_dev_state *dev)
{
	out_u64(o, "floor", "Counter floor", dev->floor);
	out_str(o, "chain", "Boot chain", "unsigned: the stored package vouches for its slot");
}
