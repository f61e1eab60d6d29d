/* SPDX-License-Identifier: MIT */
#include <sim/fault.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <base/bits.h>
#include <base/num.h>
#include <base/text.h>
#include <sim/prng.h>

#define OP_WRITE (OP_PROGRAM | OP_ERASE)
#define OP_ANY   (OP_PROGRAM | OP_ERASE | OP_SYNC | OP_BURN)

const struct fault_mode fault_modes[FAULT_COUNT] = {
	[FAULT_NONE] = {"none", 0, false},
	[FAULT_CUT_BEFORE] = {"cut-before", OP_ANY, true},
	[FAULT_CUT_AFTER] = {"cut-after", OP_ANY, true},
	[FAULT_TORN_FIRST] = {"torn-first", OP_PROGRAM, true},
	[FAULT_TORN_HALF] = {"torn-half", OP_WRITE, true},
	[FAULT_TORN_LAST] = {"torn-last", OP_PROGRAM, true},
	[FAULT_TORN_BIT] = {"torn-bit", OP_PROGRAM, true},
	[FAULT_TORN_BUT_BIT] = {"torn-but-bit", OP_WRITE, true},
	[FAULT_TORN_MIX] = {"torn-mix", OP_WRITE, true},
	[FAULT_TORN_UNSTABLE] = {"torn-unstable", OP_WRITE, true},
	[FAULT_LOST] = {"lost", OP_PROGRAM | OP_ERASE | OP_SYNC, true},
	[FAULT_TORN_BURN] = {"torn-burn", OP_BURN, true},
	[FAULT_CUT_READ] = {"cut-read-once", OP_PROGRAM, true},
	[FAULT_PROGRAM_ERROR] = {"program-error", OP_PROGRAM, false},
	[FAULT_ERASE_ERROR] = {"erase-error", OP_ERASE, false},
	[FAULT_PROGRAM_NOOP] = {"program-noop", OP_PROGRAM, false},
	[FAULT_ERASE_NOOP] = {"erase-noop", OP_ERASE, false},
	[FAULT_PROGRAM_FLIP] = {"program-flip", OP_PROGRAM, false},
	[FAULT_READ_FLIP] = {"read-flip", OP_PROGRAM, false},
	[FAULT_READ_ERROR] = {"read-error", OP_PROGRAM, false},
	[FAULT_READ_ONCE] = {"read-once", OP_PROGRAM, false},
};

/* ---- plans as text ---- */

void plan_text(char out[static PLAN_TEXT_MAX], const struct plan *p)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < p->n && at < PLAN_TEXT_MAX; i++)
		at += (size_t)snprintf(out + at, PLAN_TEXT_MAX - at, "%sop%" PRIu64 ":%s",
			i > 0 ? "+" : "", p->s[i].op, fault_modes[p->s[i].mode].name);
}

static enum fault_id mode_named(const char *name, size_t len)
{
	for (unsigned i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
		if (strlen(fault_modes[i].name) == len &&
			memcmp(fault_modes[i].name, name, len) == 0)
			return (enum fault_id)i;
	return FAULT_NONE;
}

enum fault_id fault_named(const char *name)
{
	return mode_named(name, strlen(name));
}

static bool strike_parse(struct strike *s, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);

	if (colon == NULL || len < 2 || memcmp(text, "op", 2) != 0)
		return false;
	if (!text_u64(&s->op, text + 2, (size_t)(colon - text) - 2, UINT64_MAX))
		return false;
	s->mode = mode_named(colon + 1, len - (size_t)(colon - text) - 1);
	return s->mode != FAULT_NONE;
}

bool plan_parse(struct plan *p, const char *text)
{
	bool ok = true;

	p->n = 0;
	while (ok && text != NULL) {
		const char *end = strchr(text, '+');
		size_t len = end != NULL ? (size_t)(end - text) : strlen(text);

		ok = p->n < STRIKES_MAX;
		if (ok)
			ok = strike_parse(&p->s[p->n++], text, len);
		text = end != NULL ? end + 1 : NULL;
	}
	return ok;
}

bool plan_cuts_only(const struct plan *p)
{
	bool cuts = true;

	for (unsigned i = 0; i < p->n; i++)
		cuts = cuts && fault_modes[p->s[i].mode].cut;
	return cuts;
}

/* ---- torn operations ---- */

static void mix(uint8_t *bytes, const uint8_t *want, size_t len, struct prng *rng)
{
	uint64_t r = 0;

	for (size_t i = 0; i < len; i++) {
		if (i % 8 == 0)
			r = prng_next(rng);
		bytes[i] ^= lo8((bytes[i] ^ want[i]) & r);
		r >>= 8U;
	}
}

/* The bit'th of the bits in which a and b differ; len when there are fewer. */
static size_t differing(const uint8_t *a, const uint8_t *b, size_t len, uint64_t bit, uint8_t *mask)
{
	for (size_t i = 0; i < len; i++)
		for (unsigned k = 0; k < 8; k++) {
			*mask = lo8(1U << k);
			if (((a[i] ^ b[i]) & *mask) != 0 && bit-- == 0)
				return i;
		}
	return len;
}

static uint64_t count_differing(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (unsigned)__builtin_popcount((unsigned)(a[i] ^ b[i]));
	return n;
}

/* One bit arrives, or all but one. */
static void one_bit(uint8_t *bytes, const uint8_t *want, size_t len, bool but, struct prng *rng)
{
	uint64_t n = count_differing(bytes, want, len);
	uint8_t mask = 0;
	size_t i;

	if (n == 0)
		return;
	i = differing(bytes, want, len, prng_below(rng, n), &mask);
	if (but)
		memcpy(bytes, want, len);
	if (i < len)
		bytes[i] ^= mask;
}

void fault_tear(uint8_t *bytes, const uint8_t *want, size_t len, uint32_t unit, enum fault_id mode,
	uint64_t seed)
{
	size_t step = min_size(unit, len / 2);
	struct prng rng = {seed, 0};

	switch (mode) {
	case FAULT_CUT_AFTER:
	case FAULT_CUT_READ:
	case FAULT_LOST:
		memcpy(bytes, want, len);
		break;
	case FAULT_TORN_FIRST:
		memcpy(bytes, want, step);
		break;
	case FAULT_TORN_HALF:
		memcpy(bytes, want, len / 2);
		break;
	case FAULT_TORN_LAST:
		memcpy(bytes, want, len - step);
		break;
	case FAULT_TORN_BIT:
		one_bit(bytes, want, len, false, &rng);
		break;
	case FAULT_TORN_BUT_BIT:
		one_bit(bytes, want, len, true, &rng);
		break;
	case FAULT_TORN_MIX:
	case FAULT_TORN_UNSTABLE:
		mix(bytes, want, len, &rng);
		break;
	default:
		break;
	}
}
