/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "verbs.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_LEN  4096
#define LINES_MAX 10000
#define NAME_LEN  64
#define NAMES_MAX 256

/* What a line says. */
struct reading {
	const ota_id_info *info; /* NULL: none, or success */
	bool success;            /* ota1 E0000 */
	bool agrees;             /* what is named is what the number says */
	uint64_t number;         /* of a record */
	char named[NAME_LEN];    /* as the line has it; "" if it has none */
	const char *rest;        /* of a record, behind its name */
};

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* The name at p, in lower case and without a full stop behind it; returns how long it is. */
static size_t take_name(char name[NAME_LEN], const char *p)
{
	size_t len = 0;

	while (is_name(p[len]))
		len++;
	while (len && p[len - 1] == '.')
		len--;
	snprintf(name, NAME_LEN, "%.*s", (int)(len < NAME_LEN ? len : 0), p);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return len;
}

/* "E0302" or "e302" at p, and no more letters behind it: the digits end at *end. */
static bool take_number(uint64_t *n, const char **end, const char *p)
{
	char digits[8];
	size_t len;

	if (*p != 'E' && *p != 'e')
		return false;
	len = strspn(p + 1, "0123456789");
	if (!len || len >= sizeof(digits) || is_name(p[1 + len]))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, p + 1);
	*end = p + 1 + len;
	return opt_u64(n, digits);
}

static const ota_id_info *by_number(uint64_t n)
{
	return n && n <= UINT16_MAX ? ota_id_find((ota_id)n) : NULL;
}

/* ota1 E0302 signature.threshold …, anywhere in the line. The number counts more than the name. */
static bool read_record(struct reading *r, const char *line)
{
	const ota_id_info *named;
	uint64_t n = 0;

	for (const char *p = strcasestr(line, "ota1"); p; p = strcasestr(p + 1, "ota1")) {
		const char *word = p + 4 + strspn(p + 4, " \t");

		if ((p > line && is_name(p[-1])) || word == p + 4 || !take_number(&n, &word, word))
			continue;
		word += strspn(word, " \t");
		r->rest = word + take_name(r->named, word);
		named = ota_id_by_name(r->named);
		r->info = by_number(n);
		r->number = n;
		r->success = !n;
		r->agrees = r->success ? !strcmp(r->named, "ok")
				       : r->info && (r->info == named || !*r->named);
		if (!r->info && !r->success)
			r->info = named;
		return true;
	}
	return false;
}

/* error[signature.threshold], as otatool and its findings print it. */
static bool read_brackets(struct reading *r, const char *line)
{
	static const char *const before[] = {"error", "warning", "note"};

	for (const char *p = strchr(line, '['); p; p = strchr(p + 1, '[')) {
		for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
			size_t len = strlen(before[i]);

			if (p < line + len || strncasecmp(p - len, before[i], len) != 0 ||
				p[1 + take_name(r->named, p + 1)] != ']')
				continue;
			r->info = ota_id_by_name(r->named);
			return true;
		}
	}
	return false;
}

/* A number alone, with or without its E, or a name alone. */
static bool read_word(struct reading *r, const char *line)
{
	const char *word = line + strspn(line, " \t"), *end = word;
	size_t len = strcspn(word, " \t\r\n");
	uint64_t n = 0;

	if (word[len + strspn(word + len, " \t\r\n")])
		return false;
	take_name(r->named, word);
	if (opt_u64(&n, r->named) || take_number(&n, &end, word))
		r->info = by_number(n);
	else
		r->info = ota_id_by_name(r->named);
	r->success = !strcmp(r->named, "ok");
	return true;
}

/* A name with a dot in it, among other words: "unsigned" may be just a word. */
static bool read_name(struct reading *r, const char *line)
{
	while (*line) {
		size_t len = take_name(r->named, line);

		r->info = strchr(r->named, '.') ? ota_id_by_name(r->named) : NULL;
		if (r->info)
			return true;
		line += len;
		while (*line && (!is_name(*line) || *line == '.'))
			line++;
	}
	return false;
}

/* false: nothing in the line is an id. No number counts that stands among other words. */
static bool read_line(struct reading *r, const char *line)
{
	static bool (*const ways[])(struct reading *, const char *) = {
		read_record, read_brackets, read_word, read_name};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		*r = (struct reading){.agrees = true, .rest = ""};
		if (ways[i](r, line))
			return r->info || r->success;
	}
	*r = (struct reading){.rest = ""};
	return false;
}

static ota_status unknown(const struct reading *r, const char *line, ota_err *err)
{
	const char *names[NAMES_MAX], *near;
	size_t n = 0;

	for (; n < NAMES_MAX && n < ota_id_count(); n++)
		names[n] = ota_id_at(n)->name;
	near = *r->named ? ota_nearest(r->named, names, n) : NULL;
	if (near)
		return ota_fail(err, OTA_E_ARGUMENT,
			"'%s' is neither an error id nor a record; did you mean %s?", r->named,
			near);
	return ota_fail(err, OTA_E_ARGUMENT,
		"'%.80s' is neither an error id nor a record; `otatool help errors` lists the ids",
		line);
}

