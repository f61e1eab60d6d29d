/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ota/text.h>

#define MS_PER_S 1000U

/* ---- what is asked for ---- */

static ota_status no_figure(const char *key, ota_err *err)
{
	const char *words[COST_FIGURES_MAX], *near;
	size_t n = 0;

	for (const struct figure *f = cost_figures; f->key; f++)
		if (f->budget)
			words[n++] = f->budget;
	near = ota_nearest(key, words, n);
	return ota_fail(err, OTA_E_OPTION,
		"--budget: there is no figure %s%s%s; it can be read, written, erases, "
		"block-erases, memory, time",
		key, near ? "; did you mean " : "", near ? near : "");
}

static const struct figure *figure_named(const char *key)
{
	const struct figure *f = cost_figures;

	while (f->key && (!f->budget || strcmp(f->budget, key)))
		f++;
	return f->key ? f : NULL;
}

static bool read_value(uint64_t *out, const struct figure *f, const char *text)
{
	bool good = f->kind == COST_BYTES ? opt_bytes(out, text) : opt_u64(out, text);

	if (good && f->kind == COST_MS)
		*out = *out > UINT64_MAX / MS_PER_S ? UINT64_MAX : *out * MS_PER_S;
	return good;
}

static ota_status add(struct budgets *out, const char *text, ota_err *err)
{
	static const char *const units[] = {
		[COST_COUNT] = "a whole number",
		[COST_BYTES] = "a number of bytes such as 64M",
		[COST_MS] = "whole seconds",
	};
	struct budget *b = &out->v[out->n];
	const char *eq = strchr(text, '=');
	char key[32];

	snprintf(key, sizeof(key), "%.*s", eq ? (int)(eq - text) : 31, text);
	b->figure = figure_named(key);
	if (!b->figure)
		return no_figure(key, err);
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].figure == b->figure)
			return ota_fail(err, OTA_E_OPTION, "--budget %s is given twice", key);
	if (!eq || !read_value(&b->most, b->figure, eq + 1))
		return ota_fail(err, OTA_E_OPTION, "--budget is '%s'; %s= takes %s", text, key,
			units[b->figure->kind]);
	out->n++;
	return OTA_OK;
}

ota_status budgets_parse(struct budgets *out, const struct opt_list *list, ota_err *err)
{
	ota_status st = OTA_OK;

	for (size_t i = 0; i < list->n && !st; i++)
		st = add(out, list->v[i], err);
	return st;
}

/* ---- what comes of it ---- */

ota_status budgets_judgeable(const struct budgets *b, const ota_campaign_info *info, ota_err *err)
{
	for (size_t i = 0; i < b->n; i++)
		if (!cost_known(info, b->v[i].figure))
			return ota_fail(err, OTA_E_ARGUMENT,
				"--budget %s: no device file says how long the flash takes: "
				"erase_us, program_us, read_bytes_per_second",
				b->v[i].figure->budget);
	return OTA_OK;
}

static bool is_over(const struct budget *b, const ota_campaign_info *info)
{
	return cost_value(info, b->figure) > b->most;
}

size_t budgets_over(const struct budgets *b, const ota_campaign_info *info)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += is_over(&b->v[i], info);
	return n;
}

void budgets_show(struct out *o, const struct budgets *b, const ota_campaign_info *info)
{
	if (b->n == 0)
		return;
	out_table(o, "budgets", "Budget");
	for (const struct budget *one = b->v; one < b->v + b->n; one++) {
		char text[COST_TEXT_MAX];
		uint64_t is = cost_value(info, one->figure);

		out_row(o);
		out_str(o, "figure", "Figure", one->figure->budget);
		out_u64(o, "is", NULL, is);
		out_cell(o, "Is", cost_amount(text, one->figure, is));
		out_u64(o, "budget", NULL, one->most);
		out_cell(o, "Budget", cost_amount(text, one->figure, one->most));
		out_bool(o, "over", "Over", is_over(one, info));
		out_end(o);
	}
	out_end(o);
}

/* "written: 109824 bytes, the budget is 100000 bytes: a smaller image …" */
static void describe(char out[256], const struct budget *b, const ota_campaign_info *info)
{
	char is[COST_TEXT_MAX], most[COST_TEXT_MAX];

	snprintf(out, 256, "%s: %s, the budget is %s: %s", b->figure->budget,
		cost_amount(is, b->figure, cost_value(info, b->figure)),
		cost_amount(most, b->figure, b->most), b->figure->cure);
}

void budgets_junit(struct xml *x, const struct budgets *b, const ota_campaign_info *info)
{
	char is[COST_TEXT_MAX], text[256];

	for (const struct budget *one = b->v; one < b->v + b->n; one++) {
		junit_begin_case(x, "budget", one->figure->budget,
			cost_amount(is, one->figure, cost_value(info, one->figure)));
		describe(text, one, info);
		if (is_over(one, info))
			junit_failure(x, one->figure->budget, text);
		junit_end_case(x);
	}
}

ota_status budgets_check(const struct budgets *b, const ota_campaign_info *info, ota_err *err)
{
	char text[256];

	for (size_t i = 0; i < b->n; i++)
		if (is_over(&b->v[i], info)) {
			describe(text, &b->v[i], info);
			return ota_fail(err, OTA_E_BUDGET, "%s", text);
		}
	return OTA_OK;
}
