/* SPDX-License-Identifier: MIT */
/* Variants: nested where they are read and written, in a row everywhere else. */
#include <model/check.h>
#include <model/rules.h>

#include <inttypes.h>
#include <stdio.h>

void component_place(char out[static COMPONENT_PLACE], const ota_manifest *m, size_t i)
{
	size_t at = 0;

	for (size_t k = 1; k <= i; k++)
		at += m->components[k].variant == 0;
	if (m->components[i].variant_count > 0)
		snprintf(out, COMPONENT_PLACE, "components.%zu.variants.%u", at,
			m->components[i].variant);
	else
		snprintf(out, COMPONENT_PLACE, "components.%zu", at);
}

/* ---- after reading ---- */

static void missing(struct check *c, const struct doc *doc, size_t i, const char *key, bool there)
{
	char place[32];

	snprintf(place, sizeof(place), "components.%zu", i);
	if (!there)
		check_find(c, OTA_E_MISSING, doc, place, "\"%s\" is required and missing", key);
}

static void check_shape(struct check *c, const ota_manifest *m, size_t i, const struct doc *doc)
{
	const struct manifest_component *comp = &m->components[i];
	bool canon = c->form == SCHEMA_CANON;
	bool image = canon ? comp->given != NULL : comp->image != NULL;
	char place[32];

	snprintf(place, sizeof(place), "components.%zu", i);
	if (unread_touches(c->unread, place))
		return;
	if (comp->variants_len == 0) {
		missing(c, doc, i, canon ? "target" : "image", image);
		missing(c, doc, i, "payloads", comp->payload_count > 0);
	} else if (image || comp->payload_count > 0) {
		check_find(c, OTA_E_RANGE, doc, place,
			"expected either variants, or %s and payloads", canon ? "target" : "image");
	}
}

static struct manifest_component *put_variants(
	struct manifest_component *out, const struct manifest_component *c, const struct doc *doc)
{
	const struct doc *list = check_node(doc, "variants");

	for (unsigned k = 0; k < c->variants_len; k++, out++) {
		*out = *c;
		out->when = c->variants[k].when;
		out->image = c->variants[k].image;
		out->target = c->variants[k].target;
		out->payloads = c->variants[k].payloads;
		out->payload_count = c->variants[k].payload_count;
		out->variant = k;
		out->variant_count = (unsigned)c->variants_len;
		out->doc = check_item(list, k);
	}
	return out;
}

ota_status variants_flatten(struct check *c, ota_manifest *m)
{
	const struct doc *list = check_node(m->doc, "components");
	struct manifest_component *flat, *out;
	size_t n = 0;

	for (size_t i = 0; i < m->component_count; i++) {
		check_shape(c, m, i, check_item(list, i));
		n += m->components[i].variants_len > 0 ? m->components[i].variants_len : 1;
	}
	if (n > MANIFEST_COMPONENTS_MAX)
		check_find(c, OTA_E_RANGE, list, "components",
			"expected at most %d components and variants in all, found %zu",
			MANIFEST_COMPONENTS_MAX, n);
	flat = out = arena_array(&m->arena, n, sizeof(*flat));
	if (flat == NULL)
		return ota_fail_nomem(c->finds.err);
	for (size_t i = 0; i < m->component_count; i++) {
		const struct manifest_component *comp = &m->components[i];

		if (comp->variants_len > 0) {
			out = put_variants(out, comp, check_item(list, i));
			continue;
		}
		*out = *comp;
		if (comp->given != NULL)
			out->target = *comp->given;
		out->doc = check_item(list, i);
		out++;
	}
	m->components = flat;
	m->component_count = n;
	return OTA_OK;
}

/* ---- before writing ---- */

static ota_status group(struct manifest_component *out, const struct manifest_component *c,
	struct arena *a, ota_err *err)
{
	size_t n = c->variant_count;

	*out = *c;
	out->variants_len = n;
	out->given = n == 0 ? (struct manifest_target *)&c->target : NULL;
	if (n == 0)
		return OTA_OK;
	out->variants = arena_array(a, n, sizeof(out->variants[0]));
	if (out->variants == NULL)
		return ota_fail_nomem(err);
	for (size_t k = 0; k < n; k++)
		out->variants[k] = (struct manifest_variant){
			c[k].when, c[k].target, c[k].payloads, c[k].payload_count, c[k].image};
	out->payload_count = 0;
	return OTA_OK;
}

ota_status variants_group(ota_manifest *m, struct arena *a, ota_err *err)
{
	struct manifest_component *out = arena_array(a, m->component_count, sizeof(*out));
	size_t n = 0;
	ota_status st = OTA_OK;

	if (out == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < m->component_count; i++)
		if (m->components[i].variant == 0)
			st = group(&out[n++], &m->components[i], a, err);
	m->components = out;
	m->component_count = n;
	return st;
}

/* ---- on a device ---- */

static void note(ota_report *rep, const struct manifest_component *c, enum truth t)
{
	static const char *const found[] = {
		[TRUTH_FALSE] = "no", [TRUTH_TRUE] = "yes", [TRUTH_UNKNOWN] = "unknown"};
	char subject[128];

	snprintf(subject, sizeof(subject), "component %s, variant %u", c->name, c->variant);
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = t == TRUTH_TRUE ? OTA_PASS : OTA_SKIP,
				    .off = OTA_NO_OFF,
				    .subject = subject,
				    .found = found[t],
				    .text = "whether its rule holds for this device"});
}

/* An unknown rule might hold as well: then two would. */
ota_status manifest_pick(const struct manifest_component **out, const struct manifest_component *c,
	const struct facts *facts, ota_report *rep, ota_err *err)
{
	unsigned hold = 0, unknown = 0;

	*out = c;
	for (unsigned k = 0; k < c->variant_count; k++) {
		enum truth t = rule_eval(c[k].when, facts);

		note(rep, &c[k], t);
		hold += t == TRUTH_TRUE;
		unknown += t == TRUTH_UNKNOWN;
		if (t == TRUTH_TRUE)
			*out = &c[k];
	}
	if (c->variant_count == 0 || (hold == 1 && unknown == 0))
		return OTA_OK;
	return ota_fail(err, OTA_E_VARIANT,
		"component %s: of %u variants exactly one must fit; %u do, %u are not known",
		c->name, c->variant_count, hold, unknown);
}

ota_status manifest_resolve(
	ota_manifest *m, const struct facts *facts, ota_report *rep, ota_err *err)
{
	struct manifest_component *out = arena_array(&m->arena, m->component_count, sizeof(*out));
	const struct manifest_component *c = NULL;
	size_t n = 0;
	ota_status st = OTA_OK;

	if (out == NULL)
		return ota_fail_nomem(err);
	for (size_t i = 0; !st && i < m->component_count; i++) {
		if (m->components[i].variant > 0)
			continue;
		st = manifest_pick(&c, &m->components[i], facts, rep, err);
		out[n] = *c;
		out[n].variant = out[n].variant_count = 0;
		n++;
	}
	if (st)
		return st;
	m->components = out;
	m->component_count = n;
	return OTA_OK;
}
