/* SPDX-License-Identifier: MIT */
#include <pack/plan.h>

#include <string.h>

#include <crypto/hash.h>
#include <model/semver.h>

enum severity { SEVERITY_INFO, SEVERITY_NORMAL, SEVERITY_SECURITY };

/* The two releases, and what is said about them. */
struct succession {
	struct lint_run run;
	const ota_manifest *m, *previous;
};

/* The same component, and the same of its variants; NULL: it is new. */
static const struct manifest_component *before(
	const ota_manifest *previous, const struct manifest_component *c)
{
	for (size_t i = 0; i < previous->component_count; i++)
		if (strcmp(previous->components[i].name, c->name) == 0 &&
			previous->components[i].variant == c->variant)
			return &previous->components[i];
	return NULL;
}

static ota_status same_image(bool *same, const struct succession *s, size_t i, ota_err *err)
{
	const struct plan_input *image = &s->run.plan->components[i].image;
	const struct manifest_component *was = before(s->previous, &s->m->components[i]);
	char hex[2 * DIGEST_MAX + 1];
	struct digest d;
	ota_status st;

	*same = was != NULL && was->target.size == image->size;
	if (!*same)
		return OTA_OK;
	st = hash_range(&d, s->run.plan->ctx, manifest_hash_alg(s->previous), image->src, 0,
		image->size, err);
	if (st)
		return st;
	digest_hex(hex, &d);
	*same = strcmp(hex, was->target.hash) == 0;
	return OTA_OK;
}

static ota_status same_images(bool *same, const struct succession *s, ota_err *err)
{
	ota_status st = OTA_OK;

	*same = s->m->component_count == s->previous->component_count;
	for (size_t i = 0; !st && *same && i < s->m->component_count; i++)
		st = same_image(same, s, i, err);
	return st;
}

static ota_status compare_versions(struct succession *s, ota_err *err)
{
	int order = semver_cmp(s->m->version, s->previous->version);
	bool same = true;
	ota_status st;

	if (order < 0)
		lint_key(&s->run, s->m->allow_downgrade ? OTA_WARN : OTA_FAIL, OTA_E_VERSION_BACK,
			"version", "version %s is below %s of the previous package", s->m->version,
			s->previous->version);
	/* Images that cannot be read have their findings already. */
	if (order != 0 || s->run.bad > 0)
		return OTA_OK;
	st = same_images(&same, s, err);
	if (!st && !same)
		lint_key(&s->run, OTA_FAIL, OTA_E_REPEATED, "version",
			"version %s stands for other images in the previous package",
			s->m->version);
	return st;
}

static void compare_counters(struct succession *s)
{
	unsigned long long now = s->m->security_counter, was = s->previous->security_counter;

	if (now < was)
		lint_key(&s->run, OTA_FAIL, OTA_E_COUNTER_BACK, "security_counter",
			"security_counter %llu is below %llu of the previous package", now, was);
	else if (now == was && s->m->release != NULL &&
		 s->m->release->severity >= SEVERITY_SECURITY)
		lint_key(&s->run, OTA_FAIL, OTA_E_SEVERITY, "security_counter",
			"the release fixes security, so its security_counter must be above %llu of "
			"the previous package (V12)",
			was);
}

ota_status check_previous(size_t *bad, const ota_plan *plan, const ota_manifest *previous,
	ota_report *rep, ota_err *err)
{
	struct succession s = {{plan, rep, *bad}, plan->m, previous};
	ota_status st = OTA_OK;

	if (strcmp(plan->m->product, previous->product) != 0) {
		lint_key(&s.run, OTA_FAIL, OTA_E_PREVIOUS, "product",
			"the previous package is for %s, this one for %s", previous->product,
			plan->m->product);
	} else {
		st = compare_versions(&s, err);
		compare_counters(&s);
	}
	*bad = s.run.bad;
	return st ? st : ota_report_status(rep, err);
}
