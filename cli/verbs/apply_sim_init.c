/* SPDX-License-Identifier: MIT */
#include "verbs.h"
#include "with_base.h"
#include "with_device.h"

#include <string.h>

struct init_opts {
	const char *device;
	struct opt_list from;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "device", "FILE", "the device file: what it is, has and allows",
		offsetof(struct init_opts, device), NULL},
	{0, OPT_LIST, "from", "IMG",
		"the image that slot a runs; NAME=IMG for each where there are several components",
		offsetof(struct init_opts, from), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Device", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{NULL, 0},
};

struct session {
	struct cli *c;
	const struct init_opts *o;
	ota_devfile *device;
	size_t count; /* of components, an image each */
	struct base image[OPT_LIST_MAX];
};

/* The operand of --from that is for component i; NULL: none. */
static const char *image_of(const struct session *s, size_t i)
{
	const char *name = ota_devfile_slot_at(s->device, i);
	size_t len = strlen(name);

	if (s->count == 1)
		return s->o->from.v[0];
	for (size_t k = 0; k < s->o->from.n; k++)
		if (!strncmp(s->o->from.v[k], name, len) && s->o->from.v[k][len] == '=')
			return s->o->from.v[k] + len + 1;
	return NULL;
}

static ota_status open_image(struct session *s, size_t i, ota_err *err)
{
	const char *name = image_of(s, i);
	ota_status st;

	if (!name)
		return ota_fail(err, OTA_E_ARGUMENT, "say with --from %s=IMG what runs first of %s",
			ota_devfile_slot_at(s->device, i), ota_devfile_slot_at(s->device, i));
	st = base_open(&s->image[i], s->c, name, err);
	if (!st && s->image[i].peek)
		st = ota_fail(err, OTA_E_ARGUMENT,
			"%s is a package: a new device runs images; `extract` writes them", name);
	return st;
}

static ota_status open_all(struct session *s, ota_err *err)
{
	ota_status st = device_open(&s->device, s->c, s->o->device, NULL, err);

	if (st)
		return st;
	s->count = ota_devfile_slot_count(s->device);
	if (s->count != s->o->from.n)
		return ota_fail(err, OTA_E_ARGUMENT,
			"components of the device: %zu; images that --from names: %zu", s->count,
			s->o->from.n);
	for (size_t i = 0; i < s->count && !st; i++)
		st = open_image(s, i, err);
	return st;
}

static ota_status make(struct session *s, ota_err *err)
{
	ota_source *image[OPT_LIST_MAX];
	ota_status st;

	for (size_t i = 0; i < s->count; i++)
		image[i] = s->image[i].file.src;
	st = ota_sim_make(s->c->ctx, s->device, s->c->args.v[0], image, err);
	if (st)
		return st;
	out_str(s->c->out, "folder", "Device folder", s->c->args.v[0]);
	out_str(s->c->out, "product", "Product", ota_devfile_product(s->device));
	out_str(s->c->out, "runs_version", "Version", ota_devfile_version(s->device));
	out_str(s->c->out, "running", "Runs", "a");
	return OTA_OK;
}

static ota_status run(struct cli *c, ota_err *err)
{
	struct session s = {.c = c, .o = c->opts};
	ota_status st;

	if (!s.o->device)
		return ota_fail(err, OTA_E_ARGUMENT, "say with --device what device it is");
	if (!s.o->from.n)
		return ota_fail(err, OTA_E_ARGUMENT, "say with --from what it runs first");
	st = open_all(&s, err);
	if (!st)
		st = make(&s, err);
	for (size_t i = 0; i < OPT_LIST_MAX; i++)
		base_close(&s.image[i]);
	ota_devfile_free(s.device);
	return st;
}

static const char *const operands[] = {"DEV", NULL};
static const char *const examples[] = {
	"otatool apply-sim init board --device update.device.yaml --from old.img",
	NULL,
};

const struct verb verb_apply_sim_init = {
	.name = "apply-sim init",
	.group = "Device",
	.summary = "make a device: a folder with its device file, flash, fuses and state",
	.synopsis = "DEV --device FILE --from IMG",
	.operands = operands,
	.operands_min = 1,
	.options = options,
	.opts_size = sizeof(struct init_opts),
	.run = run,
	.examples = examples,
};
