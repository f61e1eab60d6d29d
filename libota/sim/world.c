/* SPDX-License-Identifier: MIT */
#include <sim/world.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/mem.h>
#include <base/num.h>
#include <device/flash_file.h>
#include <model/devfile.h>

#define COUNTER_FUSES "counter.fuse"
#define ROOT_FUSES    "root.fuse"

static const char *const meta_names[OTA_SLOTS_MAX] = {
	"meta-0.bin", "meta-1.bin", "meta-2.bin", "meta-3.bin"};

/* ---- image files ---- */

static void close_images(struct ota_sim *sim)
{
	for (struct part *p = sim->part; p < sim->part + sim->part_count; p++) {
		for (unsigned i = 0; i < OTA_SLOTS_MAX; i++) {
			flash_file_close(p->image[i]);
			p->image[i] = NULL;
		}
	}
}

static ota_status file_size(int fd, const char *path, uint64_t *size, ota_err *err)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return ota_fail_sys(err, "find the size of %s", path);
	*size = (uint64_t)end;
	return OTA_OK;
}

/* A slot that is to be written must take what the running one has, and what is announced. */
static ota_status make_room(const struct ota_sim *sim, const struct part *p, int fd,
	const char *path, uint64_t *size, ota_err *err)
{
	uint64_t need = max_u64(p->least, p->image[sim->booted]->geometry.size);
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return ota_fail_sys(err, "look at %s", path);
	if (!S_ISREG(sb.st_mode) || *size >= need)
		return OTA_OK;
	if (!align_u64(&need, need, sim->layout.image.erase_size) || need > INT64_MAX)
		return ota_fail(err, OTA_E_LIMIT, "%s cannot have %" PRIu64 " bytes", path, need);
	if (ftruncate(fd, (off_t)need) != 0)
		return ota_fail_sys(err, "extend %s to %" PRIu64 " bytes", path, need);
	*size = need;
	return OTA_OK;
}

/* Only when it is asked for: a package that is refused makes no file. */
static ota_status open_image(struct ota_sim *sim, struct part *p, unsigned slot, ota_err *err)
{
	bool runs = slot == sim->booted;
	bool locked = runs || sim->folder.read_only;
	int flags = locked ? O_RDONLY : sim->whole ? O_RDWR : O_RDWR | O_CREAT;
	const char *path = p->path[slot];
	struct flash_file_args a = {.name = path,
		.geometry = sim->layout.image,
		.read_only = locked,
		.strict = sim->whole};
	ota_status st;

	a.fd = open(path, flags | O_CLOEXEC, 0666);
	if (a.fd < 0)
		return ota_fail_sys(err, "open %s", path);
	st = file_size(a.fd, path, &a.geometry.size, err);
	if (!st && !locked)
		st = make_room(sim, p, a.fd, path, &a.geometry.size, err);
	if (st) {
		close(a.fd);
		return st;
	}
	return flash_file_new(&p->image[slot], sim->ctx, &a, err);
}

/* What runs is there, or nothing is opened. */
static ota_status open_running(struct ota_sim *sim, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; i < sim->part_count && !st; i++)
		st = open_image(sim, &sim->part[i], sim->booted, err);
	return st;
}

/* ---- the port ---- */

static ota_status part_flash(
	struct ota_sim *sim, unsigned slot, const char *component, ota_flash **out, ota_err *err)
{
	struct part *p = sim->part;
	ota_status st = OTA_OK;

	while (p < sim->part + sim->part_count && strcmp(p->name, component) != 0)
		p++;
	if (p == sim->part + sim->part_count)
		return ota_fail(err, OTA_E_COMPONENTS,
			"the image files hold %s; the package has %s", sim->part[0].name,
			component);
	if (p->image[slot] == NULL)
		st = open_image(sim, p, slot, err);
	*out = p->image[slot];
	return st;
}

static ota_status port_flash(ota_port *p, ota_region region, unsigned slot, const char *component,
	ota_flash **out, ota_err *err)
{
	struct ota_sim *sim = (struct ota_sim *)p;

	switch (region) {
	case OTA_REGION_BOOTCTL:
		*out = sim->bootctl;
		break;
	case OTA_REGION_JOURNAL:
		*out = sim->journal;
		break;
	case OTA_REGION_META:
		*out = sim->meta[slot];
		break;
	case OTA_REGION_IMAGE:
		return part_flash(sim, slot, component, out, err);
	}
	return OTA_OK;
}

static const char *fuse_name(ota_fuse which)
{
	return which == OTA_FUSE_COUNTER ? COUNTER_FUSES : ROOT_FUSES;
}

static ota_status port_fuse_read(ota_port *p, ota_fuse which, uint32_t *value, ota_err *err)
{
	return folder_fuse_read(&((struct ota_sim *)p)->folder, fuse_name(which), value, err);
}

static ota_status port_fuse_burn(ota_port *p, ota_fuse which, uint32_t value, ota_err *err)
{
	return folder_fuse_burn(&((struct ota_sim *)p)->folder, fuse_name(which), value, err);
}

static ota_status port_booted(ota_port *p, unsigned *slot, ota_err *err)
{
	(void)err;
	*slot = ((struct ota_sim *)p)->booted;
	return OTA_OK;
}

static const ota_port_ops port_ops = {
	sizeof(port_ops),
	port_flash,
	port_fuse_read,
	port_fuse_burn,
	port_booted,
};

/* ---- state ---- */

