/* SPDX-License-Identifier: MIT */
/* Which files stand for a device: those that were named, or those of a device folder. */
#include <sim/world.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/mem.h>
#include <base/num.h>
#include <model/devfile.h>

static ota_status copy_text(
	char **out, const ota_ctx *ctx, const char *a, const char *b, ota_err *err)
{
	size_t len = strlen(a) + strlen(b) + 1;
	char *s = NULL;
	ota_status st = mem_new_bytes(&s, ctx, len, err);

	if (st)
		return st;
	snprintf(s, len, "%s%s", a, b);
	*out = s;
	return OTA_OK;
}

static ota_status new_parts(struct ota_sim *sim, size_t n, ota_err *err)
{
	ota_status st = mem_new_bytes(&sim->part, sim->ctx, n * sizeof(*sim->part), err);

	if (!st)
		sim->part_count = n;
	return st;
}

/* ---- image files and a state folder ---- */

/* One file under two names would be overwritten while it runs. */
static ota_status check_distinct(const struct ota_sim *sim, ota_err *err)
{
	char *const *path = sim->part[0].path;
	struct stat a, b;

	for (unsigned i = 0; i < sim->port.nslots; i++) {
		if (stat(path[i], &a) != 0)
			continue;
		for (unsigned k = 0; k < i; k++)
			if (stat(path[k], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
				return ota_fail(err, OTA_E_ARGUMENT,
					"%s and %s are the same file; each slot needs its own",
					path[k], path[i]);
	}
	return OTA_OK;
}

static uint64_t least_size(const ota_devfile *d, const ota_sim_options *opt)
{
	uint64_t size = opt->slot_size;

	for (size_t i = 0; i < d->slot_count; i++)
		if (strcmp(d->slots[i].component, opt->component) == 0)
			size = max_u64(size, d->slots[i].size);
	return size;
}

static ota_status take_options(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	struct part *p;
	ota_status st;

	if (opt->component == NULL || opt->slot_path[0] == NULL || opt->slot_path[1] == NULL)
		return ota_fail(
			err, OTA_E_ARGUMENT, "two image files and their component are needed");
	st = new_parts(sim, 1, err);
	if (st)
		return st;
	p = sim->part;
	p->least = least_size(sim->d, opt);
	st = copy_text(&p->name, sim->ctx, opt->component, "", err);
	while (!st && sim->port.nslots < OTA_SLOTS_MAX &&
		opt->slot_path[sim->port.nslots] != NULL) {
		unsigned i = sim->port.nslots++;

		st = copy_text(&p->path[i], sim->ctx, opt->slot_path[i], "", err);
	}
	if (!st)
		st = check_distinct(sim, err);
	return st;
}

/* A folder is not made for an image that is not there. */
static ota_status open_folder(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	char *path = NULL;
	ota_status st;

	if (opt->state_dir != NULL)
		st = copy_text(&path, sim->ctx, opt->state_dir, "", err);
	else
		st = copy_text(&path, sim->ctx, opt->slot_path[0], ".state", err);
	if (st)
		return st;
	if (access(path, F_OK) != 0 && access(opt->slot_path[0], R_OK) != 0)
		st = ota_fail_sys(err, "open %s", opt->slot_path[0]);
	else
		st = folder_open(&sim->folder, sim->ctx, path, opt->read_only, err);
	mem_free(sim->ctx, path);
	return st;
}

static ota_status open_files(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	ota_status st = take_options(sim, opt, err);

	return st ? st : open_folder(sim, opt, err);
}

/* ---- a device folder ---- */

ota_status world_image_path(char **out, const ota_ctx *ctx, const char *dir, unsigned slot,
	const char *component, ota_err *err)
{
	size_t len = strlen(dir) + strlen(component) + sizeof("/a-.img");
	char *s = NULL;
	ota_status st = mem_new_bytes(&s, ctx, len, err);

	if (st)
		return st;
	snprintf(s, len, "%s/%c-%s.img", dir, 'a' + (int)slot, component);
	*out = s;
	return OTA_OK;
}

static ota_status read_devfile(struct ota_sim *sim, const char *path, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st = ota_source_file(&src, sim->ctx, path, err);

	if (!st)
		st = ota_devfile_load(&sim->own, sim->ctx, src, path, NULL, err);
	ota_source_close(src);
	sim->d = sim->own;
	return st;
}

static ota_status take_slots(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	const ota_devfile *d = sim->d;
	ota_status st;

	if (d->slot_count == 0)
		return ota_fail(err, OTA_E_ARGUMENT,
			"the device has no slots: name its components in `slots` of its file");
	st = new_parts(sim, d->slot_count, err);
	for (size_t i = 0; i < d->slot_count && !st; i++) {
		struct part *p = &sim->part[i];
		const struct devfile_slot *s = &d->slots[i];

		p->least = s->size > 0 ? s->size : opt->slot_size;
		st = copy_text(&p->name, sim->ctx, s->component, "", err);
		for (unsigned k = 0; k < WORLD_SLOTS && !st; k++)
			st = world_image_path(
				&p->path[k], sim->ctx, opt->folder, k, s->component, err);
	}
	sim->port.nslots = WORLD_SLOTS;
	return st;
}

/* Looked at before the folder is opened, which would make one. */
static ota_status open_device(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	char *path = NULL;
	ota_status st = copy_text(&path, sim->ctx, opt->folder, "/" WORLD_DEVFILE, err);

	if (!st && access(path, F_OK) != 0)
		st = ota_fail(err, OTA_E_NO_DEVICE, "%s is not a device folder: it has no %s",
			opt->folder, WORLD_DEVFILE);
	if (!st)
		st = folder_open(&sim->folder, sim->ctx, opt->folder, opt->read_only, err);
	if (!st && sim->d == NULL)
		st = read_devfile(sim, path, err);
	if (!st)
		st = take_slots(sim, opt, err);
	mem_free(sim->ctx, path);
	return st;
}

ota_status world_find(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	sim->whole = opt->folder != NULL;
	return sim->whole ? open_device(sim, opt, err) : open_files(sim, opt, err);
}
