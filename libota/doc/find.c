/* SPDX-License-Identifier: MIT */
#include <doc/find.h>

#include <stdio.h>

static void tell_err(struct finds *f, const struct find *what)
{
	const char *name = f->name != NULL ? f->name : "document";
	const char *subject = what->subject != NULL ? what->subject : "";
	const char *colon = *subject != '\0' ? ": " : "";
	char place[32] = "";
	uint64_t off = OTA_NO_OFF;

	if (what->at != NULL && what->at->line > 0)
		snprintf(place, sizeof(place), ":%u:%u", what->at->line, what->at->col);
	else if (what->at != NULL)
		off = what->at->off;
	f->st = ota_fail_at(
		f->err, what->id, off, "%s%s: %s%s%s", name, place, subject, colon, what->text);
}

void finds_add(struct finds *f, const struct find *what)
{
	ota_finding out = {.size = sizeof(out),
		.outcome = OTA_FAIL,
		.id = what->id,
		.file = f->name,
		.off = OTA_NO_OFF,
		.subject = what->subject,
		.expected = what->expected,
		.found = what->found,
		.text = what->text};

	if (f->count == 0)
		tell_err(f, what);
	if (f->count++ > FINDINGS_MAX)
		return;
	if (what->at != NULL) {
		out.line = what->at->line;
		out.col = what->at->col;
		out.off = out.line > 0 ? OTA_NO_OFF : what->at->off;
	}
	if (f->count > FINDINGS_MAX)
		out = (ota_finding){.size = sizeof(out),
			.outcome = OTA_NOTE,
			.file = f->name,
			.off = OTA_NO_OFF,
			.text = "there are more findings: mend these first"};
	ota_report_add(f->rep, &out);
}