static ota_status open_state(struct ota_sim *sim, bool fresh, ota_err *err)
{
	const struct folder *f = &sim->folder;
	ota_geometry g = sim->layout.state;
	ota_status st;

	g.size = sim->layout.bootctl;
	st = folder_region(&sim->bootctl, f, "bootctl.bin", &g, fresh, err);
	g.size = sim->layout.journal;
	if (!st)
		st = folder_region(&sim->journal, f, "journal.bin", &g, fresh, err);
	g.size = sim->layout.meta;
	for (unsigned i = 0; i < sim->port.nslots && !st; i++) {
		st = folder_region(&sim->meta[i], f, meta_names[i], &g, fresh, err);
	}
	return st;
}

/* A folder that lost `booted` after fuses were burnt is no new device: nothing in it is touched. */
static ota_status new_fuses(const struct ota_sim *sim, ota_err *err)
{
	uint32_t floor = 0;
	ota_status st = folder_fuse_new(&sim->folder, COUNTER_FUSES, err);

	if (!st)
		st = folder_fuse_new(&sim->folder, ROOT_FUSES, err);
	if (!st)
		st = folder_fuse_read(&sim->folder, COUNTER_FUSES, &floor, err);
	if (!st && floor > 0)
		st = ota_fail(err, OTA_E_STATE,
			"%s does not say which slot runs, yet its fuses are at %" PRIu32
			": write the number of the slot into its file `booted`",
			sim->folder.path, floor);
	return st;
}

/* First use, or a first use that was cut short: `booted` comes last. */
static ota_status provision(struct ota_sim *sim, ota_err *err)
{
	ota_status st;

	if (sim->folder.read_only)
		return ota_fail(err, OTA_E_STATE, "%s holds no device yet", sim->folder.path);
	sim->booted = 0;
	st = new_fuses(sim, err);
	if (!st)
		st = open_state(sim, true, err);
	if (!st)
		st = ota_dev_provision(sim->ctx, sim->d, &sim->port, 0, err);
	if (!st)
		st = folder_set_booted(&sim->folder, 0, err);
	return st;
}

/* ---- open and close ---- */

static ota_status open_world(
	struct ota_sim *sim, const ota_sim_options *opt, bool fresh, ota_err *err)
{
	bool found = false;
	ota_status st = world_find(sim, opt, err);

	if (!st)
		st = folder_booted(&sim->folder, &sim->booted, &found, err);
	if (st)
		return st;
	if (sim->booted >= sim->port.nslots)
		return ota_fail(err, OTA_E_STATE, "slot %u runs, but only %u image files are named",
			sim->booted, sim->port.nslots);
	if (!found && sim->whole && !fresh)
		return ota_fail(err, OTA_E_STATE, "%s has no file `booted`: no slot runs",
			sim->folder.path);
	sim->layout = layout_of(sim->d);
	st = found ? open_state(sim, false, err) : provision(sim, err);
	if (!st)
		st = open_running(sim, err);
	return st;
}

static ota_status sim_open(ota_sim **out, const ota_ctx *ctx, const ota_devfile *d,
	const ota_sim_options *opt, bool fresh, ota_err *err)
{
	ota_sim *sim = NULL;
	ota_status st = MEM_NEW(&sim, ctx, err);

	if (st)
		return st;
	sim->port.ops = &port_ops;
	sim->ctx = ctx;
	sim->d = d;
	sim->folder = (struct folder){.ctx = ctx, .fd = -1};
	st = open_world(sim, opt, fresh, err);
	if (st)
		ota_sim_close(sim);
	else
		*out = sim;
	return st;
}

ota_status ota_sim_open(ota_sim **out, const ota_ctx *ctx, const ota_devfile *d,
	const ota_sim_options *opt, ota_err *err)
{
	return sim_open(out, ctx, d, opt, false, err);
}

ota_status world_new(
	ota_sim **out, const ota_ctx *ctx, const ota_devfile *d, const char *path, ota_err *err)
{
	const ota_sim_options opt = {.size = sizeof(opt), .folder = path};

	return sim_open(out, ctx, d, &opt, true, err);
}

void ota_sim_close(ota_sim *sim)
{
	if (sim == NULL)
		return;
	close_images(sim);
	for (unsigned i = 0; i < OTA_SLOTS_MAX; i++) {
		flash_file_close(sim->meta[i]);
		for (size_t k = 0; k < sim->part_count; k++)
			mem_free(sim->ctx, sim->part[k].path[i]);
	}
	for (size_t k = 0; k < sim->part_count; k++)
		mem_free(sim->ctx, sim->part[k].name);
	mem_free(sim->ctx, sim->part);
	flash_file_close(sim->journal);
	flash_file_close(sim->bootctl);
	folder_close(&sim->folder);
	ota_devfile_free(sim->own);
	mem_free(sim->ctx, sim);
}

ota_port *ota_sim_port(ota_sim *sim)
{
	return &sim->port;
}

const char *ota_sim_state_dir(const ota_sim *sim)
{
	return sim->folder.path;
}

const ota_devfile *ota_sim_devfile(const ota_sim *sim)
{
	return sim->d;
}

ota_status ota_sim_set_booted(ota_sim *sim, unsigned slot, ota_err *err)
{
	ota_status st;

	if (slot >= sim->port.nslots)
		return ota_fail(err, OTA_E_ARGUMENT, "slot %u of %u", slot, sim->port.nslots);
	if (slot == sim->booted)
		return OTA_OK;
	st = folder_set_booted(&sim->folder, slot, err);
	if (st)
		return st;
	sim->booted = slot;
	close_images(sim);
	return open_running(sim, err);
}
