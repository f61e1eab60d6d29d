/* SPDX-License-Identifier: MIT */
#include <diff/covers.h>

#include <otad/otad.h>

ota_status covers_put(struct covers *c, struct cover one, ota_err *err)
{
	ota_status st;

	if (c->n == OTAD_COVER_MAX)
		return ota_fail(err, OTA_E_LIMIT_COUNT, "more than %u covers", OTAD_COVER_MAX);
	st = mem_grow(&c->at, &c->cap, c->n, sizeof(*c->at), c->ctx, err);
	if (!st)
		c->at[c->n++] = one;
	return st;
}

ota_status covers_take(void *arg, const struct match *m, ota_err *err)
{
	return covers_put(arg, (struct cover){m->old_off, m->new_off, m->len}, err);
}

void covers_turn(struct covers *c)
{
	for (size_t i = 0; i < c->n / 2; i++) {
		struct cover t = c->at[i];

		c->at[i] = c->at[c->n - 1 - i];
		c->at[c->n - 1 - i] = t;
	}
}
