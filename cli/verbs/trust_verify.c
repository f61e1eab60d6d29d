/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_io.h"
#include "with_root.h"

struct verify_opts {
	const char *previous, *roots;
	struct opt_time at;
	bool allow_test;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "previous", "ROOT", "the root that is believed, which it follows",
		offsetof(struct verify_opts, previous), NULL},
	{0, OPT_TEXT, "roots", "DIR", "the roots that follow it too, N.root.json",
		offsetof(struct verify_opts, roots), NULL},
	{0, OPT_TIME, "at", "TIME", "judge the newest root's expiry at this time",
		offsetof(struct verify_opts, at), NULL},
	{0, OPT_FLAG, "allow-test-keys", NULL, "accept a published TEST-ONLY key",
		offsetof(struct verify_opts, allow_test), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {{&group, 0}, {NULL, 0}};

struct walk {
	struct cli *c;
	const char *next; /* the root at hand, once; NULL: it had its turn */
	struct root_dir dir;
};

static ota_status next(void *arg, uint64_t version, ota_source **out, ota_err *err)
{
	struct walk *w = arg;
	const char *name = w->next;

	w->next = NULL;
	*out = NULL;
	if (name)
		return io_open(out, w->c, name, err);
	return w->dir.path ? root_next(&w->dir, version, out, err) : OTA_OK;
}

static ota_status check_expiry(const struct cli *c, const ota_root *root, ota_err *err)
{
	const struct verify_opts *v = c->opts;
	char expires[OTA_TIME_LEN + 1] = "?";

	if (!v->at.given || v->at.value < ota_root_expires(root))
		return OTA_OK;
	(void)ota_time_format(expires, ota_root_expires(root));
	return ota_fail(err, OTA_E_EXPIRED, "the newest root expired at %s", expires);
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct verify_opts *v = c->opts;
	struct walk w = {c, v->previous ? c->args.v[0] : NULL, {c, v->roots}};
	const ota_root_options opt = {
		.size = sizeof(opt),
		.next = next,
		.arg = &w,
		.allow_test = v->allow_test,
	};
	ota_trust *trust = NULL;
	ota_root *first = NULL;
	ota_status st = root_load(&first, c, v->previous ? v->previous : c->args.v[0], err);

	if (!st)
		st = ota_trust_from_root(&trust, c->ctx, &first, &opt, c->rep, err);
	if (!st)
		st = check_expiry(c, ota_trust_root(trust), err);
	root_show_walk(c->out, c->rep);
	if (!st)
		st = root_show(c->out, ota_trust_root(trust), err);
	if (!st) {
		out_str(c->out, "expiry", NULL, v->at.given ? "judged" : "not_judged");
		out_cell(c->out, "Expiry", v->at.given ? "judged" : "not judged (no --at)");
	}
	ota_trust_free(trust);
	return st;
}

static const char *const operands[] = {"ROOT", NULL};
static const char *const examples[] = {
	"otatool trust verify 1.root.json --at now",
	"otatool trust verify 2.root.json --previous 1.root.json",
	NULL,
};

const struct verb verb_trust_verify = {
	.name = "trust verify",
	.group = "Trust",
	.summary = "check a root of trust, and that it may follow another",
	.synopsis = "ROOT [--previous ROOT] [--roots DIR] [--at TIME]",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct verify_opts),
	.run = run,
	.examples = examples,
};
