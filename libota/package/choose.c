/* SPDX-License-Identifier: MIT */
#include <package/choose.h>

#include <stdio.h>

#include <patch/patch.h>

/* Why a payload is not usable; the greater, the nearer it came. */
enum reason { USABLE, NOT_PRESENT, NO_SOURCE, FORBIDDEN, OTHER_SOURCE, ABSENT, NO_CODEC, NO_RAM };

static enum reason judge(const struct choose_input *in, size_t i)
{
	const struct manifest_payload *p = &in->c->payloads[i];

	if (p->kind == PAYLOAD_PRESENT)
		return NOT_PRESENT;
	if (in->ram_max > 0 && in->ram_fixed + p->ram > in->ram_max)
		return NO_RAM;
	if (p->kind == PAYLOAD_FULL && in->delta_only)
		return FORBIDDEN;
	if (p->kind == PAYLOAD_FULL)
		return (in->absent >> i & 1U) != 0 ? ABSENT : USABLE;
	if (patch_by_name(payload_codec(p)) == NULL)
		return NO_CODEC;
	if (!in->have_source)
		return NO_SOURCE;
	if ((in->matches >> i & 1U) == 0)
		return OTHER_SOURCE;
	return (in->absent >> i & 1U) != 0 ? ABSENT : USABLE;
}

static bool has_delta(const struct manifest_component *c)
{
	for (size_t i = 0; i < c->payload_count; i++)
		if (c->payloads[i].kind == PAYLOAD_DELTA)
			return true;
	return false;
}

static const struct reason_text {
	ota_id id;
	const char *text;
} reasons[] = {
	[USABLE] = {OTA_E_NONE, "fits"},
	[NOT_PRESENT] = {OTA_E_NO_PAYLOAD,
		"the package carries nothing: the slot must hold the image already, and it does "
		"not"},
	[NO_SOURCE] = {OTA_E_NO_PAYLOAD, "a delta needs its source image"},
	[FORBIDDEN] = {OTA_E_NO_PAYLOAD, "a full payload may not be taken here"},
	[OTHER_SOURCE] = {OTA_E_SOURCE, "the source image is not the one this delta starts from"},
	[ABSENT] = {OTA_E_NOT_IN_SLICE, "it is not in this slice"},
	[NO_CODEC] = {OTA_E_CODEC, "this build cannot apply its codec"},
	[NO_RAM] = {OTA_E_RAM, "it takes more memory than there is"},
};

static void note(const struct choose_input *in, size_t i, enum reason why, ota_report *rep)
{
	char subject[128];

	snprintf(subject, sizeof(subject), "component %s, payload %zu", in->c->name, i);
	ota_report_add(rep, &(ota_finding){.size = sizeof(ota_finding),
				    .outcome = why == USABLE ? OTA_PASS : OTA_SKIP,
				    .id = reasons[why].id,
				    .off = OTA_NO_OFF,
				    .subject = subject,
				    .text = reasons[why].text});
}

ota_status choose_payload(
	uint32_t *out, const struct choose_input *in, ota_report *rep, ota_err *err)
{
	/* `fallback: fail` is signed: without a delta that fits there is no update. */
	struct choose_input rule = *in;
	enum reason worst = NOT_PRESENT;
	uint32_t best = UINT32_MAX;

	rule.delta_only |= in->c->fallback == FALLBACK_FAIL && has_delta(in->c);
	for (uint32_t i = 0; i < in->c->payload_count; i++) {
		enum reason why = judge(&rule, i);

		if (why > worst)
			worst = why;
		note(in, i, why, rep);
		if (why == USABLE && (best == UINT32_MAX ||
					     in->c->payloads[i].cost < in->c->payloads[best].cost))
			best = i;
	}
	if (best == UINT32_MAX)
		return ota_fail(err, reasons[worst].id,
			"component %s: no payload can be used here: %s", in->c->name,
			reasons[worst].text);
	*out = best;
	return OTA_OK;
}
