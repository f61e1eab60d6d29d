/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include <string.h>

static const struct verb *const verbs[] = {
	&verb_keygen,
	&verb_keygen_import,
	&verb_keygen_export,
	&verb_trust,
	&verb_trust_init,
	&verb_trust_edit,
	&verb_trust_sign,
	&verb_trust_verify,
	&verb_trust_show,
	&verb_trust_export,
	&verb_trust_stop,
	&verb_trust_matrix,
	&verb_init,
	&verb_diff,
	&verb_patch,
	&verb_lint,
	&verb_pack,
	&verb_head,
	&verb_slice,
	&verb_sign,
	&verb_export,
	&verb_verify,
	&verb_inspect,
	&verb_compare,
	&verb_repro_check,
	&verb_extract,
	&verb_apply_sim,
	&verb_apply_sim_init,
	&verb_apply_sim_install,
	&verb_apply_sim_boot,
	&verb_apply_sim_status,
	&verb_apply_sim_history,
	&verb_rehearse,
	&verb_explain,
	&verb_completion,
	&verb_help,
	&verb_version,
};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

static const char *const progress_choices[] = {"auto", "always", "never", "json", NULL};

static const struct opt common_opts[] = {
	{0, OPT_FLAG, "json", NULL, "print exactly one JSON object, on failure too",
		offsetof(struct common_opts, json), NULL},
	{0, OPT_CHOICE, "progress", "WHEN",
		"auto (a foreground terminal, after a second), always, never, or json: on stderr",
		offsetof(struct common_opts, progress), progress_choices},
	{'h', OPT_FLAG, "help", NULL, "show this help", offsetof(struct common_opts, help), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group common_group = {"Common", common_opts};

static const struct opt resource_opts[] = {
	{'j', OPT_NUMBER, "jobs", "N",
		"threads; the result is the same (default: all cores, 16 at most)",
		offsetof(struct resource_opts, jobs), NULL},
	{0, OPT_BYTES, "memory", "SIZE", "most memory to hold at once, such as 512M",
		offsetof(struct resource_opts, memory), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group resource_group = {"Resources", resource_opts};

size_t verb_count(void)
{
	return VERBS;
}

const struct verb *verb_at(size_t index)
{
	return index < VERBS ? verbs[index] : NULL;
}

const char *verb_sub(const struct verb *v)
{
	const char *space = strchr(v->name, ' ');

	return space ? space + 1 : NULL;
}

bool verb_is_under(const struct verb *v, const struct verb *of)
{
	size_t len = strlen(of->name);

	return !strncmp(v->name, of->name, len) && v->name[len] == ' ';
}

const struct verb *verb_find(const char *name, const char *sub)
{
	const struct verb *found = NULL;

	for (size_t i = 0; i < VERBS; i++) {
		const struct verb *v = verbs[i];

		if (!strcmp(v->name, name))
			found = v;
		else if (found && sub && verb_is_under(v, found) && !strcmp(verb_sub(v), sub))
			return v;
	}
	return found;
}

ota_status verb_unknown(const char *name, ota_err *err)
{
	const char *names[VERBS], *near;
	size_t n = 0;

	for (size_t i = 0; i < VERBS; i++)
		if (!verb_sub(verbs[i]))
			names[n++] = verbs[i]->name;
	near = ota_nearest(name, names, n);
	if (near)
		return ota_fail(
			err, OTA_E_VERB, "there is no verb '%s'; did you mean '%s'?", name, near);
	return ota_fail(err, OTA_E_VERB, "there is no verb '%s'", name);
}

size_t verb_binds(
	struct opt_bind binds[VERB_BINDS_MAX], const struct verb *v, void *opts, struct cli *c)
{
	size_t n = 0;

	for (const struct opt_use *u = v->options; u && u->group; u++, n++) {
		binds[n].group = u->group;
		binds[n].base = (char *)opts + u->off;
	}
	if (v->flags & VERB_RESOURCES)
		binds[n++] = (struct opt_bind){&resource_group, &c->res};
	binds[n++] = (struct opt_bind){&common_group, &c->common};
	return n;
}
