/* SPDX-License-Identifier: MIT */
#include <device/bootctl.h>

#include <base/num.h>
#include <model/devfile.h>

static const struct bootctl_kind *const kinds[] = {
	[DEVFILE_BOOT_OTAP] = &bootctl_otap,
	[DEVFILE_BOOT_UBOOT_ENV] = &bootctl_uboot_env,
};

ota_status bootctl_load(struct bootctl_store *b, const ota_ctx *ctx, const ota_devfile *d,
	ota_port *port, ota_err *err)
{
	ota_status st;

	*b = (struct bootctl_store){.kind = kinds[d->boot_control], .ctx = ctx};
	b->now.nslots = port->nslots;
	b->env.len = size_of_u64(d->boot_env_size);
	st = port->ops->flash(port, OTA_REGION_BOOTCTL, 0, NULL, &b->f, err);
	if (st)
		return st;
	st = b->kind->load(b, err);
	if (st)
		return ota_err_in(err, st, "boot control");
	if (!b->valid) {
		b->now = (struct bootctl){.nslots = port->nslots};
	} else if (b->now.nslots != port->nslots) {
		st = ota_fail(err, OTA_E_STATE,
			"boot control was made for %u slots, the device has %u", b->now.nslots,
			port->nslots);
	}
	return st;
}

ota_status bootctl_lost(const struct bootctl_store *b, ota_err *err)
{
	return ota_fail(err, OTA_E_BOOTCTL, "both boot control copies are bad%s%s; boot first",
		b->why[0] != '\0' ? ": " : "", b->why);
}

ota_status bootctl_repair(struct bootctl_store *b, ota_err *err)
{
	if (!b->valid)
		return bootctl_lost(b, err);
	return ota_err_in(err, b->kind->repair(b, err), "boot control");
}

/* All that such a state holds is counted tries: a recovery finds the rest again. */
static bool nothing_committed(const struct bootctl *b)
{
	bool none = b->recovery;

	for (unsigned i = 0; i < b->nslots; i++)
		none = none && !b->slot[i].successful;
	return none;
}

ota_status bootctl_save(struct bootctl_store *b, const struct bootctl *want, ota_err *err)
{
	bool expendable = !b->valid || nothing_committed(&b->now);
	ota_status st = b->kind->save(b, want, expendable, err);

	if (st)
		return ota_err_in(err, st, "boot control");
	b->valid = true;
	return OTA_OK;
}

ota_status bootctl_save_both(struct bootctl_store *b, const struct bootctl *want, ota_err *err)
{
	ota_status st = bootctl_save(b, want, err);

	/* The state is in force already; a half that cannot be written is repaired later. */
	if (!st)
		(void)bootctl_save(b, want, NULL);
	return st;
}

bool bootctl_bootable(const struct bootctl_slot *s)
{
	return s->priority > 0 && (s->successful || s->tries > 0);
}

bool bootctl_recovering(const struct bootctl *b)
{
	bool open = false;

	for (unsigned i = 0; i < b->nslots; i++)
		open = open || (bootctl_bootable(&b->slot[i]) && !b->slot[i].successful);
	return b->recovery && open;
}
