/* SPDX-License-Identifier: MIT */
#include "show_signing.h"

#include <stdio.h>
#include <string.h>

/* The first role that was counted: the one of `by`. */
static const ota_finding *role_of(const ota_report *rep)
{
	for (size_t i = 0; i < ota_report_count(rep); i++)
		if (ota_report_at(rep, i)->about == OTA_ABOUT_ROLE)
			return ota_report_at(rep, i);
	return NULL;
}

static void show_missing(struct out *o, const ota_root *by, const ota_report *rep)
{
	ota_root_key key = {.size = sizeof(key)};
	char names[400] = "";
	size_t len = 0;

	for (size_t i = 0; ota_root_key_of(&key, by, 0, i); i++) {
		bool good = false;
		int n;

		for (size_t k = 0; k < ota_report_count(rep); k++) {
			const ota_finding *f = ota_report_at(rep, k);

			good = good || (f->about == OTA_ABOUT_LINE && f->outcome == OTA_PASS &&
					       !strcmp(f->subject, key.keyid));
		}
		if (good)
			continue;
		n = snprintf(names + len, sizeof(names) - len, "%s%.16s%s%s%s", len ? ", " : "",
			key.keyid, key.name ? " (" : "", key.name ? key.name : "",
			key.name ? ")" : "");
		len += (size_t)n < sizeof(names) - len ? (size_t)n : sizeof(names) - len - 1;
	}
	out_str(o, "unsigned", NULL, names);
	out_cell(o, "Not signed by", len ? names : "-");
}

static ota_status show_by(struct cli *c, const ota_root *by, const ota_root *previous,
	const ota_root *root, ota_err *err)
{
	ota_report *rep = NULL;
	const ota_finding *role;
	uint64_t needed = 0, found = 0;
	ota_status st = ota_report_new(&rep, c->ctx, err);

	if (st)
		return st;
	/* Whether it may be followed is shown, not judged. */
	(void)!ota_root_follow(previous, root, rep, NULL);
	role = role_of(rep);
	st = ota_report_status(rep, err);
	if (!st && role) {
		opt_u64(&needed, role->expected);
		opt_u64(&found, role->found);
		out_row(c->out);
		out_u64(c->out, "root", "Keys of root", ota_root_version(by));
		out_u64(c->out, "needed", "Needed", needed);
		out_u64(c->out, "signed", "Signed", found);
		out_bool(c->out, "met", "Met", found >= needed);
		show_missing(c->out, by, rep);
		out_end(c->out);
	}
	ota_report_free(rep);
	return st;
}

ota_status show_signing(struct cli *c, const ota_root *previous, const ota_root *root, ota_err *err)
{
	ota_status st = OTA_OK;

	out_table(c->out, "must_sign", "Must sign");
	if (previous)
		st = show_by(c, previous, previous, root, err);
	if (!st)
		st = show_by(c, root, NULL, root, err);
	out_end(c->out);
	return st;
}
