/* SPDX-License-Identifier: MIT */
/*
 * Where an image is loaded. An ELF file says it; without headers, a word that points
 * to a function is base + the function's offset. Every word votes with every function
 * start whose low bits agree; the right base gets a vote a pointer, a wrong one a few.
 */
#include <diff/otad_make.h>

#include <base/bits.h>
#include <base/num.h>
#include <base/rd.h>

#define LOW        256U               /* bases are multiples of it */
#define STARTS_MAX ((size_t)1 << 13U) /* functions that are asked */
#define VOTES_LOG  16U
#define WORDS_MAX  ((size_t)1 << 20U) /* words that vote, about */
#define PIECE      ((size_t)4 << 10U) /* of a larger image, one in so many is looked at */
#define VOTES_MIN  16U
#define SEEN_LOG   20U /* a word votes once */

#define ELF_MAGIC       0x464c457fU
#define ELF_64          2
#define ELF_LITTLE      1
#define ELF_HEADERS_MAX 64
#define PT_LOAD         1

struct vote {
	uint32_t base, n;
};

struct starts {
	uint32_t first[LOW + 1]; /* by low bits, into at */
	uint32_t at[STARTS_MAX];
	struct vote vote[1U << VOTES_LOG];
	uint8_t seen[(1U << SEEN_LOG) / 8];
};

/*
 * PUSH {…, LR} in its three encodings; AArch64: PACIASP, or x29 and x30 stored on a new
 * frame; RISC-V: a compressed step down of the stack pointer.
 */
static bool begins_function(const uint8_t *p, size_t at, enum otad_isa isa)
{
	uint32_t v = load_le32(p + at), half = v & 0xffffU;

	switch (isa) {
	case OTAD_ARM:
		return at % 4 == 0 && v >> 16U == 0xe92d;
	case OTAD_A64:
		return at % 4 == 0 && (v == 0xd503233f || (v & 0xffc07fffU) == 0xa9807bfd);
	case OTAD_RV:
		return half == 0x1141 || half == 0x1101 || (half & 0xff83U) == 0x7101;
	default:
		return (half & 0xff00U) == 0xb500 || half == 0xe92d;
	}
}

/* Pointers to functions are multiples of step, but for mark. */
static void pointers_of(enum otad_isa isa, uint32_t *step, uint32_t *mark)
{
	*step = isa == OTAD_ARM || isa == OTAD_A64 ? 4 : 2;
	*mark = isa == OTAD_THUMB ? 1 : 0;
}

static size_t next(size_t at, size_t step, size_t n)
{
	at += step;
	return at % PIECE == 0 ? at + n / (4 * WORDS_MAX) * PIECE : at;
}

static void find_starts(struct starts *s, const uint8_t *p, size_t n, enum otad_isa isa)
{
	uint32_t count[LOW] = {0}, total = 0;

	for (size_t at = 0; at + 4 <= n && total < STARTS_MAX; at = next(at, 2, n)) {
		if (begins_function(p, at, isa)) {
			count[at % LOW]++;
			total++;
		}
	}
	for (unsigned i = 0; i < LOW; i++)
		s->first[i + 1] = s->first[i] + count[i];
	for (size_t at = 0, left = total; at + 4 <= n && left > 0; at = next(at, 2, n)) {
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

/* 0: none has enough votes. */
static ota_status base_vote(uint32_t *base, const ota_ctx *ctx, const uint8_t *p, size_t n,
	enum otad_isa isa, ota_err *err)
{
	struct starts *s = NULL;
	struct vote best = {0, VOTES_MIN};
	uint32_t step, mark;
	ota_status st;

	st = MEM_NEW(&s, ctx, err);
	if (st)
		return st;
	n = min_size(n, UINT32_MAX / 2);
	find_starts(s, p, n, isa);
	pointers_of(isa, &step, &mark);
	for (size_t at = 0; at + 4 <= n; at = next(at, 4, n)) {
		uint32_t v = load_le32(p + at);

		if (v % step == mark)
			ask(s, v - mark, n);
	}
	for (size_t i = 0; i < sizeof(s->vote) / sizeof(s->vote[0]); i++)
		if (s->vote[i].n > best.n)
			best = s->vote[i];
	*base = best.base;
	mem_free(ctx, s);
	return OTA_OK;
}

static void add_base(uint32_t bases[OTAD_BASES], size_t *count, uint32_t base)
{
	for (size_t i = 0; i < *count; i++)
		if (bases[i] == base)
			return;
	if (*count < OTAD_BASES)
		bases[(*count)++] = base;
}

static uint64_t elf_word(struct rd *r, bool wide)
{
	return wide ? rd_u64(r) : rd_u32(r);
}

/* Address less offset, of a program header. false: it is none that is loaded. */
static bool elf_load(uint32_t *base, const uint8_t *p, size_t n, bool wide)
{
	struct rd r;
	uint64_t offset;
	bool load;

	rd_init(&r, p, n);
	load = rd_u32(&r) == PT_LOAD;
	if (wide)
		(void)rd_u32(&r);
	offset = elf_word(&r, wide);
	*base = (uint32_t)((elf_word(&r, wide) - offset) & UINT32_MAX);
	return load && rd_ok(&r);
}

/* Of a little-endian ELF file, from each part of it that is loaded. */
static void add_elf_bases(uint32_t bases[OTAD_BASES], size_t *count, const uint8_t *p, size_t n)
{
	struct rd r;
	uint64_t at, size, headers;
	uint32_t base;
	bool elf, wide;

	rd_init(&r, p, n);
	elf = rd_u32(&r) == ELF_MAGIC;
	wide = rd_u8(&r) == ELF_64;
	elf = rd_u8(&r) == ELF_LITTLE && elf;
	(void)rd_bytes(&r, wide ? 26 : 22);
	at = elf_word(&r, wide);
	(void)elf_word(&r, wide);
	(void)rd_bytes(&r, 6);
	size = rd_u16(&r);
	headers = min_u64(rd_u16(&r), ELF_HEADERS_MAX);
	for (uint64_t i = 0; elf && rd_ok(&r) && i < headers && at <= n; i++, at += size)
		if (elf_load(&base, p + at, n - at, wide))
			add_base(bases, count, base);
}

ota_status otad_bases(uint32_t bases[OTAD_BASES], size_t *count, const ota_ctx *ctx,
	const uint8_t *p, size_t n, enum otad_isa isa, ota_err *err)
{
	uint32_t voted = 0;
	ota_status st = base_vote(&voted, ctx, p, n, isa, err);

	*count = 0;
	add_base(bases, count, voted);
	add_base(bases, count, 0);
	add_elf_bases(bases, count, p, n);
	return st;
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
	for (size_t at = 0; at + 4 <= n; at = next(at, 4, n)) {
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
