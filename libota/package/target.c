/* SPDX-License-Identifier: MIT */
#include <package/target.h>

#include <string.h>

#include <package/pkg.h>

ota_status target_start(
	struct target *t, const ota_pkg *pkg, const struct manifest_component *c, ota_err *err)
{
	*t = (struct target){.c = c};
	return hash_new(&t->h, pkg->ctx, pkg->head.h.hash_alg, err);
}

ota_status target_add(struct target *t, const void *p, size_t len, ota_err *err)
{
	t->bytes += len;
	return hash_update(t->h, p, len, err);
}

ota_status target_check(struct target *t, ota_err *err)
{
	char hex[2 * DIGEST_MAX + 1];
	struct digest d;
	ota_status st = hash_final(t->h, &d, err);

	if (st)
		return st;
	digest_hex(hex, &d);
	if (t->bytes != t->c->target.size || strcmp(hex, t->c->target.hash) != 0)
		return ota_fail(err, OTA_E_HASH_TARGET,
			"component %s: the result is %llu bytes with hash %.16s…; signed were %llu "
			"with %.16s…",
			t->c->name, (unsigned long long)t->bytes, hex,
			(unsigned long long)t->c->target.size, t->c->target.hash);
	return OTA_OK;
}

void target_fini(struct target *t)
{
	hash_free(t->h);
	t->h = NULL;
}