/* ---- what is said of it ---- */

/* The words of the record behind the id: d=9f2c41d0 and whatever else it carries. */
static void details(struct out *o, const char *rest)
{
	bool any = strchr(rest, '=') != NULL;

	out_table(o, "details", any ? "Details" : NULL);
	while (*rest) {
		const char *word = rest + strspn(rest, " \t\r\n");
		size_t len = strcspn(word, " \t\r\n\"'"), name = strcspn(word, "=");
		char text[2][128];

		rest = word + len + (word[len] != '\0');
		if (!name || name >= len)
			continue;
		snprintf(text[0], sizeof(text[0]), "%.*s", (int)name, word);
		snprintf(text[1], sizeof(text[1]), "%.*s", (int)(len - name - 1), word + name + 1);
		out_row(o);
		out_str(o, "name", " ",
			strcmp(text[0], "d") ? text[0] : "package digest begins with");
		out_str(o, "value", "  ", text[1]);
		out_end(o);
	}
	out_end(o);
}

/* When number and name of a record disagree: one of them was mistyped, or made elsewhere. */
static void disagreement(struct out *o, const struct reading *r)
{
	char text[3 * NAME_LEN];

	out_bool(o, "agrees", NULL, r->agrees);
	if (r->agrees)
		return;
	out_str(o, "named", NULL, r->named);
	if (r->info && (uint64_t)r->info->id != r->number)
		snprintf(text, sizeof(text),
			"this otatool knows no E%04" PRIu64 "; this is what the name says",
			r->number);
	else
		snprintf(text, sizeof(text),
			"number and name disagree: the record names %s; the number was taken",
			r->named);
	out_cell(o, "Note", text);
}

static void show(struct out *o, const struct reading *r)
{
	const ota_id_info *info = r->info;
	char record[8];

	snprintf(record, sizeof(record), "E%04d", info ? (int)info->id : 0);
	out_str(o, "id", "Id", info ? info->name : "ok");
	out_u64(o, "number", NULL, info ? (uint64_t)info->id : 0);
	out_str(o, "record", "In records", record);
	out_str(o, "status", "Status", ota_status_name(info ? info->status : OTA_OK));
	explain_exit(o, "Exit code", info ? info->status : OTA_OK);
	if (info && strcmp(info->threat, "-") != 0)
		out_str(o, "threat", "Threat", info->threat);
	else if (info)
		out_cell(o, "Threat", "none: a mistake is likelier");
	out_str(o, "hint", "What to do", info ? info->hint : "nothing: it went well");
	disagreement(o, r);
}

/* The lines that have an id in them, each as a row; the others are passed over. */
static ota_status read_stdin(struct out *o, ota_err *err)
{
	size_t lines = 0, found = 0;
	char line[LINE_LEN];
	bool begins = true;

	out_table(o, "lines", "Lines");
	while (found < LINES_MAX && fgets(line, sizeof(line), stdin)) {
		struct reading r = {0};

		lines += begins;
		/* What is left of a line that is too long is not a line of its own. */
		if (begins && read_line(&r, line)) {
			found++;
			out_row(o);
			out_u64(o, "line", "Line", lines);
			show(o, &r);
			out_end(o);
		}
		begins = strchr(line, '\n') != NULL;
	}
	out_end(o);
	if (ferror(stdin))
		return ota_fail_sys(err, "standard input");
	if (found == LINES_MAX)
		return ota_fail(err, OTA_E_LIMIT_COUNT, "more than %d lines to explain", LINES_MAX);
	if (!found)
		return ota_fail(err, OTA_E_ARGUMENT,
			"none of the %zu lines on stdin has an error id or a record", lines);
	return OTA_OK;
}

static ota_status run(struct cli *c, ota_err *err)
{
	char line[LINE_LEN] = "";
	struct reading r;
	size_t used = 0;

	if (c->args.n == 1 && !strcmp(c->args.v[0], "-"))
		return read_stdin(c->out, err);
	for (size_t i = 0; i < c->args.n && used < sizeof(line); i++)
		used += (size_t)snprintf(
			line + used, sizeof(line) - used, "%s%s", i ? " " : "", c->args.v[i]);
	if (!read_line(&r, line))
		return unknown(&r, line, err);
	show(c->out, &r);
	details(c->out, r.rest);
	return OTA_OK;
}

static const char *const operands[] = {"LINE|ID|-", NULL};
static const char *const examples[] = {
	"otatool explain signature.threshold",
	"otatool explain 'ota1 E0302 signature.threshold d=9f2c41d0'",
	"echo 'agent[77]: ota1 E0302 signature.threshold d=9f2c41d0' | otatool explain -",
	NULL,
};

const struct verb verb_explain = {
	.name = "explain",
	.group = "Help",
	.summary = "say what an error id or a device's one-line record means",
	.synopsis = "LINE|ID|-",
	.operands = operands,
	.operands_min = 1,
	.operand = OPERAND_NONE,
	.flags = VERB_PLAIN | VERB_MANY,
	.run = run,
	.examples = examples,
};
