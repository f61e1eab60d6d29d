/* SPDX-License-Identifier: MIT */
#include "opt_help.h"

#include <stdio.h>
#include <string.h>

static void verb_row(struct out *o, const char *group, const struct verb *v)
{
	out_row(o);
	out_str(o, "group", NULL, v->group);
	out_cell(o, " ", group);
	out_str(o, "name", "  ", v->name);
	out_str(o, "summary", "   ", v->summary);
	out_end(o);
}

static void topics(struct out *o)
{
	char line[256] = "`otatool help VERB` shows one; topics: ";
	size_t used = strlen(line);

	for (size_t i = 0; help_topic(i) && used < sizeof(line); i++)
		used += (size_t)snprintf(
			line + used, sizeof(line) - used, "%s%s", i ? ", " : "", help_topic(i));
	out_line(o, line);
}

void help_overview(struct out *o)
{
	const char *group = "";

	out_line(o, "otatool builds, signs, checks and rehearses over-the-air update packages.");
	out_line(o, "");
	out_str(o, "usage", "Usage", "otatool VERB [OPERANDS] [OPTIONS]");
	out_table(o, "verbs", "Verbs");
	for (size_t i = 0; i < verb_count(); i++) {
		const struct verb *v = verb_at(i);

		verb_row(o, strcmp(group, v->group) ? v->group : "", v);
		group = v->group;
	}
	out_end(o);
	out_line(o, "");
	topics(o);
}

static void options(struct out *o, const struct opt_group *g)
{
	for (const struct opt *opt = g->opts; opt->name; opt++) {
		char label[64];

		opt_label(label, sizeof(label), opt);
		out_row(o);
		out_str(o, "option", NULL, label + strspn(label, " "));
		out_cell(o, " ", label);
		out_str(o, "help", "  ", opt->help);
		out_end(o);
	}
}

static void verbs_under(struct out *o, const struct verb *of)
{
	size_t i = 0;

	while (i < verb_count() && !verb_is_under(verb_at(i), of))
		i++;
	if (i == verb_count())
		return;
	out_table(o, "verbs", "Verbs");
	for (; i < verb_count(); i++)
		if (verb_is_under(verb_at(i), of))
			verb_row(o, "", verb_at(i));
	out_end(o);
}

void help_usage(struct cli *c, const struct verb *v)
{
	struct opt_bind binds[VERB_BINDS_MAX];
	size_t n = verb_binds(binds, v, NULL, c);
	char usage[512];

	snprintf(usage, sizeof(usage), "otatool %s %s", v->name, v->synopsis);
	out_str(c->out, "usage", "Usage", usage);
	out_str(c->out, "summary", "Does", v->summary);
	verbs_under(c->out, v);
	out_table(c->out, "options", "Options");
	for (size_t i = 0; i < n; i++)
		options(c->out, binds[i].group);
	out_end(c->out);
	out_table(c->out, "examples", "Examples");
	for (size_t i = 0; v->examples[i]; i++) {
		out_row(c->out);
		out_str(c->out, "command", " ", v->examples[i]);
		out_end(c->out);
	}
	out_end(c->out);
	out_line(c->out, "");
	out_line(c->out,
		"Exit codes: 0 done, yes; 1 the answer is no; 2 usage; 3 malformed input; 4 could");
	out_line(c->out, "not do it; 5 deferred; 128+n signal. The manual has the rest.");
}
