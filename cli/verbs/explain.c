/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 16
#define NAMES_MAX 256

/* "302" and "E0302" → 302; 0: not a number. */
static uint64_t number(const char *word)
{
	uint64_t n;

	return opt_u64(&n, *word == 'E' ? word + 1 : word) ? n : 0;
}

/* A name, a number, or what stands in the brackets of error[…]. */
static const ota_id_info *find(const char *word)
{
	const char *open = strchr(word, '['), *close = open ? strchr(open, ']') : NULL;
	char name[64];
	uint64_t n = number(word);

	if (n)
		return n <= UINT16_MAX ? ota_id_find((ota_id)n) : NULL;
	if (!close)
		return ota_id_by_name(word);
	snprintf(name, sizeof(name), "%.*s", (int)(close - open - 1), open + 1);
	return ota_id_by_name(name);
}

static ota_status unknown(const char *word, ota_err *err)
{
	const char *names[NAMES_MAX], *near;
	size_t n = 0;

	for (; n < NAMES_MAX && n < ota_id_count(); n++)
		names[n] = ota_id_at(n)->name;
	near = ota_nearest(word, names, n);
	if (near)
		return ota_fail(err, OTA_E_ARGUMENT,
			"'%s' is neither an error id nor a record; did you mean %s?", word, near);
	return ota_fail(err, OTA_E_ARGUMENT,
		"'%s' is neither an error id nor a record; `otatool help errors` lists the ids",
		word);
}

/* The words of the record behind the id: d=9f2c41d0 and whatever else it carries. */
static void details(struct out *o, const char *word)
{
	const char *eq = strchr(word, '=');

	if (!eq || eq == word)
		return;
	out_row(o);
	if (!strncmp(word, "d=", 2)) {
		out_str(o, "name", " ", "package digest begins with");
	} else {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)(eq - word), word);
		out_str(o, "name", " ", name);
	}
	out_str(o, "value", "  ", eq + 1);
	out_end(o);
}

static void show(struct out *o, const ota_id_info *info)
{
	char record[8];

	snprintf(record, sizeof(record), "E%04d", (int)info->id);
	out_str(o, "id", "Id", info->name);
	out_u64(o, "number", NULL, (uint64_t)info->id);
	out_str(o, "record", "In records", record);
	out_str(o, "status", "Status", ota_status_name(info->status));
	explain_exit(o, "Exit code", info->status);
	out_str(o, "threat", "Threat",
		strcmp(info->threat, "-") ? info->threat : "none: a mistake is likelier");
	out_str(o, "hint", "What to do", info->hint);
}

/* Cut text into words in place. */
static size_t split(char *text, const char *words[WORDS_MAX])
{
	char *rest = text, *word;
	size_t n = 0;

	for (word = strsep(&rest, " \t\n"); word; word = strsep(&rest, " \t\n"))
		if (*word && n < WORDS_MAX)
			words[n++] = word;
	return n;
}

static ota_status run(struct cli *c, ota_err *err)
{
	char line[1024] = "";
	const char *words[WORDS_MAX];
	const ota_id_info *info = NULL;
	size_t used = 0, n, i;

	for (i = 0; i < c->args.n && used < sizeof(line); i++)
		used += (size_t)snprintf(
			line + used, sizeof(line) - used, "%s%s", i ? " " : "", c->args.v[i]);
	n = split(line, words);
	for (i = 0; i < n && !info; i++)
		info = find(words[i]);
	if (!info)
		return unknown(n ? words[0] : "", err);
	show(c->out, info);
	out_table(c->out, "details", n > i + 1 ? "Details" : NULL);
	for (; i < n; i++)
		details(c->out, words[i]);
	out_end(c->out);
	return OTA_OK;
}

static const char *const operands[] = {"LINE|ID", NULL};
static const char *const examples[] = {
	"otatool explain signature.threshold",
	"otatool explain 'ota1 E0302 signature.threshold d=9f2c41d0'",
	NULL,
};

const struct verb verb_explain = {
	.name = "explain",
	.group = "Help",
	.summary = "say what an error id or a device's one-line record means",
	.synopsis = "LINE|ID",
	.operands = operands,
	.operands_min = 1,
	.operand = OPERAND_NONE,
	.flags = VERB_PLAIN | VERB_MANY,
	.run = run,
	.examples = examples,
};
