/* SPDX-License-Identifier: MIT */
#include "show_verdict.h"

#include "show_package.h"
#include "with_root.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool whole(const struct verdict *v)
{
	return !v->st && v->res.bytes == v->res.length;
}

static const char *verdict_name(const struct verdict *v)
{
	switch (v->st) {
	case OTA_OK:
		return whole(v) ? "authentic" : "signed";
	case OTA_UNTRUSTED:
		return "untrusted";
	case OTA_REFUSED:
		return "refused";
	case OTA_FORMAT:
	case OTA_UNSUPPORTED:
	case OTA_LIMIT:
		return "malformed";
	default:
		return "unjudged";
	}
}

static const char *verdict_text(const struct verdict *v)
{
	if (!strcmp(verdict_name(v), "unjudged"))
		return "not judged";
	if (v->st)
		return v->pkg ? "NO: the head is authentic, but the package is not accepted"
			      : "NO: nothing here is authentic";
	if (whole(v))
		return "authentic and whole";
	return v->head ? "authentic, payload not checked"
		       : "NOT A WHOLE PACKAGE: what is here is what was signed, the rest is "
			 "missing";
}

void show_verdict(struct out *o, const struct verdict *v)
{
	out_bool(o, "signed", NULL, !v->st);
	out_bool(o, "authentic", NULL, whole(v));
	out_str(o, "verdict", NULL, verdict_name(v));
	out_cell(o, "Verdict", verdict_text(v));
}

void show_record(const struct cli *c, const ota_err *err)
{
	char line[OTA_LINE_MAX + 1];

	ota_err_line(line, err, c->digest_len ? c->digest : NULL);
	out_str(c->out, "record", "Record", line);
}

/* ---- the rules, in their order ---- */

enum outcome { PASS, FAIL, SKIPPED, NOT_REACHED };

static const char *const outcomes[] = {"pass", "fail", "skipped", "not_reached"};

/* What stands before and behind the steps of the library. */
#define RULE_TRUST  0
#define RULE_DELTAS 99

static const struct rule {
	unsigned step;
	const char *number, *name, *says;
} rules[] = {
	{RULE_TRUST, "0", "trust", "the key or the root that was given may be trusted"},
	{OTA_STEP_HEADER, "1", "header",
		"magic, version, CRC, zeros and limits of the first 128 bytes are right"},
	{OTA_STEP_HEAD, "2", "head",
		"manifest and signature area are there, and zeros between them"},
	{OTA_STEP_SIGNATURES, "3", "signatures",
		"enough trusted keys signed these very header and manifest"},
	{OTA_STEP_JSON, "4", "json", "the manifest is strict JSON, in its one canonical form"},
	{OTA_STEP_MANIFEST, "5", "manifest",
		"the manifest keeps its rules and agrees with the header"},
	{OTA_STEP_SCOPE, "5b", "scope",
		"the roles that this product needs are met, the powers used are granted"},
	{OTA_STEP_POLICY, "6", "policy",
		"it has not expired; a device judges the rest: rules, version, counter"},
	{OTA_STEP_TABLES, "7", "tables", "the chunk tables are those that the manifest names"},
	{OTA_STEP_CHUNKS, "8", "chunks", "each chunk is the one that the tables name"},
	{RULE_DELTAS, "9", "deltas", "the deltas from this source give the image that was signed"},
};

#define RULES (sizeof(rules) / sizeof(*rules))

static const ota_finding *step_finding(const struct verdict *v, unsigned step)
{
	for (size_t i = 0; i < ota_report_count(v->rep); i++) {
		const ota_finding *f = ota_report_at(v->rep, i);

		if (f->about == OTA_ABOUT_STEP && f->step == step)
			return f;
	}
	return NULL;
}

/* The step that was not passed, when v->st says that there is one. */
static unsigned failed_step(const struct verdict *v)
{
	if (!v->trust)
		return RULE_TRUST;
	for (size_t i = 0; i < RULES; i++) {
		const ota_finding *f = step_finding(v, rules[i].step);

		if (f && f->outcome == OTA_FAIL)
			return rules[i].step;
	}
	return v->pkg ? RULE_DELTAS : OTA_STEP_HEADER;
}

static enum outcome judge(const struct verdict *v, const struct rule *r, bool failed)
{
	if (v->st && r->step == failed_step(v))
		return FAIL;
	if (failed)
		return NOT_REACHED;
	if (r->step == OTA_STEP_POLICY && !v->timed)
		return SKIPPED;
	if (r->step == OTA_STEP_CHUNKS && v->head)
		return SKIPPED;
	return PASS;
}

static const char *skip_reason(const struct rule *r)
{
	return r->step == OTA_STEP_POLICY
		       ? "no --at: the expiry is not judged; a device judges the rest"
		       : "--head: no chunk is read";
}

