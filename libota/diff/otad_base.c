/* SPDX-License-Identifier: MIT */
/*
 * Where an image without headers is loaded: a word that points to a function is
 * base + the function's offset. Every word votes with every function start whose
 * low bits agree; the right base gets a vote a pointer, a wrong one a few.
 */
#include <diff/otad_make.h>

#include <base/bits.h>
#include <base/num.h>

#define LOW        256U               /* bases are multiples of it */
#define STARTS_MAX ((size_t)1 << 13U) /* functions that are asked */
#define VOTES_LOG  16U
#define WORDS_MAX  ((size_t)1 << 20U) /* words that vote */
#define VOTES_MIN  16U
#define SEEN_LOG   18U /* a word votes once */

struct vote {
	uint32_t base, n;
};

struct starts {
	uint32_t first[LOW + 1]; /* by low bits, into at */
	uint32_t at[STARTS_MAX];
	struct vote vote[1U << VOTES_LOG];
	uint8_t seen[(1U << SEEN_LOG) / 8];
};

/* PUSH {…, LR} in its three encodings. */
static bool begins_function(const uint8_t *p, size_t at, enum otad_isa isa)
{
	if (isa == OTAD_ARM)
		return at % 4 == 0 && load_le16(p + at + 2) == 0xe92d;
	return (load_le16(p + at) & 0xff00U) == 0xb500 || load_le16(p + at) == 0xe92d;
}

static void find_starts(struct starts *s, const uint8_t *p, size_t n, enum otad_isa isa)
{
	uint32_t count[LOW] = {0}, total = 0;

	for (size_t at = 0; at + 4 <= n && total < STARTS_MAX; at += 2) {
		if (begins_function(p, at, isa)) {
			count[at % LOW]++;
			total++;
		}
	}
	for (unsigned i = 0; i < LOW; i++)
		s->first[i + 1] = s->first[i] + count[i];
	for (size_t at = 0, left = total; at + 4 <= n && left > 0; at += 2) {
		if (begins_function(p, at, isa)) {
			s->at[s->first[at % LOW] + --count[at % LOW]] = (uint32_t)at;
			left--;
		}
	}
}

/* A table that forgets the weaker of two bases in one place. */
static void vote(struct starts *s, uint32_t base)
{
	struct vote *v = &s->vote[(base / LOW) * UINT32_C(0x9E3779B1) >> (32 - VOTES_LOG)];

	if (v->base == base) {
		v->n++;
	} else if (v->n == 0) {
		*v = (struct vote){base, 1};
	} else {
		v->n--;
	}
}

static bool seen(struct starts *s, uint32_t v)
{
	uint32_t h = v * UINT32_C(0x9E3779B1) >> (32 - SEEN_LOG);
	bool was = ((unsigned)s->seen[h / 8] >> (h % 8) & 1U) != 0;

	s->seen[h / 8] |= lo8(1U << (h % 8));
	return was;
}

static void ask(struct starts *s, uint32_t v, size_t n)
{
	if (seen(s, v))
		return;
	for (uint32_t i = s->first[v % LOW]; i < s->first[v % LOW + 1]; i++)
		if (v >= s->at[i] && v - s->at[i] <= UINT32_MAX - n)
			vote(s, v - s->at[i]);
}

ota_status otad_base_vote(uint32_t *base, const ota_ctx *ctx, const uint8_t *p, size_t n,
	enum otad_isa isa, ota_err *err)
{
	struct starts *s = NULL;
	struct vote best = {0, VOTES_MIN};
	ota_status st;

	st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	n = min_size(n, UINT32_MAX / 2);
	find_starts(s, p, n, isa);
	for (size_t at = 0; at + 4 <= n && at / 4 < WORDS_MAX; at += 4) {
		uint32_t v = load_le32(p + at);

		if (isa == OTAD_ARM ? v % 4 == 0 : v % 2 == 1)
			ask(s, isa == OTAD_ARM ? v : v - 1, n);
	}
	for (size_t i = 0; i < sizeof(s->vote) / sizeof(s->vote[0]); i++)
		if (s->vote[i].n > best.n)
			best = s->vote[i];
	*base = best.base;
	mem_free(ctx, s);
	return OTA_OK;
}

#define PAGE_LOG 20U
#define PAGES    (1U << (32 - PAGE_LOG))

/* The three MiB outside the image that most different words point into. */
ota_status otad_ram_vote(uint32_t ram[OTAD_RAMS], const ota_ctx *ctx, const uint8_t *p, size_t n,
	uint32_t base, ota_err *err)
{
	struct starts *s = NULL;
	uint32_t *page;
	ota_status st;

	st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	page = s->at;
	for (size_t at = 0; at + 4 <= n && at / 4 < WORDS_MAX; at += 4) {
		uint32_t v = load_le32(p + at);

		if (v - base >= n && !seen(s, v))
			page[v >> PAGE_LOG]++;
	}
	for (unsigned i = 0; i < OTAD_RAMS; i++) {
		uint32_t best = 1;

		for (uint32_t k = 1; k < PAGES; k++)
			if (page[k] > page[best])
				best = k;
		ram[i] = best << PAGE_LOG;
		page[best] = 0;
	}
	mem_free(ctx, s);
	return OTA_OK;
}
