/* SPDX-License-Identifier: MIT */
#include <trust/stop.h>

#include <string.h>

#include <trust/fields.h>
#include <trust/root.h>

static ota_status read_body(ota_stop *s, ota_err *err)
{
	const struct doc *body = s->env.body;
	const char *spec = NULL;
	ota_status st;

	if (strcmp(s->env.type, STOP_TYPE) != 0)
		return ota_fail(err, OTA_E_ROOT,
			"a stop document has _type " STOP_TYPE ", this one %.64s", s->env.type);
	if (body->count != 4)
		return ota_fail(err, OTA_E_ROOT,
			"a stop document has exactly _type, spec_version, version and "
			"revoked_packages");
	st = field_text(&spec, body, "spec_version", err);
	if (!st)
		st = field_count(&s->version, body, "version", (uint64_t)DOC_INT_MAX, err);
	if (!st)
		st = field_packages(&s->revoked, &s->revoked_count, &s->env.arena, body,
			"revoked_packages", ROOT_REVOKED_MAX, err);
	if (!st && s->revoked_count == 0)
		st = ota_fail(err, OTA_E_ROOT, "revoked_packages: the list is empty");
	return st;
}

ota_status ota_stop_read(ota_stop **out, const ota_ctx *ctx, ota_source *src, ota_err *err)
{
	ota_stop *s = NULL;
	ota_status st = MEM_NEW(&s, ctx, err);

	if (st)
		return st;
	s->ctx = ctx;
	st = envelope_load(&s->env, ctx, src, err);
	if (!st)
		st = read_body(s, err);
	if (st)
		ota_stop_free(s);
	else
		*out = s;
	return st;
}

void ota_stop_free(ota_stop *s)
{
	if (s == NULL)
		return;
	envelope_fini(&s->env);
	mem_free(s->ctx, s);
}

uint64_t ota_stop_version(const ota_stop *stop)
{
	return stop->version;
}

const uint8_t *ota_stop_package_at(
	const ota_stop *stop, size_t index, const char **alg, size_t *len)
{
	if (index >= stop->revoked_count)
		return NULL;
	*alg = hash_name(stop->revoked[index].alg);
	*len = stop->revoked[index].len;
	return stop->revoked[index].b;
}

const char *ota_stop_keyid_at(const ota_stop *stop, size_t index)
{
	return index < stop->env.count ? stop->env.claims[index].keyid : NULL;
}

bool stop_has(const ota_stop *s, const struct digest *d)
{
	for (size_t i = 0; i < s->revoked_count; i++)
		if (digest_equal(&s->revoked[i], d))
			return true;
	return false;
}

ota_status ota_trust_stop(ota_trust *trust, ota_source *src, ota_report *rep, ota_err *err)
{
	ota_stop *s = NULL;
	ota_status st;

	if (trust->root == NULL)
		return ota_fail(err, OTA_E_ARGUMENT,
			"a stop document is signed by a role of a root: there is only a key");
	st = ota_stop_read(&s, trust->ctx, src, err);
	if (!st)
		st = envelope_quorum(&s->env, trust, ROLE_STOP, "stop", rep, err);
	if (st) {
		ota_stop_free(s);
		return st;
	}
	ota_stop_free(trust->stop);
	trust->stop = s;
	return OTA_OK;
}
