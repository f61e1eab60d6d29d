/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include "interrupt.h"
#include "term.h"

#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024

static const char *const outcomes[] = {"pass", "error", "warning", "skipped", "note"};

int exit_code(ota_status st)
{
	switch (st) {
	case OTA_OK:
		return 0;
	case OTA_UNTRUSTED:
	case OTA_REFUSED:
		return 1;
	case OTA_USAGE:
		return 2;
	case OTA_FORMAT:
	case OTA_UNSUPPORTED:
	case OTA_LIMIT:
		return 3;
	case OTA_DEFERRED:
		return 5;
	case OTA_NOMEM:
	case OTA_IO:
		break;
	case OTA_CANCELLED:
		return interrupt_seen() ? 128 + interrupt_seen() : 4;
	}
	return 4;
}

void explain_exit(struct out *o, const char *label, ota_status st)
{
	if (st == OTA_CANCELLED)
		out_str(o, "exit_code", label, "128+n");
	else
		out_u64(o, "exit_code", label, (uint64_t)exit_code(st));
}

static bool is_refusal(ota_status st)
{
	return st == OTA_UNTRUSTED || st == OTA_REFUSED || st == OTA_DEFERRED;
}

static bool takes(const struct verb *v, const char *option)
{
	for (const struct opt_use *u = v->options; u && u->group; u++)
		for (const struct opt *o = u->group->opts; o->name; o++)
			if (!strcmp(o->name, option))
				return true;
	return false;
}

/* "see --help of the verb" is good in a table of ids; here the verb is known. */
static const char *hint(const struct cli *c, const ota_id_info *info, char text[64])
{
	if (!c->verb)
		return info->hint;
	if (info->id == OTA_E_EXISTS && !takes(c->verb, "force"))
		return "name another: it is never replaced";
	if (info->id != OTA_E_OPTION && info->id != OTA_E_ARGUMENT)
		return info->hint;
	snprintf(text, 64, "`otatool help %s` shows what it takes", c->verb->name);
	return text;
}

void explain_err(const struct cli *c, ota_status st, const ota_err *err)
{
	const ota_id_info *info = ota_id_find(err->id);
	bool colour = term_colour(STDERR_FILENO);
	char line[OTA_LINE_MAX + 1], text[64];

	fprintf(stderr, "otatool: %serror[%s]%s: %s", colour ? "\033[1;31m" : "",
		info ? info->name : ota_status_name(st), colour ? "\033[m" : "", err->msg);
	if (err->off != OTA_NO_OFF)
		fprintf(stderr, " (at byte %llu)", (unsigned long long)err->off);
	fputc('\n', stderr);
	if (!info)
		return;
	fprintf(stderr, "  %s\n", hint(c, info, text));
	if (!is_refusal(st))
		return;
	ota_err_line(line, err, c->digest_len ? c->digest : NULL);
	fprintf(stderr, "  %s\n", line);
}

void explain_json(const struct cli *c, ota_status st, const ota_err *err)
{
	struct out *o = c->out;
	char text[64];
	const ota_id_info *info = ota_id_find(err->id);

	out_bool(o, "ok", NULL, st == OTA_OK);
	out_u64(o, "exit", NULL, (uint64_t)exit_code(st));
	if (!st)
		return;
	out_object(o, "error", NULL);
	out_str(o, "id", NULL, info ? info->name : ota_status_name(st));
	out_u64(o, "number", NULL, (uint64_t)err->id);
	out_str(o, "status", NULL, ota_status_name(st));
	out_str(o, "message", NULL, err->msg);
	if (err->off != OTA_NO_OFF)
		out_u64(o, "offset", NULL, err->off);
	if (err->sys_errno)
		out_u64(o, "errno", NULL, (uint64_t)err->sys_errno);
	if (info) {
		out_str(o, "threat", NULL, strcmp(info->threat, "-") ? info->threat : NULL);
		out_str(o, "hint", NULL, hint(c, info, text));
	}
	out_end(o);
}

static const char *id_name(ota_id id)
{
	const ota_id_info *info = ota_id_find(id);

	return info ? info->name : "-";
}

static bool says(const char *text, const char *part)
{
	return text && strstr(text, part) != NULL;
}

