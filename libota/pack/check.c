/* SPDX-License-Identifier: MIT */
#include <pack/plan.h>

#include <stdio.h>
#include <string.h>

#include <base/num.h>
#include <diff/diff.h>
#include <package/table.h>

#define IMAGE_MAX ((uint64_t)CHUNKS_MAX * CHUNK_SIZE_MAX)

/* What is wrong with one input as a thing to pack; NULL: nothing. */
static const char *input_fault(const struct plan_input *in, char *buf, size_t cap)
{
	if (!ota_source_seekable(in->src))
		return "is a pipe; a file is needed";
	if (in->size == 0)
		return "is empty";
	if (in->size > IMAGE_MAX) {
		snprintf(buf, cap, "has %llu bytes; the limit is %llu",
			(unsigned long long)in->size, (unsigned long long)IMAGE_MAX);
		return buf;
	}
	return NULL;
}

static void check_input(
	size_t *bad, const ota_plan *plan, const struct plan_input *in, ota_report *rep)
{
	char buf[96];
	const char *fault = in->src != NULL ? input_fault(in, buf, sizeof(buf)) : "";

	if (fault == NULL)
		return;
	(*bad)++;
	/* An input that did not open has its finding already. */
	if (in->src != NULL)
		lint(plan, rep, OTA_FAIL, OTA_E_INPUT, in, fault);
}

static void check_memory(size_t *bad, const ota_plan *plan, size_t i, size_t k, ota_report *rep)
{
	const struct plan_component *pc = &plan->components[i];
	const struct plan_input *from = &pc->from[k];
	const struct diff_format *diff =
		diff_by_name(payload_codec(&plan->m->components[i].payloads[k]));
	uint64_t need;
	char text[128];

	if (plan->memory == 0 || diff == NULL || from->src == NULL || pc->image.src == NULL)
		return;
	need = from->size + pc->image.size + diff->memory(from->size, pc->image.size);
	if (need <= plan->memory)
		return;
	(*bad)++;
	snprintf(text, sizeof(text),
		"making this delta takes %llu bytes of memory; allowed are %llu",
		(unsigned long long)need, (unsigned long long)plan->memory);
	lint(plan, rep, OTA_FAIL, OTA_E_MEM_LIMIT, from, text);
}

static void check_count(size_t *bad, const ota_plan *plan, ota_report *rep)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->m->component_count; i++)
		n += plan->m->components[i].payload_count;
	n += plan->m->attachment_count;
	if (n <= MANIFEST_SECTIONS_MAX)
		return;
	(*bad)++;
	lint(plan, rep, OTA_FAIL, OTA_E_RANGE, &plan->components[0].image,
		"the manifest has more than 256 payloads and attachments in all, and each takes a "
		"section");
}

ota_status check_inputs(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err)
{
	*bad = 0;
	check_count(bad, plan, rep);
	for (size_t i = 0; i < plan->m->component_count; i++) {
		const struct plan_component *pc = &plan->components[i];

		check_input(bad, plan, &pc->image, rep);
		for (size_t k = 0; k < plan->m->components[i].payload_count; k++) {
			if (pc->from[k].name == NULL)
				continue;
			check_input(bad, plan, &pc->from[k], rep);
			check_memory(bad, plan, i, k, rep);
		}
	}
	for (size_t i = 0; i < plan->m->attachment_count; i++)
		if (plan->attachments[i].name != NULL)
			check_input(bad, plan, &plan->attachments[i], rep);
	return ota_report_status(rep, err);
}
