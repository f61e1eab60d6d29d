/* SPDX-License-Identifier: MIT */
#include "show_package.h"
#include "verbs.h"
#include "with_device.h"
#include "with_io.h"
#include "with_sim.h"
#include "with_trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BOOTS_MAX 16 /* a trial has 7 tries at most */
#define SLOT_UNIT ((uint64_t)1 << 20)

struct apply_opts {
	struct trust_opts trust;
	const char *slot[2], *device, *state, *component;
	unsigned health; /* ota_health */
	struct opt_time at;
	bool reinstall, retry_failed;
};

static const char *const healths[] = {"good", "bad", "hang", NULL};

static const struct opt rows[] = {
	{0, OPT_TEXT, "slot-a", "A.img",
		"the image of slot a, which runs at first; never written while it runs",
		offsetof(struct apply_opts, slot[0]), NULL},
	{0, OPT_TEXT, "slot-b", "B.img", "the image of slot b; made if there is none",
		offsetof(struct apply_opts, slot[1]), NULL},
	{0, OPT_CHOICE, "health", "HEALTH", "how the new system does: good, bad, or hang",
		offsetof(struct apply_opts, health), healths},
	{0, OPT_TEXT, "device", "FILE", "the device file (default: any device of the product)",
		offsetof(struct apply_opts, device), NULL},
	{0, OPT_TEXT, "state", "DIR", "where the device's state lives (default A.img.state)",
		offsetof(struct apply_opts, state), NULL},
	{0, OPT_TEXT, "component", "NAME", "what the slots hold (default: the package's only one)",
		offsetof(struct apply_opts, component), NULL},
	{0, OPT_TIME, "at", "TIME", "the device's clock (default: it has none)",
		offsetof(struct apply_opts, at), NULL},
	{0, OPT_FLAG, "reinstall", NULL, "install the version that runs once more",
		offsetof(struct apply_opts, reinstall), NULL},
	{0, OPT_FLAG, "retry-failed", NULL, "install what fell back before",
		offsetof(struct apply_opts, retry_failed), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Device", rows};
static const struct opt_use options[] = {
	{&trust_group, offsetof(struct apply_opts, trust)},
	{&group, 0},
	{NULL, 0},
};

struct session {
	struct cli *c;
	const struct apply_opts *a;
	struct trust trust;
	struct io_file in;
	ota_pkg *pkg;
	char *product, *version, *component;
	ota_devfile *device;
	ota_sim *sim;
	ota_dev *dev;
	ota_boot boot;
	unsigned target; /* the slot that was written */
	bool rolled_back;
};

static void step(struct session *s, const char *what, unsigned slot, const char *outcome)
{
	const char name[2] = {(char)('a' + slot), '\0'};

	out_row(s->c->out);
	out_str(s->c->out, "step", "Step", what);
	out_str(s->c->out, "slot", "Slot", name);
	out_str(s->c->out, "outcome", "Outcome", outcome);
	out_end(s->c->out);
}

static ota_status open_package(struct session *s, ota_err *err)
{
	const ota_manifest *m;
	const uint8_t *digest;
	ota_status st;
	size_t len;

	st = trust_open(&s->trust, s->c, &s->a->trust, err);
	if (!st)
		st = io_open_file(&s->in, s->c, s->c->args.v[0], err);
	if (!st)
		st = ota_pkg_open(&s->pkg, s->c->ctx, s->in.src, s->trust.trust, s->c->rep, err);
	if (st)
		return st;
	m = ota_pkg_manifest(s->pkg);
	digest = ota_pkg_digest(s->pkg, &len);
	show_keep_digest(s->c, digest, len);
	if (!s->a->component && ota_manifest_count(m, "components") != 1)
		return ota_fail(err, OTA_E_ARGUMENT,
			"the package has %zu components; say with --component what the slots hold",
			ota_manifest_count(m, "components"));
	s->product = show_get(m, "product");
	s->version = show_get(m, "version");
	s->component = s->a->component ? strdup(s->a->component) : show_get(m, "components.0.name");
	if (!s->product || !s->version || !s->component)
		return ota_fail_nomem(err);
	st = show_identity(s->c->out, "Package", m, digest, len, err);
	if (!st)
		trust_show(s->c->out, &s->trust, s->pkg);
	return st;
}

/* A slot file that is absent gets room for the new image and for one like the other's. */
static void room_for(uint64_t *most, char *size)
{
	uint64_t n;

	if (size && opt_u64(&n, size) && n > *most)
		*most = n;
	free(size);
}

static uint64_t slot_size(const struct session *s)
{
	const ota_manifest *m = ota_pkg_manifest(s->pkg);
	uint64_t most = 0;
	struct stat info;

	for (size_t i = 0; i < ota_manifest_count(m, "components"); i++) {
		char variants[64];

		room_for(&most, show_get(m, "components.%zu.target.size", i));
		snprintf(variants, sizeof(variants), "components.%zu.variants", i);
		for (size_t k = 0; k < ota_manifest_count(m, variants); k++)
			room_for(&most, show_get(m, "%s.%zu.target.size", variants, k));
	}
	for (int i = 0; i < 2; i++)
		if (!stat(s->a->slot[i], &info) && S_ISREG(info.st_mode) &&
			(uint64_t)info.st_size > most)
			most = (uint64_t)info.st_size;
	return (most + SLOT_UNIT - 1) / SLOT_UNIT * SLOT_UNIT;
}

static ota_status open_sim(struct session *s, ota_err *err)
{
	const ota_sim_options opt = {
		.size = sizeof(opt),
		.slot_path = {s->a->slot[0], s->a->slot[1]},
		.state_dir = s->a->state,
		.component = s->component,
		.slot_size = slot_size(s),
	};
	ota_status st;

	st = ota_sim_open(&s->sim, s->c->ctx, s->device, &opt, err);
	if (!st)
		st = ota_dev_open(&s->dev, s->c->ctx, s->device, ota_sim_port(s->sim), err);
	return st;
}

/* The loader chooses a slot, and that system comes up: what it knew before is gone. */
static ota_status power_on(struct session *s, const char *what, ota_err *err)
{
	ota_status st;

	s->boot = (ota_boot){.size = sizeof(s->boot)};
	st = ota_dev_boot(s->dev, &s->boot, s->c->rep, err);
	if (st)
		return st;
	step(s, what, s->boot.slot,
		s->boot.fell_back ? "the update fell back"
		: s->boot.trial   ? "on trial"
				  : "committed system");
	ota_dev_close(s->dev);
	s->dev = NULL;
	st = ota_sim_set_booted(s->sim, s->boot.slot, err);
	if (!st)
		st = ota_dev_open(&s->dev, s->c->ctx, s->device, ota_sim_port(s->sim), err);
	return st;
}

/* A bad system still lives to say so; the refusal it returns is the verdict of the run. */
static ota_status give_up(struct session *s, ota_err *err)
{
	ota_status st = ota_dev_finish(s->dev, OTA_HEALTH_BAD, s->c->rep, err);
	ota_err later = OTA_ERR_INIT;
	ota_status boot;

	if (err->id != OTA_E_HEALTH)
		return st;
	step(s, "health check", s->boot.slot, "bad: given up");
	s->rolled_back = true;
	boot = power_on(s, "boot", &later);
	if (!boot)
		return st;
	*err = later;
	return boot;
}

/* A hanging system reports nothing: the watchdog boots again until the tries run out. */
static ota_status hang(struct session *s, ota_err *err)
{
	const unsigned slot = s->boot.slot;
	ota_status st = OTA_OK;

	for (int i = 0; !st && s->boot.trial && i < BOOTS_MAX; i++) {
		step(s, "health check", slot, "no answer: the watchdog resets");
		st = power_on(s, "boot", err);
	}
	if (st)
		return st;
	s->rolled_back = true;
	return ota_fail(err, OTA_E_ROLLED_BACK,
		"version %s never answered its health check; slot %c runs again", s->version,
		'a' + (int)s->boot.slot);
}

/* The trial of what was booted, if it is one. */
static ota_status settle(struct session *s, ota_err *err)
{
	ota_dev_state state = {.size = sizeof(state)};
	char text[32];
	ota_status st;

	if (!s->boot.trial)
		return OTA_OK;
	if (s->a->health == OTA_HEALTH_BAD)
		return give_up(s, err);
	if (s->a->health == OTA_HEALTH_HANG)
		return hang(s, err);
	step(s, "health check", s->boot.slot, "good");
	st = ota_dev_finish(s->dev, OTA_HEALTH_GOOD, s->c->rep, err);
	if (!st)
		st = ota_dev_state_get(s->dev, &state, err);
	if (st)
		return st;
	s->boot.trial = false;
	snprintf(text, sizeof(text), "counter floor %" PRIu32, state.floor);
	step(s, "commit", s->boot.slot, text);
	return OTA_OK;
}

static ota_status install(struct session *s, bool *nothing, ota_err *err)
{
	const ota_install_options opt = {
		.size = sizeof(opt),
		.at = s->a->at.given ? s->a->at.value : OTA_TIME_NONE,
		.reinstall = s->a->reinstall,
		.retry_failed = s->a->retry_failed,
	};
	ota_install_result res = {.size = sizeof(res)};
	ota_status st = ota_dev_install(s->dev, s->pkg, &opt, &res, s->c->rep, err);
	char text[96];

	if (st)
		return st;
	*nothing = res.nothing_to_do;
	s->target = res.slot;
	if (res.nothing_to_do) {
		step(s, "install", s->boot.slot, "nothing to do: it is committed already");
		return OTA_OK;
	}
	snprintf(text, sizeof(text), "%s%" PRIu64 " bytes written, read back, switched",
		res.resumed ? "resumed: " : "", res.written);
	step(s, "install", res.slot, text);
	return OTA_OK;
}

/* Whatever the steps said: this package runs, committed, or it does not. */
static ota_status check_end(struct session *s, ota_err *err)
{
	ota_slot_state state = {.size = sizeof(state)};
	size_t len;
	const uint8_t *digest = ota_pkg_digest(s->pkg, &len);
	ota_status st = ota_dev_slot_get(s->dev, s->boot.slot, &state, err);

	if (st)
		return st;
	if (!s->boot.trial && s->boot.slot == s->target && !memcmp(state.digest, digest, len))
		return ota_dev_slot_verify(s->dev, s->boot.slot, s->component, err);
	s->rolled_back = true;
	return ota_fail(err, OTA_E_ROLLED_BACK, "version %s is not what runs: slot %c starts",
		s->version, 'a' + (int)s->boot.slot);
}

static ota_status update(struct session *s, ota_err *err)
{
	bool nothing = false;
	ota_status st;

	out_table(s->c->out, "steps", "What the device does");
	st = power_on(s, "power on", err);
	if (!st)
		st = settle(s, err);
	if (!st)
		st = install(s, &nothing, err);
	if (!st && !nothing)
		st = power_on(s, "reboot", err);
	if (!st && !nothing)
		st = settle(s, err);
	if (!st && !nothing)
		st = power_on(s, "reboot", err);
	if (!st)
		st = check_end(s, err);
	out_end(s->c->out);
	return st;
}

/* How the device stands now, whatever happened before. */
static void show_state(struct session *s)
{
	const struct sim sim = {s->c, s->sim, s->dev};
	ota_dev_state dev = {.size = sizeof(dev)};

	if (!s->dev || ota_dev_state_get(s->dev, &dev, NULL))
		return;
	sim_show_slots(&sim, s->a->slot);
	sim_show_floor(s->c->out, &dev);
	out_str(s->c->out, "state", "State folder", ota_sim_state_dir(s->sim));
}

static void close_session(struct session *s)
{
	ota_dev_close(s->dev);
	ota_sim_close(s->sim);
	ota_devfile_free(s->device);
	free(s->component);
	free(s->version);
	free(s->product);
	ota_pkg_free(s->pkg);
	io_close_file(&s->in);
	trust_close(&s->trust);
}

/* NULL: neither, the device stopped in the middle and goes on the next time. */
static const char *outcome(const struct session *s, ota_status st)
{
	if (!st)
		return "success";
	if (s->rolled_back)
		return "rolled back";
	return st == OTA_REFUSED || st == OTA_UNTRUSTED || st == OTA_DEFERRED ? "unchanged" : NULL;
}

static ota_status run(struct cli *c, ota_err *err)
{
	struct session s = {.c = c, .a = c->opts};
	ota_status st;

	if (!s.a->trust.key)
		return ota_fail(err, OTA_E_NO_TRUST, "nobody's signature is trusted");
	if (!s.a->slot[0] || !s.a->slot[1])
		return ota_fail(err, OTA_E_ARGUMENT, "name both slots with --slot-a and --slot-b");
	st = io_claim(c, s.a->slot[0], err);
	if (!st)
		st = io_claim(c, s.a->slot[1], err);
	if (!st)
		st = open_package(&s, err);
	if (!st)
		st = device_open(&s.device, c, s.a->device, s.product, err);
	if (!st)
		st = open_sim(&s, err);
	if (!st)
		st = update(&s, err);
	show_state(&s);
	out_str(c->out, "outcome", "Outcome", outcome(&s, st));
	close_session(&s);
	return st;
}

static const char *const operands[] = {"PKG.otap", NULL};
static const char *const examples[] = {
	"otatool apply-sim release.otap --key rel.pub --slot-a a.img --slot-b b.img",
	NULL,
};

const struct verb verb_apply_sim = {
	.name = "apply-sim",
	.group = "Device",
	.summary = "install a package on an emulated A/B device made of image files",
	.synopsis = "PKG.otap --key PUB --slot-a A.img --slot-b B.img [--health good|bad|hang]",
	.operands = operands,
	.operands_min = 1,
	.flags = VERB_RESOURCES,
	.options = options,
	.opts_size = sizeof(struct apply_opts),
	.run = run,
	.examples = examples,
};
