/* SPDX-License-Identifier: MIT */
/*
 * agent DIR PRODUCT KEY.pub provision | install PKG | boot | good | bad
 *
 * A device's update agent over a port of plain files in DIR, which a real port
 * replaces by partitions and fuses: slot-0.img and slot-1.img must be there;
 * the rest is made at first use. The one component is called rootfs. `provision` is done once, in the factory; `install`
 * writes the other slot, `boot` is what the boot loader does, `good` and `bad`
 * report the trial's health.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ota/device.h>
#include <ota/text.h>

#define COMPONENT "rootfs"
#define BLOCK     4096U
#define META_SIZE (512U << 10U)

struct part {
	ota_flash flash;
	int fd;
};

struct files {
	ota_port port;
	const char *dir;
	struct part boot, journal, meta[2], image[2];
	uint32_t fuse[2], booted;
};

static int open_in(const char *dir, const char *name, int flags)
{
	char path[512];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	return n > 0 && (size_t)n < sizeof(path) ? open(path, flags | O_CLOEXEC, 0600) : -1;
}

/* ---- flash over a file ---- */

static int fd_of(ota_flash *f)
{
	return ((struct part *)f)->fd;
}

static ota_status part_read(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err)
{
	if (pread(fd_of(f), buf, len, (off_t)off) != (ssize_t)len)
		return ota_fail(err, OTA_E_FLASH, "cannot read %zu bytes", len);
	return OTA_OK;
}

static ota_status part_program(
	ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	if (pwrite(fd_of(f), buf, len, (off_t)off) != (ssize_t)len)
		return ota_fail(err, OTA_E_FLASH, "cannot write %zu bytes", len);
	return OTA_OK;
}

static ota_status part_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	uint8_t blank[BLOCK];
	ota_status st = OTA_OK;

	memset(blank, f->geometry.erased, sizeof(blank));
	for (uint64_t done = 0; !st && done < len; done += BLOCK) {
		size_t n = len - done < BLOCK ? (size_t)(len - done) : BLOCK;

		st = part_program(f, blank, n, off + done, err);
	}
	return st;
}

static ota_status part_sync(ota_flash *f, ota_err *err)
{
	if (fdatasync(fd_of(f)) != 0)
		return ota_fail_sys(err, "sync");
	return OTA_OK;
}

static const ota_flash_ops part_ops = {
	.size = sizeof(ota_flash_ops),
	.read = part_read,
	.program = part_program,
	.erase = part_erase,
	.sync = part_sync,
};

/* size 0: the file is there and its size counts. A new file is an erased part. */
static ota_status part_open(
	struct part *p, const char *dir, const char *name, uint64_t size, ota_err *err)
{
	struct stat sb;

	p->fd = open_in(dir, name, size != 0 ? O_RDWR | O_CREAT : O_RDWR);
	if (p->fd < 0 || fstat(p->fd, &sb) != 0)
		return ota_fail_sys(err, "%s", name);
	p->flash.ops = &part_ops;
	p->flash.geometry = (ota_geometry){
		.size = size != 0 ? size : (uint64_t)sb.st_size,
		.erase_size = BLOCK,
		.program_size = 1,
		.erased = 0xFF,
	};
	if ((uint64_t)sb.st_size < size)
		return part_erase(&p->flash, 0, size, err);
	return OTA_OK;
}

/* ---- the port ---- */

static ota_status files_flash(ota_port *port, ota_region region, unsigned slot,
	const char *component, ota_flash **out, ota_err *err)
{
	struct files *f = (struct files *)port;

	/* A name that is not ours must never end up in our slot. */
	if (region == OTA_REGION_IMAGE && strcmp(component, COMPONENT) != 0)
		return ota_fail(
			err, OTA_E_COMPONENTS, "this device has %s, not %s", COMPONENT, component);
	if (slot > 1)
		return ota_fail(err, OTA_E_STATE, "no slot %u", slot);
	switch (region) {
	case OTA_REGION_BOOTCTL:
		*out = &f->boot.flash;
		break;
	case OTA_REGION_JOURNAL:
		*out = &f->journal.flash;
		break;
	case OTA_REGION_META:
		*out = &f->meta[slot].flash;
		break;
	case OTA_REGION_IMAGE:
		*out = &f->image[slot].flash;
		break;
	}
	return OTA_OK;
}

/* What hardware would keep in fuses and a scratch register. */
static ota_status registers(struct files *f, bool write_, ota_err *err)
{
	uint32_t r[3] = {f->fuse[0], f->fuse[1], f->booted};
	int fd = open_in(f->dir, "registers", O_RDWR | O_CREAT);
	ssize_t n;

	if (fd < 0)
		return ota_fail_sys(err, "registers");
	n = write_ ? pwrite(fd, r, sizeof(r), 0) : pread(fd, r, sizeof(r), 0);
	if (n == 0)
		memset(r, 0, sizeof(r));
	if (write_ && n == (ssize_t)sizeof(r) && fsync(fd) != 0)
		n = -1;
	close(fd);
	if (n != (ssize_t)sizeof(r) && (write_ || n != 0))
		return ota_fail(err, OTA_E_STATE, "registers: %zd bytes", n);
	f->fuse[0] = r[0];
	f->fuse[1] = r[1];
	f->booted = r[2];
	return OTA_OK;
}

static ota_status files_fuse_read(ota_port *port, ota_fuse which, uint32_t *value, ota_err *err)
{
	(void)err;
	*value = ((struct files *)port)->fuse[which];
	return OTA_OK;
}

