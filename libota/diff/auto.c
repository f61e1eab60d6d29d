/* SPDX-License-Identifier: MIT */
#include <diff/auto.h>

#include <string.h>

/* So small that a smaller one helps nobody: no further tries. */
#define SMALL 512U

/* The likeliest first; of each codec the profile that takes most memory, and is smallest, first. */
static const struct row {
	const struct diff_format *format;
	const char *profile;
} rows[] = {
	{&otad_diff, "max"},
	{&otad_diff, "std"},
	{&otad_diff, "tiny"},
	{&vcdiff_diff, "max"},
	{&vcdiff_diff, "std"},
	{&vcdiff_diff, "tiny"},
	{&bsdiff40_diff, NULL},
	{&zstd_diff, NULL},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

uint64_t diff_tries_held(const struct diff_tries *t)
{
	return t->new_len + t->new_len / 16 + (64U << 10U);
}

static bool can_be_made(const struct diff_tries *t, const struct row *r)
{
	uint64_t images = t->old_len + t->new_len;

	return t->memory == 0 ||
	       images + r->format->memory(t->old_len, t->new_len) + diff_tries_held(t) <= t->memory;
}

static bool can_be_applied(const struct diff_tries *t, const struct row *r)
{
	return t->ram == 0 || r->format->applying(r->profile, t->old_len, t->new_len) <= t->ram;
}

bool diff_tries_next(struct diff_try *out, struct diff_tries *t)
{
	if (t->best > 0 && t->best <= SMALL)
		return false;
	while (t->at < ROWS) {
		const struct row *r = &rows[t->at++];
		bool first = t->at == 1 || rows[t->at - 2].format != r->format;

		/* A larger profile is there already; or profiles are not ours to choose. */
		if (r->format == t->done || (t->ram == 0 && !first))
			continue;
		if (!can_be_made(t, r) || !can_be_applied(t, r))
			continue;
		out->format = r->format;
		out->profile = r->profile;
		if (t->ram == 0 && r->profile != NULL)
			out->profile = t->profile;
		return true;
	}
	return false;
}

bool diff_tries_better(struct diff_tries *t, uint64_t size)
{
	bool better = t->best == 0 || size < t->best;

	t->done = rows[t->at - 1].format;
	if (better)
		t->best = size;
	return better;
}
