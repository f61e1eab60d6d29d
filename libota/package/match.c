/* SPDX-License-Identifier: MIT */
#include <package/match.h>

#include <string.h>

#include <crypto/hash.h>

#include <package/pkg.h>

ota_status source_is(
	bool *yes, ota_pkg *pkg, ota_source *old, const struct manifest_source *want, ota_err *err)
{
	char hex[2 * DIGEST_MAX + 1];
	struct digest d;
	uint64_t len = 0;
	ota_status st = ota_source_length(old, &len, err);

	*yes = false;
	/* A slot is larger than the image it holds: the image is what it begins with. */
	if (st || len < want->size)
		return st;
	st = hash_range(&d, pkg->ctx, pkg->head.h.hash_alg, old, 0, want->size, err);
	if (st)
		return st;
	digest_hex(hex, &d);
	*yes = strcmp(hex, want->hash) == 0;
	return OTA_OK;
}

size_t match_first(const struct manifest_component *c, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		const struct manifest_source *a = c->payloads[k].source;
		const struct manifest_source *b = c->payloads[i].source;

		if (c->payloads[k].kind == PAYLOAD_DELTA && a->size == b->size &&
			strcmp(a->hash, b->hash) == 0)
			return k;
	}
	return i;
}

ota_status match_sources(uint64_t *matches, ota_pkg *pkg, const struct manifest_component *c,
	ota_source *old, ota_err *err)
{
	ota_status st = OTA_OK;

	*matches = 0;
	for (size_t i = 0; !st && i < c->payload_count; i++) {
		size_t k;
		bool yes = false;

		if (c->payloads[i].kind != PAYLOAD_DELTA)
			continue;
		k = match_first(c, i);
		if (k < i)
			yes = (*matches >> k & 1U) != 0;
		else
			st = source_is(&yes, pkg, old, c->payloads[i].source, err);
		if (yes)
			*matches |= UINT64_C(1) << i;
	}
	return st;
}

uint64_t match_hash(const struct manifest_component *c, const char *hex)
{
	uint64_t matches = 0;

	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind == PAYLOAD_DELTA &&
			strcmp(c->payloads[i].source->hash, hex) == 0)
			matches |= UINT64_C(1) << i;
	return matches;
}
