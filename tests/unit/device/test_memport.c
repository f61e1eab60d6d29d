/* SPDX-License-Identifier: MIT */
#include "memport.h"

#include <string.h>

const char *const mp_component[MP_COMPONENTS] = {"rootfs", "boot"};

/* Check writes to a pipe at each ck_assert, the ones that hold too: not in a loop over bytes. */
static void require(bool holds, const char *rule)
{
	if (!holds)
		ck_abort_msg("the part: %s", rule);
}

static void drop_undo(struct memport *mp, unsigned region)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < mp->undos; i++) {
		if (region == MP_REGIONS || mp->undo[i].region == region)
			free(mp->undo[i].before);
		else
			mp->undo[kept++] = mp->undo[i];
	}
	mp->undos = kept;
}

static void lose_some(struct memport *mp)
{
	for (unsigned i = mp->undos; i-- > 0;) {
		const struct mp_undo *u = &mp->undo[i];

		if (t_rand(&mp->rng) & 1U)
			memcpy(mp->region[u->region].bytes + u->off, u->before, u->len);
	}
}

static ota_status no_power(ota_err *err)
{
	return ota_fail(err, OTA_E_FLASH, "no power");
}

static unsigned region_index(const struct mp_region *r)
{
	return (unsigned)(r - r->mp->region);
}

static bool is_bad(const struct mp_region *r, size_t off, size_t len, enum mp_fault fault)
{
	struct memport *mp = r->mp;
	bool bad = mp->fault == fault && mp->bad_region == region_index(r) &&
		   off < mp->bad_off + MP_ERASE && mp->bad_off < off + len;

	if (bad && mp->once)
		mp->fault = MP_GOOD;
	return bad;
}

/* What is on the part after a cut inside the operation. */
static void tear(struct memport *mp, uint8_t *at, const uint8_t *want, size_t len)
{
	if (mp->cut == MP_AFTER || mp->cut == MP_LOSE)
		memcpy(at, want, len);
	else if (mp->cut == MP_HALF)
		memcpy(at, want, (len / 2 + mp->program - 1) / mp->program * mp->program);
	else if (mp->cut == MP_MIX)
		for (size_t i = 0; i < len; i++)
			at[i] = t_rand(&mp->rng) & 1U ? want[i] : at[i];
}

static ota_status apply(
	struct mp_region *r, const uint8_t *want, size_t len, size_t off, ota_err *err)
{
	struct memport *mp = r->mp;
	struct mp_undo *u = &mp->undo[mp->undos];

	require(mp->undos < MP_UNSYNCED, "more unsynced operations than the double remembers");
	*u = (struct mp_undo){region_index(r), off, len, malloc(len)};
	memcpy(u->before, r->bytes + off, len);
	mp->undos++;
	if (mp->ops++ != mp->cut_at) {
		memcpy(r->bytes + off, want, len);
		return OTA_OK;
	}
	tear(mp, r->bytes + off, want, len);
	if (mp->cut == MP_LOSE)
		lose_some(mp);
	mp->dead = true;
	return no_power(err);
}

static ota_status mp_read(ota_flash *f, void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct mp_region *r = (struct mp_region *)f;

	require(off + len <= r->size, "a read past the end");
	if (r->mp->dead)
		return no_power(err);
	if (is_bad(r, off, len, MP_READ_ERROR))
		return ota_fail(err, OTA_E_FLASH, "bad block");
	memcpy(buf, r->bytes + off, len);
	return OTA_OK;
}

static ota_status mp_program(ota_flash *f, const void *buf, size_t len, uint64_t off, ota_err *err)
{
	struct mp_region *r = (struct mp_region *)f;
	struct memport *mp = r->mp;
	ota_status st;

	if (mp->dead)
		return no_power(err);
	require(off % mp->program == 0 && len % mp->program == 0, "a program of half a unit");
	require(off + len <= r->size, "a program past the end");
	/* The part's rule, but where its erasing silently failed. */
	for (size_t i = 0; i < len && mp->fault != MP_ERASE_NOOP; i++)
		require(r->bytes[off + i] == mp->erased, "programs what is not erased");
	if (is_bad(r, off, len, MP_PROGRAM_ERROR))
		return ota_fail(err, OTA_E_FLASH, "bad block");
	if (is_bad(r, off, len, MP_PROGRAM_NOOP))
		return OTA_OK;
	st = apply(r, buf, len, off, err);
	if (!st && is_bad(r, off, len, MP_PROGRAM_FLIP))
		r->bytes[off > mp->bad_off ? off : mp->bad_off] ^= 0x10;
	return st;
}