static void show_rule(struct out *o, const struct verdict *v, const struct rule *r, bool *failed)
{
	enum outcome outcome = judge(v, r, *failed);
	const ota_id_info *info = ota_id_find(v->err->id);

	*failed = *failed || outcome == FAIL;
	out_row(o);
	out_str(o, "step", "Step", r->number);
	out_str(o, "rule", "Rule", r->name);
	out_str(o, "outcome", NULL, outcomes[outcome]);
	out_cell(o, "Outcome",
		outcome == FAIL          ? "FAIL"
		: outcome == NOT_REACHED ? "-"
					 : outcomes[outcome]);
	if (outcome == FAIL)
		out_str(o, "id", "What it asks", info ? info->name : ota_status_name(v->st));
	else
		out_cell(o, "What it asks", outcome == SKIPPED ? skip_reason(r) : r->says);
	out_end(o);
}

static void show_rules(struct out *o, const struct verdict *v)
{
	bool failed = false;

	out_table(o, "steps", "Rules, in their order");
	for (size_t i = 0; i < RULES; i++)
		if (rules[i].step != RULE_DELTAS || v->source)
			show_rule(o, v, &rules[i], &failed);
	out_end(o);
}

static void show_failure(struct out *o, const struct verdict *v)
{
	const ota_id_info *info = ota_id_find(v->err->id);
	unsigned step = failed_step(v);
	const struct rule *r = rules;
	char rule[64];

	while (r->step != step)
		r++;
	snprintf(rule, sizeof(rule), "%s %s", r->number, r->name);
	out_object(o, "first_failure", "The first rule that fails");
	out_str(o, "step", NULL, r->number);
	out_str(o, "rule", NULL, r->name);
	out_cell(o, "Rule", rule);
	out_cell(o, "It asks that", r->says);
	out_str(o, "id", "Id", info ? info->name : ota_status_name(v->st));
	out_u64(o, "number", NULL, (uint64_t)v->err->id);
	if (info && strcmp(info->threat, "-") != 0)
		out_str(o, "threat", "Threat", info->threat);
	else
		out_cell(o, "Threat", "none: a mistake is likelier");
	out_str(o, "cause", "Cause", v->err->msg);
	if (v->err->off != OTA_NO_OFF)
		out_u64(o, "offset", "At byte", v->err->off);
	if (info)
		out_str(o, "hint", "What to do", info->hint);
	out_end(o);
}

/* ---- signatures ---- */

static void show_line(struct out *o, const struct verdict *v, const ota_finding *f)
{
	bool counted = f->outcome == OTA_PASS;
	const ota_id_info *info = f->id ? ota_id_find(f->id) : NULL;
	const char *role = counted && v->trust ? ota_trust_role_of(v->trust, f->subject) : NULL;

	out_row(o);
	out_str(o, "source", "From", f->file);
	if (f->line)
		out_u64(o, "line", "Line", f->line);
	out_str(o, "keyid", "Key", f->subject);
	out_bool(o, "counted", "Counted", counted);
	if (role)
		out_str(o, "role", "Role", role);
	else
		out_cell(o, "Role", "-");
	if (info)
		out_str(o, "id", NULL, info->name);
	out_str(o, "text", "Why", f->text);
	out_end(o);
}

static void show_role(struct out *o, const struct verdict *v, const ota_finding *f)
{
	uint64_t needed = 0, found = 0;

	opt_u64(&needed, f->expected);
	opt_u64(&found, f->found);
	out_row(o);
	out_str(o, "role", "Role", f->subject);
	out_str(o, "document", NULL, f->file);
	out_cell(o, "Of", f->file ? f->file : "the package");
	out_bool(o, "implied", NULL, v->trust && !ota_trust_root(v->trust));
	out_u64(o, "needed", "Keys needed", needed);
	out_u64(o, "signed", "Keys that signed", found);
	out_bool(o, "met", "Met", f->outcome == OTA_PASS);
	out_end(o);
}

static bool has_about(const struct verdict *v, ota_about about)
{
	for (size_t i = 0; i < ota_report_count(v->rep); i++)
		if (ota_report_at(v->rep, i)->about == about)
			return true;
	return false;
}

static void show_lines(struct out *o, const struct verdict *v)
{
	out_table(o, "lines", has_about(v, OTA_ABOUT_LINE) ? "Signature lines" : NULL);
	for (size_t i = 0; i < ota_report_count(v->rep); i++)
		if (ota_report_at(v->rep, i)->about == OTA_ABOUT_LINE)
			show_line(o, v, ota_report_at(v->rep, i));
	out_end(o);
}

static void show_roles(struct out *o, const struct verdict *v)
{
	out_table(o, "roles", has_about(v, OTA_ABOUT_ROLE) ? "Roles" : NULL);
	for (size_t i = 0; i < ota_report_count(v->rep); i++)
		if (ota_report_at(v->rep, i)->about == OTA_ABOUT_ROLE)
			show_role(o, v, ota_report_at(v->rep, i));
	out_end(o);
}

