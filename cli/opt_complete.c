/* SPDX-License-Identifier: MIT */
#include "opt_complete.h"

#include <string.h>

typedef void each_fn(FILE *f, const struct verb *v, const struct opt *o);

static void each_opt(struct cli *c, FILE *f, const struct verb *v, each_fn *fn)
{
	struct opt_bind binds[VERB_BINDS_MAX];
	size_t n = verb_binds(binds, v, NULL, c);

	for (size_t i = 0; i < n; i++)
		for (const struct opt *o = binds[i].group->opts; o->name; o++)
			fn(f, v, o);
}

static void choices(FILE *f, const struct opt *o)
{
	for (size_t i = 0; o->choices[i]; i++)
		fprintf(f, "%s%s", i ? " " : "", o->choices[i]);
}

/* The first words, or the second ones of those under of. */
static void verb_names(FILE *f, const struct verb *of)
{
	const char *gap = "";

	for (size_t i = 0; i < verb_count(); i++) {
		const struct verb *v = verb_at(i);

		if (of ? !verb_is_under(v, of) : verb_sub(v) != NULL)
			continue;
		fprintf(f, "%s%s", gap, of ? verb_sub(v) : v->name);
		gap = " ";
	}
}

static bool has_verbs_under(const struct verb *of)
{
	size_t i = 0;

	while (i < verb_count() && !verb_is_under(verb_at(i), of))
		i++;
	return i < verb_count();
}

/* As patterns of a shell's case. */
static void two_word_names(FILE *f)
{
	const char *gap = "";

	for (size_t i = 0; i < verb_count(); i++) {
		if (!verb_sub(verb_at(i)))
			continue;
		fprintf(f, "%s'%s'", gap, verb_at(i)->name);
		gap = "|";
	}
}

/* The words an operand can be; false: a file. */
static bool operand_words(FILE *f, const struct verb *v)
{
	if (v->operand == OPERAND_VERB) {
		verb_names(f, NULL);
		for (size_t i = 0; help_topic(i); i++)
			fprintf(f, " %s", help_topic(i));
	} else if (v->operand == OPERAND_SHELL)
		for (size_t i = 0; completion_shells[i]; i++)
			fprintf(f, "%s%s", i ? " " : "", completion_shells[i]);
	return v->operand != OPERAND_FILE;
}

static void bash_word(FILE *f, const struct verb *v, const struct opt *o)
{
	(void)v;
	if (o->letter)
		fprintf(f, " -%c", o->letter);
	fprintf(f, " --%s", o->name);
}

/* What may follow an option that takes a value: words, nothing, or (no reply) a file. */
static void bash_value(FILE *f, const struct verb *v, const struct opt *o)
{
	if (o->type == OPT_FLAG)
		return;
	fprintf(f, "\t'%s',--%s", v->name, o->name);
	if (o->letter)
		fprintf(f, "|'%s',-%c", v->name, o->letter);
	if (o->choices) {
		fputs(")\n\t\tCOMPREPLY=($(compgen -W '", f);
		choices(f, o);
		fputs("' -- \"$cur\"))\n\t\treturn ;;\n", f);
	} else {
		fputs(")\n\t\treturn ;;\n", f);
	}
}

static void bash_operand(FILE *f, const struct verb *v)
{
	if (has_verbs_under(v)) {
		fprintf(f, "\t'%s',*) [ \"$COMP_CWORD\" -ne 2 ] || words='", v->name);
		verb_names(f, v);
	} else if (v->operand == OPERAND_VERB || v->operand == OPERAND_SHELL) {
		fprintf(f, "\t'%s',*) words='", v->name);
		operand_words(f, v);
	} else {
		return;
	}
	fputs("' ;;\n", f);
}

void complete_bash(struct cli *c, FILE *f)
{
	fputs("# bash completion for otatool, made by `otatool completion bash`\n"
	      "_otatool() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal verb=${COMP_WORDS[1]} words=\n"
	      "\t# bash takes --option=value for three words\n"
	      "\tif [ \"$cur\" = = ]; then cur=\n"
	      "\telif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '",
		f);
	verb_names(f, NULL);
	fputs("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase \"$verb ${COMP_WORDS[2]}\" in\n\t", f);
	two_word_names(f);
	fputs(") [ \"$COMP_CWORD\" -eq 2 ] || verb=\"$verb ${COMP_WORDS[2]}\" ;;\n"
	      "\tesac\n\tcase $verb,$prev in\n",
		f);
	for (size_t i = 0; i < verb_count(); i++)
		each_opt(c, f, verb_at(i), bash_value);
	fputs("\tesac\n\tcase $verb,$cur in\n", f);
	for (size_t i = 0; i < verb_count(); i++) {
		fprintf(f, "\t'%s',-*) words='", verb_at(i)->name);
		each_opt(c, f, verb_at(i), bash_word);
		fputs("' ;;\n", f);
		bash_operand(f, verb_at(i));
	}
	fputs("\tesac\n"
	      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	      "}\n"
	      "complete -o bashdefault -o default -F _otatool otatool\n",
		f);
}

/* Text inside the single-quoted specs of zsh's _arguments. */
static void zsh_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (strchr("[]:\\", *s))
			fputc('\\', f);
		if (*s == '\'')
			fputs("'\\'", f);
		fputc(*s, f);
	}
}