static ota_status mp_erase(ota_flash *f, uint64_t off, uint64_t len, ota_err *err)
{
	struct mp_region *r = (struct mp_region *)f;
	uint8_t *blank;
	ota_status st;

	if (r->mp->dead)
		return no_power(err);
	require(off % MP_ERASE == 0 && len % MP_ERASE == 0, "an erase of half a block");
	require(off + len <= r->size, "an erase past the end");
	if (is_bad(r, off, len, MP_ERASE_ERROR))
		return ota_fail(err, OTA_E_FLASH, "bad block");
	if (is_bad(r, off, len, MP_ERASE_NOOP))
		return OTA_OK;
	if (r->mp->heals && is_bad(r, off, len, r->mp->fault))
		r->mp->fault = MP_GOOD;
	blank = malloc(len);
	memset(blank, r->mp->erased, len);
	st = apply(r, blank, len, off, err);
	free(blank);
	return st;
}

static ota_status mp_sync(ota_flash *f, ota_err *err)
{
	struct mp_region *r = (struct mp_region *)f;

	if (r->mp->dead)
		return no_power(err);
	drop_undo(r->mp, region_index(r));
	return OTA_OK;
}

static const ota_flash_ops flash_ops = {sizeof(flash_ops), mp_read, mp_program, mp_erase, mp_sync};

static ota_status mp_flash(ota_port *p, ota_region region, unsigned slot, const char *component,
	ota_flash **out, ota_err *err)
{
	struct memport *mp = (struct memport *)p;
	unsigned i = region == OTA_REGION_BOOTCTL ? 0 : region == OTA_REGION_JOURNAL ? 1 : 2 + slot;

	if (region == OTA_REGION_IMAGE) {
		unsigned c = 0;

		while (c < mp->components && strcmp(component, mp_component[c]) != 0)
			c++;
		if (c == mp->components)
			return ota_fail(err, OTA_E_COMPONENTS, "no component %s", component);
		i = 4 + 2 * c + slot;
	}
	*out = &mp->region[i].flash;
	return OTA_OK;
}

static ota_status mp_fuse_read(ota_port *p, ota_fuse which, uint32_t *value, ota_err *err)
{
	struct memport *mp = (struct memport *)p;

	if (mp->dead)
		return no_power(err);
	*value = mp->fuse[which];
	return OTA_OK;
}

static ota_status mp_fuse_burn(ota_port *p, ota_fuse which, uint32_t value, ota_err *err)
{
	struct memport *mp = (struct memport *)p;
	uint32_t old = mp->fuse[which];

	if (mp->dead)
		return no_power(err);
	require(value > old, "a fuse cannot go back");
	if (mp->burn_error)
		return ota_fail(err, OTA_E_FLASH, "the fuse does not burn");
	if (mp->ops++ != mp->cut_at) {
		mp->fuse[which] = value;
		return OTA_OK;
	}
	if (mp->cut == MP_AFTER)
		mp->fuse[which] = value;
	else if (mp->cut != MP_BEFORE)
		mp->fuse[which] = old + (uint32_t)(t_rand(&mp->rng) % (value - old));
	mp->dead = true;
	return no_power(err);
}

static ota_status mp_booted(ota_port *p, unsigned *slot, ota_err *err)
{
	(void)err;
	*slot = ((struct memport *)p)->booted;
	return OTA_OK;
}

static const ota_port_ops port_ops = {
	sizeof(port_ops), mp_flash, mp_fuse_read, mp_fuse_burn, mp_booted};

struct memport *mp_new(uint32_t program, uint8_t erased, unsigned components)
{
	struct memport *mp = calloc(1, sizeof(*mp));
	uint8_t *at;

