/* SPDX-License-Identifier: MIT */
#include "opt_complete.h"
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

/* Through memory: a script is a value like others, in JSON too. */
static char *script(struct cli *c, const char *shell)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	if (!strcmp(shell, "bash"))
		complete_bash(c, f);
	else if (!strcmp(shell, "zsh"))
		complete_zsh(c, f);
	else
		complete_fish(c, f);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static ota_status unknown(const char *shell, size_t shells, ota_err *err)
{
	const char *near = ota_nearest(shell, completion_shells, shells);

	if (near)
		return ota_fail(err, OTA_E_ARGUMENT,
			"there is no completion for '%s'; did you mean %s?", shell, near);
	return ota_fail(err, OTA_E_ARGUMENT,
		"there is no completion for '%s'; there is for bash, zsh and fish", shell);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const char *shell = c->args.v[0];
	size_t i = 0;
	char *text;

	while (completion_shells[i] && strcmp(completion_shells[i], shell) != 0)
		i++;
	if (!completion_shells[i])
		return unknown(shell, i, err);
	text = script(c, shell);
	if (!text)
		return ota_fail_nomem(err);
	out_str(c->out, "shell", NULL, shell);
	out_str(c->out, "script", NULL, text);
	if (!c->common.json)
		fputs(text, stdout);
	free(text);
	return OTA_OK;
}

static const char *const operands[] = {"bash|zsh|fish", NULL};
static const char *const examples[] = {
	"otatool completion bash > otatool.bash",
	NULL,
};

const struct verb verb_completion = {
	.name = "completion",
	.group = "Help",
	.summary = "print a completion script for a shell",
	.synopsis = "bash|zsh|fish",
	.operands = operands,
	.operands_min = 1,
	.operand = OPERAND_SHELL,
	.flags = VERB_PLAIN,
	.run = run,
	.examples = examples,
};
