/* SPDX-License-Identifier: MIT */
/* What an update may cost a device: --budget KEY=VALUE. */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include "cost.h"
#include "opt.h"

#define BUDGETS_MAX 8

struct budget {
	const struct figure *figure;
	uint64_t most; /* in the figure's unit */
};

struct budgets {
	struct budget v[BUDGETS_MAX];
	size_t n;
};

/* usage.option for what is no figure, no number, or given twice. */
ota_status budgets_parse(struct budgets *out, const struct opt_list *list, ota_err *err);
/* usage.argument where a figure is not known: what cannot be judged is not kept. */
ota_status budgets_judgeable(const struct budgets *b, const ota_campaign_info *info, ota_err *err);
void budgets_show(struct out *o, const struct budgets *b, const ota_campaign_info *info);
size_t budgets_over(const struct budgets *b, const ota_campaign_info *info);
/* A test case each. */
void budgets_junit(struct xml *x, const struct budgets *b, const ota_campaign_info *info);
/* rehearsal.budget, of the first that is over. */
ota_status budgets_check(const struct budgets *b, const ota_campaign_info *info, ota_err *err);

#endif
