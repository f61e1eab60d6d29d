/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include <stdio.h>
#include <string.h>

/* It is only the first word of others. */
static ota_status run(struct cli *c, ota_err *err)
{
	char names[160] = "";

	for (size_t i = 0; i < verb_count(); i++) {
		const struct verb *v = verb_at(i);
		size_t len = strlen(names);

		if (verb_is_under(v, c->verb))
			snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
				verb_sub(v));
	}
	return ota_fail(err, OTA_E_VERB, "trust is followed by one of %s", names);
}

static const char *const operands[] = {"VERB", NULL};
static const char *const examples[] = {
	"otatool trust init --root-key ana.pub --release-key rel.pub --expires +1y -o root.json",
	"otatool trust sign root.json -k ana.key",
	NULL,
};

const struct verb verb_trust = {
	.name = "trust",
	.group = "Trust",
	.summary = "roots of trust: who may sign what, from one version to the next",
	.synopsis = "init|edit|sign|verify|show|export|stop|matrix …",
	.operands = operands,
	.operand = OPERAND_NONE,
	.run = run,
	.examples = examples,
};
