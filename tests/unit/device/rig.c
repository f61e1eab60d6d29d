/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <device/dev.h>
#include <model/devfile.h>

const uint32_t rig_counter[RIG_IMAGES] = {0, 2, 5, 9};

static const char manifest[] = "format: otap-manifest\nspec: \"1.0\"\nproduct: rig\n"
			       "version: %u.0.0\nsecurity_counter: %u\n%s"
			       "signatures: compact\ncomponents:\n";
static const char component[] = "  - name: %s\n    slot: ab\n    image: %s.img\n    payloads:\n"
				"      - { kind: full, compression: none }\n";
static const char delta[] = "  - name: %s\n    slot: ab\n    delta_only: true\n    image: new.img\n"
			    "    payloads:\n"
			    "      - { kind: delta, profile: tiny, window: %u, from: old.img }\n";

/* What is read of a package, counted. */
struct counted {
	ota_source base;
	struct rig *r;
	const uint8_t *p;
	size_t len;
};

static ota_status counted_pread(ota_source *s, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct counted *c = (struct counted *)s;

	if (off > c->len || len > c->len - off)
		return ota_fail(err, OTA_E_TRUNCATED, "beyond the end");
	memcpy(buf, c->p + off, len);
	c->r->fetched += len;
	return OTA_OK;
}

static ota_status counted_length(ota_source *s, uint64_t *len, ota_err *err)
{
	(void)err;
	*len = ((struct counted *)s)->len;
	return OTA_OK;
}

static void counted_close(ota_source *s)
{
	free(s);
}

static void open_package(struct rig *r, unsigned i, size_t len)
{
	static const ota_source_ops ops = {
		sizeof(ops), NULL, counted_pread, counted_length, counted_close};
	struct counted *c = calloc(1, sizeof(*c));
	ota_err err = OTA_ERR_INIT;

	*c = (struct counted){{&ops}, r, r->bytes[i], len};
	r->src[i] = &c->base;
	ck_ok(ota_pkg_open(&r->pkg[i], t_ctx(), r->src[i], r->trust, NULL, &err), &err);
}

static void make_package(struct rig *r, unsigned i, const char *extra)
{
	struct forge_file files[MP_COMPONENTS] = {0};
	char names[MP_COMPONENTS][16];
	char yaml[2048];
	size_t len = 0;
	int n = snprintf(yaml, sizeof(yaml), manifest, i + 1, rig_counter[i], extra);

	for (unsigned c = 0; c < r->components; c++) {
		snprintf(names[c], sizeof(names[c]), "%s.img", mp_component[c]);
		files[c] = (struct forge_file){names[c], r->image[i][c], r->image_len[i]};
		n += snprintf(yaml + n, sizeof(yaml) - (size_t)n, component, mp_component[c],
			mp_component[c]);
	}
	r->bytes[i] = forge_signed(&len, t_ctx(), yaml, files, r->components);
	open_package(r, i, len);
}

static void make_delta_package(struct rig *r, unsigned i, unsigned window)
{
	struct forge_file files[] = {{"old.img", r->image[i - 1][0], r->image_len[i - 1]},
		{"new.img", r->image[i][0], r->image_len[i]}};
	char yaml[2048];
	size_t len = 0;
	int n = snprintf(yaml, sizeof(yaml), manifest, i + 1, rig_counter[i], "");

	snprintf(yaml + n, sizeof(yaml) - (size_t)n, delta, mp_component[0], window);
	r->bytes[i] = forge_signed(&len, t_ctx(), yaml, files, 2);
	open_package(r, i, len);
}

/* A few bytes are put in, a few changed. */
static void step_image(struct rig *r, unsigned i, uint64_t *seed)
{
	size_t len = r->image_len[i - 1], at = t_rand(seed) % (len / 2), more = 64;
	uint8_t *p = r->image[i][0];

	memcpy(p, r->image[i - 1][0], at);
	for (size_t k = 0; k < more; k++)
		p[at + k] = (uint8_t)t_rand(seed);
	memcpy(p + at + more, r->image[i - 1][0] + at, len - at);
	r->image_len[i] = len + more;
	for (unsigned k = 0; k < 300; k++)
		p[t_rand(seed) % r->image_len[i]] ^= (uint8_t)(1U << t_rand(seed) % 8);
}

struct rig *rig_new_delta(uint32_t program, uint8_t erased, unsigned window)
{
	struct rig *r = calloc(1, sizeof(*r));
	uint64_t seed = 43;
	ota_err err = OTA_ERR_INIT;

	r->mp = mp_new(program, erased, 1);
	r->components = 1;
	r->trust = forge_trust(t_ctx());
	ck_ok(ota_devfile_default(&r->devfile, t_ctx(), "rig", &err), &err);
	r->image_len[0] = MP_IMAGE - 5000;
	for (size_t k = 0; k < r->image_len[0]; k++)
		r->image[0][0][k] = (uint8_t)t_rand(&seed);
	for (unsigned i = 1; i < RIG_IMAGES; i++) {
		step_image(r, i, &seed);
		make_delta_package(r, i, window);
	}
	memcpy(mp_image(r->mp, 0, 0), r->image[0][0], r->image_len[0]);
	ck_ok(ota_dev_provision(t_ctx(), r->devfile, &r->mp->port, 0, &err), &err);
	return r;
}

