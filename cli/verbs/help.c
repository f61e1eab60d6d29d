/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "opt_help.h"

#include <string.h>

struct line {
	const char *name, *meaning;
};

static const struct line exit_codes[] = {
	{"0", "done; the answer is yes"},
	{"1", "the answer is no: not authentic, refused, rolled back"},
	{"2", "usage: the command line is wrong, or an output exists"},
	{"3", "the input is malformed, unsupported, or over a limit"},
	{"4", "could not do it: input and output, memory, no passphrase"},
	{"5", "deferred: try again later"},
	{"128+n", "ended by signal n"},
	{NULL, NULL},
};

static const struct line environment[] = {
	{"SOURCE_DATE_EPOCH", "pack: seconds since 1970 for manifests without `created`"},
	{"TMPDIR", "the folder of temporary files (default /var/tmp)"},
	{"NO_COLOR", "no colours on the terminal"},
	{"TERM", "dumb: no colours, no progress line"},
	{"COLUMNS", "the width of the terminal"},
	{NULL, NULL},
};

static void lines(struct out *o, const struct line *l)
{
	out_table(o, "lines", NULL);
	for (; l->name; l++) {
		out_row(o);
		out_str(o, "name", " ", l->name);
		out_str(o, "meaning", "  ", l->meaning);
		out_end(o);
	}
	out_end(o);
}

static void errors(struct out *o)
{
	out_table(o, "errors", NULL);
	for (size_t i = 0; i < ota_id_count(); i++) {
		const ota_id_info *info = ota_id_at(i);

		out_row(o);
		out_u64(o, "number", "No.", (uint64_t)info->id);
		out_str(o, "id", "Id", info->name);
		explain_exit(o, "Exit", info->status);
		out_str(o, "hint", "What to do", info->hint);
		out_end(o);
	}
	out_end(o);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const char *what = c->args.n ? c->args.v[0] : NULL;
	const struct verb *v = what ? verb_find(what) : &verb_help;

	if (!v && !strcmp(what, "exit-codes"))
		lines(c->out, exit_codes);
	else if (!v && !strcmp(what, "environment"))
		lines(c->out, environment);
	else if (!v && !strcmp(what, "errors"))
		errors(c->out);
	else if (!v)
		return ota_fail(err, OTA_E_TOPIC, "there is no verb or topic '%s'", what);
	else if (what)
		help_usage(c, v);
	else
		help_overview(c->out);
	return OTA_OK;
}

static const char *const operands[] = {"VERB|TOPIC", NULL};
static const char *const examples[] = {
	"otatool help",
	"otatool help sign",
	"otatool help exit-codes",
	NULL,
};

const struct verb verb_help = {
	.name = "help",
	.group = "Help",
	.summary = "list the verbs, or explain one",
	.synopsis = "[VERB|TOPIC]",
	.operands = operands,
	.operand = OPERAND_VERB,
	.flags = VERB_PLAIN,
	.run = run,
	.examples = examples,
};