static void zsh_opt(FILE *f, const struct verb *v, const struct opt *o)
{
	(void)v;
	fputs(" \\\n\t\t\t", f);
	if (o->letter)
		fprintf(f, "'(-%c --%s)'{-%c,--%s}", o->letter, o->name, o->letter, o->name);
	else
		fprintf(f, "--%s", o->name);
	fputs("'[", f);
	zsh_text(f, o->help);
	fputc(']', f);
	if (o->choices) {
		fprintf(f, ":%s:(", o->arg);
		choices(f, o);
		fputc(')', f);
	} else if (o->type == OPT_TEXT || o->type == OPT_LIST) {
		fprintf(f, ":%s:_files", o->arg);
	} else if (o->type != OPT_FLAG) {
		fprintf(f, ":%s:", o->arg);
	}
	fputc('\'', f);
}

static void zsh_operands(FILE *f, const struct verb *v)
{
	if (!v->operands)
		return;
	if (has_verbs_under(v)) {
		fputs(" \\\n\t\t\t'1:operand:{_alternative \"verbs:verb:(", f);
		verb_names(f, v);
		fputs(")\" \"files:file:_files\"}'", f);
	}
	fputs(" \\\n\t\t\t'*:operand:", f);
	if (v->operand == OPERAND_FILE) {
		fputs("_files'", f);
		return;
	}
	fputc('(', f);
	operand_words(f, v);
	fputs(")'", f);
}

void complete_zsh(struct cli *c, FILE *f)
{
	fputs("#compdef otatool\n# made by `otatool completion zsh`\n_otatool() {\n"
	      "\tlocal -a verbs=(\n",
		f);
	for (size_t i = 0; i < verb_count(); i++) {
		if (verb_sub(verb_at(i)))
			continue;
		fprintf(f, "\t\t'%s:", verb_at(i)->name);
		zsh_text(f, verb_at(i)->summary);
		fputs("'\n", f);
	}
	fputs("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe verb verbs\n\t\treturn\n\tfi\n"
	      "\tlocal verb=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n"
	      "\tcase \"$verb $words[2]\" in\n\t",
		f);
	two_word_names(f);
	fputs(")\n\t\tif (( CURRENT > 2 )); then\n\t\t\tverb=\"$verb $words[2]\"\n"
	      "\t\t\tshift words\n\t\t\t(( CURRENT-- ))\n\t\tfi ;;\n\tesac\n\tcase $verb in\n",
		f);
	for (size_t i = 0; i < verb_count(); i++) {
		fprintf(f, "\t'%s')\n\t\t_arguments", verb_at(i)->name);
		each_opt(c, f, verb_at(i), zsh_opt);
		zsh_operands(f, verb_at(i));
		fputs(" ;;\n", f);
	}
	fputs("\tesac\n}\n_otatool \"$@\"\n", f);
}

static void fish_text(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
	fputc('\'', f);
}

/* On a command line of v, and of no verb under it. */
static void fish_when(FILE *f, const struct verb *v)
{
	fprintf(f, "complete -c otatool -n '__otatool_is %s", v->name);
	for (size_t i = 0; i < verb_count(); i++)
		if (verb_is_under(verb_at(i), v))
			fprintf(f, "; and not __otatool_is %s", verb_at(i)->name);
	fputc('\'', f);
}

static void fish_opt(FILE *f, const struct verb *v, const struct opt *o)
{
	fish_when(f, v);
	fprintf(f, " -l %s", o->name);
	if (o->letter)
		fprintf(f, " -s %c", o->letter);
	if ((o->type == OPT_TEXT || o->type == OPT_LIST) && !o->choices)
		fputs(" -r", f);
	else if (o->type != OPT_FLAG)
		fputs(" -x", f);
	if (o->choices) {
		fputs(" -a '", f);
		choices(f, o);
		fputc('\'', f);
	}
	fputs(" -d ", f);
	fish_text(f, o->help);
	fputc('\n', f);
}

static const struct verb *verb_above(const struct verb *v)
{
	size_t i = 0;

	while (!verb_is_under(v, verb_at(i)))
		i++;
	return verb_at(i);
}

static void fish_verb(FILE *f, const struct verb *v)
{
	if (verb_sub(v)) {
		fish_when(f, verb_above(v));
		fprintf(f, " -a %s -d ", verb_sub(v));
	} else {
		fprintf(f, "complete -c otatool -n __fish_use_subcommand -f -a %s -d ", v->name);
	}
	fish_text(f, v->summary);
	fputc('\n', f);
}

void complete_fish(struct cli *c, FILE *f)
{
	fputs("# fish completion for otatool, made by `otatool completion fish`\n"
	      "function __otatool_is\n"
	      "\tset -l words (commandline -opc)\n"
	      "\ttest \"$words[2]\" = $argv[1]; or return 1\n"
	      "\ttest (count $argv) -eq 1; or test \"$words[3]\" = $argv[2]\n"
	      "end\n"
	      "complete -c otatool -n __fish_use_subcommand -f\n",
		f);
	for (size_t i = 0; i < verb_count(); i++) {
		const struct verb *v = verb_at(i);

		fish_verb(f, v);
		if (v->operand == OPERAND_VERB || v->operand == OPERAND_SHELL) {
			fish_when(f, v);
			fputs(" -f -a '", f);
			operand_words(f, v);
			fputs("'\n", f);
		}
		each_opt(c, f, v, fish_opt);
	}
}