struct rig *rig_new(uint32_t program, uint8_t erased, unsigned components, const char *extra)
{
	struct rig *r = calloc(1, sizeof(*r));
	uint64_t seed = 42;
	ota_err err = OTA_ERR_INIT;

	r->mp = mp_new(program, erased, components);
	r->components = components;
	r->trust = forge_trust(t_ctx());
	ck_ok(ota_devfile_default(&r->devfile, t_ctx(), "rig", &err), &err);
	for (unsigned i = 0; i < RIG_IMAGES; i++) {
		/* No multiple of anything, and of several sizes. */
		r->image_len[i] = MP_IMAGE - 1 - i * 5000;
		for (unsigned c = 0; c < components; c++)
			for (size_t k = 0; k < r->image_len[i]; k++)
				r->image[i][c][k] = (uint8_t)t_rand(&seed);
		if (i > 0)
			make_package(r, i, extra != NULL ? extra : "");
	}
	for (unsigned c = 0; c < components; c++)
		memcpy(mp_image(r->mp, 0, c), r->image[0][c], r->image_len[0]);
	ck_ok(ota_dev_provision(t_ctx(), r->devfile, &r->mp->port, 0, &err), &err);
	return r;
}

void rig_use_env(struct rig *r, size_t len)
{
	struct mp_region *boot = &r->mp->region[0];
	ota_err err = OTA_ERR_INIT;

	r->devfile->boot_control = DEVFILE_BOOT_UBOOT_ENV;
	r->devfile->boot_env_size = len;
	memset(boot->bytes, r->mp->erased, boot->size);
	ck_ok(ota_dev_provision(t_ctx(), r->devfile, &r->mp->port, 0, &err), &err);
}

void rig_free(struct rig *r)
{
	for (unsigned i = 0; i < RIG_IMAGES; i++) {
		ota_pkg_free(r->pkg[i]);
		ota_source_close(r->src[i]);
		free(r->bytes[i]);
	}
	ota_devfile_free(r->devfile);
	ota_trust_free(r->trust);
	mp_free(r->mp);
	free(r);
}

ota_dev *rig_open(struct rig *r)
{
	ota_dev *dev = NULL;
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_dev_open(&dev, t_ctx(), r->devfile, &r->mp->port, &err), &err);
	return dev;
}

static bool holds(struct rig *r, unsigned slot, unsigned image)
{
	for (unsigned c = 0; c < r->components; c++)
		if (memcmp(mp_image(r->mp, slot, c), r->image[image][c], r->image_len[image]) != 0)
			return false;
	return true;
}

int rig_holds(struct rig *r, unsigned slot)
{
	for (unsigned i = 0; i < RIG_IMAGES; i++)
		if (holds(r, slot, i))
			return (int)i;
	return -1;
}

ota_status rig_install(struct rig *r, unsigned image, ota_install_result *res, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, t_ctx(), r->devfile, &r->mp->port, err);

	if (!st)
		st = ota_dev_install(dev, r->pkg[image], NULL, res, NULL, err);
	ota_dev_close(dev);
	return st;
}

ota_status rig_boot(struct rig *r, ota_boot *out, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, t_ctx(), r->devfile, &r->mp->port, err);

	if (!st)
		st = ota_dev_boot(dev, out, NULL, err);
	if (!st)
		r->mp->booted = out->slot;
	ota_dev_close(dev);
	return st;
}

ota_status rig_finish(struct rig *r, ota_health health, ota_err *err)
{
	ota_dev *dev = NULL;
	ota_status st = ota_dev_open(&dev, t_ctx(), r->devfile, &r->mp->port, err);

	if (!st)
		st = ota_dev_finish(dev, health, NULL, err);
	ota_dev_close(dev);
	return st;
}

ota_slot_state rig_slot(struct rig *r, unsigned slot)
{
	ota_slot_state s;
	ota_dev *dev = rig_open(r);
	ota_err err = OTA_ERR_INIT;

	ck_ok(ota_dev_slot_get(dev, slot, &s, &err), &err);
	ota_dev_close(dev);
	return s;
}

void rig_update(struct rig *r, unsigned image)
{
	ota_install_result res;
	ota_boot boot;
	ota_err err = OTA_ERR_INIT;
	unsigned slot = 1 - r->mp->booted;

	ck_ok(rig_install(r, image, &res, &err), &err);
	ck_assert_uint_eq(res.slot, slot);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(boot.trial);
	ck_assert_uint_eq(boot.slot, slot);
	ck_ok(rig_finish(r, OTA_HEALTH_GOOD, &err), &err);
	ck_ok(rig_boot(r, &boot, &err), &err);
	ck_assert(!boot.trial);
	ck_assert_uint_eq(boot.slot, slot);
	ck_assert_int_eq(rig_holds(r, slot), (int)image);
}
