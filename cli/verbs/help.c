/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "opt_help.h"

#include <string.h>

#define NAMES_MAX 64

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

static const struct line package[] = {
	{"what", "one file: header, manifest and signatures in front, then the payloads in chunks"},
	{"signed", "header and manifest; they name every other byte by its hash"},
	{"forms", "whole; head: all but the payload; slice: what one device needs"},
	{"verbs", "pack, sign, verify, inspect, extract, head, slice"},
	{"manual", "otatool-package(5)"},
	{NULL, NULL},
};

static const struct line manifest[] = {
	{"what", "the YAML file that `pack` reads, and the JSON that stands in a package"},
	{"says", "product, version, security counter, components, payloads, rules, steps"},
	{"verbs", "init writes one, lint checks it, pack makes the package"},
	{"manual", "otatool-manifest(5)"},
	{NULL, NULL},
};

static const struct line keys[] = {
	{"what", "text files: NAME.key is the secret half and signs, NAME.pub verifies"},
	{"secret", "encrypted under a passphrase, and readable by its owner alone"},
	{"verbs", "keygen makes a pair; sign takes -k NAME.key, verify --key NAME.pub"},
	{"manual", "otatool-keys(5)"},
	{NULL, NULL},
};

static const struct line root[] = {
	{"what", "the signed JSON that says which keys may sign what: TUF's root, with x-ota"},
	{"chain", "each root is signed by enough keys of the one before, and enough of its own"},
	{"verbs", "trust makes, signs and checks one; verify --root ROOT --roots DIR"},
	{"manual", "otatool-root(5)"},
	{NULL, NULL},
};

static const struct line device[] = {
	{"what", "the YAML file that says what a device is: --device FILE"},
	{"says", "product, facts, slots, memory, and what the device allows"},
	{"verbs", "init writes one; extract, slice and apply-sim take it"},
	{"manual", "otatool-device(5)"},
	{NULL, NULL},
};

static const struct topic {
	const char *name;
	const struct line *lines; /* NULL: the table of ids */
} topics[] = {
	{"exit-codes", exit_codes},
	{"environment", environment},
	{"errors", NULL},
	{"package", package},
	{"manifest", manifest},
	{"keys", keys},
	{"root", root},
	{"device", device},
};

#define TOPICS (sizeof(topics) / sizeof(*topics))

const char *help_topic(size_t index)
{
	return index < TOPICS ? topics[index].name : NULL;
}

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

static ota_status unknown(const char *what, ota_err *err)
{
	const char *names[NAMES_MAX], *near;
	size_t n = 0;

	for (size_t i = 0; i < TOPICS; i++)
		names[n++] = topics[i].name;
	for (size_t i = 0; n < NAMES_MAX && i < verb_count(); i++)
		if (!verb_sub(verb_at(i)))
			names[n++] = verb_at(i)->name;
	near = ota_nearest(what, names, n);
	if (near)
		return ota_fail(err, OTA_E_TOPIC,
			"there is no verb or topic '%s'; did you mean '%s'?", what, near);
	return ota_fail(err, OTA_E_TOPIC, "there is no verb or topic '%s'", what);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const char *what = c->args.n ? c->args.v[0] : NULL;
	const char *sub = c->args.n > 1 ? c->args.v[1] : NULL;
	const struct verb *v = what ? verb_find(what, sub) : &verb_help;
	size_t i = 0;

	if (sub && (!v || !verb_sub(v)))
		return ota_fail(err, OTA_E_TOPIC, "there is no verb '%s %s'", what, sub);
	while (!v && i < TOPICS && strcmp(topics[i].name, what) != 0)
		i++;
	if (!v && i == TOPICS)
		return unknown(what, err);
	if (!v && topics[i].lines)
		lines(c->out, topics[i].lines);
	else if (!v)
		errors(c->out);
	else if (what)
		help_usage(c, v);
	else
		help_overview(c->out);
	return OTA_OK;
}

static const char *const operands[] = {"VERB|TOPIC", "SECOND", NULL};
static const char *const examples[] = {
	"otatool help",
	"otatool help sign",
	"otatool help apply-sim init",
	"otatool help exit-codes",
	NULL,
};

const struct verb verb_help = {
	.name = "help",
	.group = "Help",
	.summary = "list the verbs, or explain one",
	.synopsis = "[VERB [SECOND] | TOPIC]",
	.operands = operands,
	.operand = OPERAND_VERB,
	.flags = VERB_PLAIN,
	.run = run,
	.examples = examples,
};
