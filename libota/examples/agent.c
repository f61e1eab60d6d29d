/* SPDX-License-Identifier: MIT */
/*
 * agent DIR PRODUCT KEY.pub provision | update PKG | boot | restarted good|bad
 *                           | active | verify SLOT | switch SLOT
 *
 * A device's update agent over a port of plain files in DIR, which a real port
 * replaces by partitions and fuses: slot-0.img and slot-1.img must be there;
 * the rest is made at first use. The one component is called rootfs.
 * `provision` is done once, in the factory. `update` goes through the client's
 * states until the device must restart; `boot` is what the boot loader does;
 * `restarted` goes on, with the new system's health. `active`, `verify` and
 * `switch` are the slot services.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ota/client.h>
#include <ota/slots.h>
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

/* ---- the client's handlers ---- */

struct agent {
	const ota_ctx *ctx;
	ota_dev *dev;
	struct files *files;
	const char *pub, *path;
	ota_health health;
	ota_key *key;
	ota_trust *trust;
	ota_source *src;
	ota_pkg *pkg;
};

static ota_client_event failed_or(ota_status st, ota_client_event ev)
{
	return st ? OTA_ON_FAILED : ev;
}

static ota_client_event check(void *arg, ota_err *why)
{
	struct agent *a = arg;

	return failed_or(ota_source_file(&a->src, a->ctx, a->path, why), OTA_ON_FOUND);
}

/* The package is a file of this machine. */
static ota_client_event download(void *arg, ota_err *why)
{
	(void)arg;
	(void)why;
	return OTA_ON_DOWNLOADED;
}

static ota_client_event verify(void *arg, ota_err *why)
{
	struct agent *a = arg;
	ota_source *pub = NULL;
	ota_status st = ota_source_file(&pub, a->ctx, a->pub, why);

	if (!st)
		st = ota_key_read(&a->key, a->ctx, pub, why);
	if (!st)
		st = ota_trust_from_key(&a->trust, a->ctx, a->key, false, why);
	if (!st)
		st = ota_pkg_open(&a->pkg, a->ctx, a->src, a->trust, NULL, why);
	if (!st)
		st = ota_pkg_verify(a->pkg, NULL, NULL, why);
	ota_source_close(pub);
	return failed_or(st, OTA_ON_VERIFIED);
}

/* ota_slot_update is the same from a source and a trust. */
static ota_client_event apply(void *arg, ota_err *why)
{
	struct agent *a = arg;
	ota_install_result res = {.size = sizeof(res)};
	ota_status st = ota_dev_install(a->dev, a->pkg, NULL, &res, NULL, why);

	if (st == OTA_DEFERRED)
		return OTA_ON_LATER;
	if (!st && !res.nothing_to_do)
		printf("slot %u is written: restart\n", res.slot);
	return failed_or(st, res.nothing_to_do ? OTA_ON_APPLIED : OTA_ON_WAIT);
}

static ota_client_event confirm(void *arg, ota_err *why)
{
	struct agent *a = arg;
	unsigned slot = 0;
	bool trial = false;
	ota_status st = ota_slot_active(a->dev, &slot, &trial, why);

	if (!st && !trial)
		st = ota_fail(why, OTA_E_ROLLED_BACK, "slot %u runs, and not on trial", slot);
	if (!st)
		st = ota_dev_finish(a->dev, a->health, NULL, why);
	return failed_or(st, OTA_ON_APPLIED);
}

static ota_client_event report(void *arg, ota_err *why)
{
	char line[OTA_LINE_MAX + 1];

	(void)arg;
	ota_err_line(line, why, NULL);
	printf("%s\n", line);
	return OTA_ON_REPORTED;
}

static void told(void *arg, ota_update_event what, const ota_client *c)
{
	(void)arg;
	(void)c;
	printf("%s\n", ota_update_event_name(what));
}

static const ota_client_ops client_ops = {
	.size = sizeof(ota_client_ops),
	.check = check,
	.download = download,
	.verify = verify,
	.apply = apply,
	.confirm = confirm,
	.report = report,
	.told = told,
};

/* A client that ends in ERROR ends this program so. */
static ota_status client(struct agent *a, ota_client_event first, ota_err *err)
{
	ota_client c;
	ota_status st;

	ota_client_init(&c, &client_ops, a);
	st = ota_client_on(&c, first, NULL, err);
	if (st || c.state != OTA_CLIENT_ERROR)
		return st;
	*err = c.why;
	return ota_id_find(c.why.id)->status;
}

/* ---- the other commands ---- */

static ota_status boot(struct agent *a, ota_err *err)
{
	ota_boot b = {.size = sizeof(b)};
	ota_status st = ota_dev_boot(a->dev, &b, NULL, err);

	if (st)
		return st;
	printf("boot slot %u%s%s\n", b.slot, b.trial ? " on trial" : "",
		b.fell_back ? ", fell back" : "");
	a->files->booted = b.slot;
	return registers(a->files, true, err);
}

static ota_status active(struct agent *a, ota_err *err)
{
	unsigned slot = 0;
	bool trial = false;
	ota_status st = ota_slot_active(a->dev, &slot, &trial, err);

	if (!st)
		printf("slot %u%s\n", slot, trial ? " on trial" : "");
	return st;
}

static ota_status command(struct agent *a, const char *what, const char *operand, ota_err *err)
{
	if (strcmp(what, "boot") == 0)
		return boot(a, err);
	if (strcmp(what, "active") == 0)
		return active(a, err);
	if (operand == NULL)
		return ota_fail(err, OTA_E_ARGUMENT, "%s: no such command, or no operand", what);
	if (strcmp(what, "update") == 0) {
		a->path = operand;
		return client(a, OTA_ON_START, err);
	}
	if (strcmp(what, "restarted") == 0) {
		a->health = strcmp(operand, "good") == 0 ? OTA_HEALTH_GOOD : OTA_HEALTH_BAD;
		return client(a, OTA_ON_RESTARTED, err);
	}
	if (strcmp(what, "verify") == 0)
		return ota_slot_verify(a->dev, (unsigned)strtoul(operand, NULL, 10), NULL, err);
	if (strcmp(what, "switch") == 0)
		return ota_slot_switch(a->dev, (unsigned)strtoul(operand, NULL, 10), NULL, err);
	return ota_fail(err, OTA_E_ARGUMENT, "%s: no such command", what);
}

static ota_status run(struct files *f, const ota_ctx *ctx, char **argv, ota_err *err)
{
	struct agent a = {.ctx = ctx, .files = f, .pub = argv[3]};
	ota_devfile *d = NULL;
	ota_status st = ota_devfile_default(&d, ctx, argv[2], err);

	if (!st)
		st = files_open(f, argv[1], err);
	if (!st && strcmp(argv[4], "provision") == 0) {
		st = ota_dev_provision(ctx, d, &f->port, 0, err);
	} else {
		if (!st)
			st = ota_dev_open(&a.dev, ctx, d, &f->port, err);
		if (!st)
			st = command(&a, argv[4], argv[5], err);
	}
	ota_pkg_free(a.pkg);
	ota_source_close(a.src);
	ota_trust_free(a.trust);
	ota_key_free(a.key);
	ota_dev_close(a.dev);
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