/* What the finding says, in one masked line. */
static void sentence(char out[TEXT_MAX], const ota_finding *f)
{
	char raw[TEXT_MAX / 4];
	int n = snprintf(raw, sizeof(raw), "%s%s%s", f->subject ? f->subject : "",
		f->subject && f->text ? ": " : "", f->text ? f->text : "");

	/* A sentence often says them already. */
	if (f->expected && !says(f->text, f->expected) && n >= 0 && n < (int)sizeof(raw))
		n += snprintf(raw + n, sizeof(raw) - (size_t)n, "%sexpected %s", n ? "; " : "",
			f->expected);
	if (f->found && !says(f->text, f->found) && n >= 0 && n < (int)sizeof(raw))
		snprintf(raw + n, sizeof(raw) - (size_t)n, ", found %s", f->found);
	ota_mask(out, TEXT_MAX, raw, strlen(raw));
}

static void finding(const ota_finding *f, FILE *out)
{
	char text[TEXT_MAX], place[TEXT_MAX];

	if (f->file) {
		ota_mask(place, sizeof(place), f->file, strlen(f->file));
		fprintf(out, "%s:", place);
		if (f->line)
			fprintf(out, "%u:%u:", f->line, f->col);
		fputc(' ', out);
	}
	sentence(text, f);
	fputs(outcomes[f->outcome], out);
	if (f->id)
		fprintf(out, "[%s]", id_name(f->id));
	fprintf(out, ": %s\n", text);
}

void explain_report(const ota_report *rep, FILE *f, bool all)
{
	for (size_t i = 0; i < ota_report_count(rep); i++) {
		const ota_finding *found = ota_report_at(rep, i);

		if (all || found->outcome == OTA_FAIL || found->outcome == OTA_WARN)
			finding(found, f);
	}
}

/* GitHub reads a percent sign as the begin of an escape, in values also : and , */
static void github_text(const char *text, bool value, FILE *f)
{
	for (; *text; text++) {
		if (*text == '%' || (value && (*text == ':' || *text == ',')))
			fprintf(f, "%%%02X", (unsigned)*text);
		else
			fputc(*text, f);
	}
}

void explain_github(const ota_report *rep, FILE *f)
{
	for (size_t i = 0; i < ota_report_count(rep); i++) {
		const ota_finding *found = ota_report_at(rep, i);
		char text[TEXT_MAX], place[TEXT_MAX];

		if (found->outcome != OTA_FAIL && found->outcome != OTA_WARN)
			continue;
		ota_mask(place, sizeof(place), found->file ? found->file : "",
			found->file ? strlen(found->file) : 0);
		sentence(text, found);
		fprintf(f, "::%s file=", outcomes[found->outcome]);
		github_text(place, true, f);
		if (found->line)
			fprintf(f, ",line=%u,col=%u", found->line, found->col);
		fprintf(f, ",title=%s::", id_name(found->id));
		github_text(text, false, f);
		fputc('\n', f);
	}
}

void explain_report_json(struct out *o, const ota_report *rep)
{
	out_table(o, "findings", NULL);
	for (size_t i = 0; i < ota_report_count(rep); i++) {
		const ota_finding *f = ota_report_at(rep, i);

		if (f->about == OTA_ABOUT_STEP)
			continue;
		out_row(o);
		out_str(o, "outcome", NULL, outcomes[f->outcome]);
		out_str(o, "id", NULL, f->id ? id_name(f->id) : NULL);
		out_str(o, "file", NULL, f->file);
		if (f->line)
			out_u64(o, "line", NULL, f->line);
		if (f->col)
			out_u64(o, "column", NULL, f->col);
		if (f->off != OTA_NO_OFF)
			out_u64(o, "offset", NULL, f->off);
		out_str(o, "subject", NULL, f->subject);
		out_str(o, "expected", NULL, f->expected);
		out_str(o, "found", NULL, f->found);
		out_str(o, "text", NULL, f->text);
		out_end(o);
	}
	out_end(o);
}

ota_status explain_count(const struct cli *c, ota_status st, const char *name, ota_err *err)
{
	size_t n = ota_report_failures(c->rep);
	bool said = err->id == OTA_E_LINT;

	for (size_t i = 0; !said && i < ota_report_count(c->rep); i++)
		said = ota_report_at(c->rep, i)->id == err->id &&
		       ota_report_at(c->rep, i)->outcome == OTA_FAIL;
	if (!n || !said)
		return st;
	return ota_fail(err, err->id, "%zu finding%s in %s", n, n > 1 ? "s" : "", name);
}
