/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "interrupt.h"
#include "opt_help.h"
#include "term.h"
#include "verbs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 16

/*
 * With 0, 1 or 2 closed the next file opened would become stdin or stdout. What takes their place
 * is open the wrong way round, so that a result for a closed stdout is an error and not lost.
 */
static bool standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", fcntl(STDIN_FILENO, F_GETFD) < 0 ? O_WRONLY : O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && !close(fd);
}

/* Before the options are understood: whoever asked for JSON gets it on a bad command line too. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

static ota_status make_ctx(struct cli *c, ota_err *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	ota_config cfg = {.size = sizeof(cfg), .event = progress_event};
	ota_status st;

	if (c->res.jobs.given && (c->res.jobs.value < 1 || c->res.jobs.value > 256))
		return ota_fail(err, OTA_E_OPTION, "--jobs is %llu; it can be 1 to 256",
			(unsigned long long)c->res.jobs.value);
	if (c->res.jobs.given)
		cfg.jobs = (unsigned)c->res.jobs.value;
	else
		cfg.jobs = cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (unsigned)cores;
	cfg.mem_max = c->res.memory.value;
	cfg.event_arg = &c->progress;
	st = ota_ctx_new(&c->ctx, &cfg, err);
	if (st)
		return st;
	interrupt_watch(c->ctx);
	return ota_report_new(&c->rep, c->ctx, err);
}

static ota_status check_operands(const struct cli *c, ota_err *err)
{
	const struct verb *v = c->verb;
	size_t most = 0;

	while (v->operands && v->operands[most])
		most++;
	for (size_t i = 0; i < c->args.n; i++)
		if (!*c->args.v[i])
			return ota_fail(err, OTA_E_ARGUMENT, "operand %zu is empty", i + 1);
	if (c->args.n < v->operands_min)
		return ota_fail(err, OTA_E_ARGUMENT, "%s is missing: otatool %s %s",
			v->operands[c->args.n], v->name, v->synopsis);
	if (c->args.n > most && !(v->flags & VERB_MANY))
		return ota_fail(err, OTA_E_ARGUMENT, "'%s' is one operand too many: otatool %s %s",
			c->args.v[most], v->name, v->synopsis);
	return OTA_OK;
}

/* What an option that names an input says; what it makes is not read, nor is a comment. */
static const char *option_input(const struct opt *o, const void *base)
{
	if (o->type != OPT_TEXT || !strcmp(o->name, "output") || !strcmp(o->name, "comment"))
		return NULL;
	return *(const char *const *)((const char *)base + o->off);
}

/* Two inputs from stdin: each would get what the other leaves. */
static ota_status check_stdin(
	const struct cli *c, const struct opt_bind *binds, size_t n, ota_err *err)
{
	const char *first = NULL, *second = NULL;

	for (size_t i = 0; i < c->args.n; i++)
		if (!strcmp(c->args.v[i], "-")) {
			second = first;
			first = "an operand";
		}
	for (size_t i = 0; i < n; i++) {
		for (const struct opt *o = binds[i].group->opts; o->name; o++) {
			const void *value = (const char *)binds[i].base + o->off;
			const struct opt_number *fd = value;
			const char *text = option_input(o, binds[i].base);
			bool is_fd = o->type == OPT_NUMBER && !strcmp(o->name, "passphrase-fd");

			if (!(is_fd && fd->given && !fd->value) && !(text && !strcmp(text, "-")))
				continue;
			second = first;
			first = o->name;
		}
	}
	if (!second)
		return OTA_OK;
	return ota_fail(err, OTA_E_STDIN, "%s and %s would both read stdin", second, first);
}

static ota_status run_verb(struct cli *c, int argc, char **argv, ota_err *err)
{
	struct opt_bind binds[VERB_BINDS_MAX];
	void *opts = calloc(1, c->verb->opts_size + 1);
	size_t n;
	ota_status st;

	c->opts = opts;
	c->args.v = calloc((size_t)argc + 1, sizeof(*c->args.v));
	if (!opts || !c->args.v) {
		st = ota_fail_nomem(err);
		goto out;
	}
	n = verb_binds(binds, c->verb, opts, c);
	st = opt_parse(&c->args, binds, n, argc, argv, err);
	if (st)
		goto out;
	if (c->common.help) {
		help_usage(c, c->verb);
		goto out;
	}
	progress_begin(&c->progress, c->common.progress);
	st = check_operands(c, err);
	if (!st)
		st = check_stdin(c, binds, n, err);
	if (!st && !(c->verb->flags & VERB_PLAIN))
		st = make_ctx(c, err);
	if (!st)
		st = c->verb->run(c, err);
out:
	free(c->args.v);
	free(opts);
	return st;
}

/* `otatool -h` and `otatool --version` are what people try first. */
static const char *verb_name(const char *arg)
{
	if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
		return "help";
	if (!strcmp(arg, "--version") || !strcmp(arg, "-V"))
		return "version";
	return arg;
}

static ota_status start(struct cli *c, int argc, char **argv, ota_err *err)
{
	if (argc < 2)
		return ota_fail(err, OTA_E_VERB, "a verb is missing");
	c->verb = verb_find(verb_name(argv[1]), argc > 2 ? argv[2] : NULL);
	if (!c->verb)
		return verb_unknown(argv[1], err);
	return OTA_OK;
}

static int finish(struct cli *c, ota_status st, ota_err *err)
{
	int code = exit_code(st);

	progress_end(&c->progress);
	if (st == OTA_CANCELLED && !err->id)
		ota_fail(err, OTA_E_CANCELLED, "stopped by a signal");
	while (c->out->depth)
		out_end(c->out);
	if (c->rep)
		explain_report_json(c->out, c->rep);
	explain_json(c, st, err);
	if (!out_finish(c->out) && !st) {
		code = 4;
		ota_fail(err, OTA_E_SHORT_WRITE, "standard output could not be written");
		explain_err(c, OTA_IO, err);
	}
	if (st)
		explain_err(c, st, err);
	return code;
}

int main(int argc, char **argv)
{
	ota_err err = OTA_ERR_INIT;
	struct cli c = {0};
	char schema[64], *space;
	int code, words;
	ota_status st;

	if (!standard_streams())
		return 4;
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	st = start(&c, argc, argv, &err);
	snprintf(schema, sizeof(schema), "otatool.%s", c.verb ? c.verb->name : "error");
	space = strchr(schema, ' ');
	if (space)
		*space = '.';
	words = c.verb && verb_sub(c.verb) ? 3 : 2;
	c.out = wants_json(argc, argv) ? out_json_new(schema)
				       : out_text_new(term_width(STDOUT_FILENO));
	if (!c.out)
		return 4;
	if (!st)
		st = run_verb(&c, argc - words, argv + words, &err);
	interrupt_forget();
	code = finish(&c, st, &err);
	ota_report_free(c.rep);
	ota_ctx_free(c.ctx);
	if (st == OTA_CANCELLED && interrupt_seen())
		interrupt_die(interrupt_seen());
	return code;
}