	ck_assert_ptr_nonnull(mp);
	at = mp->bytes;
	mp->port = (ota_port){&port_ops, 2};
	mp->components = components;
	mp->program = program;
	mp->erased = erased;
	mp->cut_at = MP_NEVER;
	mp->rng = 1;
	for (unsigned i = 0; i < MP_REGIONS; i++) {
		struct mp_region *r = &mp->region[i];

		r->size = i < 2 ? 2 * MP_ERASE : i < 4 ? MP_META : MP_IMAGE;
		r->flash.ops = &flash_ops;
		r->flash.geometry = (ota_geometry){r->size, MP_ERASE, program, erased};
		r->mp = mp;
		r->bytes = at;
		at += r->size;
	}
	memset(mp->bytes, erased, sizeof(mp->bytes));
	return mp;
}

void mp_free(struct memport *mp)
{
	drop_undo(mp, MP_REGIONS);
	free(mp);
}

void mp_copy(struct memport *to, const struct memport *from)
{
	drop_undo(to, MP_REGIONS);
	memcpy(to->bytes, from->bytes, sizeof(to->bytes));
	memcpy(to->fuse, from->fuse, sizeof(to->fuse));
	to->booted = from->booted;
	to->ops = 0;
	to->cut_at = MP_NEVER;
	to->dead = false;
	to->fault = MP_GOOD;
}

void mp_reboot(struct memport *mp)
{
	drop_undo(mp, MP_REGIONS);
	mp->dead = false;
	mp->cut_at = MP_NEVER;
}

uint8_t *mp_image(struct memport *mp, unsigned slot, unsigned component)
{
	return mp->region[4 + 2 * component + slot].bytes;
}

struct mp_region *mp_meta(struct memport *mp, unsigned slot)
{
	return &mp->region[2 + slot];
}

/* ---- the double itself: a cut does what its name says, and only at its operation ---- */

START_TEST(memport_cuts)
{
	struct memport *mp = mp_new(16, 0xff, 1);
	ota_flash *f = &mp->region[1].flash;
	uint8_t data[64];

	memset(data, 0x11, sizeof(data));
	mp->cut_at = 1;
	mp->cut = MP_HALF;
	ck_assert_int_eq(f->ops->erase(f, 0, MP_ERASE, NULL), OTA_OK);
	ck_assert_int_eq(f->ops->program(f, data, 64, 0, NULL), OTA_IO);
	ck_assert_int_eq(f->ops->read(f, data, 1, 0, NULL), OTA_IO);
	ck_assert_int_eq(f->ops->sync(f, NULL), OTA_IO);
	mp_reboot(mp);
	ck_assert_int_eq(f->ops->read(f, data, 64, 0, NULL), OTA_OK);
	ck_assert_uint_eq(data[31], 0x11);
	ck_assert_uint_eq(data[32], 0xff);
	mp->cut_at = mp->ops;
	mp->cut = MP_BEFORE;
	ck_assert_int_eq(f->ops->erase(f, 0, MP_ERASE, NULL), OTA_IO);
	mp_reboot(mp);
	ck_assert_uint_eq(mp->region[1].bytes[0], 0x11);
	mp_free(mp);
}
END_TEST

START_TEST(memport_loses_what_is_not_synced)
{
	unsigned lost = 0;

	for (uint64_t seed = 0; seed < 64; seed++) {
		struct memport *mp = mp_new(16, 0xff, 1);
		ota_flash *f = &mp->region[1].flash;
		uint8_t data[16] = {0x22};

		mp->rng = seed;
		mp->cut_at = 2;
		mp->cut = MP_LOSE;
		ck_assert_int_eq(f->ops->program(f, data, 16, 0, NULL), OTA_OK);
		ck_assert_int_eq(f->ops->sync(f, NULL), OTA_OK);
		ck_assert_int_eq(f->ops->program(f, data, 16, 16, NULL), OTA_OK);
		ck_assert_int_eq(f->ops->program(f, data, 16, 32, NULL), OTA_IO);
		ck_assert_uint_eq(mp->region[1].bytes[0], 0x22);
		lost += mp->region[1].bytes[16] != 0x22;
		mp_free(mp);
	}
	ck_assert_uint_gt(lost, 10);
	ck_assert_uint_lt(lost, 54);
}
END_TEST

TCase *tcase_memport(void)
{
	TCase *tc = tcase_create("memport");

	tcase_add_test(tc, memport_cuts);
	tcase_add_test(tc, memport_loses_what_is_not_synced);
	return tc;
}