/* ---- what is vouched for, and what not ---- */

static void part(struct out *o, const char *name, uint64_t bytes, const char *by, const char *says)
{
	out_row(o);
	out_str(o, "part", "Part", name);
	out_u64(o, "bytes", "Bytes", bytes);
	out_str(o, "by", NULL, by);
	out_cell(o, "Vouched for by", says);
	out_end(o);
}

static void show_covered(struct out *o, const struct verdict *v)
{
	const ota_header *h = v->pkg ? ota_pkg_header(v->pkg) : NULL;

	out_table(o, "covered", v->pkg ? "Covered" : "Covered: nothing");
	if (h) {
		part(o, "header", 128, "signature", "each signature that counts");
		part(o, "manifest", h->manifest_len, "signature", "each signature that counts");
	}
	if (h && !v->st)
		part(o, "tables", v->res.tables, "manifest", "payload_hash and each table_hash");
	if (h && !v->st && !v->head)
		part(o, "data", v->res.data, "tables", "the hash of each chunk");
	if (h && v->res.images) {
		out_row(o);
		out_str(o, "part", "Part", "images");
		out_u64(o, "count", "Bytes", v->res.images);
		out_str(o, "by", NULL, "target_hash");
		out_cell(o, "Vouched for by", "target.hash of each image: so many, decoded");
		out_end(o);
	}
	out_end(o);
}

static void gap(struct out *o, const char *name, const char *token, const char *says)
{
	out_row(o);
	out_str(o, "part", "Part", name);
	out_str(o, "why", NULL, token);
	out_cell(o, "Why not", says);
	out_end(o);
}

/* What is named by hash and stands elsewhere. */
static void external_gaps(struct out *o, const ota_manifest *m)
{
	for (size_t i = 0; i < ota_manifest_count(m, "attachments"); i++) {
		char *uri = show_get(m, "attachments.%zu.uri", i);
		char *name = show_get(m, "attachments.%zu.name", i);

		if (uri && *uri && name) {
			out_row(o);
			out_str(o, "part", "Part", "attachment");
			out_str(o, "why", NULL, "elsewhere");
			out_str(o, "name", "Name", name);
			out_cell(o, "Why not", "it stands elsewhere: only its hash is signed");
			out_end(o);
		}
		free(name);
		free(uri);
	}
}

static bool has_absent(const struct verdict *v, const ota_manifest *m)
{
	for (uint32_t i = 0; i < ota_manifest_count(m, "sections"); i++)
		if (!ota_pkg_has_section(v->pkg, i))
			return true;
	return false;
}

static void show_gaps(struct out *o, const struct verdict *v)
{
	const ota_manifest *m = ota_pkg_manifest(v->pkg);

	out_table(o, "not_covered", "Not covered");
	gap(o, "signature_area", "unsigned",
		"the signature lines: anybody may change them, and each is believed for its key");
	if (ota_pkg_form(v->pkg) == OTA_FORM_SLICE)
		gap(o, "slice_header", "unsigned", "the 64 bytes before the header of the package");
	if (v->head)
		gap(o, "data", "head", "--head: the payload was not read");
	else if (!v->st && !whole(v))
		gap(o, "data", "missing", "what follows the end of this prefix");
	if (has_absent(v, m))
		gap(o, "sections", "slice", "what this slice does not hold of the package");
	if (!v->st && !v->deep)
		gap(o, "images", "not_decoded",
			"what the payloads decode to: --deep compares target.hash");
	if (!v->st && !v->source)
		gap(o, "deltas", "no_source", "what deltas give: --source applies them");
	external_gaps(o, m);
	out_end(o);
}

/* Findings about sections and deltas. */
static void show_rest(struct out *o, const struct verdict *v)
{
	static const char *const names[] = {"pass", "error", "warning", "skipped", "note"};

	out_table(o, "sections", has_about(v, OTA_ABOUT_ANY) ? "Sections" : NULL);
	for (size_t i = 0; i < ota_report_count(v->rep); i++) {
		const ota_finding *f = ota_report_at(v->rep, i);
		const ota_id_info *info = ota_id_find(f->id);

		if (f->about != OTA_ABOUT_ANY)
			continue;
		out_row(o);
		out_str(o, "outcome", "Outcome", names[f->outcome]);
		if (info)
			out_str(o, "id", "Id", info->name);
		out_str(o, "subject", "Of", f->subject);
		out_str(o, "text", "What", f->text);
		out_end(o);
	}
	out_end(o);
}

void show_explanation(const struct cli *c, const struct verdict *v)
{
	struct out *o = c->out;

	out_object(o, "explanation", "Explanation");
	show_rules(o, v);
	if (v->st)
		show_failure(o, v);
	root_show_walk(o, v->rep);
	show_lines(o, v);
	show_roles(o, v);
	show_rest(o, v);
	show_covered(o, v);
	if (v->pkg)
		show_gaps(o, v);
	out_end(o);
}
