/* SPDX-License-Identifier: MIT */
#include "with_sim.h"

#include "show_package.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ota/text.h>

static const struct opt install_rows[] = {
	{0, OPT_TIME, "at", "TIME", "the device's clock (default: it has none)",
		offsetof(struct sim_install_opts, at), NULL},
	{0, OPT_FLAG, "reinstall", NULL, "install the version that runs once more",
		offsetof(struct sim_install_opts, reinstall), NULL},
	{0, OPT_FLAG, "retry-failed", NULL, "install what fell back before",
		offsetof(struct sim_install_opts, retry_failed), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group sim_install_group = {"Device", install_rows};

const char *const sim_healths[] = {
	[OTA_HEALTH_GOOD] = "good",
	[OTA_HEALTH_BAD] = "bad",
	[OTA_HEALTH_HANG] = "hang",
	NULL,
};

ota_status sim_open(
	struct sim *out, struct cli *c, bool read_only, uint64_t slot_size, ota_err *err)
{
	const ota_sim_options opt = {.size = sizeof(opt),
		.folder = c->args.v[0],
		.read_only = read_only,
		.slot_size = slot_size};
	ota_status st;

	*out = (struct sim){.c = c};
	st = ota_sim_open(&out->sim, c->ctx, NULL, &opt, err);
	if (st)
		return st;
	out->device = ota_sim_devfile(out->sim);
	return ota_dev_open(&out->dev, c->ctx, out->device, ota_sim_port(out->sim), err);
}

void sim_close(struct sim *s)
{
	ota_dev_close(s->dev);
	ota_sim_close(s->sim);
}

/* ---- what is installed ---- */

ota_status sim_package_find(struct sim_package *out, struct cli *c, const struct trust_opts *o,
	const char *name, ota_err *err)
{
	ota_status st = trust_open(&out->trust, c, o, err);

	return st ? st : io_open_file(&out->in, c, name, err);
}

ota_status sim_package_open(struct sim_package *p, struct cli *c, ota_err *err)
{
	const ota_manifest *m;
	const uint8_t *digest;
	size_t len;
	ota_status st = ota_pkg_open(&p->pkg, c->ctx, p->in.src, p->trust.trust, c->rep, err);

	if (st)
		return st;
	digest = ota_pkg_digest(p->pkg, &len);
	show_keep_digest(c, digest, len);
	m = ota_pkg_manifest(p->pkg);
	p->product = show_get(m, "product");
	p->version = show_get(m, "version");
	return p->product && p->version ? OTA_OK : ota_fail_nomem(err);
}

void sim_package_close(struct sim_package *p)
{
	free(p->version);
	free(p->product);
	ota_pkg_free(p->pkg);
	io_close_file(&p->in);
	trust_close(&p->trust);
}

ota_status sim_package_show(const struct sim_package *p, struct cli *c, ota_err *err)
{
	size_t len;
	const uint8_t *digest = ota_pkg_digest(p->pkg, &len);
	ota_status st =
		show_identity(c->out, "Package", ota_pkg_manifest(p->pkg), digest, len, err);

	if (!st)
		trust_show(c->out, &p->trust, p->pkg);
	return st;
}

static void room_for(uint64_t *most, char *size)
{
	uint64_t n;

	if (size && opt_u64(&n, size) && n > *most)
		*most = n;
	free(size);
}

uint64_t sim_package_room(const struct sim_package *p)
{
	const ota_manifest *m = ota_pkg_manifest(p->pkg);
	uint64_t most = 0;

	for (size_t i = 0; i < ota_manifest_count(m, "components"); i++) {
		char variants[64];

		room_for(&most, show_get(m, "components.%zu.target.size", i));
		snprintf(variants, sizeof(variants), "components.%zu.variants", i);
		for (size_t k = 0; k < ota_manifest_count(m, variants); k++)
			room_for(&most, show_get(m, "%s.%zu.target.size", variants, k));
	}
	return most;
}

/* ---- what the device does ---- */

void sim_step(const struct sim *s, const char *what, unsigned slot, const char *outcome)
{
	const char name[2] = {(char)('a' + slot), '\0'};

	out_row(s->c->out);
	out_str(s->c->out, "step", "Step", what);
	out_str(s->c->out, "slot", "Slot", name);
	out_str(s->c->out, "outcome", "Outcome", outcome);
	out_end(s->c->out);
}

ota_status sim_power_on(struct sim *s, const char *what, ota_err *err)
{
	ota_status st;

	s->boot = (ota_boot){.size = sizeof(s->boot)};
	st = ota_dev_boot(s->dev, &s->boot, s->c->rep, err);
	if (st)
		return st;
	sim_step(s, what, s->boot.slot,
		s->boot.fell_back ? "the update fell back"
		: s->boot.trial   ? "on trial"
				  : "committed system");
	ota_dev_close(s->dev);
	s->dev = NULL;
	st = ota_sim_set_booted(s->sim, s->boot.slot, err);
	if (!st)
		st = ota_dev_open(&s->dev, s->c->ctx, s->device, ota_sim_port(s->sim), err);
	return st;
}

ota_status sim_install(struct sim *s, ota_pkg *pkg, const struct sim_install_opts *o,
	ota_install_result *res, ota_err *err)
{
	const ota_install_options opt = {
		.size = sizeof(opt),
		.at = o->at.given ? o->at.value : OTA_TIME_NONE,
		.reinstall = o->reinstall,
		.retry_failed = o->retry_failed,
	};
	ota_status st = ota_dev_install(s->dev, pkg, &opt, res, s->c->rep, err);
	char text[96];

	if (st)
		return st;
	if (res->nothing_to_do) {
		sim_step(s, "install", res->slot, "nothing to do: it is committed already");
		return OTA_OK;
	}
	snprintf(text, sizeof(text), "%s%" PRIu64 " bytes written, read back, switched",
		res->resumed ? "resumed: " : "", res->written);
	sim_step(s, "install", res->slot, text);
	return OTA_OK;
}

ota_status sim_commit(struct sim *s, ota_err *err)
{
	ota_dev_state state = {.size = sizeof(state)};
	char text[32];
	ota_status st;

	sim_step(s, "health check", s->boot.slot, "good");
	st = ota_dev_finish(s->dev, OTA_HEALTH_GOOD, s->c->rep, err);
	if (!st)
		st = ota_dev_state_get(s->dev, &state, err);
	if (st)
		return st;
	s->boot.trial = false;
	snprintf(text, sizeof(text), "counter floor %" PRIu32, state.floor);
	sim_step(s, "commit", s->boot.slot, text);
	return OTA_OK;
}

ota_status sim_give_up(struct sim *s, ota_err *err)
{
	ota_status st = ota_dev_finish(s->dev, OTA_HEALTH_BAD, s->c->rep, err);

	if (err->id == OTA_E_HEALTH)
		sim_step(s, "health check", s->boot.slot, "bad: given up");
	return st;
}

/* ---- history ---- */

/* The system that was there first has no documents, only what the device file says. */
static bool is_first(const ota_slot_state *slot)
{
	static const uint8_t none[OTA_DIGEST_MAX];

	return slot->successful && !memcmp(slot->digest, none, sizeof(none));
}

static const char *version_of(const struct sim *s, const ota_slot_state *slot)
{
	const char *first = ota_devfile_version(s->device);

	return is_first(slot) && first ? first : slot->version;
}

/* Lost boot control is no reason not to note. */
ota_status sim_note(
	const struct sim *s, ota_sim_what what, int slot, const ota_err *why, ota_err *err)
{
	const ota_err well = OTA_ERR_INIT;
	char record[OTA_LINE_MAX + 1];
	ota_sim_event ev = {.size = sizeof(ev), .what = what, .slot = slot, .record = record};
	ota_slot_state at = {.size = sizeof(at)};
	ota_dev_state dev = {.size = sizeof(dev)};
	const uint8_t *digest = slot < 0 && s->c->digest_len ? s->c->digest : NULL;

	if (!ota_dev_state_get(s->dev, &dev, NULL)) {
		ev.seq = dev.seq;
		ev.floor = dev.floor;
	}
	if (slot >= 0 && !ota_dev_slot_get(s->dev, (unsigned)slot, &at, NULL)) {
		ev.version = *version_of(s, &at) ? version_of(s, &at) : NULL;
		digest = is_first(&at) ? NULL : at.digest;
	}
	ota_err_line(record, why ? why : &well, digest);
	return ota_sim_note(s->sim, &ev, err);
}

static void keep_last(void *arg, const ota_sim_event *ev)
{
	*(ota_sim_what *)arg = ev->what;
}

/* What gave itself up, or hung, is off, and nothing was cut. */
static ota_status note_cut(const struct sim *s, ota_err *err)
{
	const ota_sim_event ev = {.size = sizeof(ev), .what = OTA_SIM_CUT, .slot = -1};
	ota_sim_what last = OTA_SIM_MADE;
	ota_status st = ota_sim_history(s->sim, keep_last, &last, err);

	if (st || last == OTA_SIM_ROLLBACK || last == OTA_SIM_HANG)
		return st;
	return ota_sim_note(s->sim, &ev, err);
}

ota_status sim_begin(struct sim *s, ota_err *err)
{
	s->was_on = ota_sim_is_on(s->sim);
	return s->was_on ? ota_sim_set_on(s->sim, false, err) : note_cut(s, err);
}

/* A folder's device has two slots: the trial that fell back was in the other. */
ota_status sim_start(struct sim *s, ota_err *err)
{
	ota_err why = OTA_ERR_INIT;
	ota_status st = sim_power_on(s, "power on", err);

	if (!st && s->boot.fell_back) {
		(void)ota_fail(&why, OTA_E_ROLLED_BACK, "no tries left");
		st = sim_note(s, OTA_SIM_ROLLBACK, s->boot.slot == 0, &why, err);
	}
	return st ? st : sim_note(s, OTA_SIM_BOOT, (int)s->boot.slot, NULL, err);
}

/* ---- how it stands ---- */

/* Zero padded: no algorithm gives less than 32 bytes. */
static size_t digest_len(const ota_slot_state *slot)
{
	size_t len = OTA_DIGEST_MAX;

	while (len && !slot->digest[len - 1])
		len--;
	return !len ? 0 : len > 32 ? OTA_DIGEST_MAX : 32;
}

void sim_keep_digest(const struct sim *s, const ota_slot_state *slot)
{
	show_keep_digest(s->c, slot->digest, digest_len(slot));
}

static void show_digest(struct out *o, const ota_slot_state *slot)
{
	char hex[2 * OTA_DIGEST_MAX + 1], cell[13];
	size_t len = digest_len(slot);

	if (!len)
		return;
	ota_hex(hex, slot->digest, len);
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
		show_digest(o, slot);
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
}

void sim_show_floor(struct out *o, const ota_dev_state *dev)
{
	out_u64(o, "floor", "Counter floor", dev->floor);
	if (!dev->floor_enforced)
		out_str(o, "floor_enforced", "Floor",
			"not enforced: the boot loader does not ask for it");
	out_str(o, "chain", "Boot chain", "unsigned: the stored package vouches for its slot");
}
