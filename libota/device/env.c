/* SPDX-License-Identifier: MIT */
#include <device/env.h>

#include <string.h>

#include <base/bits.h>
#include <base/crc32.h>

bool env_is_newer(uint8_t a, uint8_t b)
{
	if (a == UINT8_MAX && b == 0)
		return false;
	return a > b || (a == 0 && b == UINT8_MAX);
}

uint8_t env_serial(const uint8_t *copy)
{
	return copy[ENV_HEAD - 1];
}

bool env_is_good(const uint8_t *copy, size_t len)
{
	return load_le32(copy) == crc32_of(copy + ENV_HEAD, len - ENV_HEAD);
}

void env_seal(uint8_t *copy, size_t len, uint8_t serial)
{
	copy[ENV_HEAD - 1] = serial;
	store_le32(copy, crc32_of(copy + ENV_HEAD, len - ENV_HEAD));
}

struct rd env_vars(const uint8_t *copy, size_t len)
{
	struct rd r;

	rd_init(&r, copy + ENV_HEAD, len - ENV_HEAD);
	return r;
}

bool env_next(struct env_var *out, struct rd *r)
{
	const char *eq;

	out->text = rd_text(r, &out->len);
	if (out->text == NULL || out->len == 0)
		return false;
	eq = memchr(out->text, '=', out->len);
	out->name_len = eq != NULL ? (size_t)(eq - out->text) : out->len;
	return true;
}

const char *env_value(const struct env_var *v)
{
	return v->name_len < v->len ? v->text + v->name_len + 1 : v->text + v->len;
}
