/* SPDX-License-Identifier: MIT */
/* A device's flash: boot control, journal and slot metadata hold arbitrary bytes; open and boot. */
#include <string.h>

#include <ota/device.h>

#include "fuzz.h"

#define BLOCK    4096U
#define META_LEN (32U * BLOCK)

struct part {
	ota_flash flash;
	uint8_t *p;
};

struct device {
	ota_port port;
	struct part part[6]; /* boot control, journal, metadata 0 and 1, images 0 and 1 */
};

static uint8_t *at(ota_flash *f, uint64_t off)
{
	return ((struct part *)f)->p + off;
}

static ota_status flash_read(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err)
{
	(void)err;
	FUZZ_ASSERT(off <= f->geometry.size && len <= f->geometry.size - off);
	memcpy(buf, at(f, off), len);
	return OTA_OK;
}

static ota_status flash_program(
	ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	(void)err;
	FUZZ_ASSERT(off <= f->geometry.size && len <= f->geometry.size - off);
	memcpy(at(f, off), buf, len);
	return OTA_OK;
}

static ota_status flash_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	(void)err;
	FUZZ_ASSERT(off <= f->geometry.size && len <= f->geometry.size - off);
	memset(at(f, off), 0xFF, (size_t)len);
	return OTA_OK;
}

static ota_status flash_sync(ota_flash *f, ota_err *err)
{
	(void)f;
	(void)err;
	return OTA_OK;
}

static const ota_flash_ops flash_ops = {
	.size = sizeof(ota_flash_ops),
	.read = flash_read,
	.program = flash_program,
	.erase = flash_erase,
	.sync = flash_sync,
};

static ota_status port_flash(ota_port *p, ota_region region, unsigned slot, const char *component,
	ota_flash **out, ota_err *err)
{
	static const unsigned first[] = {
		[OTA_REGION_BOOTCTL] = 0,
		[OTA_REGION_JOURNAL] = 1,
		[OTA_REGION_META] = 2,
		[OTA_REGION_IMAGE] = 4,
	};
	bool per_slot = region == OTA_REGION_META || region == OTA_REGION_IMAGE;

	(void)component;
	(void)err;
	FUZZ_ASSERT(!per_slot || slot < 2);
	*out = &((struct device *)p)->part[first[region] + (per_slot ? slot : 0)].flash;
	return OTA_OK;
}

static ota_status port_fuse_read(ota_port *p, ota_fuse which, uint32_t *value, ota_err *err)
{
	(void)p;
	(void)which;
	(void)err;
	*value = 1;
	return OTA_OK;
}

static ota_status port_fuse_burn(ota_port *p, ota_fuse which, uint32_t value, ota_err *err)
{
	(void)p;
	(void)which;
	(void)value;
	(void)err;
	return OTA_OK;
}

static ota_status port_booted(ota_port *p, unsigned *slot, ota_err *err)
{
	(void)p;
	(void)err;
	*slot = 0;
	return OTA_OK;
}

static const ota_port_ops port_ops = {
	.size = sizeof(ota_port_ops),
	.flash = port_flash,
	.fuse_read = port_fuse_read,
	.fuse_burn = port_fuse_burn,
	.booted = port_booted,
};

/* The input fills boot control, then the journal, then the metadata areas; the rest is erased. */
static void device_make(struct device *d, const uint8_t *data, size_t len)
{
	static const size_t sizes[6] = {2 * BLOCK, 4 * BLOCK, META_LEN, META_LEN, BLOCK, BLOCK};

	d->port = (ota_port){&port_ops, 2};
	for (size_t i = 0; i < 6; i++) {
		struct part *p = &d->part[i];
		size_t n = len < sizes[i] ? len : sizes[i];

		p->p = malloc(sizes[i]);
		FUZZ_ASSERT(p->p != NULL);
		memset(p->p, 0xFF, sizes[i]);
		memcpy(p->p, data, n);
		data += n;
		len -= n;
		p->flash.ops = &flash_ops;
		p->flash.geometry = (ota_geometry){sizes[i], BLOCK, 1, 0xFF};
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct device d;
	ota_devfile *df = NULL;
	ota_dev *dev = NULL;
	ota_boot boot = {.size = sizeof(boot)};
	ota_status st;

	device_make(&d, data, len);
	FUZZ_ASSERT(ota_devfile_default(&df, fuzz_ctx(), "test-board", NULL) == OTA_OK);
	st = ota_dev_open(&dev, fuzz_ctx(), df, &d.port, NULL);
	if (!st)
		st = ota_dev_boot(dev, &boot, NULL, NULL);
	if (!st) {
		FUZZ_ASSERT(boot.slot < 2);
		st = ota_dev_finish(dev, OTA_HEALTH_GOOD, NULL, NULL);
	}
	ota_dev_close(dev);
	ota_devfile_free(df);
	for (size_t i = 0; i < 6; i++)
		free(d.part[i].p);
	return 0;
}
