/* SPDX-License-Identifier: MIT */
#include <ota/sim.h>

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
#include <sim/folder.h>
#include <sim/layout.h>

#define COUNTER_FUSES "counter.fuse"
#define ROOT_FUSES    "root.fuse"

static const char *const meta_names[OTA_SLOTS_MAX] = {
	"meta-0.bin", "meta-1.bin", "meta-2.bin", "meta-3.bin"};

struct ota_sim {
	ota_port port;
	const ota_ctx *ctx;
	const ota_devfile *d;
	struct folder folder;
	char *component;
	char *path[OTA_SLOTS_MAX];
	uint64_t slot_size; /* at least */
	unsigned booted;
	struct layout layout;
	ota_flash *bootctl, *journal, *meta[OTA_SLOTS_MAX], *images[OTA_SLOTS_MAX];
};

/* ---- image files ---- */

static void close_images(struct ota_sim *sim)
{
	for (unsigned i = 0; i < OTA_SLOTS_MAX; i++) {
		flash_file_close(sim->images[i]);
		sim->images[i] = NULL;
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
static ota_status make_room(
	const struct ota_sim *sim, int fd, const char *path, uint64_t *size, ota_err *err)
{
	uint64_t need = sim->slot_size;
	struct stat sb;

	need = max_u64(need, sim->images[sim->booted]->geometry.size);
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
static ota_status open_image(struct ota_sim *sim, unsigned slot, ota_err *err)
{
	bool runs = slot == sim->booted;
	bool locked = runs || sim->folder.read_only;
	const char *path = sim->path[slot];
	struct flash_file_args a = {
		.name = path, .geometry = sim->layout.image, .read_only = locked};
	ota_status st;

	a.fd = open(path, (locked ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0666);
	if (a.fd < 0)
		return ota_fail_sys(err, "open %s", path);
	st = file_size(a.fd, path, &a.geometry.size, err);
	if (!st && !locked)
		st = make_room(sim, a.fd, path, &a.geometry.size, err);
	if (st) {
		close(a.fd);
		return st;
	}
	return flash_file_new(&sim->images[slot], sim->ctx, &a, err);
}

/* One file under two names would be overwritten while it runs. */
static ota_status check_distinct(const struct ota_sim *sim, ota_err *err)
{
	struct stat a, b;

	for (unsigned i = 0; i < sim->port.nslots; i++) {
		if (stat(sim->path[i], &a) != 0)
			continue;
		for (unsigned k = 0; k < i; k++)
			if (stat(sim->path[k], &b) == 0 && a.st_dev == b.st_dev &&
				a.st_ino == b.st_ino)
				return ota_fail(err, OTA_E_ARGUMENT,
					"%s and %s are the same file; each slot needs its own",
					sim->path[k], sim->path[i]);
	}
	return OTA_OK;
}

/* ---- the port ---- */

static ota_status port_flash(ota_port *p, ota_region region, unsigned slot, const char *component,
	ota_flash **out, ota_err *err)
{
	struct ota_sim *sim = (struct ota_sim *)p;
	ota_status st = OTA_OK;

	if (region == OTA_REGION_IMAGE && strcmp(component, sim->component) != 0)
		return ota_fail(err, OTA_E_COMPONENTS,
			"the image files hold %s; the package has %s", sim->component, component);
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
		if (sim->images[slot] == NULL)
			st = open_image(sim, slot, err);
		*out = sim->images[slot];
		break;
	}
	return st;
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
	ota_status st = OTA_OK;

	if (opt->component == NULL || opt->slot_path[0] == NULL || opt->slot_path[1] == NULL)
		return ota_fail(
			err, OTA_E_ARGUMENT, "two image files and their component are needed");
	sim->slot_size = least_size(sim->d, opt);
	sim->layout = layout_of(sim->d);
	st = copy_text(&sim->component, sim->ctx, opt->component, "", err);
	while (!st && sim->port.nslots < OTA_SLOTS_MAX &&
		opt->slot_path[sim->port.nslots] != NULL) {
		unsigned i = sim->port.nslots++;

		st = copy_text(&sim->path[i], sim->ctx, opt->slot_path[i], "", err);
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

static ota_status open_world(struct ota_sim *sim, const ota_sim_options *opt, ota_err *err)
{
	bool found = false;
	ota_status st = take_options(sim, opt, err);

	if (!st)
		st = open_folder(sim, opt, err);
	if (!st)
		st = folder_booted(&sim->folder, &sim->booted, &found, err);
	if (st)
		return st;
	if (sim->booted >= sim->port.nslots)
		return ota_fail(err, OTA_E_STATE, "slot %u runs, but only %u image files are named",
			sim->booted, sim->port.nslots);
	st = found ? open_state(sim, false, err) : provision(sim, err);
	if (!st)
		st = open_image(sim, sim->booted, err);
	return st;
}

ota_status ota_sim_open(ota_sim **out, const ota_ctx *ctx, const ota_devfile *d,
	const ota_sim_options *opt, ota_err *err)
{
	ota_sim *sim = NULL;
	ota_status st = MEM_NEW(&sim, ctx, err);

	if (st)
		return st;
	sim->port.ops = &port_ops;
	sim->ctx = ctx;
	sim->d = d;
	sim->folder = (struct folder){.ctx = ctx, .fd = -1};
	st = open_world(sim, opt, err);
	if (st)
		ota_sim_close(sim);
	else
		*out = sim;
	return st;
}

void ota_sim_close(ota_sim *sim)
{
	if (sim == NULL)
		return;
	close_images(sim);
	for (unsigned i = 0; i < OTA_SLOTS_MAX; i++) {
		flash_file_close(sim->meta[i]);
		mem_free(sim->ctx, sim->path[i]);
	}
	flash_file_close(sim->journal);
	flash_file_close(sim->bootctl);
	mem_free(sim->ctx, sim->component);
	folder_close(&sim->folder);
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
	return open_image(sim, slot, err);
}
