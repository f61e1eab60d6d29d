/* SPDX-License-Identifier: MIT */
#include <pack/plan.h>

#include <stdio.h>
#include <string.h>

#include <base/mem.h>
#include <base/num.h>
#include <diff/diff.h>
#include <doc/doc.h>
#include <package/check.h>
#include <package/table.h>

#define BOOT_DOC_MAX ((size_t)64 << 10U)
#define IMAGE_MAX    ((uint64_t)CHUNKS_MAX * CHUNK_SIZE_MAX)

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

/* The counter that a boot document states under `signed`, or bare as long as nobody signed it. */
static bool boot_counter(uint64_t *out, const ota_ctx *ctx, const uint8_t *p, size_t len)
{
	const struct doc *body, *type = NULL, *counter = NULL;
	struct doc *root = NULL;
	struct arena arena;
	bool ok;

	arena_init(&arena, ctx);
	if (json_read(&root, &arena, p, len, NULL) == OTA_OK) {
		body = doc_get(root, "signed");
		body = body != NULL ? body : root;
		type = doc_get(body, "_type");
		counter = doc_get(body, "security_counter");
	}
	ok = type != NULL && type->kind == DOC_STR && strcmp(type->s, "boot") == 0 &&
	     counter != NULL && counter->kind == DOC_INT && counter->i >= 0;
	if (ok)
		*out = (uint64_t)counter->i;
	arena_fini(&arena);
	return ok;
}

/* V9: a slot whose documents count otherwise than its package would not start, or not be revoked. */
static ota_status check_boot_doc(size_t *bad, const ota_plan *plan, const struct plan_input *in,
	ota_report *rep, ota_err *err)
{
	uint64_t counter = 0;
	uint8_t *p = NULL;
	char text[128] = "is no boot document: JSON with _type \"boot\" and security_counter";
	bool ok = false;
	ota_status st;

	if (in->src == NULL || input_fault(in, text, sizeof(text)) != NULL)
		return OTA_OK;
	if (in->size <= BOOT_DOC_MAX) {
		st = mem_new_bytes(&p, plan->ctx, size_of_u64(in->size), err);
		if (!st)
			st = ota_source_pread(in->src, p, size_of_u64(in->size), 0, err);
		ok = !st && boot_counter(&counter, plan->ctx, p, size_of_u64(in->size));
		mem_free(plan->ctx, p);
		if (st)
			return st;
	}
	if (ok && counter == plan->m->security_counter)
		return OTA_OK;
	(*bad)++;
	if (ok)
		snprintf(text, sizeof(text),
			"states the security_counter %llu; the manifest has %llu (V9)",
			(unsigned long long)counter, (unsigned long long)plan->m->security_counter);
	lint(plan, rep, OTA_FAIL, OTA_E_BOOT_COUNTER, in, text);
	return OTA_OK;
}

static ota_status check_attachments(
	size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; i < plan->m->attachment_count && !st; i++) {
		const struct plan_input *in = &plan->attachments[i];

		if (in->name == NULL)
			continue;
		check_input(bad, plan, in, rep);
		if (plan->m->attachments[i].role == ROLE_BOOT_DOC)
			st = check_boot_doc(bad, plan, in, rep, err);
	}
	return st;
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

/* Said early: a package that only one key vouches for is refused where it has these. */
static void warn_of_powers(const ota_plan *plan, ota_report *rep)
{
	struct lint_run run = {plan, rep, 0};

	for (enum power power = 0; power < POWERS; power++) {
		const char *what = power_used(plan->m, power);

		if (what != NULL)
			lint_at(&run, OTA_WARN, OTA_E_SCOPE, plan->m->doc, "manifest",
				"it uses %s, which verify and devices refuse of a single trusted "
				"key",
				what);
	}
}

ota_status check_inputs(size_t *bad, const ota_plan *plan, ota_report *rep, ota_err *err)
{
	ota_status st;

	*bad = 0;
	warn_of_powers(plan, rep);
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
	st = check_attachments(bad, plan, rep, err);
	return st ? st : ota_report_status(rep, err);
}
