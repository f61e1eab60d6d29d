/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include <stdio.h>

static ota_status run(struct cli *c, ota_err *err)
{
	char line[64], tools[OTA_TOOLS_LEN];

	(void)err;
	snprintf(line, sizeof(line), "otatool %s", OTA_VERSION);
	out_line(c->out, line);
	out_str(c->out, "otatool", NULL, OTA_VERSION);
	out_str(c->out, "libota", "libota", ota_version());
	ota_tools(tools);
	out_str(c->out, "tools", "Packs with", tools);
	out_str(c->out, "package_format", "Package format", "1.0");
	return OTA_OK;
}

static const char *const examples[] = {
	"otatool version",
	NULL,
};

const struct verb verb_version = {
	.name = "version",
	.group = "Help",
	.summary = "print the versions of program, library and formats",
	.synopsis = "",
	.operand = OPERAND_NONE,
	.flags = VERB_PLAIN,
	.run = run,
	.examples = examples,
};
