/* SPDX-License-Identifier: MIT */
#include "with_approval.h"

#include "with_io.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIST_MAX (1U << 20)

static const struct opt rows[] = {
	{0, OPT_TEXT, "policy", "FILE",
		"sign only what this policy allows, otap-sign-policy in YAML",
		offsetof(struct approval_opts, policy), NULL},
	{0, OPT_TIME, "at", "TIME", "with --policy: what the time is (default: now)",
		offsetof(struct approval_opts, at), NULL},
	{0, OPT_TEXT, "expect", "FILE",
		"sign only packages whose digest begins a line of FILE: sha256:...",
		offsetof(struct approval_opts, expect), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
const struct opt_group approval_group = {"What may be signed", rows};

static ota_status read_policy(struct approval *a, struct cli *c, const char *path, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, path, err);

	if (!st)
		st = ota_sign_policy_read(&a->policy, c->ctx, src, path, c->rep, err);
	ota_source_close(src);
	return st;
}

/* The first word of each line that is neither empty nor begins with #. */
static ota_status split(struct approval *a, ota_err *err)
{
	size_t lines = 1;
	char *rest = NULL;

	for (const char *p = a->text; *p; p++)
		lines += *p == '\n';
	a->words = calloc(lines, sizeof(*a->words));
	if (!a->words)
		return ota_fail_nomem(err);
	for (char *l = strtok_r(a->text, "\r\n", &rest); l; l = strtok_r(NULL, "\r\n", &rest)) {
		l += strspn(l, " \t");
		l[strcspn(l, " \t")] = '\0';
		if (*l && *l != '#')
			a->words[a->count++] = l;
	}
	return OTA_OK;
}

static ota_status read_list(struct approval *a, struct cli *c, const char *path, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = io_open(&src, c, path, err);
	size_t len = 0;

	a->text = calloc(1, LIST_MAX + 2);
	if (!st && !a->text)
		st = ota_fail_nomem(err);
	if (!st)
		st = ota_source_read(src, a->text, LIST_MAX + 1, &len, err);
	if (!st && len > LIST_MAX)
		st = ota_fail(err, OTA_E_LIMIT, "%s is longer than a list of 1 MiB", path);
	if (!st && strlen(a->text) != len)
		st = ota_fail(err, OTA_E_TEXT, "%s is no text", path);
	ota_source_close(src);
	return st ? st : split(a, err);
}

ota_status approval_open(
	struct approval *a, struct cli *c, const struct approval_opts *o, ota_err *err)
{
	ota_status st = OTA_OK;

	if (o->at.given && !o->policy)
		return ota_fail(err, OTA_E_OPTION, "--at goes with --policy");
	if (o->policy)
		st = read_policy(a, c, o->policy, err);
	if (!st && o->expect)
		st = read_list(a, c, o->expect, err);
	return st;
}

void approval_into(ota_sign_options *opt, const struct approval *a, const struct approval_opts *o)
{
	opt->policy = a->policy;
	opt->at = o->at.given ? o->at.value : (int64_t)time(NULL);
	opt->expect = a->words;
	opt->expect_count = a->count;
}

void approval_close(struct approval *a)
{
	ota_sign_policy_free(a->policy);
	free(a->words);
	free(a->text);
}
