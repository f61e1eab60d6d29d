/* SPDX-License-Identifier: MIT */
#include <model/semver.h>

#include <assert.h>
#include <string.h>

#include <base/text.h>

#define NUMBER_MAX UINT64_C(0x7fffffff)

struct span {
	const char *p;
	size_t len;
};

struct version {
	uint64_t num[3];
	struct span pre; /* len 0: a release */
};

/* Cut what stands before the first byte of `stop` off *rest, and that byte too. */
static struct span cut(struct span *rest, char stop)
{
	const char *at = memchr(rest->p, stop, rest->len);
	struct span head = *rest;

	if (at == NULL) {
		*rest = (struct span){rest->p + rest->len, 0};
		return head;
	}
	head.len = (size_t)(at - rest->p);
	*rest = (struct span){at + 1, rest->len - head.len - 1};
	return head;
}

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

static bool is_word(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
			c != '-')
			return false;
	}
	return s.len > 0;
}

static bool is_number(struct span s)
{
	uint64_t v;

	return text_u64(&v, s.p, s.len, NUMBER_MAX);
}

/* Dot-separated words; numbers of a pre-release have no leading zero, build metadata may. */
static bool words_ok(struct span s, bool numbers)
{
	bool more = true;

	while (more) {
		bool dot = memchr(s.p, '.', s.len) != NULL;
		struct span w = cut(&s, '.');

		if (!is_word(w) || (numbers && is_digits(w) && !is_number(w)))
			return false;
		more = dot;
	}
	return true;
}

static bool parse(struct version *out, struct span s)
{
	bool has_build = memchr(s.p, '+', s.len) != NULL, has_pre;
	struct version v = {0};
	struct span core, build, rest = s;

	if (s.len > SEMVER_MAX)
		return false;
	core = cut(&rest, '+');
	build = rest;
	rest = core;
	has_pre = memchr(core.p, '-', core.len) != NULL;
	core = cut(&rest, '-');
	v.pre = rest;
	for (unsigned i = 0; i < 3; i++) {
		struct span n = i < 2 ? cut(&core, '.') : core;

		if (!text_u64(&v.num[i], n.p, n.len, NUMBER_MAX))
			return false;
	}
	if ((has_pre && !words_ok(v.pre, true)) || (has_build && !words_ok(build, false)))
		return false;
	*out = v;
	return true;
}

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_bytes(struct span a, struct span b)
{
	int c = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : cmp_u64(a.len, b.len);
}

/* SemVer 2.0.0, rule 11.4: numbers by value and below words, words by bytes. */
static int cmp_word(struct span a, struct span b)
{
	bool da = is_digits(a), db = is_digits(b);

	if (da != db)
		return da ? -1 : 1;
	/* Without leading zeros the longer number is the larger one. */
	if (da && a.len != b.len)
		return cmp_u64(a.len, b.len);
	return cmp_bytes(a, b);
}

static int cmp_version(const struct version *a, const struct version *b)
{
	struct span pa = a->pre, pb = b->pre;
	int c = 0;

	for (unsigned i = 0; i < 3 && c == 0; i++)
		c = cmp_u64(a->num[i], b->num[i]);
	if (c != 0)
		return c;
	if (pa.len == 0 || pb.len == 0)
		return cmp_u64(pa.len == 0, pb.len == 0);
	while (c == 0 && pa.len > 0 && pb.len > 0) {
		struct span wa = cut(&pa, '.'), wb = cut(&pb, '.');

		c = cmp_word(wa, wb);
	}
	return c != 0 ? c : cmp_u64(pa.len, pb.len);
}

static struct span span_of(const char *s)
{
	return (struct span){s, strnlen(s, SEMVER_RANGE_MAX + 1)};
}

bool semver_ok(const char *text)
{
	struct version v;

	return parse(&v, span_of(text));
}

int semver_cmp(const char *a, const char *b)
{
	struct version va, vb;
	bool ok = parse(&va, span_of(a)) && parse(&vb, span_of(b));

	assert(ok);
	return cmp_version(&va, &vb);
}

enum relation { REL_EQ, REL_GT, REL_GE, REL_LT, REL_LE, REL_ANY };

static bool comparator(enum relation *rel, struct version *v, struct span s)
{
	static const struct {
		const char *text;
		enum relation rel;
	} rows[] = {{">=", REL_GE}, {"<=", REL_LE}, {"=", REL_EQ}, {">", REL_GT}, {"<", REL_LT}};

	*rel = REL_EQ;
	if (s.len == 1 && s.p[0] == '*') {
		*rel = REL_ANY;
		return true;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].text);

		if (s.len > n && memcmp(s.p, rows[i].text, n) == 0) {
			*rel = rows[i].rel;
			s = (struct span){s.p + n, s.len - n};
			break;
		}
	}
	return parse(v, s);
}

static bool holds(enum relation rel, int c)
{
	switch (rel) {
	case REL_EQ:
		return c == 0;
	case REL_GT:
		return c > 0;
	case REL_GE:
		return c >= 0;
	case REL_LT:
		return c < 0;
	case REL_LE:
		return c <= 0;
	case REL_ANY:
		return true;
	}
	return false;
}

/*
 * One walk for the grammar and the answer, so that they cannot disagree. v may
 * be NULL: only the grammar. *in is whether v is in the range.
 */
static bool walk_range(bool *in, const char *range, const struct version *v)
{
	struct span rest = span_of(range);
	bool any = false, all = true, open = true, more = true;

	if (rest.len > SEMVER_RANGE_MAX)
		return false;
	while (more) {
		struct span word;
		struct version bound = {0};
		enum relation rel;

		more = memchr(rest.p, ' ', rest.len) != NULL;
		word = cut(&rest, ' ');
		if (word.len == 2 && memcmp(word.p, "||", 2) == 0) {
			if (open)
				return false;
			any = any || all;
			all = true;
			open = true;
			continue;
		}
		if (!comparator(&rel, &bound, word))
			return false;
		all = all && v != NULL && holds(rel, cmp_version(v, &bound));
		open = false;
	}
	*in = any || all;
	return !open;
}

bool semver_range_ok(const char *range)
{
	bool in;

	return walk_range(&in, range, NULL);
}

bool semver_in(const char *version, const char *range)
{
	struct version v;
	bool in = false;

	if (!parse(&v, span_of(version)))
		return false;
	return walk_range(&in, range, &v) && in;
}
