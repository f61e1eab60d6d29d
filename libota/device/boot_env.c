/* SPDX-License-Identifier: MIT */
/* Boot control as a redundant U-Boot environment: formats/device.md section 4. */
#include <device/bootctl.h>

#include <inttypes.h>
#include <string.h>

#include <base/bits.h>
#include <base/mem.h>
#include <base/num.h>
#include <device/boot_vars.h>
#include <device/env.h>

/* What a copy is worth; the better one is in force, of two good ones the newer. */
enum worth { COPY_BAD, COPY_FOREIGN, COPY_OURS };

struct copy {
	enum worth worth;
	bool spent;
	uint8_t serial;
	struct bootctl says;
};

static ota_status set_layout(struct bootctl_store *b, ota_err *err)
{
	const ota_geometry *g = &b->f->geometry;

	if (align_u64(&b->env.half_len, b->env.len, g->erase_size) &&
		b->env.half_len <= g->size / 2)
		return OTA_OK;
	return ota_fail(err, OTA_E_FLASH,
		"a region of %" PRIu64 " bytes; two copies of %" PRIu64 " bytes are needed",
		g->size, b->env.half_len);
}

/* ---- reading ---- */

static void look_at(struct copy *c, struct bootctl_store *b, uint8_t *buf, unsigned half)
{
	const struct env_store *e = &b->env;

	c->worth = COPY_BAD;
	if (flash_read(b->f, buf, e->len, half * e->half_len, NULL) || !env_is_good(buf, e->len))
		return;
	c->serial = env_serial(buf);
	c->worth = boot_vars_read(&c->says, &c->spent, b->why, buf, e->len, b->now.nslots)
			   ? COPY_OURS
			   : COPY_FOREIGN;
}

static void take(struct bootctl_store *b, const struct copy *c, unsigned half)
{
	struct env_store *e = &b->env;

	e->based = true;
	e->half = half;
	e->serial = c->serial;
	if (c->worth != COPY_OURS)
		return;
	e->found = true;
	b->now = c->says;
	b->spent = c->spent;
}

static void compare_copies(struct bootctl_store *b, const struct copy c[static 2])
{
	unsigned half = c[1].worth > c[0].worth;

	if (c[0].worth == c[1].worth)
		half = env_is_newer(c[1].serial, c[0].serial);
	if (c[half].worth != COPY_BAD)
		take(b, &c[half], half);
	b->env.lone = b->env.found && c[1 - half].worth != COPY_OURS;
	b->valid = b->env.found;
	b->seq = b->env.serial;
}

static ota_status load(struct bootctl_store *b, ota_err *err)
{
	struct copy c[2] = {0};
	uint8_t *buf = NULL;
	ota_status st = flash_check(b->f, err);

	if (!st)
		st = set_layout(b, err);
	if (!st)
		st = mem_new_bytes(&buf, b->ctx, b->env.len, err);
	if (st)
		return st;
	/* What reads wrong once may read right the next time. */
	for (unsigned i = 0; i < 2; i++)
		for (int turn = 0; turn < 2 && c[i].worth != COPY_OURS; turn++)
			look_at(&c[i], b, buf, i);
	mem_free(b->ctx, buf);
	compare_copies(b, c);
	return OTA_OK;
}

/* ---- writing ---- */

/* The copy in force, or an empty one, in a buffer as long as its program units are. */
static ota_status copy_of(uint8_t **out, size_t *whole, struct bootctl_store *b, ota_err *err)
{
	const struct env_store *e = &b->env;
	const ota_geometry *g = &b->f->geometry;
	uint64_t len = e->len;
	ota_status st = OTA_OK;
	uint8_t *buf = NULL;

	(void)align_u64(&len, len, g->program_size);
	*whole = size_of_u64(len);
	st = mem_new_bytes(&buf, b->ctx, *whole, err);
	if (st)
		return st;
	memset(buf + e->len, g->erased, *whole - e->len);
	if (e->based)
		st = flash_read(b->f, buf, e->len, e->half * e->half_len, err);
	if (!st && e->based && !env_is_good(buf, e->len))
		st = ota_fail(err, OTA_E_FLASH, "the copy in force cannot be read any more");
	if (st)
		mem_free(b->ctx, buf);
	else
		*out = buf;
	return st;
}

static ota_status write_half(
	struct bootctl_store *b, const uint8_t *buf, size_t whole, unsigned half, ota_err *err)
{
	const struct env_store *e = &b->env;
	ota_status st = flash_erase(b->f, half * e->half_len, e->half_len, err);

	return st ? st : flash_program_sure(b->f, buf, whole, e->len, half * e->half_len, err);
}

static ota_status repair(struct bootctl_store *b, ota_err *err)
{
	uint8_t *buf = NULL;
	size_t whole = 0;
	ota_status st;

	if (!b->env.lone)
		return OTA_OK;
	st = copy_of(&buf, &whole, b, err);
	if (st)
		return st;
	st = write_half(b, buf, whole, 1 - b->env.half, err);
	mem_free(b->ctx, buf);
	if (!st)
		b->env.lone = false;
	return st;
}

static ota_status write_next(
	struct bootctl_store *b, const uint8_t *buf, size_t whole, bool expendable, ota_err *err)
{
	struct env_store *e = &b->env;
	unsigned half = e->based ? 1 - e->half : 0;
	ota_status st = write_half(b, buf, whole, half, err);

	if (st && (expendable || !e->found)) {
		half = 1 - half;
		st = write_half(b, buf, whole, half, err);
	}
	if (st)
		return st;
	e->lone = !e->found || half == e->half;
	e->half = half;
	e->serial = env_serial(buf);
	e->based = true;
	e->found = true;
	return OTA_OK;
}

static ota_status save(
	struct bootctl_store *b, const struct bootctl *want, bool expendable, ota_err *err)
{
	struct env_store *e = &b->env;
	struct bootctl says = {0};
	uint8_t *buf = NULL;
	size_t whole = 0;
	ota_status st = copy_of(&buf, &whole, b, err);

	if (st)
		return st;
	if (!boot_vars_write(buf, e->len, want))
		st = ota_fail(err, OTA_E_LIMIT, "an environment of %zu bytes is too small", e->len);
	else if (!boot_vars_read(&says, &b->spent, b->why, buf, e->len, want->nslots))
		st = ota_fail(err, OTA_E_STATE, "%s", b->why);
	env_seal(buf, e->len, e->based ? lo8(e->serial + 1U) : 1);
	if (!st)
		st = write_next(b, buf, whole, expendable, err);
	mem_free(b->ctx, buf);
	if (st)
		return st;
	b->now = says;
	b->seq = e->serial;
	return OTA_OK;
}

const struct bootctl_kind bootctl_uboot_env = {false, load, repair, save};