static ota_status files_fuse_burn(ota_port *port, ota_fuse which, uint32_t value, ota_err *err)
{
	struct files *f = (struct files *)port;

	if (value <= f->fuse[which])
		return OTA_OK;
	f->fuse[which] = value;
	return registers(f, true, err);
}

static ota_status files_booted(ota_port *port, unsigned *slot, ota_err *err)
{
	(void)err;
	*slot = ((struct files *)port)->booted;
	return OTA_OK;
}

static const ota_port_ops files_ops = {
	.size = sizeof(ota_port_ops),
	.flash = files_flash,
	.fuse_read = files_fuse_read,
	.fuse_burn = files_fuse_burn,
	.booted = files_booted,
};

static ota_status files_open(struct files *f, const char *dir, ota_err *err)
{
	ota_status st;

	f->port.ops = &files_ops;
	f->port.nslots = 2;
	f->dir = dir;
	st = registers(f, false, err);
	if (!st)
		st = part_open(&f->boot, dir, "bootctl", (uint64_t)2 * BLOCK, err);
	if (!st)
		st = part_open(&f->journal, dir, "journal", (uint64_t)2 * BLOCK, err);
	if (!st)
		st = part_open(&f->meta[0], dir, "meta-0", META_SIZE, err);
	if (!st)
		st = part_open(&f->meta[1], dir, "meta-1", META_SIZE, err);
	if (!st)
		st = part_open(&f->image[0], dir, "slot-0.img", 0, err);
	if (!st)
		st = part_open(&f->image[1], dir, "slot-1.img", 0, err);
	return st;
}

/* ---- the things an agent does ---- */

static ota_status install(
	ota_dev *dev, const ota_ctx *ctx, const char *pub_path, const char *pkg_path, ota_err *err)
{
	ota_install_options opt = {.size = sizeof(opt), .at = OTA_TIME_NONE};
	ota_install_result res = {.size = sizeof(res)};
	ota_source *pub = NULL, *src = NULL;
	ota_key *key = NULL;
	ota_trust *trust = NULL;
	ota_pkg *pkg = NULL;
	ota_status st = ota_source_file(&pub, ctx, pub_path, err);

	if (!st)
		st = ota_key_read(&key, ctx, pub, err);
	if (!st)
		st = ota_trust_from_key(&trust, ctx, key, false, err);
	if (!st)
		st = ota_source_file(&src, ctx, pkg_path, err);
	if (!st)
		st = ota_pkg_open(&pkg, ctx, src, trust, NULL, err);
	if (!st)
		st = ota_dev_install(dev, pkg, &opt, &res, NULL, err);
	if (!st)
		printf(res.nothing_to_do ? "nothing to do\n" : "installed; boot to try it\n");
	ota_pkg_free(pkg);
	ota_source_close(src);
	ota_trust_free(trust);
	ota_key_free(key);
	ota_source_close(pub);
	return st;
}

static ota_status boot(ota_dev *dev, struct files *f, ota_err *err)
{
	ota_boot b = {.size = sizeof(b)};
	ota_status st = ota_dev_boot(dev, &b, NULL, err);

	if (st)
		return st;
	printf("boot slot %u%s%s\n", b.slot, b.trial ? " on trial" : "",
		b.fell_back ? ", fell back" : "");
	f->booted = b.slot;
	return registers(f, true, err);
}

static ota_status run(struct files *f, const ota_ctx *ctx, char **argv, ota_err *err)
{
	ota_devfile *d = NULL;
	ota_dev *dev = NULL;
	ota_status st = ota_devfile_default(&d, ctx, argv[2], err);

	if (!st)
		st = files_open(f, argv[1], err);
	if (!st && strcmp(argv[4], "provision") == 0)
		st = ota_dev_provision(ctx, d, &f->port, 0, err);
	if (!st)
		st = ota_dev_open(&dev, ctx, d, &f->port, err);
	if (!st && strcmp(argv[4], "install") == 0 && argv[5] != NULL)
		st = install(dev, ctx, argv[3], argv[5], err);
	else if (!st && strcmp(argv[4], "boot") == 0)
		st = boot(dev, f, err);
	else if (!st && strcmp(argv[4], "good") == 0)
		st = ota_dev_finish(dev, OTA_HEALTH_GOOD, NULL, err);
	else if (!st && strcmp(argv[4], "bad") == 0)
		st = ota_dev_finish(dev, OTA_HEALTH_BAD, NULL, err);
	else if (!st && strcmp(argv[4], "provision") != 0)
		st = ota_fail(err, OTA_E_ARGUMENT, "%s: no such command", argv[4]);
	ota_dev_close(dev);
	ota_devfile_free(d);
	return st;
}

int main(int argc, char **argv)
{
	struct files f = {.boot.fd = -1};
	ota_err err = OTA_ERR_INIT;
	ota_ctx *ctx = NULL;
	char line[OTA_LINE_MAX + 1];
	ota_status st;

	if (argc < 5) {
		fprintf(stderr, "usage: agent DIR PRODUCT KEY.pub COMMAND\n");
		return 2;
	}
	st = ota_ctx_new(&ctx, NULL, &err);
	if (!st)
		st = run(&f, ctx, argv, &err);
	if (st) {
		ota_err_line(line, &err, NULL);
		fprintf(stderr, "%s\n%s\n", line, err.msg);
	}
	ota_ctx_free(ctx);
	return st ? 1 : 0;
}
